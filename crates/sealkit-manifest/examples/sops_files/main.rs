//! Holds dotenv and INI files to the stores of `sops`, which the program named on the command line wraps.
//!
//! `sops_files ORACLE [COUNT]` prints `held N …` for each subject, and fails on the first difference that is not one of the
//! explained: where `sops` writes what it then reads differently, we write it otherwise or refuse. Seeds are fixed.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development program, and so an adapter, that reports and stops"
)]

mod dice;
mod dotenv;
mod ini;
mod oracle;

use std::process::ExitCode;

use dice::Dice;
use oracle::Oracle;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(program) = arguments.next() else {
        println!("usage: sops_files ORACLE [COUNT]");
        return ExitCode::from(2);
    };
    let count = arguments
        .next()
        .map_or(20_000, |count| count.parse().expect("a number of documents"));
    let mut oracle = Oracle::start(&program);
    let mut good = true;
    for (subject, run) in SUBJECTS {
        let mut held = 0;
        let mut dice = Dice::new(subject.len() as u64);
        for index in 0..count {
            match run(&mut oracle, &mut dice) {
                Ok(more) => held += more,
                Err(difference) => {
                    println!("{subject}, document {index}: {difference}");
                    good = false;
                    break;
                }
            }
        }
        println!("held {held} {subject}");
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

type Run = fn(&mut Oracle, &mut Dice) -> Result<usize, String>;

/// What is compared, and how one round of it goes: the number of comparisons, or the difference.
const SUBJECTS: &[(&str, Run)] = &[
    ("dotenv files are read alike", dotenv::read),
    ("dotenv files are written alike", dotenv::written),
    ("INI files are read alike", ini::read),
    ("INI files are written alike", ini::written),
    ("edited INI files are read as they were meant", ini::edited),
];

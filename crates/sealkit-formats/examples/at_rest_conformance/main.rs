//! Holds encryption at rest to the API server's own code, which the program named on the command line wraps.
//!
//! `at_rest_conformance ORACLE [--quick | --record]` prints `held N …` for each subject, and fails on the first difference that is
//! not in the list of explained ones. Seeds are fixed.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development program, and so an adapter, that reports and stops"
)]

mod configs;
mod edits;
mod oracle;
mod values;

use std::process::ExitCode;

use oracle::Oracle;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(program) = arguments.next() else {
        println!("usage: at_rest_conformance ORACLE [--quick | --record]");
        return ExitCode::from(2);
    };
    let option = arguments.next().unwrap_or_default();
    let quick = option == "--quick";
    let mut oracle = Oracle::start(&program);
    if option == "--record" {
        configs::record(&mut oracle);
        return ExitCode::SUCCESS;
    }
    let mut good = values::run(&mut oracle, if quick { 10 } else { 200 });
    good &= configs::run(&mut oracle);
    edits::run(&mut oracle, if quick { 5 } else { 100 });
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

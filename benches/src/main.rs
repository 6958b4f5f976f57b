//! Measures sealkit beside the real tool, in one run on one machine, as whole processes and as library calls.
//!
//! `cargo xtask bench` builds everything and starts this. Each verb is one file in `verbs/`; each measurement has a name
//! like `sealed-secrets/seal/one`, keeps every raw sample, and says with which command it was taken. What the numbers
//! should be stands in `goals.rs`; nothing here fails because a number is bad.
#![allow(clippy::print_stdout, reason = "a bench talks to the person who started it")]

mod allocations;
mod generator;
mod goals;
mod process;
mod record;
mod report;
mod setting;
mod tables;
mod verbs;
mod workload;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

use record::Recorder;
use setting::Setting;

/// Measures sealkit beside the real tool.
///
/// The programs are named by `SEALKIT`, `KUBESEAL` and `SOPS`, as `cargo xtask bench` does it.
#[derive(Parser)]
struct Args {
    /// Only measurements whose name contains this
    #[arg(default_value = "")]
    only: String,
    /// Leave out measurements whose name begins with this
    #[arg(long)]
    skip: Option<String>,
    /// Where the run goes, in a folder named by date and machine
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/runs"))]
    runs: PathBuf,
    /// A tenth of everything: to see whether the benches work, not what they say
    #[arg(long)]
    quick: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let empty = std::env::current_exe()?.with_file_name("empty");
    let setting = Setting::prepare(
        program("SEALKIT")?,
        program("KUBESEAL")?,
        program("SOPS")?,
        empty,
        args.quick,
    )?;
    let mut recorder = Recorder::new(args.only, args.skip);
    for verb in verbs::ALL {
        verb(&setting, &mut recorder)?;
    }
    let folder = report::write(&args.runs, &setting, recorder.finish())
        .with_context(|| format!("cannot write a run into {}", args.runs.display()))?;
    println!("\nraw samples and summary: {}", folder.display());
    Ok(())
}

fn program(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable)
        .with_context(|| format!("{variable} names no program: use cargo xtask bench"))?;
    Ok(PathBuf::from(path))
}

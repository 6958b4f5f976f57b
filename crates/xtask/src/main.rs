//! The project's own chores, as one command: `cargo xtask`.
//!
//! Everything here is glue around cargo, git, go and our own binaries. It knows where things lie and in which order to
//! run them; it knows no format and no cipher. The rules that keep the architecture true are in [`tidy`] and are plain
//! tests as well, so `cargo test` catches an offence before CI does.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to the person who started it"
)]

mod architecture;
mod bench;
mod cache;
mod check;
mod conformance;
mod dist;
mod fuzz;
mod graph;
mod peers;
mod sh;
mod tidy;
mod vectors;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_version_flag = true)]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that must hold before a commit: format, lints, tests, documentation, dependencies, architecture.
    Check(check::Args),
    /// The house rules alone, with a report of long files.
    Tidy,
    /// Builds the real tools (age, kubeseal, …) once, into a cache outside the checkout, and prints where they are.
    Peers(peers::Args),
    /// Seals with ours and opens with the real tools, and the other way round; counted.
    Conformance(conformance::Args),
    /// The inner half of `conformance kubeseal-online`, which starts it inside an isolation.
    #[command(hide = true)]
    Online(conformance::online::Args),
    /// Writes the native format's vectors again from their fixed seed; `--check` only compares.
    Vectors(vectors::Args),
    /// Runs every fuzz target for a number of executions or seconds and prints the counts.
    Fuzz(fuzz::Args),
    /// Runs the benchmarks beside the real tools.
    Bench(bench::Args),
    /// Builds the binary that is shipped, and prints where it is.
    Dist(dist::Args),
    /// Draws the picture of the crates from their manifests.
    Graph,
    /// Accepts the snapshots that the tests would write now.
    Bless,
}

fn main() -> ExitCode {
    let outcome = match Args::parse().chore {
        Chore::Check(args) => check::run(&args),
        Chore::Tidy => tidy::run(),
        Chore::Peers(args) => peers::run(&args),
        Chore::Conformance(args) => conformance::run(&args),
        Chore::Online(args) => conformance::online::inside(&args),
        Chore::Vectors(args) => vectors::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Dist(args) => dist::run(&args),
        Chore::Graph => graph::run(),
        Chore::Bless => check::bless(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the root of the checkout that this program was built from.
fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest
        .ancestors()
        .nth(2)
        .expect("crates/xtask lies two folders below the root")
        .to_owned()
}

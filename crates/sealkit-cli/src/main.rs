//! The `sealkit` command: glue between a person and the facade.
//!
//! Everything that reaches outside (files, terminal, git, environment, clock, entropy, processes, threads) is done in
//! this crate and nowhere below it. Nothing is read, started or generated before a command needs it, so that `--help`
//! and a single seal cost no more than they must.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod certificates;
mod commands;
mod controller;
mod diagnostic;
mod dispatch;
mod exit;
mod files;
mod flags;
mod generator;
mod git;
mod identities;
mod key_backup;
mod kubeseal;
mod plugins;
mod policies;
mod private_directory;
mod report;
mod signals;
mod sops;
mod sops_rules;
mod stored;
mod templates;
mod terminal;
mod value;
mod work;
mod yaml;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = dispatch::run(&arguments) {
        return ExitCode::from(code);
    }
    let cli = flags::parse();
    let console = terminal::Console {
        style: cli.output,
        quiet: cli.quiet,
    };
    let code = cli
        .command
        .run(&console)
        .unwrap_or_else(|failure| failure.report(&console));
    ExitCode::from(code)
}

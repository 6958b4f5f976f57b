//! The command line as types: what a person typed, before anybody asks what it means.
//!
//! Flags that several commands share are defined once, here; each command's own stand with the command. Nothing in
//! this folder reads a file or the environment.

mod habits;
mod shared;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser};

use crate::{
    commands::Command,
    diagnostic::Diagnostic,
    exit,
    terminal::{Console, Style},
};

pub(crate) use shared::{
    ClusterFlags, ControllerFlags, DestinationFlags, IdentityFlags, SealingFlags, SelectorFlags,
    WalkedDestination,
};

/// Keeps Kubernetes Secrets sealed in git.
///
/// A Secret goes in, a file that is safe to commit comes out, and comments, order and quoting stay as their author
/// left them. Who can open which file is written in `.sealkit.yaml` at the root of the repository.
#[derive(Parser, Debug)]
#[command(
    name = "sealkit",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "\
Examples:
  sealkit init                         # once for each repository: a policy and a key
  sealkit seal -i secrets/             # make every Secret below safe to commit
  sealkit edit secrets/database.yaml   # change values in your editor
  sealkit open secrets/database.yaml | kubectl apply -f -
  sealkit check                        # the gate for CI and pre-commit hooks"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// How reports and errors are written: `text` for people, `json` for programs
    ///
    /// Where standard output carries a document or a value, the JSON report goes to standard error.
    #[arg(
        long,
        global = true,
        value_name = "STYLE",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    pub(crate) output: Style,

    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// Reads the command line, or says what is wrong with it and ends the process.
pub(crate) fn parse() -> Cli {
    let arguments: Vec<_> = std::env::args_os().collect();
    try_parse(&arguments).unwrap_or_else(|error| {
        let error = habits::explain(error, &arguments);
        if error.use_stderr() && wants_json(&arguments) {
            let text = error.render().to_string();
            let message = text
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .to_owned();
            let tip = text
                .lines()
                .find_map(|line| line.trim_start().strip_prefix("tip: "))
                .map(str::to_owned);
            let console = Console {
                style: Style::Json,
                quiet: false,
            };
            Diagnostic::error(message).help(tip).show(&console);
            std::process::exit(exit::USAGE.into());
        }
        error.exit()
    })
}

/// Parses a command line. Where it begins with the name of a command, the flags of all others are not built: that would
/// take longer than to seal a Secret. Whatever else it is, help for instance, may speak of any command.
fn try_parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut definition = Cli::command();
    let names_a_command = arguments
        .get(1)
        .is_some_and(|first| definition.find_subcommand(first).is_some());
    if !names_a_command {
        definition.build();
    }
    let mut matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut definition))
}

/// Whether a command line that does not parse asked for JSON all the same.
fn wants_json(arguments: &[OsString]) -> bool {
    let separate = arguments
        .windows(2)
        .any(|pair| pair[0] == "--output" && pair[1] == "json");
    separate || arguments.iter().any(|argument| argument == "--output=json")
}

/// The definition behind help, completions and man pages, all commands with all their flags.
pub(crate) fn definition() -> clap::Command {
    let mut definition = Cli::command();
    definition.build();
    definition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example_in_its_help() {
        for command in definition().get_subcommands() {
            let help = command.clone().render_help().to_string();
            let example = format!("  sealkit {}", command.get_name());
            assert!(
                help.contains("Example") && help.contains(&example),
                "{} has none",
                command.get_name()
            );
        }
    }
}

//! `sops`, the name under which scripts call this program: its grammar, its exit codes, its layout.
//!
//! Output goes to standard output and nothing goes to standard error when all went well, because wrappers mix the two.
//! What is secret, and how it is sealed, is the business of the crates below.

mod codes;
mod failure;
mod grammar;
mod keyservice;
mod request;
mod run;
mod scripts;
mod tables;
mod usage;

use std::ffi::OsString;

pub(crate) use run::gpg;

use crate::terminal::{self, Console, Style};

use failure::Failure;
use request::{Parsed, parse};

/// The version of the peer whose interface and format this mode has. Wrappers compare it.
const PEER_VERSION: &str = "3.13.3";

/// Runs one command line and returns the exit code. How the program was called makes no difference.
pub(crate) fn run(_program: &str, words: &[OsString]) -> u8 {
    let console = Console {
        style: Style::Text,
        quiet: false,
    };
    let environment = |name: &str| std::env::var(name).ok();
    match parse(words, &environment).and_then(|parsed| act(parsed, &console)) {
        Ok(code) => code,
        Err(failure) => report(&failure),
    }
}

fn act(parsed: Parsed, console: &Console) -> Result<u8, Failure> {
    let print = |text: &str| {
        console
            .result(text.as_bytes())
            .map_err(|error| Failure::new(codes::CANNOT_WRITE, error.to_string()))?;
        Ok(codes::OK)
    };
    match parsed {
        Parsed::Help(topic) => print(&usage::help(&topic)),
        Parsed::Version => print(&format!("sops {PEER_VERSION}\n")),
        Parsed::Script(shell) => print(scripts::script(shell)),
        Parsed::Suggest(words) => print(&words.into_iter().map(|word| word + "\n").collect::<String>()),
        Parsed::Run {
            settings,
            action,
            warnings,
        } => {
            for warning in warnings {
                warn(&warning);
            }
            run::run(*action, &settings, console)
        }
    }
}

/// A warning, in the form in which the peer writes its log.
fn warn(text: &str) {
    terminal::error_line(&format!("[CMD]\t level=warning msg={text:?}"));
}

fn report(failure: &Failure) -> u8 {
    match failure.is_log {
        true => terminal::error_line(&format!("[CMD]\t level=fatal msg={:?}", failure.message)),
        false if failure.message.is_empty() => {}
        false => terminal::error_line(&failure.message),
    }
    for hint in &failure.hints {
        terminal::error_line(&format!("  hint: {hint}"));
    }
    failure.code
}

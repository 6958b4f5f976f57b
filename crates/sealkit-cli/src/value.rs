//! Where a secret value comes from: a file, standard input, or a person who types it unseen. Never the command line,
//! which the shell's history and every process list keep.

use std::{io::IsTerminal, path::Path};

use sealkit::crypto::Plaintext;

use crate::{
    diagnostic::{Diagnostic, Failure},
    files,
    terminal::{self, Console, printable},
};

/// Reads the value for `key`: from `file` if there is one, else from a pipe, else from a person.
pub(crate) fn read(
    console: &Console,
    key: &str,
    file: Option<&Path>,
    trim: bool,
) -> Result<Plaintext, Failure> {
    let bytes = match file {
        Some(file) if file != Path::new("-") => files::read(file)?,
        _ if std::io::stdin().is_terminal() => return ask(key),
        _ => files::read_stdin()?,
    };
    let mut bytes = bytes;
    if bytes.is_empty() {
        Diagnostic::warning(format!("the value of {} is empty", printable(key)))
            .help("if it should not be, look at the command before the pipe: it printed nothing".to_owned())
            .show(console);
    }
    if trim {
        trim_line_break(&mut bytes);
    } else if ends_in_a_lone_line_break(&bytes) {
        Diagnostic::warning(format!(
            "the value of {} ends in a line break, which is kept",
            printable(key)
        ))
        .why("`echo` adds one, and a password with a line break is another password".to_owned())
        .help("`--trim` drops it; `printf %s` adds none".to_owned())
        .show(console);
    }
    Ok(Plaintext::from(bytes))
}

/// Asks a person for the value of `key`, twice.
pub(crate) fn ask(key: &str) -> Result<Plaintext, Failure> {
    let typed = terminal::ask_hidden_twice(&format!("Value of {}", printable(key)))?;
    Ok(Plaintext::from(typed.as_bytes().to_vec()))
}

/// A text of several lines ends in a line break by right; a single word most likely got it by accident.
fn ends_in_a_lone_line_break(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\n") && bytes.iter().filter(|byte| **byte == b'\n').count() == 1
}

fn trim_line_break(bytes: &mut Vec<u8>) {
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_line_is_suspicious() {
        assert!(ends_in_a_lone_line_break(b"hunter2\n"));
        assert!(!ends_in_a_lone_line_break(b"hunter2"));
        assert!(!ends_in_a_lone_line_break(b"-----BEGIN\nx\n-----END\n"));
    }

    #[test]
    fn trims_one_line_break_of_either_kind() {
        for (given, kept) in [
            (&b"a\n"[..], &b"a"[..]),
            (b"a\r\n", b"a"),
            (b"a\n\n", b"a\n"),
            (b"a", b"a"),
            (b"", b""),
        ] {
            let mut bytes = given.to_vec();
            trim_line_break(&mut bytes);
            assert_eq!(bytes, kept);
        }
    }
}

//! Runs other programs and says what was run when one of them fails. Knows no chore.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A command that starts in the root of the checkout, without standard input.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::root()).stdin(Stdio::null());
    command
}

/// The cargo that started us, free of what `cargo run` put into the environment for this program alone.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let ours = [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
    ];
    for (key, _) in std::env::vars() {
        if key.starts_with("CARGO_PKG_") || ours.contains(&key.as_str()) {
            cargo.env_remove(key);
        }
    }
    cargo
}

/// Runs to the end, output passed through; a non-zero exit is an error that shows the command line.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{status}: {}", shown(command));
    }
    Ok(())
}

/// Runs to the end and returns standard output; standard error joins the error when the command fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!(
            "{}: {}\n{}",
            output.status,
            shown(command),
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} did not print text", shown(command)))
}

/// Whether a program of that name can be started at all.
pub(crate) fn exists(program: impl AsRef<OsStr>, probe: &str) -> bool {
    let status = command(program)
        .arg(probe)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Fails with a sentence that names what is missing and what provides it.
pub(crate) fn require(program: &str, probe: &str, advice: &str) -> Result<()> {
    if exists(program, probe) {
        return Ok(());
    }
    bail!("`{program}` is missing: {advice}")
}

/// The command line as a person would type it, for messages.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    let words = command.get_args().map(|arg| quoted(&arg.to_string_lossy()));
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_shown_as_typed() {
        let error = run(command("false").args(["--flag", "two words"])).expect_err("false fails");
        assert!(error.to_string().ends_with("false --flag 'two words'"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named_with_advice() {
        let error = require("no-such-program-here", "--version", "install it").expect_err("there is none");
        assert_eq!(error.to_string(), "`no-such-program-here` is missing: install it");
    }
}

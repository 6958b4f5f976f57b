//! `sealkit man`: the manual pages. Knows only the definition of the flags.

use std::{io, path::PathBuf};

use clap::{Args, Command, ValueHint};
use clap_mangen::Man;

use crate::{
    diagnostic::Failure,
    exit,
    files::{self, Confidentiality, FileError},
    flags,
    terminal::Console,
};

/// Print the manual page, or write one for each command into a directory
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit man | man -l -
  sealkit man --directory ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// Write `sealkit.1`, `sealkit-seal.1`, … into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let definition = flags::definition();
    let Some(directory) = &arguments.directory else {
        super::print(console, &page(definition)?)?;
        return Ok(exit::SUCCESS);
    };
    for command in definition.get_subcommands() {
        // Pages are called by the whole command, as `git-commit(1)` is.
        let name = command
            .get_display_name()
            .unwrap_or(command.get_name())
            .to_owned();
        let page = page(command.clone())?;
        files::write(
            &directory.join(format!("{name}.1")),
            &page,
            Confidentiality::Public,
        )?;
    }
    files::write(
        &directory.join("sealkit.1"),
        &page(definition)?,
        Confidentiality::Public,
    )?;
    console.say(&format!("wrote the manual pages to {}", directory.display()));
    Ok(exit::SUCCESS)
}

fn page(command: Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let failed = |source: io::Error| FileError::Write {
        path: "<memory>".into(),
        source,
    };
    Man::new(command).render(&mut page).map_err(failed)?;
    Ok(page)
}

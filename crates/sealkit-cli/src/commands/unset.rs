//! `sealkit unset`: remove values. Needs no key of any kind.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::{diagnostic::Failure, flags::SelectorFlags, report, terminal::Console, work::Input};

/// Remove values from a sealed document
///
/// Needs no key. What the file's history holds stays readable for those who could read it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit unset secrets/database.yaml old-password")]
pub(crate) struct Arguments {
    /// The sealed file; it is changed in place
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The items to remove
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,

    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    selector: SelectorFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let input = Input::file(&arguments.file)?;
    let outcome = sealkit::unset(&input.stream, &arguments.selector.to_selector(), &arguments.keys)?;
    report::one(console, &input, outcome, arguments.dry_run)
}

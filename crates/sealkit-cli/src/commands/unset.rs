//! `sealkit unset`: remove values. Needs no key of any kind.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use sealkit::SealOptions;

use crate::{
    diagnostic::Failure,
    flags::{IdentityFlags, SelectorFlags},
    generator, identities, report,
    stored::Stored,
    terminal::Console,
    work::Input,
};

/// Remove values from a sealed document
///
/// Needs no key, except for SOPS files, whose code covers all values. What the file's history holds stays readable for those who could read it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit unset secrets/database.yaml old-password
  sealkit unset config/prod.yaml database.password    # a SOPS file: needs your identity")]
pub(crate) struct Arguments {
    /// The sealed file; it is changed in place
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The items to remove; in a SOPS file also paths
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,

    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    selector: SelectorFlags,

    #[command(flatten)]
    identities: IdentityFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    if let Some(stored) = Stored::sealed(&arguments.file)? {
        return in_stored_file(arguments, &stored, console);
    }
    let input = Input::file(&arguments.file)?;
    let selector = arguments.selector.to_selector();
    let outcome = if sealkit::is_sops_file(&input.stream) {
        let found = identities::find(&arguments.identities, console)?;
        let (options, mut rng) = (SealOptions::at(super::now()), generator::operating_system());
        let keys = &arguments.keys;
        sealkit::sops::unset(&input.stream, &selector, keys, &found.keyring, &options, &mut rng)
            .map_err(|problems| found.explain(problems))?
    } else {
        sealkit::unset(&input.stream, &selector, &arguments.keys)?
    };
    report::one(console, &input, outcome, arguments.dry_run)
}

fn in_stored_file(arguments: &Arguments, stored: &Stored, console: &Console) -> Result<u8, Failure> {
    let [key] = &arguments.keys[..] else {
        return Err(Failure::usage(
            "of such a file one value is removed at a time",
            "name one key",
        ));
    };
    let found = identities::find(&arguments.identities, console)?;
    let (options, mut rng) = (SealOptions::at(super::now()), generator::operating_system());
    let outcome = stored.file().unset(key, &found.keyring, &options, &mut rng);
    let outcome = outcome.map_err(|problems| found.explain(problems))?;
    stored.replace(console, outcome, arguments.dry_run)
}

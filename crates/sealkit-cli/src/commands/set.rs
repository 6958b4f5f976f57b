//! `sealkit set`: add or replace one value with public keys alone.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use sealkit::{Names, crypto::Plaintext};

use crate::{
    diagnostic::Failure,
    flags::{IdentityFlags, SealingFlags, SelectorFlags},
    generator, identities,
    policies::Policies,
    report,
    stored::Stored,
    terminal::Console,
    value,
    work::Input,
};

/// Add or replace one value in a sealed document
///
/// Needs no private key, except for SOPS files, whose code covers all values: there KEY is a path, `database.password`, or
/// an item of a Secret, and everything else stays byte for byte. The value is read from a pipe, a file, or a hidden prompt, byte for byte; never from the
/// command line, which the shell's history keeps.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit set secrets/database.yaml password              # asks, without showing what is typed
  pwgen -s 24 1 | sealkit set secrets/database.yaml password --trim
  sealkit set secrets/ingress.yaml tls.key --from-file tls.key
  pwgen -s 24 1 | sealkit set config/prod.yaml database.password --trim    # a SOPS file: needs your identity")]
pub(crate) struct Arguments {
    /// The sealed file; it is changed in place
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The item, as it shall be called in the Secret; in a SOPS file also a path
    key: String,

    /// Read the value from this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    from_file: Option<PathBuf>,

    /// Drop one line break at the end of the value
    #[arg(long)]
    trim: bool,

    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    selector: SelectorFlags,

    #[command(flatten)]
    sealing: SealingFlags,

    #[command(flatten)]
    identities: IdentityFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    // Everything that can be refused is refused before a person is asked for a secret.
    if let Some(stored) = Stored::sealed(&arguments.file)? {
        let found = identities::find(&arguments.identities, console)?;
        // Opening it first refuses what can be refused before a person is asked for a secret.
        stored
            .file()
            .openable(&found.keyring)
            .map_err(|problems| found.explain(problems))?;
        let options = super::seal::options(&arguments.sealing, None, None);
        let (value, mut rng) = (read_value(arguments, console)?, generator::operating_system());
        let outcome = stored
            .file()
            .set(&arguments.key, &value, &found.keyring, &options, &mut rng);
        let outcome = outcome.map_err(|problems| found.explain(problems))?;
        return stored.replace(console, outcome, arguments.dry_run);
    }
    let input = Input::file(&arguments.file)?;
    if sealkit::is_sops_file(&input.stream) {
        return in_sops_file(arguments, &input, console);
    }
    let name = arguments.sealing.path.as_deref().unwrap_or(&arguments.file);
    let policies = Policies::default();
    let sealing = policies.decide(&arguments.sealing, name)?;
    let options = super::seal::options(&arguments.sealing, None, None);
    let selector = arguments.selector.to_selector();
    refuse_other_scope(arguments, &input)?;
    let values = [(arguments.key.clone(), read_value(arguments, console)?)];
    let mut rng = generator::operating_system();
    let mut outcome = sealkit::set(&input.stream, &selector, &values, &sealing, &options, &mut rng)
        .map_err(|problems| policies.name_people(problems.into(), name))?;
    if arguments.dry_run {
        report::name_rule(&mut outcome.report, &sealing.origin);
    }
    report::one(console, &input, outcome, arguments.dry_run)
}

/// A SOPS file keeps its keys and rules, so no policy is asked; an identity is.
fn in_sops_file(arguments: &Arguments, input: &Input, console: &Console) -> Result<u8, Failure> {
    let found = identities::find(&arguments.identities, console)?;
    sealkit::sops::refuse_closed(&input.stream, &found.keyring)
        .map_err(|problems| found.explain(problems))?;
    let options = super::seal::options(&arguments.sealing, None, None);
    let values = [(arguments.key.clone(), read_value(arguments, console)?)];
    let selector = arguments.selector.to_selector();
    let mut rng = generator::operating_system();
    let outcome = sealkit::sops::set(
        &input.stream,
        &selector,
        &values,
        &found.keyring,
        &options,
        &mut rng,
    )
    .map_err(|problems| found.explain(problems))?;
    report::one(console, input, outcome, arguments.dry_run)
}

fn read_value(arguments: &Arguments, console: &Console) -> Result<Plaintext, Failure> {
    let file = arguments.from_file.as_deref();
    value::read(console, &arguments.key, file, arguments.trim)
}

/// The values of a document share its scope: one value cannot be bound to something else.
fn refuse_other_scope(arguments: &Arguments, input: &Input) -> Result<(), Failure> {
    let Some(wanted) = arguments.sealing.scope.map(|scope| scope.to_string()) else {
        return Ok(());
    };
    let selector = &arguments.selector;
    let is_meant = |document: &sealkit::Inspection| {
        let agrees =
            |wanted: &Option<String>, actual: &String| wanted.as_ref().is_none_or(|wanted| wanted == actual);
        agrees(&selector.name, &document.object.name)
            && agrees(&selector.namespace, &document.object.namespace)
    };
    let documents = sealkit::inspect(&input.stream, &Names::default());
    let found = documents
        .iter()
        .filter(|document| is_meant(document))
        .find_map(|document| document.scope.as_ref());
    match found {
        Some(found) if *found != wanted => Err(Failure::usage(
            format!("this document has the scope {found}, and its values share it"),
            format!("leave out `--scope`, or open the file and seal it again with `--scope {wanted}`"),
        )),
        _ => Ok(()),
    }
}

//! `sealkit seal`: plaintext Secrets become sealed ones. How is decided by flags or policy; what, by the facade.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use sealkit::{Outcome, Recognised, Report, SealOptions, manifest::Stream};

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    files::Confidentiality,
    flags::{SealingFlags, WalkedDestination},
    generator, git,
    policies::Policies,
    report::{self, Verb},
    terminal::Console,
    work::{self, Input},
};

/// Seal Secrets, so that they are safe to commit
///
/// Every Secret in the input becomes a sealed document; comments, order and quoting stay as they are, and so do
/// documents that are not Secrets. Plaintext that was added to a sealed document (as `stringData` or `data`) is moved
/// in. What is sealed already stays byte for byte. Documents with SOPS metadata are never touched.
///
/// With the scope `strict` a value opens only under the namespace and name that stand in the file. kustomize's
/// `namespace:` and `namePrefix:` change both after sealing: write the final ones, or choose a wider scope. A missing
/// namespace is never taken from a kubeconfig: say `-n`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit seal --init -i secrets/database.yaml    # first time: make a policy and a key, then seal
  sealkit seal -i secrets/                        # every Secret in a tree
  kubectl create secret generic db --from-file=password --dry-run=client -o yaml -n shop |
    sealkit seal --path secrets/db.yaml > secrets/db.yaml
  sealkit seal --cert controller.pem db.yaml -o db.sealed.yaml    # a SealedSecret, without a policy")]
pub(crate) struct Arguments {
    /// Files and directories; standard input if there is none
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    result: WalkedDestination,

    /// Make a policy and a key first, where there are none, as `sealkit init` does
    #[arg(long)]
    init: bool,

    #[command(flatten)]
    sealing: SealingFlags,

    /// Fill in a missing namespace; stop if the document names another
    #[arg(long, short, value_name = "NAMESPACE", help_heading = "Document")]
    namespace: Option<String>,

    /// Fill in a missing name; stop if the document has another
    #[arg(long, value_name = "NAME", help_heading = "Document")]
    name: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    if arguments.result.in_place {
        report::refuse_stdin_in_place(&arguments.paths)?;
    }
    if arguments.init {
        super::init::first(arguments.paths.first().map(PathBuf::as_path), console)?;
    }
    let policies = Policies::default();
    let seal = |input: &Input, name: &Path| seal(&policies, arguments, input, name);
    if arguments.result.in_place || report::is_dry_run_of_trees(&arguments.paths, &arguments.result) {
        let dry_run = arguments.result.destination.dry_run;
        let by_name = |input: &Input| {
            if arguments.paths.contains(&input.path) && report::holds_nothing(input) {
                report::warn_of_nothing(console, input);
            }
            seal(input, arguments.sealing.path.as_deref().unwrap_or(&input.path))
        };
        let summary = work::in_place(console, &arguments.paths, "sealing", dry_run, by_name)?;
        return report::trees(console, &summary, Verb::SEAL, dry_run);
    }
    let destination = &arguments.result.destination;
    let code = report::to_destination(
        console,
        &arguments.paths,
        destination,
        Verb::SEAL,
        Confidentiality::Public,
        |input| seal(input, &policy_name(&policies, arguments, &input.path)?),
    )?;
    if let (Some(target), [source]) = (&destination.o, &arguments.paths[..])
        && !destination.dry_run
    {
        warn_of_remaining_plaintext(console, source, target);
    }
    Ok(code)
}

/// Seals one file's documents. A file that holds nothing to seal needs no policy.
fn seal(policies: &Policies, arguments: &Arguments, input: &Input, name: &Path) -> Result<Outcome, Failure> {
    if !needs_sealing(&input.stream) {
        sealkit::refuse_disguised(&input.stream)?;
        return Ok(Outcome {
            stream: None,
            report: Report::default(),
        });
    }
    let sealing = policies.decide(&arguments.sealing, name)?;
    let options = options(
        &arguments.sealing,
        arguments.namespace.clone(),
        arguments.name.clone(),
    );
    sealkit::seal(
        &input.stream,
        &sealing,
        &options,
        &mut generator::operating_system(),
    )
    .map_err(|problems| policies.name_people(problems.into(), name))
}

/// Whether there is plaintext: a Secret, or values added to a sealed document.
fn needs_sealing(stream: &Stream) -> bool {
    stream.objects().any(|object| match sealkit::recognise(&object) {
        Recognised::Secret => true,
        Recognised::Sealed(_) => ["data", "stringData"]
            .iter()
            .any(|field| object.root().get(field).is_some()),
        _ => false,
    })
}

/// Options for everything that seals.
pub(super) fn options(flags: &SealingFlags, namespace: Option<String>, name: Option<String>) -> SealOptions {
    let mut options = SealOptions::at(super::now());
    options.namespace = namespace;
    options.name = name;
    options.deny_repeats = flags.overrides.deny_repeats;
    options.allow_foreign_recipients = flags.overrides.allow_foreign_recipients;
    options.allow_wider_scope = flags.overrides.allow_wider_scope;
    options
}

/// The name by which a rule is chosen: the one that was given, else the file that will be committed, if a policy
/// governs it, else the file that was read.
fn policy_name(policies: &Policies, arguments: &Arguments, source: &Path) -> Result<PathBuf, Failure> {
    if let Some(name) = &arguments.sealing.path {
        return Ok(name.clone());
    }
    match &arguments.result.destination.o {
        Some(target) if policies.governing(target)?.is_some() => Ok(target.clone()),
        _ => Ok(source.to_owned()),
    }
}

fn warn_of_remaining_plaintext(console: &Console, source: &Path, target: &Path) {
    let (source_name, target_name) = (show_path(source), show_path(target));
    if std::fs::canonicalize(source).ok() == std::fs::canonicalize(target).ok() {
        return;
    }
    let warning = match git::tracks(source) {
        Some(true) => Diagnostic::warning(format!("{source_name} still holds the plaintext, and git tracks it"))
            .why("the next commit publishes it, and earlier ones may have".to_owned())
            .help(format!(
                "`git rm --cached {source_name}`, delete it, and change values that were already pushed at their source"
            )),
        Some(false) => Diagnostic::warning(format!("{source_name} still holds the plaintext"))
            .why("git does not track it yet, but `git add .` would".to_owned())
            .help(format!("delete it; `sealkit open {target_name}` shows it again")),
        None => Diagnostic::warning(format!("{source_name} still holds the plaintext"))
            .help(format!("delete it; `sealkit open {target_name}` shows it again")),
    };
    warning.at(source_name).show(console);
}

//! `sealkit seal`: plaintext Secrets become sealed ones. How is decided by flags or policy; what, by the facade.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use clap::{Args, ValueHint};
use sealkit::{
    Outcome, POLICY_FILE_NAME, Recognised, Report, SealOptions,
    manifest::Stream,
    policy::sops::CONFIG_FILE_NAME,
    sops::{StoredFile, StoredOutcome},
};

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    files::Confidentiality,
    flags::{IdentityFlags, SealingFlags, WalkedDestination},
    generator, git,
    identities::{self, Found},
    policies::Policies,
    report::{self, Verb},
    stored::{self, Stored},
    terminal::Console,
    work::{self, Input, Work},
};

/// Seal Secrets, so that they are safe to commit
///
/// Every Secret in the input becomes a sealed document; comments, order and quoting stay as they are, and so do
/// documents that are not Secrets. Plaintext that was added to a sealed document (as `stringData` or `data`) is moved
/// in. What is sealed already stays byte for byte.
///
/// How, and for whom, is said by flags, else by a rule of `.sealkit.yaml`, else by one of `.sops.yaml`; both are searched
/// from the file upward. Under a rule for SOPS the file becomes a SOPS file as a whole, whatever it holds, if it is named;
/// in trees only files with Secrets are sealed. Plaintext that was put into a SOPS file is sealed where it stands, with
/// your identity.
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
  sealkit seal --cert controller.pem db.yaml -o db.sealed.yaml    # a SealedSecret, without a policy
  sealkit seal -i --dry-run config/prod.yaml    # which rule, of .sealkit.yaml or .sops.yaml, would do what")]
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

    #[command(flatten)]
    identities: IdentityFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    if arguments.result.in_place {
        report::refuse_stdin_in_place(&arguments.paths)?;
    }
    if arguments.init {
        super::init::first(arguments.paths.first().map(PathBuf::as_path), console)?;
    }
    let policies = Policies::default();
    let task = Task {
        policies: &policies,
        arguments,
        console,
        found: OnceLock::new(),
    };
    if arguments.result.in_place || report::is_dry_run_of_trees(&arguments.paths, &arguments.result) {
        let dry_run = arguments.result.destination.dry_run;
        let by_name = |input: &Input| {
            let named = arguments.paths.contains(&input.path);
            let name = arguments.sealing.path.as_deref().unwrap_or(&input.path);
            let outcome = task.seal(input, name, named)?;
            if named && outcome.stream.is_none() && report::holds_nothing(input) {
                report::warn_of_nothing(console, input);
            }
            Ok(outcome)
        };
        let work = Work {
            doing: "sealing",
            dry_run,
            manifest: &by_name,
            is_stored: &|path, named| match named {
                true => task.stored(path),
                false => Stored::sealed(path),
            },
            stored: &|stored| task.seal_stored(stored),
        };
        let summary = work::in_place(console, &arguments.paths, &work)?;
        return report::trees(console, &summary, Verb::SEAL, dry_run);
    }
    let destination = &arguments.result.destination;
    if let Some(files) = stored::chosen(&arguments.paths, |path| task.stored(path))? {
        let (public, seal) = (Confidentiality::Public, |stored: &Stored| {
            task.seal_stored(stored)
        });
        return stored::to_destination(console, &files, destination, Verb::SEAL, public, seal);
    }
    let code = report::to_destination(
        console,
        &arguments.paths,
        destination,
        Verb::SEAL,
        Confidentiality::Public,
        |input| task.seal(input, &policy_name(&policies, arguments, &input.path)?, true),
    )?;
    if let (Some(target), [source]) = (&destination.o, &arguments.paths[..])
        && !destination.dry_run
    {
        warn_of_remaining_plaintext(console, source, target);
    }
    Ok(code)
}

/// What every file needs to be sealed.
struct Task<'a> {
    policies: &'a Policies,
    arguments: &'a Arguments,
    console: &'a Console,
    /// Identities, read when the first file needs one.
    found: OnceLock<Result<Found, Failure>>,
}

impl Task<'_> {
    /// Seals one file. A file that holds nothing to seal needs no policy. `named`: somebody means this very file.
    fn seal(&self, input: &Input, name: &Path, named: bool) -> Result<Outcome, Failure> {
        if sealkit::is_sops_file(&input.stream) {
            return self.seal_into_sops_file(input);
        }
        let flags = &self.arguments.sealing;
        let needs_sealing = needs_sealing(&input.stream);
        let may_be_whole = named && !needs_sealing && !is_a_policy(&input.path) && !is_sealed(&input.stream);
        let is_meant = needs_sealing || may_be_whole && self.policies.is_for_sops(flags, name)?;
        if !is_meant {
            sealkit::refuse_disguised(&input.stream)?;
            return Ok(Outcome {
                stream: None,
                report: Report::default(),
            });
        }
        let sealing = self.policies.decide(flags, name)?;
        let mut rng = generator::operating_system();
        let mut outcome = sealkit::seal(&input.stream, &sealing, &self.options(), &mut rng)
            .map_err(|problems| self.policies.name_people(problems.into(), name))?;
        if self.arguments.result.destination.dry_run {
            report::name_rule(&mut outcome.report, &sealing.origin);
        }
        Ok(outcome)
    }

    /// A file that is no YAML and no JSON, if it is for SOPS.
    fn stored(&self, path: &Path) -> Result<Option<Stored>, Failure> {
        if !stored::may_be_stored(path) {
            return Ok(None);
        }
        let name = self.arguments.sealing.path.as_deref().unwrap_or(path);
        match is_a_policy(path) || !self.policies.is_for_sops(&self.arguments.sealing, name)? {
            true => Stored::sealed(path),
            false => Stored::to_seal(path),
        }
    }

    fn seal_stored(&self, stored: &Stored) -> Result<StoredOutcome, Failure> {
        let file = stored.file();
        if file.is_sealed() {
            return self.seal_into_stored(&file);
        }
        let flags = &self.arguments.sealing;
        let name = flags.path.as_deref().unwrap_or(Path::new(file.name));
        let sealing = self.policies.decide(flags, name)?;
        let mut rng = generator::operating_system();
        let mut outcome = file.seal(&sealing, &self.options(), &mut rng)?;
        if self.arguments.result.destination.dry_run {
            report::name_rule(&mut outcome.report, &sealing.origin);
        }
        Ok(outcome)
    }

    /// As [`Task::seal_into_sops_file`].
    fn seal_into_stored(&self, file: &StoredFile<'_>) -> Result<StoredOutcome, Failure> {
        if let Ok(untouched) = file.untouched() {
            return Ok(untouched);
        }
        let (found, mut rng) = (self.found()?, generator::operating_system());
        let sealed = file.seal_exposed(&found.keyring, &self.options(), &mut rng);
        sealed.map_err(|problems| found.explain(problems))
    }

    /// Seals what somebody put into a SOPS file in the clear. Without an identity it is told by place.
    fn seal_into_sops_file(&self, input: &Input) -> Result<Outcome, Failure> {
        if let Ok(report) = sealkit::sops::refuse_exposed(&input.stream) {
            return Ok(Outcome { stream: None, report });
        }
        let found = self.found()?;
        let mut rng = generator::operating_system();
        sealkit::sops::seal_exposed(&input.stream, &found.keyring, &self.options(), &mut rng)
            .map_err(|problems| found.explain(problems))
    }

    fn found(&self) -> Result<&Found, Failure> {
        let find = || identities::find(&self.arguments.identities, self.console);
        self.found.get_or_init(find).as_ref().map_err(Clone::clone)
    }

    fn options(&self) -> SealOptions {
        let arguments = self.arguments;
        options(
            &arguments.sealing,
            arguments.namespace.clone(),
            arguments.name.clone(),
        )
    }
}

/// Whether a file is itself a policy: that is for everybody to read.
fn is_a_policy(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name == POLICY_FILE_NAME || name == CONFIG_FILE_NAME
}

/// Whether another format sealed something in a file; then it is not for SOPS.
fn is_sealed(stream: &Stream) -> bool {
    let mut objects = stream.objects();
    objects.any(|object| matches!(sealkit::recognise(&object), Recognised::Sealed(_)))
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
        Some(target) if policies.governs(target)? => Ok(target.clone()),
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

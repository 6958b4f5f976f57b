//! `sealkit rotate`: makes the files agree with the policy's recipients. What is due, and doing it, is the facade's;
//! here it is said beforehand, done in parallel, and added up.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use rayon::prelude::*;
use sealkit::{
    Due, Format, Inspection, Outcome, Recognised, RotateOptions, RotationStep, Sealing, crypto::Recipient,
    manifest::Stream,
};
use serde_json::json;

use crate::{
    controller::Controller,
    diagnostic::{self, Diagnostic, Failure, show_path},
    exit, files,
    flags::{ControllerFlags, IdentityFlags, SealingFlags},
    generator,
    identities::{self, Found},
    policies::{self, Policies},
    report::{self, count},
    stored::Stored,
    terminal::{Console, Progress, Style, printable},
    work::{self, Input, Summary, Work},
};

/// Make sealed files agree with the policy's recipients
///
/// Where a recipient was removed, the values are encrypted anew with a fresh data key; where one was only added, the
/// data key is wrapped once more and no ciphertext changes. Only the lines that must change do. An interrupted rotation
/// is finished by running it again.
///
/// Somebody who was removed can still open what the history of the repository holds: the values that she could read
/// are listed, and should be changed at their source.
///
/// SOPS files follow the rule of `.sealkit.yaml` if it says `format: sops`, else that of `.sops.yaml`, as `sops updatekeys`
/// would; and where a key was removed they get a new data key, which `sops updatekeys` does not give them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit rotate secrets/                        # after a change of recipients in .sealkit.yaml
  sealkit rotate --check .                       # in CI: is anything due?
  sealkit rotate --to-cert new.pem --identity old-keys.yaml clusters/
  sealkit rotate --through-controller clusters/  # SealedSecrets, without any private key")]
pub(crate) struct Arguments {
    /// Files and directories
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, required = true)]
    paths: Vec<PathBuf>,

    /// Encrypt every value anew, even where no recipient was removed
    #[arg(long)]
    data_keys: bool,

    /// Seal SealedSecrets for this certificate
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["recipient", "cert"])]
    to_cert: Option<PathBuf>,

    /// Let the cluster's controller move SealedSecrets to its newest key; needs a kubeconfig and no private key
    ///
    /// The controller is told what the values are bound to and nothing else, and only values are taken from its answer. A
    /// SealedSecret does not say for which key it is sealed, so each is moved every time. Other files are left alone.
    #[arg(
        long,
        conflicts_with_all = ["to_cert", "recipient", "cert", "format", "scope", "data_keys", "identity", "skip_closed"]
    )]
    through_controller: bool,

    /// Change nothing; exit with 1 if something is due, and 2 if that could not be told
    #[arg(long)]
    check: bool,

    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Rotate what your identities open, and leave the other files as they are
    #[arg(long)]
    skip_closed: bool,

    #[command(flatten)]
    sealing: SealingFlags,

    #[command(flatten)]
    identities: IdentityFlags,

    #[command(flatten)]
    controller: ControllerFlags,
}

/// What is to be done to one file.
struct Planned {
    path: PathBuf,
    steps: Vec<RotationStep>,
    /// Who can open it now, by the short names in the file.
    recipients: BTreeSet<String>,
    sealing: Option<Sealing>,
}

impl Planned {
    fn new(path: &Path, steps: Vec<RotationStep>, inspected: &[Inspection], sealing: Sealing) -> Self {
        let recipients = inspected
            .iter()
            .flat_map(|document| &document.recipients)
            .map(|one| short_name(&one.recipient));
        Self {
            path: path.into(),
            steps,
            recipients: recipients.collect(),
            sealing: Some(sealing),
        }
    }

    fn is_due(&self) -> bool {
        self.steps.iter().any(|step| step.due.is_due())
    }

    /// Who decided.
    fn rule(&self) -> Option<&str> {
        Some(self.sealing.as_ref()?.origin.as_str())
    }

    fn is_for_a_certificate(&self) -> bool {
        let format = self.sealing.as_ref().map(|sealing| sealing.format);
        format == Some(Format::SealedSecrets)
    }

    /// Whether gpg may open it, which only trying tells.
    fn may_open_elsewhere(&self) -> bool {
        let format = self.sealing.as_ref().map(|sealing| sealing.format);
        let is_age = |recipient: &String| recipient.starts_with("age1") || recipient.starts_with("ssh-");
        format == Some(Format::Sops) && !self.recipients.iter().all(is_age)
    }

    /// Opening alone tells whether something is due.
    fn is_unknown(&self) -> bool {
        !self.is_due() && self.steps.iter().any(|step| matches!(step.due, Due::Unknown))
    }
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let options = RotateOptions {
        now: super::now(),
        data_keys: arguments.data_keys,
        allow_wider_scope: arguments.sealing.overrides.allow_wider_scope,
    };
    // A slip in its name is told even where no file needs it.
    arguments
        .to_cert
        .as_deref()
        .map(policies::read_certificate)
        .transpose()?;
    let controller = controller(arguments)?;
    let policies = Policies::default();
    let decide = |path: &Path, content: Content<'_>| match (&controller, content) {
        (Some(controller), _) => controller.sealing(&policies, path).map(Some),
        (None, Content::Manifest(stream)) => decide(arguments, &policies, path, stream),
        (None, Content::Stored) => policies.decide_sops(&arguments.sealing, name(arguments, path)),
    };
    let (plan, failures) = plan(arguments, console, &decide, &options)?;
    say_plan(console, &plan, arguments.check || arguments.dry_run)?;
    if (arguments.to_cert.is_some() || controller.is_some())
        && !plan.iter().any(Planned::is_for_a_certificate)
    {
        Diagnostic::warning("no SealedSecret was found, so nothing moves to the new certificate")
            .help("documents of sealkit's own format follow the policy".to_owned())
            .show(console);
    }
    diagnostic::show_all(
        failures.iter().flat_map(|failure| failure.diagnostics.clone()),
        console,
    );
    if arguments.check || arguments.dry_run {
        return Ok(match (failures.first(), plan.iter().any(Planned::is_due)) {
            (Some(_), _) if arguments.check => exit::COULD_NOT_CHECK,
            (Some(failure), _) => failure.code,
            (None, true) if arguments.check => exit::FAILED,
            _ => exit::SUCCESS,
        });
    }
    let insisted = arguments.data_keys || arguments.to_cert.is_some();
    let mut todo: Vec<&Planned> = plan
        .iter()
        .filter(|planned| planned.is_due() || planned.is_unknown())
        .collect();
    if todo.is_empty() {
        return finish(console, &plan, &nothing_done(), &failures);
    }
    if let Some(controller) = &controller {
        let paths: Vec<PathBuf> = todo.iter().map(|planned| planned.path.clone()).collect();
        let ask = |input: &Input| controller.move_to_newest_key(&input.stream);
        let work = Work {
            doing: "rotating",
            dry_run: false,
            manifest: &ask,
            is_stored: &|_, _| Ok(None),
            stored: &|stored| Ok(stored.file().untouched()?),
        };
        let summary = work::in_place(console, &paths, &work)?;
        return finish(console, &plan, &summary, &failures);
    }
    let found = identities::find(&arguments.identities, console)?;
    let closed = closed(&todo, &found);
    if !closed.is_empty() && !arguments.skip_closed {
        return Err(no_identity(&closed, &found));
    }
    todo.retain(|planned| !closed.contains(&planned.path));
    let by_path: BTreeMap<&Path, &Planned> = todo
        .iter()
        .map(|planned| (planned.path.as_path(), *planned))
        .collect();
    let sealing = |path: &Path, content: Content<'_>| {
        let planned = by_path.get(path).and_then(|planned| planned.sealing.clone());
        match planned {
            Some(sealing) => Ok(sealing),
            None => decide(path, content)?.ok_or_else(|| no_rule(path)),
        }
    };
    let rotate = |input: &Input| -> Result<Outcome, Failure> {
        let sealing = sealing(&input.path, Content::Manifest(&input.stream))?;
        let mut rng = generator::operating_system();
        sealkit::rotate(&input.stream, &sealing, &found.keyring, &options, &mut rng)
            .map_err(|problems| policies.name_people(found.explain(problems), &input.path))
    };
    let paths: Vec<PathBuf> = todo.iter().map(|planned| planned.path.clone()).collect();
    let rotate_stored = |stored: &Stored| {
        let sealing = sealing(stored.path(), Content::Stored)?;
        let mut rng = generator::operating_system();
        let rotated = stored.file().rotate(&sealing, &found.keyring, &options, &mut rng);
        rotated.map_err(|problems| policies.name_people(found.explain(problems), stored.path()))
    };
    let work = Work {
        doing: "rotating",
        dry_run: false,
        manifest: &rotate,
        is_stored: &|path, _| Stored::sealed(path),
        stored: &rotate_stored,
    };
    let mut summary = work::in_place(console, &paths, &work)?;
    if !insisted {
        forgive_unknown(console, &mut summary, &by_path);
    }
    finish(console, &plan, &summary, &failures)
}

/// The controller, where it is to do the work.
fn controller(arguments: &Arguments) -> Result<Option<Controller>, Failure> {
    if arguments.through_controller {
        return Controller::find(&arguments.controller).map(Some);
    }
    match arguments.controller.settings().first() {
        Some((flag, _)) => Err(Failure::usage(
            format!("--{flag} says where the controller is, which is not asked"),
            "say `--through-controller` to let it move SealedSecrets, or leave the flag out",
        )),
        None => Ok(None),
    }
}

/// What a file holds.
#[derive(Clone, Copy)]
enum Content<'a> {
    Manifest(&'a Stream),
    /// What SOPS sealed and is no YAML and no JSON.
    Stored,
}

/// Says how a file should be sealed; nothing for a SOPS file that no rule is for.
type Decide<'a> = dyn Fn(&Path, Content<'_>) -> Result<Option<Sealing>, Failure> + Sync + 'a;

/// Looks at every file, without any identity, and says what is due.
fn plan(
    arguments: &Arguments,
    console: &Console,
    decide: &Decide<'_>,
    options: &RotateOptions,
) -> Result<(Vec<Planned>, Vec<Failure>), Failure> {
    let found = work::find(console, &arguments.paths, arguments.check || arguments.dry_run)?;
    let progress = Progress::start(console, "planning", found.files.len());
    let one = |path: &PathBuf| {
        let planned = plan_file(path, arguments, decide, options);
        progress.step();
        planned.transpose()
    };
    let planned: Vec<_> = match found.files.len() {
        0..8 => found.files.iter().filter_map(one).collect(),
        _ => found.files.par_iter().filter_map(one).collect(),
    };
    progress.finish();
    let (mut plan, mut failures) = (Vec::new(), Vec::new());
    failures.extend(found.unreadable.into_iter().map(Failure::from));
    for planned in planned {
        match planned {
            Ok(planned) => plan.push(planned),
            Err(failure) => failures.push(failure),
        }
    }
    Ok((plan, failures))
}

fn plan_file(
    path: &Path,
    arguments: &Arguments,
    decide: &Decide<'_>,
    options: &RotateOptions,
) -> Result<Option<Planned>, Failure> {
    let named = arguments.paths.iter().any(|named| named == path);
    if let Some(stored) = Stored::sealed(path)? {
        return match arguments.through_controller {
            true => Ok(None),
            false => plan_stored(&stored, named, decide, options),
        };
    }
    let bytes = files::read(path)?;
    if !named && !work::is_of_interest(path, &bytes) {
        return Ok(None);
    }
    let stream = work::parse(&show_path(path), &bytes)?;
    let is_for_us = |recognised| match recognised {
        Recognised::Sealed(format) => !arguments.through_controller || format == Format::SealedSecrets,
        _ => false,
    };
    let is_sops = sealkit::is_sops_file(&stream) && !arguments.through_controller;
    if !is_sops
        && !stream
            .objects()
            .any(|object| is_for_us(sealkit::recognise(&object)))
    {
        return Ok(None);
    }
    let sealing = match decide(path, Content::Manifest(&stream))? {
        Some(sealing) => sealing,
        None if named => return Err(no_rule(path)),
        None => return Ok(None),
    };
    let steps = sealkit::rotation(&stream, &sealing, options)?;
    let inspected = sealkit::inspect(&stream, &sealing.names);
    Ok(Some(Planned::new(path, steps, &inspected, sealing)))
}

fn plan_stored(
    stored: &Stored,
    named: bool,
    decide: &Decide<'_>,
    options: &RotateOptions,
) -> Result<Option<Planned>, Failure> {
    let (path, file) = (stored.path(), stored.file());
    let sealing = match decide(path, Content::Stored)? {
        Some(sealing) => sealing,
        None if named => return Err(no_rule(path)),
        None => return Ok(None),
    };
    let steps = vec![file.rotation(&sealing, options)?];
    let inspected = [file.inspect(&sealing.names)];
    Ok(Some(Planned::new(path, steps, &inspected, sealing)))
}

/// `--to-cert` is for files with SealedSecrets; for the others the policy decides as always.
fn decide(
    arguments: &Arguments,
    policies: &Policies,
    path: &Path,
    stream: &Stream,
) -> Result<Option<Sealing>, Failure> {
    let name = name(arguments, path);
    if sealkit::is_sops_file(stream) {
        return policies.decide_sops(&arguments.sealing, name);
    }
    let is_sealed_secret = |format| matches!(format, Recognised::Sealed(Format::SealedSecrets));
    match &arguments.to_cert {
        Some(file)
            if stream
                .objects()
                .any(|object| is_sealed_secret(sealkit::recognise(&object))) =>
        {
            let flags = SealingFlags {
                cert: Some(file.clone()),
                format: Some(Format::SealedSecrets),
                ..arguments.sealing.clone()
            };
            policies.decide(&flags, path).map(Some)
        }
        _ => policies.decide(&arguments.sealing, name).map(Some),
    }
}

/// The name by which a rule is chosen.
fn name<'a>(arguments: &'a Arguments, path: &'a Path) -> &'a Path {
    arguments.sealing.path.as_deref().unwrap_or(path)
}

/// Somebody who names a SOPS file means it.
fn no_rule(path: &Path) -> Failure {
    let diagnostic = Diagnostic::error(format!("no rule for SOPS files covers {}", show_path(path)))
        .at(show_path(path))
        .help(
            "add a rule to `.sops.yaml`, or one with `format: sops` to the policy, or say `--recipient`"
                .to_owned(),
        );
    Failure::new(exit::POLICY, diagnostic)
}

/// SOPS files spell recipients out; identities know themselves by short names.
fn short_name(recipient: &str) -> String {
    match recipient.parse::<Recipient>() {
        Ok(recipient) => recipient.name(),
        Err(_) => recipient.to_owned(),
    }
}

fn say_plan(console: &Console, plan: &[Planned], is_result: bool) -> Result<(), Failure> {
    if console.style == Style::Json {
        if is_result {
            let file = |planned: &Planned| json!({"path": show_path(&planned.path), "rule": planned.rule(), "documents": planned.steps});
            let json = json!({"due": plan.iter().any(Planned::is_due), "files": plan.iter().map(file).collect::<Vec<_>>()});
            super::print(console, format!("{json}\n").as_bytes())?;
        }
        return Ok(());
    }
    for planned in plan {
        let names = planned.sealing.as_ref().map(|sealing| &sealing.names);
        for step in planned.steps.iter().filter(|step| step.due.is_due()) {
            let due = names.map(|names| step.due.describe(names)).unwrap_or_default();
            let rule = match (is_result, planned.rule()) {
                (true, Some(rule)) => format!(", by {rule}"),
                _ => String::new(),
            };
            console.say(&printable(&format!(
                "{}: {}: {due}{rule}",
                show_path(&planned.path),
                step.object
            )));
        }
    }
    let due = plan.iter().filter(|planned| planned.is_due()).count();
    let unknown = plan.iter().filter(|planned| planned.is_unknown()).count();
    let mut sentence = format!("due: {} of {}", due, count(plan.len(), "sealed file"));
    if unknown > 0 {
        sentence += &format!("; {} not telling for which key", count(unknown, "file"));
    }
    console.say(&sentence);
    Ok(())
}

/// The files that name their recipients, none of whom we are.
fn closed(todo: &[&Planned], found: &Found) -> BTreeSet<PathBuf> {
    let mut ours = BTreeSet::new();
    for identity in found.keyring.identities() {
        let names = identity.names();
        if names.is_empty() {
            return BTreeSet::new(); // a plugin may open anything: only trying tells
        }
        ours.extend(names);
    }
    let is_closed = |planned: &&&Planned| {
        if planned.may_open_elsewhere() {
            return false;
        }
        found.keyring.is_empty() || !planned.recipients.is_empty() && planned.recipients.is_disjoint(&ours)
    };
    todo.iter()
        .filter(is_closed)
        .map(|planned| planned.path.clone())
        .collect()
}

fn no_identity(closed: &BTreeSet<PathBuf>, found: &Found) -> Failure {
    let files = closed.iter().map(|path| show_path(path));
    let mut diagnostic = Diagnostic::error(format!(
        "none of your identities opens {}",
        count(closed.len(), "file")
    ));
    for file in files {
        diagnostic.also_at(Diagnostic::error("").at(file));
    }
    let help =
        "nothing was changed; ask somebody who can open them, or rotate the others with `--skip-closed`";
    let mut failure = Failure::new(exit::NO_IDENTITY, diagnostic.help(help.to_owned()));
    failure.diagnostics.push(found.searched_note());
    failure
}

/// A SealedSecret does not say for which key it is sealed. Where nobody asked for it by name, not having the cluster's
/// key is no failure: nothing is known to be due.
fn forgive_unknown(console: &Console, summary: &mut Summary, by_path: &BTreeMap<&Path, &Planned>) {
    let unknown = |path: &Path| by_path.get(path).is_some_and(|planned| planned.is_unknown());
    let before = summary.done.len();
    summary.done.retain(|done| {
        let no_identity = done
            .result
            .as_ref()
            .is_err_and(|failure| failure.code == exit::NO_IDENTITY);
        !(no_identity && unknown(&done.path))
    });
    let forgiven = before - summary.done.len();
    if forgiven > 0 {
        Diagnostic::note(format!(
            "{} with SealedSecrets left alone: no identity opens them",
            count(forgiven, "file")
        ))
        .why("a SealedSecret does not say for which certificate it is sealed".to_owned())
        .help(
            "`--through-controller` lets the cluster's controller move them; `--to-cert FILE --identity KEYS` does it here"
                .to_owned(),
        )
        .show(console);
    }
}

fn finish(
    console: &Console,
    plan: &[Planned],
    summary: &Summary,
    failures: &[Failure],
) -> Result<u8, Failure> {
    let exposed = exposed(plan, summary);
    let (rotated, failed) = (summary.changed(), summary.failed() + failures.len());
    let unchanged = plan.len().saturating_sub(rotated + summary.failed());
    if console.style == Style::Json {
        let mut json = report::json(summary, false);
        json["change_at_source"] = json!(exposed);
        json["problems"] = json!(
            failures
                .iter()
                .flat_map(|failure| &failure.diagnostics)
                .collect::<Vec<_>>()
        );
        super::print(console, format!("{json}\n").as_bytes())?;
    } else {
        report::lines(console, summary, false);
        if !exposed.is_empty() {
            say_exposed(console, &exposed);
        }
        if !console.quiet {
            let line = format!("rotated {rotated}, unchanged {unchanged}, failed {failed}\n");
            super::print(console, line.as_bytes())?;
        }
    }
    Ok(match (summary.code(), failures.first()) {
        (exit::SUCCESS, Some(failure)) => failure.code,
        (code, _) => code,
    })
}

/// The values that somebody who was removed could read, by file.
fn exposed(plan: &[Planned], summary: &Summary) -> BTreeMap<String, Vec<String>> {
    let changed: BTreeSet<&Path> = summary
        .done
        .iter()
        .filter(|done| done.changed)
        .map(|done| done.path.as_path())
        .collect();
    let mut exposed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for planned in plan
        .iter()
        .filter(|planned| changed.contains(planned.path.as_path()))
    {
        for step in &planned.steps {
            if matches!(&step.due, Due::Rotate { removed, .. } if !removed.is_empty()) {
                let items = exposed.entry(show_path(&planned.path)).or_default();
                items.extend(step.items.iter().map(|item| format!("{}: {item}", step.object)));
            }
        }
    }
    exposed
}

fn say_exposed(console: &Console, exposed: &BTreeMap<String, Vec<String>>) {
    console.say("change at their source, because history still opens for whoever was removed:");
    for (file, items) in exposed {
        for item in items {
            console.say(&printable(&format!("  {file}: {item}")));
        }
    }
}

fn nothing_done() -> Summary {
    Summary::of(Vec::new())
}

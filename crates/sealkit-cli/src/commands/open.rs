//! `sealkit open`: sealed documents become Secrets again. Which keys there are is found here; what they open, the
//! facade says.

use std::{
    cell::{Cell, OnceCell},
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use sealkit::{Action, Format, OpenOptions, Recognised, sops::StoredOutcome};

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::Confidentiality,
    flags::{IdentityFlags, WalkedDestination},
    git,
    identities::{self, Found},
    policies::Policies,
    report::{self, Verb},
    stored::{self, Stored},
    templates,
    terminal::Console,
    work::{self, Input, Summary, Work},
};

/// Open sealed documents
///
/// Prints all documents of the input: sealed ones opened, others as they are. A document is opened whole or not at
/// all, unless `--partial` is given. A SOPS file is opened as a whole, after its code was checked.
///
/// Templates of a SealedSecret (`spec.template.data`) are rendered as the controller renders them, so that the result is the
/// Secret that it would make. In place they are kept as they are, for sealing again; so does `sealkit edit`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit open secrets/database.yaml
  sealkit open secrets/database.yaml | kubectl apply -f -
  sealkit open --no-template secrets/database.yaml    # the values, and the templates as written
  sealkit open --identity backup-of-cluster-keys.yaml database.sealed.yaml
  sealkit open -i secrets/    # for a while; `sealkit seal -i secrets/` before the commit")]
pub(crate) struct Arguments {
    /// Files and directories; standard input if there is none
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    result: WalkedDestination,

    /// Open what can be opened, and leave out the rest; not in place, where the rest would be lost
    ///
    /// Documents that do not open are printed sealed. Values of a SealedSecret that do not open are left out; an
    /// EncryptedSecret opens whole or not at all. The exit code is 1 if anything is missing.
    #[arg(long, conflicts_with = "in_place")]
    partial: bool,

    /// Leave the templates of SealedSecrets as they are written; in place that is always so
    #[arg(long)]
    no_template: bool,

    #[command(flatten)]
    identities: IdentityFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let options = OpenOptions {
        partial: arguments.partial,
        ..OpenOptions::default()
    };
    let destination = &arguments.result.destination;
    let policies = Policies::default(); // decides nothing here, but knows people's names
    if arguments.result.in_place || report::is_dry_run_of_trees(&arguments.paths, &arguments.result) {
        report::refuse_stdin_in_place(&arguments.paths)?;
        let found = identities::find(&arguments.identities, console)?;
        let open = |input: &Input| {
            sealkit::open(&input.stream, &found.keyring, &options)
                .map_err(|problems| policies.name_people(found.explain(problems), &input.path))
        };
        let work = Work {
            doing: "opening",
            dry_run: destination.dry_run,
            manifest: &open,
            is_stored: &|path, _| Stored::sealed(path),
            stored: &|stored| open_stored(stored, &found),
        };
        let summary = work::in_place(console, &arguments.paths, &work)?;
        if !destination.dry_run {
            warn_of_tracked_files(console, &arguments.paths, &summary);
        }
        return report::trees(console, &summary, Verb::OPEN, destination.dry_run);
    }
    if let Some(files) = stored::chosen(&arguments.paths, Stored::sealed)? {
        let found = identities::find(&arguments.identities, console)?;
        let (secret, open) = (Confidentiality::Secret, |stored: &Stored| {
            open_stored(stored, &found)
        });
        return stored::to_destination(console, &files, destination, Verb::OPEN, secret, open);
    }
    let found = OnceCell::new();
    let missing = Cell::new(false);
    let open = |input: &Input| {
        if found.get().is_none() {
            let _ = found.set(identities::find(&arguments.identities, console)?);
        }
        let found: &Found = found.get().expect("it was set just above");
        let outcome = match arguments.no_template {
            true => sealkit::open(&input.stream, &found.keyring, &options),
            false => templates::open(&input.stream, &found.keyring, &options),
        };
        let outcome = outcome.map_err(|problems| {
            let mut failure = policies.name_people(found.explain(problems), &input.path);
            if arguments.partial && holds_native(input) {
                failure.diagnostics.push(Diagnostic::note(
                    "`--partial` leaves out values of SealedSecrets alone; an EncryptedSecret opens whole or not at all",
                ));
            }
            failure
        })?;
        let closed = [Action::PartlyOpened, Action::Failed];
        missing.set(missing.get() || closed.iter().any(|action| outcome.report.count(action) > 0));
        Ok(outcome)
    };
    let secret = Confidentiality::Secret;
    let code = report::to_destination(console, &arguments.paths, destination, Verb::OPEN, secret, open)?;
    Ok(match (code, missing.get()) {
        (exit::SUCCESS, true) => exit::FAILED,
        (code, _) => code,
    })
}

fn open_stored(stored: &Stored, found: &Found) -> Result<StoredOutcome, Failure> {
    let opened = stored.file().open(&found.keyring);
    opened.map_err(|problems| found.explain(problems))
}

fn holds_native(input: &Input) -> bool {
    let mut objects = input.stream.objects();
    objects.any(|object| sealkit::recognise(&object) == Recognised::Sealed(Format::Native))
}

/// Plaintext now stands where git would commit it.
fn warn_of_tracked_files(console: &Console, paths: &[PathBuf], summary: &Summary) {
    let directory = |path: &Path| {
        if path.is_dir() {
            path.to_owned()
        } else {
            parent(path)
        }
    };
    let directories: BTreeSet<PathBuf> = paths.iter().map(|path| directory(path)).collect();
    let tracked: BTreeSet<PathBuf> = directories
        .iter()
        .filter_map(|path| git::tracked(path))
        .flatten()
        .collect();
    let changed = summary
        .done
        .iter()
        .filter(|done| done.changed)
        .map(|done| &done.path);
    let exposed: Vec<_> = changed
        .filter(|path| std::fs::canonicalize(path).is_ok_and(|real| tracked.contains(&real)))
        .map(|path| show_path(path))
        .collect();
    let (what, place) = match &exposed[..] {
        [] => return,
        [one] => (format!("git tracks {one}"), one),
        [first, ..] => (format!("git tracks {} of these files", exposed.len()), first),
    };
    Diagnostic::warning(what)
        .at(place)
        .why("the next commit would publish the plaintext".to_owned())
        .help(
            "`sealkit seal -i` before you commit; `sealkit check --staged` as a pre-commit hook sees to it"
                .to_owned(),
        )
        .show(console);
}

fn parent(path: &Path) -> PathBuf {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .to_owned()
}

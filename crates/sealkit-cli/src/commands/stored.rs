//! SOPS files that are no YAML and no JSON: dotenv, INI, bytes of any kind. Every command does with them what it does with
//! the others; what that is, the facade says. They are worked on where they are named, not where a tree holds them.

use std::path::{Path, PathBuf};

use sealkit::{
    RotateOptions, Sealing,
    sops::{Store, StoredFile, StoredOutcome},
};

use crate::{
    diagnostic::{Failure, show_path},
    exit,
    files::{self, Confidentiality, Directories, Loaded},
    flags::DestinationFlags,
    generator,
    report::{self, Verb},
    terminal::{Console, printable},
    work::{Done, Summary},
};

/// A file that was read.
pub(super) struct Stored {
    loaded: Loaded,
    store: Store,
    name: String,
}

impl Stored {
    /// Reads a file that SOPS sealed. Nothing where it is YAML or JSON, or SOPS did not seal it.
    pub(super) fn sealed(path: &Path) -> Result<Option<Self>, Failure> {
        if !may_be_stored(path) {
            return Ok(None);
        }
        let stored = Self::load(path)?;
        Ok(stored.file().is_sealed().then_some(stored))
    }

    /// Reads a file to seal it. Nothing where it is YAML or JSON by its name, or, whatever its name, a manifest.
    pub(super) fn to_seal(path: &Path) -> Result<Option<Self>, Failure> {
        if !may_be_stored(path) {
            return Ok(None);
        }
        let stored = Self::load(path)?;
        let is_manifest = || {
            let stream = crate::work::parse(&stored.name, &stored.loaded.bytes);
            stream.is_ok_and(|stream| sealkit::is_sops_file(&stream) || stream.objects().next().is_some())
        };
        let manifest = stored.store == Store::Binary && !stored.file().is_sealed() && is_manifest();
        Ok((!manifest).then_some(stored))
    }

    fn load(path: &Path) -> Result<Self, Failure> {
        Ok(Self {
            loaded: files::load(path)?,
            store: Store::of_name(&path.to_string_lossy()),
            name: show_path(path),
        })
    }

    /// The file as the facade takes it.
    pub(super) fn file(&self) -> StoredFile<'_> {
        StoredFile {
            store: self.store,
            name: &self.name,
            bytes: &self.loaded.bytes,
        }
    }

    /// Replaces the file where something changed, and says what was done.
    pub(super) fn replace(
        &self,
        console: &Console,
        outcome: StoredOutcome,
        dry_run: bool,
    ) -> Result<u8, Failure> {
        let changed = outcome.bytes.is_some();
        self.write(&outcome, dry_run)?;
        report::told(console, &self.loaded.path, outcome.report, changed, dry_run)
    }

    fn write(&self, outcome: &StoredOutcome, dry_run: bool) -> Result<(), Failure> {
        if let Some(bytes) = outcome.bytes.as_ref().filter(|_| !dry_run) {
            let directories = Directories::default();
            files::replace(&self.loaded, bytes, &directories)?;
            directories.sync();
        }
        Ok(())
    }
}

/// Whether a file is, by its name, no YAML and no JSON.
pub(super) fn may_be_stored(path: &Path) -> bool {
    let store = Store::of_name(&path.to_string_lossy());
    path.is_file() && !matches!(store, Store::Yaml | Store::Json)
}

/// The files among `paths` that `choose` takes, if there are any. They cannot stand beside others in one command.
pub(super) fn chosen(
    paths: &[PathBuf],
    choose: impl Fn(&Path) -> Result<Option<Stored>, Failure>,
) -> Result<Option<Vec<Stored>>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(choose(path)?);
    }
    match (found.is_empty(), found.len() == paths.len()) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(found)),
        (false, false) => Err(Failure::usage(
            "dotenv files, INI files and bytes cannot be worked on together with manifests",
            "give each kind a command of its own",
        )),
    }
}

/// Works on files in place, each by itself.
pub(super) fn in_place(
    console: &Console,
    files: &[Stored],
    verb: Verb,
    dry_run: bool,
    work: impl Fn(&Stored) -> Result<StoredOutcome, Failure>,
) -> Result<u8, Failure> {
    let mut summary = Summary {
        done: Vec::new(),
        irrelevant: 0,
        interrupted: None,
        remaining: 0,
    };
    for stored in files {
        let attempt = work(stored).and_then(|outcome| {
            stored.write(&outcome, dry_run)?;
            Ok(outcome)
        });
        let changed = attempt.as_ref().is_ok_and(|outcome| outcome.bytes.is_some());
        summary.done.push(Done {
            path: stored.loaded.path.clone(),
            result: attempt.map(|outcome| outcome.report),
            changed,
        });
    }
    report::trees(console, &summary, verb, dry_run)
}

/// Works on one file, and hands the result over or writes it where it shall go.
pub(super) fn to_destination(
    console: &Console,
    files: &[Stored],
    destination: &DestinationFlags,
    verb: Verb,
    confidentiality: Confidentiality,
    work: impl Fn(&Stored) -> Result<StoredOutcome, Failure>,
) -> Result<u8, Failure> {
    let [stored] = files else {
        return Err(Failure::usage(
            "the results of several such files cannot be joined",
            "use `-i` to work on each file in place",
        ));
    };
    if destination.dry_run {
        return in_place(console, files, verb, true, work);
    }
    let outcome = work(stored)?;
    let bytes = outcome.bytes.as_ref().unwrap_or(&stored.loaded.bytes);
    match &destination.o {
        None => report::hand_over(console, bytes)?,
        Some(target) => {
            files::write(target, bytes, confidentiality)?;
            report::told(console, target, outcome.report, outcome.bytes.is_some(), false)?;
        }
    }
    Ok(exit::SUCCESS)
}

/// Makes files agree with their rules, or says what is due. Returns the exit code, and whether anything was due.
pub(super) fn rotate(
    console: &Console,
    files: &[Stored],
    only_tell: bool,
    options: &RotateOptions,
    decide: impl Fn(&Path) -> Result<Sealing, Failure>,
    keyring: impl FnOnce() -> Result<crate::identities::Found, Failure>,
) -> Result<(u8, bool), Failure> {
    let mut planned = Vec::new();
    for stored in files {
        let sealing = decide(&stored.loaded.path)?;
        let step = stored.file().rotation(&sealing, options)?;
        if step.due.is_due() {
            let (due, rule) = (step.due.describe(&sealing.names), &sealing.origin);
            let line = format!("{}: {}: {due}, by {rule}", stored.name, step.object);
            console.say(&printable(&line));
            planned.push((stored, sealing));
        }
    }
    console.say(&format!(
        "due: {} of {}",
        planned.len(),
        report::count(files.len(), "sealed file")
    ));
    if only_tell || planned.is_empty() {
        return Ok((exit::SUCCESS, !planned.is_empty()));
    }
    let found = keyring()?;
    let mut code = exit::SUCCESS;
    for (stored, sealing) in planned {
        let mut rng = generator::operating_system();
        let rotated = stored.file().rotate(&sealing, &found.keyring, options, &mut rng);
        let done = rotated.map_err(|problems| found.explain(problems));
        match done.and_then(|outcome| stored.replace(console, outcome, false)) {
            Ok(_) => {}
            Err(failure) => code = failure.report(console),
        }
    }
    Ok((code, true))
}

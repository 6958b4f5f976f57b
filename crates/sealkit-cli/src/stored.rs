//! SOPS files that are no YAML and no JSON: dotenv, INI, bytes of any kind. Every command does with them what it does with
//! the others; what that is, the facade says. In trees they are known by what they hold: one that SOPS did not seal is
//! nobody's business there.

use std::path::{Path, PathBuf};

use sealkit::sops::{Store, StoredFile, StoredOutcome, may_be_sealed};

use crate::{
    diagnostic::{Failure, show_path},
    exit,
    files::{self, Confidentiality, Directories, Loaded},
    flags::DestinationFlags,
    report::{self, Verb},
    terminal::Console,
    work::{self, Done, Summary},
};

/// A file that was read.
pub(crate) struct Stored {
    loaded: Loaded,
    store: Store,
    name: String,
}

impl Stored {
    /// Reads a file that SOPS sealed. Nothing where it is YAML or JSON, or SOPS did not seal it.
    pub(crate) fn sealed(path: &Path) -> Result<Option<Self>, Failure> {
        if !may_be_stored(path) {
            return Ok(None);
        }
        let stored = Self::load(path)?;
        Ok(stored.file().is_sealed().then_some(stored))
    }

    /// Takes content that was read elsewhere than on disk.
    pub(crate) fn is_sealed(path: &Path, bytes: &[u8]) -> bool {
        file(path, &show_path(path), bytes).is_sealed()
    }

    /// Reads a file to seal it. Nothing where it is YAML or JSON by its name, or, whatever its name, a manifest.
    pub(crate) fn to_seal(path: &Path) -> Result<Option<Self>, Failure> {
        if !may_be_stored(path) {
            return Ok(None);
        }
        let stored = Self::load(path)?;
        let is_manifest = || {
            let stream = work::parse(&stored.name, &stored.loaded.bytes);
            stream.is_ok_and(|stream| sealkit::is_sops_file(&stream) || stream.objects().next().is_some())
        };
        let manifest = stored.store == Store::Binary && !stored.file().is_sealed() && is_manifest();
        Ok((!manifest).then_some(stored))
    }

    fn load(path: &Path) -> Result<Self, Failure> {
        Ok(Self {
            loaded: files::load(path)?,
            store: store(path),
            name: show_path(path),
        })
    }

    /// The file as the facade takes it.
    pub(crate) fn file(&self) -> StoredFile<'_> {
        StoredFile {
            store: self.store,
            name: &self.name,
            bytes: &self.loaded.bytes,
        }
    }

    /// How it was named.
    pub(crate) fn path(&self) -> &Path {
        &self.loaded.path
    }

    /// Replaces the file where something changed, and says what was done.
    pub(crate) fn replace(
        &self,
        console: &Console,
        outcome: StoredOutcome,
        dry_run: bool,
    ) -> Result<u8, Failure> {
        let changed = outcome.bytes.is_some();
        let directories = Directories::default();
        self.write(&outcome, dry_run, &directories)?;
        directories.sync();
        report::told(console, &self.loaded.path, outcome.report, changed, dry_run)
    }

    /// Replaces the file where something changed.
    pub(crate) fn write(
        &self,
        outcome: &StoredOutcome,
        dry_run: bool,
        directories: &Directories,
    ) -> Result<(), Failure> {
        if let Some(bytes) = outcome.bytes.as_ref().filter(|_| !dry_run) {
            files::replace(&self.loaded, bytes, directories)?;
        }
        Ok(())
    }
}

/// Content as the facade takes it, under a path that may be on disk or in git's index.
pub(crate) fn file<'a>(path: &Path, name: &'a str, bytes: &'a [u8]) -> StoredFile<'a> {
    StoredFile {
        store: store(path),
        name,
        bytes,
    }
}

/// What SOPS takes a file for by its name. A name in capitals is that of a manifest here as in trees.
fn store(path: &Path) -> Store {
    match files::is_manifest_name(path) {
        true => Store::Yaml,
        false => Store::of_name(&path.to_string_lossy()),
    }
}

/// Whether a file is, by its name, no YAML and no JSON.
pub(crate) fn may_be_stored(path: &Path) -> bool {
    !matches!(store(path), Store::Yaml | Store::Json) && path.is_file()
}

/// Whether a file of a tree, whose name is not that of a manifest, may be one that SOPS sealed. Most are told by a glance at
/// their beginning; one that cannot be read counts where its name says that it is meant.
pub(crate) fn looks_sealed(path: &Path) -> bool {
    let store = store(path);
    let is_worth_reading = match store {
        Store::Yaml | Store::Json => return false,
        Store::Binary => files::begins_with(path, b'{'),
        _ => true,
    };
    is_worth_reading
        && match files::read(path) {
            Ok(bytes) => may_be_sealed(store, &bytes),
            Err(_) => store != Store::Binary,
        }
}

/// The files among `paths` that `choose` takes, if there are any. They cannot stand beside others in one command.
pub(crate) fn chosen(
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

/// Works on one file, and hands the result over or writes it where it shall go.
pub(crate) fn to_destination(
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
    let outcome = work(stored);
    if destination.dry_run {
        let changed = outcome.as_ref().is_ok_and(|outcome| outcome.bytes.is_some());
        let done = Done {
            path: stored.loaded.path.clone(),
            result: outcome.map(|outcome| outcome.report),
            changed,
        };
        return report::trees(console, &Summary::of(vec![done]), verb, true);
    }
    let outcome = outcome?;
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

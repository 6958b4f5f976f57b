//! SOPS files that are no YAML and no JSON: dotenv, INI, and bytes of any kind. The verbs are those of every other file,
//! over bytes; dotenv and INI keep their author's text.
//!
//! Values are named by their key (`PASSWORD`), in INI files with the section before it (`database.password`).

use sealkit_crypto::{CryptoRng, DataKey, Plaintext};
use sealkit_formats::sops::document::{self, Closed, Exposed, Tree, TreeError};
use sealkit_formats::sops::metadata::{Metadata, VERSION};
use sealkit_formats::sops::store::{StoreError, text_of};
use sealkit_formats::sops::time::Timestamp;
use sealkit_formats::sops::tree::{Item, Mapping, Node};
use sealkit_formats::sops::{
    AgeIdentities, ClosedValue, DEFAULT_ORDER, MacClues, MacProblem, OpenError, SealError, UnwrapKey, recover,
};
use sealkit_manifest::{Location, Place, dotenv, ini};
use zeroize::Zeroizing;

pub use sealkit_formats::sops::store::Store;

use super::stored_error::StoredError;
use super::{look, rotate, seal};
use crate::check::{CheckOptions, Checked};
use crate::inspect::Inspection;
use crate::keyring::Keyring;
use crate::names::Names;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::recognise::SOPS_TOKEN_PREFIX;
use crate::report::{Action, Entry, ObjectName, Report};
use crate::rotate::{Due, RotateOptions, RotationStep, removal_note};
use crate::seal::SealOptions;
use crate::sealing::Sealing;

/// A file that is no YAML and no JSON.
#[derive(Clone, Copy)]
pub struct StoredFile<'a> {
    /// What it is read as.
    pub store: Store,
    /// What places in messages are told with.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// What a verb made of such a file.
pub struct StoredOutcome {
    /// The new content, or `None` where nothing changes.
    pub bytes: Option<Zeroizing<Vec<u8>>>,
    /// What was done.
    pub report: Report,
}

impl<'a> StoredFile<'a> {
    /// Whether SOPS sealed it as what it is taken for. One that was damaged since counts, so that nobody takes it for
    /// something else. JSON that was sealed and kept under a name that says bytes (`sops encrypt a.json > a.enc`) is a
    /// manifest, and does not count.
    pub fn is_sealed(&self) -> bool {
        if !may_be_sealed(self.store, self.bytes) {
            return false;
        }
        match self.store.read_closed(self.name, self.bytes) {
            Err(StoreError::Tree(TreeError::NoMetadata)) => false,
            Err(_) => self.has_marks(),
            Ok(closed) if self.store == Store::Binary => holds_bytes(&closed),
            Ok(_) => true,
        }
    }

    /// Whether metadata and tokens show, in a file that does not read as a whole.
    fn has_marks(&self) -> bool {
        let mut lines = self.bytes.split(|byte| *byte == b'\n');
        let has_metadata = match self.store {
            Store::Dotenv => lines.any(|line| line.starts_with(b"sops_")),
            Store::Ini => lines.any(|line| line.trim_ascii() == b"[sops]"),
            _ => contains(self.bytes, b"\"sops\""),
        };
        has_metadata && contains(self.bytes, SOPS_TOKEN_PREFIX.as_bytes())
    }

    /// Seals it under a fresh data key.
    ///
    /// # Errors
    /// It does not read as what its name says, it is sealed already, or a key cannot be wrapped for; nothing is written.
    pub fn seal(
        &self,
        sealing: &Sealing,
        options: &SealOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<StoredOutcome, Problems> {
        let documents = self.unsealed(self.bytes)?;
        let decided = seal::decided(sealing);
        let key = DataKey::generate(rng);
        let wrappers = seal::wrappers(&decided.groups);
        let (groups, shamir_threshold) =
            document::wrap_groups(&key, &wrappers, decided.shamir_threshold, rng).map_err(Problem::from)?;
        let is_bytes = self.store == Store::Binary;
        let metadata = Metadata {
            groups,
            shamir_threshold,
            last_modified: String::new(),
            mac: String::new(),
            selector: (!is_bytes).then(|| decided.selector.clone().unwrap_or_default()),
            mac_only_encrypted: decided.mac_only_encrypted && !is_bytes,
            version: VERSION.to_owned(),
        };
        let mut tree = Tree::new(documents, metadata, key);
        let (bytes, closed) = self.sealed(&mut tree, self.bytes, options.now, rng)?;
        Ok(self.done(Some(bytes), Action::Sealed, closed.sealed_paths()))
    }

    /// Answers for a sealed file that is to be sealed and needs nothing.
    ///
    /// # Errors
    /// Something in it stands in the clear that should not, see [`StoredFile::seal_exposed`]; or it does not read.
    pub fn untouched(&self) -> Result<StoredOutcome, Problems> {
        let exposed = self.located(self.closed()?.not_encrypted());
        match exposed.is_empty() {
            true => Ok(self.done(None, Action::Unchanged, Vec::new())),
            false => Err(Problem::from(StoredError::Exposed(exposed)).into()),
        }
    }

    /// Seals plaintext that stands where encrypted values belong, for instance because somebody pasted it there. A file
    /// without any stays as it is.
    ///
    /// # Errors
    /// Whatever keeps the file from being opened, plaintext aside; then nothing is sealed.
    pub fn seal_exposed(
        &self,
        keyring: &Keyring,
        options: &SealOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<StoredOutcome, Problems> {
        let (_, mut tree, exposed) = self.opened_exposed(keyring).map_err(|problem| -> Problems {
            // Whoever cannot seal it should still learn where it is.
            let exposed = self.untouched().err().into_iter().flatten();
            std::iter::once(problem).chain(exposed).collect()
        })?;
        if exposed.values.is_empty() {
            return Ok(self.done(None, Action::Unchanged, Vec::new()));
        }
        let plain = self.plain(&tree)?;
        let (bytes, _) = self.sealed(&mut tree, &plain, options.now, rng)?;
        let (verified, values) = (exposed.verified, self.located(exposed.values));
        let items = values.iter().map(|value| value.path.clone()).collect();
        let mut done = self.done(Some(bytes), Action::Updated, items);
        if !verified {
            let note = seal::unverified_note(values.first().map(|value| &value.place));
            done.report.entries[0].notes.push(note);
        }
        Ok(done)
    }

    /// Refuses early what [`StoredFile::set`] and [`StoredFile::unset`] would refuse for want of an identity.
    ///
    /// # Errors
    /// It does not open.
    pub fn openable(&self, keyring: &Keyring) -> Result<(), Problems> {
        self.changeable(keyring).map(drop)
    }

    /// Opens it.
    ///
    /// # Errors
    /// Everything that keeps it from being opened; there is no partial result.
    pub fn open(&self, keyring: &Keyring) -> Result<StoredOutcome, Problems> {
        let (_, tree) = self.opened(keyring)?;
        let bytes = self.plain(&tree)?;
        Ok(self.done(Some(bytes), Action::Opened, Vec::new()))
    }

    /// Seals what became of the opened file in an editor. Values that did not change keep their tokens.
    ///
    /// # Errors
    /// As for [`StoredFile::seal`] and [`StoredFile::open`].
    pub fn reseal(
        &self,
        edited: &[u8],
        keyring: &Keyring,
        options: &SealOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<StoredOutcome, Problems> {
        let opened = self.opened(keyring)?;
        let plain = self.plain(&opened.1)?;
        self.resealed(opened, &plain, edited, Action::Updated, options, rng)
    }

    /// Returns one value; of bytes, all of them.
    ///
    /// # Errors
    /// It does not open, or has no such value.
    pub fn get(&self, item: &str, keyring: &Keyring) -> Result<Plaintext, Problems> {
        let (_, tree) = self.opened(keyring)?;
        let document = tree.documents.first();
        let found = document
            .and_then(|document| find(document, self.store, item))
            .and_then(text_of);
        match found {
            Some(text) => Ok(Plaintext::from(text.as_bytes().to_vec())),
            None => Err(self.no_such_value(item, document).into()),
        }
    }

    /// Adds or replaces one value; everything else stays byte for byte.
    ///
    /// # Errors
    /// It does not open, or cannot hold the value.
    pub fn set(
        &self,
        item: &str,
        value: &Plaintext,
        keyring: &Keyring,
        options: &SealOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<StoredOutcome, Problems> {
        let opened = self.changeable(keyring)?;
        let text = value
            .expose_str()
            .ok_or_else(|| Problem::not_text(self.start(), item))?;
        let plain = self.plain(&opened.1)?;
        let edited = self.edited(&plain, item, Some(text))?;
        self.resealed(opened, &plain, &edited, Action::Updated, options, rng)
    }

    /// Removes one value.
    ///
    /// # Errors
    /// It does not open, or has no such value.
    pub fn unset(
        &self,
        item: &str,
        keyring: &Keyring,
        options: &SealOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<StoredOutcome, Problems> {
        let opened = self.changeable(keyring)?;
        let plain = self.plain(&opened.1)?;
        let edited = self.edited(&plain, item, None)?;
        self.resealed(opened, &plain, &edited, Action::Removed, options, rng)
    }

    /// Tells what a rotation would do; see [`rotation`](crate::rotation).
    ///
    /// # Errors
    /// The file is not what its format demands, or a rule for another format was decided.
    pub fn rotation(&self, sealing: &Sealing, options: &RotateOptions) -> Result<RotationStep, Problems> {
        rotate::refuse_other_format(&self.start(), sealing)?;
        let closed = self.closed()?;
        let due = rotate::due(&closed.metadata, &seal::decided(sealing), options.data_keys);
        let items = match due {
            Due::Rotate { .. } => closed.sealed_paths(),
            _ => Vec::new(),
        };
        Ok(RotationStep {
            place: self.start(),
            object: self.object(),
            due,
            items,
        })
    }

    /// Does what is due; see [`rotate`](crate::rotate()).
    ///
    /// # Errors
    /// It does not open, or a key cannot be wrapped for; nothing is written.
    pub fn rotate(
        &self,
        sealing: &Sealing,
        keyring: &Keyring,
        options: &RotateOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<StoredOutcome, Problems> {
        let due = self.rotation(sealing, options)?.due;
        if !due.is_due() {
            return Ok(self.done(None, Action::Unchanged, Vec::new()));
        }
        let (mut closed, mut tree) = self.opened(keyring)?;
        let plain = self.plain(&tree)?;
        let decided = seal::decided(sealing);
        let threshold = rotate::new_threshold(&closed.metadata, &decided);
        let wrappers = seal::wrappers(&decided.groups);
        let mut done = if let Due::Rewrap { .. } = due {
            let wrapped = document::wrap_groups(tree.key(), &wrappers, threshold, rng);
            (closed.metadata.groups, closed.metadata.shamir_threshold) = wrapped.map_err(Problem::from)?;
            let bytes = self.store.sealed_text(self.name, &plain, closed);
            let bytes = bytes.map_err(|error| self.refused(error))?;
            self.verify(&bytes, &tree)?;
            self.done(Some(bytes), Action::Rewrapped, Vec::new())
        } else {
            tree.set_key(DataKey::generate(rng));
            let wrapped = document::wrap_groups(tree.key(), &wrappers, threshold, rng);
            (tree.metadata.groups, tree.metadata.shamir_threshold) = wrapped.map_err(Problem::from)?;
            let (bytes, closed) = self.sealed(&mut tree, &plain, options.now, rng)?;
            self.done(Some(bytes), Action::Rotated, closed.sealed_paths())
        };
        let note = removal_note(&due, &self.start(), &sealing.names);
        done.report.entries[0].notes.extend(note);
        Ok(done)
    }

    /// Says what the file says without a key.
    pub fn inspect(&self, names: &Names) -> Inspection {
        match self.closed() {
            Ok(closed) => {
                let exposed = self.located(closed.not_encrypted());
                look::stored(
                    self.entry(Action::Unchanged),
                    self.bytes.len(),
                    &closed,
                    &exposed,
                    names,
                )
            }
            Err(problem) => look::unreadable(self.entry(Action::Unchanged), self.bytes.len(), &problem),
        }
    }

    /// Says what a gate should say of it; see [`check`](crate::check()).
    pub fn check(&self, sealing: Option<&Sealing>, options: &CheckOptions<'_>) -> Checked {
        let object = self.object();
        let closed = match self.closed() {
            Ok(closed) => closed,
            Err(problem) => return look::of_problem_alone(&object, self.start(), &problem),
        };
        let exposed = self.located(closed.not_encrypted());
        let opens = options
            .keyring
            .filter(|_| exposed.is_empty())
            .and_then(|keyring| self.opened(keyring).err());
        look::check_stored(&object, &self.start(), &closed, &exposed, sealing, opens.as_ref())
    }

    fn closed(&self) -> Result<Closed, Problem> {
        let closed = self.store.read_closed(self.name, self.bytes);
        closed.map_err(|error| self.refused(error))
    }

    fn opened(&self, keyring: &Keyring) -> Result<(Closed, Tree), Problem> {
        let (closed, tree, exposed) = self.opened_exposed(keyring)?;
        match exposed.values.is_empty() {
            true => Ok((closed, tree)),
            false => Err(StoredError::Exposed(self.located(exposed.values)).into()),
        }
    }

    fn opened_exposed(&self, keyring: &Keyring) -> Result<(Closed, Tree, Exposed), Problem> {
        let closed = self.closed()?;
        let identities = keyring.identities();
        let age = AgeIdentities(&identities);
        let mut unwrap: Vec<&dyn UnwrapKey> = vec![&age];
        unwrap.extend(keyring.services());
        let recovered =
            recover(&closed.metadata, &unwrap, &DEFAULT_ORDER).map_err(|error| OpenError::Key {
                place: self.start(),
                error: Box::new(error),
            })?;
        let opened = Tree::open_exposed(closed.clone(), recovered.key);
        let (tree, exposed) = opened.map_err(|error| self.refused(error.into()))?;
        Ok((closed, tree, exposed))
    }

    /// Nobody expects that a change needs an identity, so it is said.
    fn changeable(&self, keyring: &Keyring) -> Result<(Closed, Tree), Problems> {
        self.opened(keyring).map_err(|problem| match problem.kind() {
            ProblemKind::NoIdentity => [Problem::needs_identity(self.start()), problem]
                .into_iter()
                .collect(),
            _ => problem.into(),
        })
    }

    fn plain(&self, tree: &Tree) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let plain = self.store.plain_text(self.name, self.bytes, &tree.documents);
        let plain = plain.map_err(|error| self.refused(error))?;
        let read = self
            .store
            .read(self.name, &plain)
            .map_err(|error| self.refused(error))?;
        match read == tree.documents {
            true => Ok(plain),
            false => Err(OpenError::Mismatch { place: self.start() }.into()),
        }
    }

    /// Reads content in the clear.
    fn unsealed(&self, bytes: &[u8]) -> Result<Vec<Mapping>, Problem> {
        let documents = self.store.read(self.name, bytes);
        let documents = documents.map_err(|error| self.refused(error))?;
        if documents.iter().any(|document| self.store.has_metadata(document)) {
            let place = self.start();
            return Err(SealError::AlreadySealed { place }.into());
        }
        Ok(documents)
    }

    /// Seals what became of the opened file's `plain` content.
    fn resealed(
        &self,
        (before, mut tree): (Closed, Tree),
        plain: &[u8],
        edited: &[u8],
        action: Action,
        options: &SealOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<StoredOutcome, Problems> {
        if edited == plain {
            return Ok(self.done(None, Action::Unchanged, Vec::new()));
        }
        tree.documents = self.unsealed(edited)?;
        let (bytes, closed) = self.sealed(&mut tree, edited, options.now, rng)?;
        Ok(self.done(Some(bytes), action, changed(&before, &closed)))
    }

    /// Seals a tree into the text that it was read from, and opens the result again before it is given out.
    fn sealed(
        &self,
        tree: &mut Tree,
        plain: &[u8],
        now: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Zeroizing<Vec<u8>>, Closed), Problem> {
        let closed = tree
            .seal(Timestamp::from_unix(now), rng)
            .map_err(|error| self.refused(error.into()))?;
        let bytes = self.store.sealed_text(self.name, plain, closed.clone());
        let bytes = bytes.map_err(|error| self.refused(error))?;
        self.verify(&bytes, tree)?;
        Ok((bytes, closed))
    }

    fn verify(&self, bytes: &[u8], tree: &Tree) -> Result<(), Problem> {
        let mismatch = || Problem::from(SealError::Mismatch { place: self.start() });
        let closed = self.store.read_closed(self.name, bytes).map_err(|_| mismatch())?;
        let key = DataKey::from_slice(tree.key().expose()).map_err(|_| mismatch())?;
        let again = Tree::open_to_read(closed, key, true).map_err(|_| mismatch())?;
        match again.documents == tree.documents {
            true => Ok(()),
            false => Err(mismatch()),
        }
    }

    /// The content with one value set, or removed.
    fn edited(&self, plain: &[u8], item: &str, value: Option<&str>) -> Result<Zeroizing<Vec<u8>>, Problem> {
        match self.store {
            Store::Dotenv => self.dotenv(plain, item, value),
            Store::Ini => self.ini(plain, item, value),
            _ => Err(Problem::not_a_path(self.start(), item)),
        }
    }

    fn dotenv(&self, plain: &[u8], item: &str, value: Option<&str>) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let file = dotenv::Dotenv::parse(self.name, plain).map_err(|error| self.refused(error.into()))?;
        let standing = file
            .items()
            .find(|line| line.key() == Some(item))
            .map(|line| line.index());
        let change = match (standing, value) {
            (Some(item), Some(value)) => dotenv::Change::Set { item, value },
            (Some(item), None) => dotenv::Change::Remove { item },
            (None, Some(value)) => dotenv::Change::Insert {
                before: file.items().len(),
                new: dotenv::New::Entry { key: item, value },
            },
            (None, None) => return Err(self.no_such_value(item, self.tree_of(plain).first())),
        };
        let edited = file.edit(&[change]).map_err(|error| self.refused(error.into()))?;
        Ok(Zeroizing::new(edited.as_str().as_bytes().to_vec()))
    }

    fn ini(&self, plain: &[u8], item: &str, value: Option<&str>) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let file = ini::Ini::parse(self.name, plain).map_err(|error| self.refused(error.into()))?;
        let (section, key) = item.rsplit_once('.').unwrap_or(("DEFAULT", item));
        let section_of = file.sections().find(|known| known.name() == section);
        let standing = section_of.and_then(|known| {
            let entry = known.entries().find(|entry| entry.key() == key)?;
            Some((known.index(), entry.index()))
        });
        let new = |value| ini::New {
            key,
            value,
            comment: None,
        };
        let change = match (standing, section_of, value) {
            (Some((section, entry)), _, Some(value)) => ini::Change::Set {
                section,
                entry,
                value,
            },
            (Some((section, entry)), _, None) => ini::Change::RemoveEntry { section, entry },
            (None, Some(known), Some(value)) => ini::Change::InsertEntry {
                section: known.index(),
                new: new(value),
            },
            (None, None, Some(value)) => ini::Change::InsertSection {
                new: ini::NewSection {
                    name: section,
                    comment: None,
                    entries: vec![new(value)],
                },
            },
            (None, _, None) => return Err(self.no_such_value(item, self.tree_of(plain).first())),
        };
        let edited = file.edit(&[change]).map_err(|error| self.refused(error.into()))?;
        Ok(Zeroizing::new(edited.as_str().as_bytes().to_vec()))
    }

    fn tree_of(&self, plain: &[u8]) -> Vec<Mapping> {
        self.store.read(self.name, plain).unwrap_or_default()
    }

    fn no_such_value(&self, item: &str, document: Option<&Mapping>) -> Problem {
        let mut paths = Vec::new();
        for (key, node) in document.into_iter().flat_map(Mapping::entries) {
            match node {
                Node::Mapping(section) => {
                    paths.extend(section.entries().map(|(name, _)| format!("{key}.{name}")))
                }
                _ => paths.push(key.to_owned()),
            }
        }
        Problem::no_such_item(self.start(), "this file".to_owned(), item, paths)
    }

    fn done(&self, bytes: Option<Zeroizing<Vec<u8>>>, action: Action, items: Vec<String>) -> StoredOutcome {
        let mut entry = self.entry(action);
        entry.items = items;
        StoredOutcome {
            bytes,
            report: Report { entries: vec![entry] },
        }
    }

    fn entry(&self, action: Action) -> Entry {
        Entry {
            place: self.start(),
            object: self.object(),
            action,
            by: None,
            items: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn object(&self) -> ObjectName {
        ObjectName {
            kind: format!("SOPS {} file", self.store.name()),
            namespace: String::new(),
            name: String::new(),
        }
    }

    fn start(&self) -> Place {
        Place {
            file: self.name.to_owned(),
            location: Location { line: 1, column: 1 },
        }
    }

    /// Says where values stand, as far as the store has lines.
    fn located(&self, values: Vec<(String, sealkit_formats::sops::ValueError)>) -> Vec<ClosedValue> {
        let place = |path: &str| self.place_of(path).unwrap_or_else(|| self.start());
        let value = |(path, error): (String, sealkit_formats::sops::ValueError)| ClosedValue {
            place: place(&path),
            path,
            error,
            written_for: None,
        };
        values.into_iter().map(value).collect()
    }

    fn place_of(&self, path: &str) -> Option<Place> {
        match self.store {
            Store::Dotenv => {
                let file = dotenv::Dotenv::parse(self.name, self.bytes).ok()?;
                file.items()
                    .find(|line| line.key() == Some(path))
                    .map(|line| line.place())
            }
            Store::Ini => {
                let file = ini::Ini::parse(self.name, self.bytes).ok()?;
                let mut places = file.sections().flat_map(|section| {
                    section
                        .entries()
                        .filter(|entry| format!("{}.{}", section.name(), entry.key()) == path)
                        .map(|entry| entry.place())
                        .collect::<Vec<_>>()
                });
                places.next()
            }
            _ => None,
        }
    }

    /// A room's error with what is known of its place.
    fn refused(&self, error: StoreError) -> Problem {
        let place = self.start();
        match error {
            StoreError::Tree(TreeError::NoMetadata) => OpenError::NoMetadata { place }.into(),
            StoreError::Tree(TreeError::Metadata(error)) => OpenError::Metadata { place, error }.into(),
            StoreError::Tree(TreeError::Values(values)) => {
                let values = self.located(values);
                match values.iter().all(|value| value.error.is_plaintext()) {
                    true => StoredError::Exposed(values).into(),
                    false => OpenError::Values(values).into(),
                }
            }
            StoreError::Tree(TreeError::Mac(MacProblem::Different)) => StoredError::Changed { place }.into(),
            StoreError::Tree(TreeError::Mac(problem)) => OpenError::Mac {
                place,
                problem,
                clues: MacClues::default(),
            }
            .into(),
            error => StoredError::Refused { place, error }.into(),
        }
    }
}

/// Whether it is what bytes become when they are sealed.
fn holds_bytes(closed: &Closed) -> bool {
    matches!(closed.documents.as_slice(), [document] if document.get("data").is_some())
}

/// Whether a file of a tree can be one that SOPS sealed, by its bytes alone. Costs next to nothing where it is not.
pub fn may_be_sealed(store: Store, bytes: &[u8]) -> bool {
    let shape = match store {
        Store::Yaml | Store::Json => false,
        Store::Binary => bytes.trim_ascii_start().starts_with(b"{"),
        _ => true,
    };
    shape && contains(bytes, b"sops")
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// The values whose tokens are others than before, by path.
fn changed(before: &Closed, after: &Closed) -> Vec<String> {
    let mut changed = Vec::new();
    let (before, after) = (leaves(before), leaves(after));
    let written = after.iter().filter(|leaf| !before.contains(leaf));
    let gone = before.iter().filter(|leaf| !after.contains(leaf));
    for (path, _) in written.chain(gone) {
        if !changed.contains(path) {
            changed.push(path.clone());
        }
    }
    changed
}

fn leaves(closed: &Closed) -> Vec<(String, Option<Zeroizing<String>>)> {
    let mut leaves = Vec::new();
    for (key, node) in closed.documents.iter().flat_map(Mapping::entries) {
        match node {
            Node::Mapping(section) => {
                let entries = section.entries();
                leaves.extend(entries.map(|(name, node)| (format!("{key}.{name}"), text_of(node))));
            }
            node => leaves.push((key.to_owned(), text_of(node))),
        }
    }
    leaves
}

/// The value that a name means.
fn find<'t>(document: &'t Mapping, store: Store, item: &str) -> Option<&'t Node> {
    let last = |mapping: &'t Mapping, key: &str| {
        let entries = mapping.0.iter().rev();
        entries
            .filter_map(|item| match item {
                Item::Entry(name, node) if name == key => Some(node),
                _ => None,
            })
            .next()
    };
    match store {
        Store::Ini => {
            let (section, key) = item.rsplit_once('.').unwrap_or(("DEFAULT", item));
            match document.get(section)? {
                Node::Mapping(section) => last(section, key),
                _ => None,
            }
        }
        _ => last(document, item),
    }
}

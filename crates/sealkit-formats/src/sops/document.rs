//! Files as trees without a text: for stores that are written anew, and for turning one store into another.
//!
//! `open` and `seal` keep an author's text; here only values, comments and their order count, and what comes out is
//! printed by `emit`. The cipher, the walk and the code are the same.
//!
//! Source: `sops.go`, `cmd/sops/common/common.go` of getsops/sops 3.13.3.

mod closed;
mod decrypt;
mod encrypt;
mod places;

use std::fmt;

use sealkit_crypto::{CryptoRng, DataKey};
use sealkit_manifest::Stream;

use self::decrypt::Decryptor;
use self::encrypt::token;
use self::places::{New, mapping};
use super::cipher::{Memory, ValueKey, nonce};
use super::compare;
use super::decrypt::{Reading, check_mac};
use super::error::{DocumentError, MacProblem, MetadataError, SealError, SelectorError, ValueError};
use super::keys::{WrapKey, wrap};
use super::mac::Mac;
use super::metadata::{KeyGroup, Metadata};
use super::rules::Rules;
use super::time::Timestamp;
use super::token::Kind;
use super::tree::{Item, Mapping, Node};
use super::walk::walk;
use super::yaml::{self, METADATA_KEY};

/// What a tree does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The first document has no metadata.
    #[error("sops metadata not found")]
    NoMetadata,
    /// The metadata makes no sense.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Values that do not open: their paths and reasons, in order.
    #[error("cannot open {}", .0.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>().join(", "))]
    Values(Vec<(String, ValueError)>),
    /// The code does not match.
    #[error("the message authentication code does not match")]
    Mac(MacProblem),
    /// A selector does not compile.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A value cannot be encrypted.
    #[error("cannot seal {path}")]
    Value {
        /// Its keys, joined by dots.
        path: String,
        /// Why.
        error: ValueError,
    },
    /// A token would itself be a marker.
    #[error("the encrypted form of a comment matches unencrypted_comment_regex")]
    Marker,
}

/// Reads all documents of a stream as typed trees.
///
/// # Errors
/// [`DocumentError`] with its place.
pub fn read(stream: &Stream) -> Result<Vec<Mapping>, DocumentError> {
    yaml::read(stream)
}

/// Whether metadata stands in a document, or something that would be taken for it.
pub fn has_metadata(document: &Mapping) -> bool {
    document.get(METADATA_KEY).is_some()
}

/// A file taken apart, still closed.
#[derive(Clone, Debug)]
pub struct Closed {
    /// What the first document says about the file.
    pub metadata: Metadata,
    /// All documents without their metadata.
    pub documents: Vec<Mapping>,
}

impl Closed {
    /// Takes the metadata out: that of the first document counts, that of the others is dropped.
    ///
    /// # Errors
    /// [`TreeError::NoMetadata`], [`TreeError::Metadata`].
    pub fn take(mut documents: Vec<Mapping>) -> Result<Self, TreeError> {
        let mut first = None;
        for (at, document) in documents.iter_mut().enumerate() {
            let is_metadata = |item: &Item| matches!(item, Item::Entry(key, _) if key == METADATA_KEY);
            if let Some(found) = document.0.iter().position(is_metadata) {
                let entry = document.0.remove(found);
                if at == 0 {
                    first = Some(entry);
                }
            }
        }
        match first {
            Some(Item::Entry(_, Node::Mapping(metadata))) => Ok(Self {
                metadata: Metadata::read(&metadata)?,
                documents,
            }),
            Some(_) => Err(MetadataError::NotAMapping.into()),
            None => Err(TreeError::NoMetadata),
        }
    }

    /// Whether two files hold the same values under the same keys and say the same about themselves, wherever comments
    /// stand and in whatever order metadata is written.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.metadata.tree() == other.metadata.tree()
            && self.documents.len() == other.documents.len()
            && self
                .documents
                .iter()
                .zip(&other.documents)
                .all(|(left, right)| compare::same_mapping(left, right))
    }

    /// Puts the metadata back, in the order that the peer writes.
    pub fn put(self) -> Vec<Mapping> {
        let metadata = Node::Mapping(self.metadata.tree());
        let with = |mut document: Mapping| {
            document
                .0
                .push(Item::Entry(METADATA_KEY.to_owned(), metadata.clone()));
            document
        };
        self.documents.into_iter().map(with).collect()
    }
}

/// Wraps a data key for groups of keys and returns the groups and the threshold that is stored with them.
///
/// # Errors
/// [`SealError`] for an empty group, an impossible threshold, or a key that cannot be wrapped to.
pub fn wrap_groups(
    key: &DataKey,
    groups: &[Vec<&dyn WrapKey>],
    threshold: usize,
    rng: &mut dyn CryptoRng,
) -> Result<(Vec<KeyGroup>, usize), SealError> {
    wrap(key, groups, threshold, rng)
}

/// Plaintext that stood where encrypted values belong.
pub struct Exposed {
    /// Paths and reasons, in order; nothing of what stands there.
    pub values: Vec<(String, ValueError)>,
    /// Whether the code matched without it.
    pub verified: bool,
}

/// A file in the clear with its data key, to be changed and sealed again.
pub struct Tree {
    /// The documents in the clear.
    pub documents: Vec<Mapping>,
    /// What the file says about itself; sealing sets the code and the time.
    pub metadata: Metadata,
    /// How many comments look encrypted and did not open; they stay as they are.
    pub closed_comments: usize,
    key: DataKey,
    memory: Memory,
}

impl Tree {
    /// A file that did not exist before.
    pub fn new(documents: Vec<Mapping>, metadata: Metadata, key: DataKey) -> Self {
        Self {
            documents,
            metadata,
            closed_comments: 0,
            key,
            memory: Memory::default(),
        }
    }

    /// Opens a file under its data key. Without `verify` a wrong code is accepted.
    ///
    /// # Errors
    /// [`TreeError::Values`], [`TreeError::Mac`]; there is no partial result.
    pub fn open(closed: Closed, key: DataKey, verify: bool) -> Result<Self, TreeError> {
        Ok(Self::opened(closed, key, strict(verify), Some(Memory::default()))?.0)
    }

    /// Opens a file that is only to be read, which takes a third of the memory: sealed again, every value has a new token.
    ///
    /// # Errors
    /// As [`Tree::open`].
    pub fn open_to_read(closed: Closed, key: DataKey, verify: bool) -> Result<Self, TreeError> {
        Ok(Self::opened(closed, key, strict(verify), None)?.0)
    }

    /// Opens a file in which plaintext may stand where encrypted values belong; it is among the documents as it is, and
    /// sealing the tree encrypts it.
    ///
    /// # Errors
    /// As [`Tree::open`], of everything else. A code that does not match is no error where there is such plaintext: it may
    /// have taken the place of something that the code covers.
    pub fn open_exposed(closed: Closed, key: DataKey) -> Result<(Self, Exposed), TreeError> {
        let reading = Reading {
            verify: true,
            accept_plaintext: true,
        };
        Self::opened(closed, key, reading, Some(Memory::default()))
    }

    fn opened(
        closed: Closed,
        key: DataKey,
        reading: Reading,
        memory: Option<Memory>,
    ) -> Result<(Self, Exposed), TreeError> {
        let value_key = ValueKey::new(&key);
        let mut results = Vec::new();
        let (decryptor, verified) =
            decrypt(&closed, &value_key, reading, memory, &mut |new| results.push(new))?;
        let (closed_comments, memory) = (decryptor.closed_comments, decryptor.memory);
        let values = decryptor.refused;
        let mut results = results.into_iter();
        let tree = Self {
            documents: closed
                .documents
                .into_iter()
                .map(|document| mapping(document, &mut results))
                .collect(),
            metadata: closed.metadata,
            closed_comments,
            key,
            memory: memory.unwrap_or_default(),
        };
        Ok((tree, Exposed { values, verified }))
    }

    /// The data key, to wrap it for others.
    pub fn key(&self) -> &DataKey {
        &self.key
    }

    /// The data key alone; the values are wiped.
    pub fn into_key(self) -> DataKey {
        self.key
    }

    /// Replaces the data key. Nothing is written under a nonce of the old one.
    pub fn set_key(&mut self, key: DataKey) {
        self.key = key;
        self.memory = Memory::default();
    }

    /// Seals: tokens in the places of values, the code and the time in the metadata. Unchanged values keep their tokens.
    ///
    /// # Errors
    /// [`TreeError::Selector`], [`TreeError::Value`], [`TreeError::Marker`].
    pub fn seal(&mut self, now: Timestamp, rng: &mut dyn CryptoRng) -> Result<Closed, TreeError> {
        let rules = Rules::new(&self.metadata.selector())?;
        let key = ValueKey::new(&self.key);
        let mut mac = Mac::new(self.metadata.mac_only_encrypted);
        let mut results = Vec::new();
        let memory = &mut self.memory;
        for document in &self.documents {
            walk(document, &rules, &mut |stop| {
                results.push(token(&stop, &rules, &key, &mut mac, memory, rng)?);
                Ok::<_, TreeError>(())
            })?;
        }
        let last_modified = now.whole_seconds().to_string();
        let code = mac.finish();
        let code = key.encrypt(Kind::Str, code.expose(), &last_modified, &nonce(rng));
        let code = code.map_err(|error| TreeError::Value {
            path: "mac".to_owned(),
            error,
        })?;
        self.metadata.last_modified = last_modified;
        self.metadata.mac = code.to_string();
        let mut results = results.into_iter();
        Ok(Closed {
            metadata: self.metadata.clone(),
            documents: self
                .documents
                .iter()
                .map(|document| mapping(document.clone(), &mut results))
                .collect(),
        })
    }
}

/// Whether a file opens under its data key, every value and the code over them. Keeps nothing of what it opened.
///
/// # Errors
/// [`TreeError::Values`], [`TreeError::Mac`].
pub fn check(closed: &Closed, key: &DataKey) -> Result<(), TreeError> {
    decrypt(closed, &ValueKey::new(key), strict(true), None, &mut drop).map(drop)
}

/// No plaintext where encrypted values belong.
fn strict(verify: bool) -> Reading {
    Reading {
        verify,
        accept_plaintext: false,
    }
}

/// Decrypts everything, in the order of the walk; and tells whether the code matched.
fn decrypt<'k>(
    closed: &Closed,
    key: &'k ValueKey,
    reading: Reading,
    memory: Option<Memory>,
    take: &mut dyn FnMut(Option<New>),
) -> Result<(Decryptor<'k>, bool), TreeError> {
    let rules = Rules::lenient(&closed.metadata.selector());
    let mut decryptor = Decryptor::new(key, closed.metadata.mac_only_encrypted, memory);
    for document in &closed.documents {
        let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
            take(decryptor.stop(&stop));
            Ok(())
        });
        match walked {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
    let is_accepted = |(_, error): &(String, ValueError)| reading.accept_plaintext && error.is_plaintext();
    if !decryptor.refused.iter().all(is_accepted) {
        return Err(TreeError::Values(decryptor.refused));
    }
    let mac = std::mem::replace(&mut decryptor.mac, Mac::new(false));
    match check_mac(mac, &closed.metadata, key) {
        Err(problem) if reading.verify && decryptor.refused.is_empty() => Err(TreeError::Mac(problem)),
        code => Ok((decryptor, code.is_ok())),
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

//! Files as trees without a text: for stores that are written anew, and for turning one store into another.
//!
//! `open` and `seal` keep an author's text; here only values, comments and their order count, and what comes out is
//! printed by `emit`. The cipher, the walk and the code are the same.
//!
//! Source: `sops.go`, `cmd/sops/common/common.go` of getsops/sops 3.13.3.

use std::fmt;

use sealkit_crypto::{CryptoRng, DataKey, Plaintext};
use sealkit_manifest::Stream;
use zeroize::Zeroizing;

use super::cipher::{Memory, ValueKey, nonce};
use super::decrypt::{check_mac, comment_text, shown};
use super::error::{DocumentError, MacProblem, MetadataError, SealError, SelectorError, ValueError};
use super::keys::{WrapKey, wrap};
use super::mac::Mac;
use super::metadata::{KeyGroup, Metadata};
use super::rules::Rules;
use super::time::Timestamp;
use super::token::{Kind, Token};
use super::tree::{Comment, Item, Leaf, Mapping, Node};
use super::value::Value;
use super::walk::{Stop, What, walk};
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
    Ok(yaml::read(stream)?.iter().map(Mapping::bare).collect())
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

    /// Plaintext that stands where an encrypted value belongs, and tokens that are not whole: paths and reasons, in order.
    pub fn not_encrypted(&self) -> Vec<(String, ValueError)> {
        let rules = Rules::lenient(&self.metadata.selector());
        let mut found = Vec::new();
        for document in &self.documents {
            let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
                let What::Leaf(leaf) = stop.what else {
                    return Ok(());
                };
                if !stop.selected || leaf.value.is_empty() {
                    return Ok(());
                }
                let token = match &leaf.value {
                    Value::Str(text) => text
                        .expose_str()
                        .ok_or(ValueError::NotText)
                        .and_then(|text| Ok(Token::parse(text)?)),
                    _ => Err(ValueError::NotText),
                };
                if let Err(error) = token {
                    found.push((shown(stop.aad), error));
                }
                Ok(())
            });
            match walked {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
        found
    }

    /// How many values there are, encrypted or not; empty ones do not count.
    pub fn values(&self) -> usize {
        fn count(node: &Node) -> usize {
            match node {
                Node::Mapping(mapping) => mapping.entries().map(|(_, node)| count(node)).sum(),
                Node::List(nodes) => nodes.iter().map(count).sum(),
                Node::Leaf(leaf) => usize::from(!leaf.value.is_empty()),
                Node::Comment(_) => 0,
            }
        }
        let entries = self.documents.iter().flat_map(Mapping::entries);
        entries.map(|(_, node)| count(node)).sum()
    }

    /// The paths of the encrypted values, each once.
    pub fn sealed_paths(&self) -> Vec<String> {
        let rules = Rules::lenient(&self.metadata.selector());
        let mut paths = Vec::new();
        for document in &self.documents {
            let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
                let path = shown(stop.aad);
                if let What::Leaf(leaf) = stop.what
                    && stop.selected
                    && !leaf.value.is_empty()
                    && !paths.contains(&path)
                {
                    paths.push(path);
                }
                Ok(())
            });
            match walked {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
        paths
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
    pub fn open(closed: &Closed, key: DataKey, verify: bool) -> Result<Self, TreeError> {
        let rules = Rules::lenient(&closed.metadata.selector());
        let value_key = ValueKey::new(&key);
        let mut decryptor = Decryptor {
            key: &value_key,
            mac: Mac::new(closed.metadata.mac_only_encrypted),
            memory: Memory::default(),
            results: Vec::new(),
            refused: Vec::new(),
            closed_comments: 0,
        };
        for document in &closed.documents {
            let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
                decryptor.stop(&stop);
                Ok(())
            });
            match walked {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
        if !decryptor.refused.is_empty() {
            return Err(TreeError::Values(decryptor.refused));
        }
        if verify {
            check_mac(decryptor.mac, &closed.metadata, &value_key).map_err(TreeError::Mac)?;
        }
        let mut results = decryptor.results.into_iter();
        Ok(Self {
            documents: closed
                .documents
                .iter()
                .map(|document| mapping(document, &mut results))
                .collect(),
            metadata: closed.metadata.clone(),
            closed_comments: decryptor.closed_comments,
            key,
            memory: decryptor.memory,
        })
    }

    /// The data key, to wrap it for others.
    pub fn key(&self) -> &DataKey {
        &self.key
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
                .map(|document| mapping(document, &mut results))
                .collect(),
        })
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// What stands in the place of a leaf or comment afterwards; `None` keeps what is there.
enum New {
    Value(Value),
    Comment(Zeroizing<String>),
}

fn token(
    stop: &Stop<'_, '_, ()>,
    rules: &Rules,
    key: &ValueKey,
    mac: &mut Mac,
    memory: &mut Memory,
    rng: &mut dyn CryptoRng,
) -> Result<Option<New>, TreeError> {
    let (kind, plaintext) = match stop.what {
        What::Leaf(leaf) => {
            let Some(kind) = leaf.value.kind() else {
                return Ok(None);
            };
            let plaintext = leaf.value.plaintext();
            mac.value(&plaintext, stop.selected);
            (kind, plaintext)
        }
        What::Comment(comment) => (Kind::Comment, comment.text.as_bytes().to_vec().into()),
    };
    if !stop.selected || plaintext.is_empty() {
        return Ok(None);
    }
    let is_comment = kind == Kind::Comment;
    let token = match memory.recall(stop.aad, is_comment, &plaintext) {
        Some(token) => token,
        None => key
            .encrypt(kind, &plaintext, stop.aad, &nonce(rng))
            .map_err(|error| TreeError::Value {
                path: shown(stop.aad),
                error,
            })?,
    };
    let text = token.to_string();
    if is_comment && rules.comment_matches(&text) {
        return Err(TreeError::Marker);
    }
    Ok(Some(match is_comment {
        true => New::Comment(Zeroizing::new(text)),
        false => New::Value(Value::string(&text)),
    }))
}

struct Decryptor<'k> {
    key: &'k ValueKey,
    mac: Mac,
    memory: Memory,
    results: Vec<Option<New>>,
    refused: Vec<(String, ValueError)>,
    closed_comments: usize,
}

impl Decryptor<'_> {
    fn stop(&mut self, stop: &Stop<'_, '_, ()>) {
        let result = match stop.what {
            What::Leaf(leaf) => self.leaf(leaf, stop).unwrap_or_else(|error| {
                self.refused.push((shown(stop.aad), error));
                None
            }),
            What::Comment(comment) if stop.selected => self.comment(comment, stop.aad),
            What::Comment(_) => None,
        };
        self.results.push(result);
    }

    fn leaf(&mut self, leaf: &Leaf, stop: &Stop<'_, '_, ()>) -> Result<Option<New>, ValueError> {
        if leaf.value == Value::Null {
            return Ok(None);
        }
        if !stop.selected {
            self.mac.value(&leaf.value.plaintext(), false);
            return Ok(None);
        }
        let Value::Str(text) = &leaf.value else {
            return Err(ValueError::NotText);
        };
        if text.is_empty() {
            return Ok(None);
        }
        let token = Token::parse(text.expose_str().ok_or(ValueError::NotText)?)?;
        let plaintext = self.key.decrypt(&token, stop.aad)?;
        let is_comment = token.kind == Kind::Comment;
        self.memory.note(stop.aad, is_comment, plaintext.expose(), &token);
        if is_comment {
            if !stop.in_list {
                return Err(ValueError::Comment);
            }
            self.mac.list_comment(plaintext.expose());
            let text = comment_text(&plaintext).ok_or(ValueError::Unfit { kind: token.kind })?;
            return Ok(Some(New::Comment(text)));
        }
        let value = Value::from_plaintext(token.kind, plaintext)?;
        self.mac.value(&value.plaintext(), true);
        Ok(Some(New::Value(value)))
    }

    /// A comment that is no token stays as it is: older versions did not encrypt comments.
    fn comment(&mut self, comment: &Comment, aad: &str) -> Option<New> {
        let token = Token::parse(&comment.text).ok()?;
        let opened: Option<(Plaintext, Zeroizing<String>)> = self
            .key
            .decrypt(&token, aad)
            .ok()
            .and_then(|plaintext| Some((plaintext.clone(), comment_text(&plaintext)?)));
        let Some((plaintext, text)) = opened else {
            self.closed_comments += 1;
            return None;
        };
        self.memory.note(aad, true, plaintext.expose(), &token);
        Some(New::Comment(text))
    }
}

fn mapping(old: &Mapping, results: &mut dyn Iterator<Item = Option<New>>) -> Mapping {
    let item = |item: &Item| match item {
        Item::Entry(key, value) => Item::Entry(key.clone(), node(value, results)),
        Item::Comment(old) => Item::Comment(comment(old, results)),
    };
    Mapping(old.0.iter().map(item).collect())
}

fn node(old: &Node, results: &mut dyn Iterator<Item = Option<New>>) -> Node {
    match old {
        Node::Mapping(old) => Node::Mapping(mapping(old, results)),
        Node::List(nodes) => Node::List(nodes.iter().map(|old| node(old, results)).collect()),
        Node::Comment(old) => Node::Comment(comment(old, results)),
        Node::Leaf(leaf) => match results.next().flatten() {
            None => Node::leaf(leaf.value.clone()),
            Some(New::Value(value)) => Node::leaf(value),
            Some(New::Comment(text)) => Node::Comment(Comment {
                text,
                inline: false,
                at: (),
            }),
        },
    }
}

fn comment(old: &Comment, results: &mut dyn Iterator<Item = Option<New>>) -> Comment {
    match results.next().flatten() {
        // Where a comment was opened, the peer forgets that it stood behind something; a token keeps its place.
        Some(New::Comment(text)) => Comment {
            inline: old.inline && Token::begins(&text),
            text,
            at: (),
        },
        _ => old.clone(),
    }
}

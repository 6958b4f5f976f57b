//! Sealing a file, and sealing an opened one again so that only what changed changes.
//!
//! What was written is opened again in memory and compared with what went in before it is given out.
//!
//! Source: `Encrypt` in `sops.go`, `cmd/sops/encrypt.go`, `cmd/sops/edit.go` of getsops/sops 3.13.

use std::collections::{HashMap, HashSet};

use sealkit_crypto::{CryptoRng, DataKey};
use sealkit_manifest::{Node, NodeKind, Place, Stream, Style};
use zeroize::Zeroizing;

use super::cipher::{Memory, ValueKey};
use super::compare;
use super::decrypt::Reading;
use super::encrypt::{Encrypted, Encryption, Placed, encrypt};
use super::error::SealError;
use super::in_place::in_place;
use super::keys::{Recovered, WrapKey, wrap};
use super::metadata::{Metadata, VERSION};
use super::open::{self, Opened};
use super::plan::Plan;
use super::rules::Selector;
use super::site::Site;
use super::slot;
use super::text::Splices;
use super::time::Timestamp;
use super::token::Token;
use super::tree::{Item, Mapping};
use super::unended;
use super::write;
use super::yaml::{self, METADATA_KEY};

/// For whom and what a new file is sealed.
pub struct SealOptions<'a> {
    /// Groups of keys; one group for most files.
    pub groups: Vec<Vec<&'a dyn WrapKey>>,
    /// How many of several groups open the file; 0: all of them.
    pub shamir_threshold: usize,
    /// What is encrypted; `None`: everything but keys that end with `_unencrypted`.
    pub selector: Option<Selector>,
    /// Whether the code covers encrypted values only.
    pub mac_only_encrypted: bool,
}

impl<'a> SealOptions<'a> {
    /// One group of keys, and the defaults.
    pub fn new(keys: Vec<&'a dyn WrapKey>) -> Self {
        Self {
            groups: vec![keys],
            shamir_threshold: 0,
            selector: None,
            mac_only_encrypted: false,
        }
    }
}

/// A sealed file.
#[derive(Debug)]
pub struct Sealed {
    /// The text: values replaced by tokens, metadata at the end, everything else as it was.
    pub stream: Stream,
    /// The metadata in it.
    pub metadata: Metadata,
    /// What was done.
    pub plan: Plan,
}

/// Seals a file of YAML or JSON under a fresh data key.
///
/// # Errors
/// [`SealError`]; nothing is written.
pub fn seal(
    stream: &Stream,
    options: &SealOptions<'_>,
    now: Timestamp,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let documents = yaml::read(stream)?;
    refuse_metadata(stream, &documents)?;
    let key = DataKey::generate(rng);
    let (groups, shamir_threshold) = wrap(&key, &options.groups, options.shamir_threshold, rng)?;
    let metadata = Metadata {
        groups,
        shamir_threshold,
        last_modified: now.whole_seconds().to_string(),
        mac: String::new(),
        selector: Some(options.selector.clone().unwrap_or_default()),
        mac_only_encrypted: options.mac_only_encrypted,
        version: VERSION.to_owned(),
    };
    let task = Task {
        stream,
        documents: &documents,
        before: None,
    };
    task.finish(metadata, key, &mut Memory::default(), rng)
}

impl Opened {
    /// Seals an edited text of this file again: same data key, same master keys, same tokens for what did not change. A
    /// text that did not change at all gives the sealed file back as it was.
    ///
    /// # Errors
    /// [`SealError`]; nothing is written.
    pub fn reseal(
        mut self,
        edited: &Stream,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Sealed, SealError> {
        if edited.as_str() == self.stream.as_str() && self.exposed.is_empty() {
            return Ok(Sealed {
                stream: self.sealed,
                metadata: self.metadata,
                plan: Plan::default(),
            });
        }
        let documents = yaml::read(edited)?;
        refuse_metadata(edited, &documents)?;
        let metadata = Metadata {
            last_modified: now.whole_seconds().to_string(),
            mac: String::new(),
            ..self.metadata
        };
        let task = Task {
            stream: edited,
            documents: &documents,
            before: Some(&self.sealed),
        };
        task.finish(metadata, self.recovered.key, &mut self.memory, rng)
    }
}

impl Opened {
    /// Seals the plaintext that stood where encrypted values belong, see [`open::OpenOptions::accept_plaintext`]; a file
    /// without any comes back as it was.
    ///
    /// # Errors
    /// [`SealError`]; nothing is written.
    pub fn seal_exposed(self, now: Timestamp, rng: &mut dyn CryptoRng) -> Result<Sealed, SealError> {
        let text = self.stream.clone();
        self.reseal(&text, now, rng)
    }

    /// Seals every value anew, under a new data key that is wrapped for these groups and for nobody else.
    ///
    /// # Errors
    /// [`SealError`]; nothing is written.
    pub fn rotate(
        self,
        groups: &[Vec<&dyn WrapKey>],
        shamir_threshold: usize,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Sealed, SealError> {
        let documents = yaml::read(&self.stream)?;
        refuse_metadata(&self.stream, &documents)?;
        let key = DataKey::generate(rng);
        let (groups, shamir_threshold) = wrap(&key, groups, shamir_threshold, rng)?;
        let metadata = Metadata {
            groups,
            shamir_threshold,
            last_modified: now.whole_seconds().to_string(),
            mac: String::new(),
            ..self.metadata
        };
        let task = Task {
            stream: &self.stream,
            documents: &documents,
            before: None,
        };
        task.finish(metadata, key, &mut Memory::default(), rng)
    }
}

/// A text and its documents, and the sealed file it was opened from.
struct Task<'s> {
    stream: &'s Stream,
    documents: &'s [Mapping<Site<'s>>],
    before: Option<&'s Stream>,
}

impl Task<'_> {
    fn finish(
        &self,
        mut metadata: Metadata,
        key: DataKey,
        memory: &mut Memory,
        rng: &mut dyn CryptoRng,
    ) -> Result<Sealed, SealError> {
        let (stream, documents) = (self.stream, self.documents);
        let selector = metadata.selector();
        let encryption = Encryption {
            key: &ValueKey::new(&key),
            selector: &selector,
            mac_only_encrypted: metadata.mac_only_encrypted,
            last_modified: &metadata.last_modified,
            source: stream.source(),
        };
        let encrypted = encrypt(documents, &encryption, memory, rng)?;
        refuse_keys_that_alias(stream, &encrypted)?;
        metadata.mac = encrypted.mac.to_string();
        let plan = Plan::of(&encrypted);
        let text = self.render(&encrypted, &metadata)?;
        let sealed = open::parse(stream, &text).map_err(|()| SealError::Mismatch {
            place: start(stream, 0),
        })?;
        verify(stream, documents, &sealed, key)?;
        Ok(Sealed {
            stream: sealed,
            metadata,
            plan,
        })
    }

    fn render(&self, encrypted: &Encrypted<'_>, metadata: &Metadata) -> Result<Zeroizing<String>, SealError> {
        let stream = self.stream;
        let house = slot::house(stream);
        let kept = self.before.map(styles).unwrap_or_default();
        let mut splices = Splices::default();
        for Placed { site, token, element } in &encrypted.tokens {
            match site {
                Site::Comment(span) if *element => splices.replace(*span, format!("- {token}")),
                Site::Comment(span) => splices.replace(*span, format!("#{token}")),
                Site::Node {
                    node,
                    alias,
                    surroundings,
                } => {
                    let token = token.to_string();
                    let style = kept.get(token.as_str()).copied().unwrap_or(node.style());
                    let token = write::token(&token, style, *surroundings, house);
                    match alias {
                        Some(alias) => splices.replace(alias.outer_span(), token),
                        None => in_place(node, token, stream.as_str(), &mut splices),
                    }
                }
            }
        }
        unended::write_anew(stream, self.documents, &encrypted.tokens, house, &mut splices);
        slot::put(stream, metadata, self.before, &mut splices).map_err(|at| SealError::NoPlace {
            place: start(stream, at),
        })?;
        splices.apply(stream.as_str()).ok_or_else(|| SealError::Mismatch {
            place: start(stream, 0),
        })
    }
}

/// The tokens of a sealed text and the quotes around them: opening may have to quote what had none, and a token that stays
/// should not change for it.
fn styles(sealed: &Stream) -> HashMap<&str, Style> {
    let mut styles = HashMap::new();
    let mut left: Vec<Node<'_>> = sealed.documents().collect();
    while let Some(node) = left.pop() {
        if node.kind() == NodeKind::Alias {
            continue;
        }
        left.extend(node.items());
        left.extend(node.raw_entries().map(|(_, value)| value));
        if let Some(text) = node.scalar_text().filter(|text| Token::begins(text)) {
            styles.insert(text, node.style());
        }
    }
    styles
}

fn refuse_metadata(stream: &Stream, documents: &[Mapping<Site<'_>>]) -> Result<(), SealError> {
    let has = |document: &Mapping<Site<'_>>| {
        document
            .0
            .iter()
            .any(|item| matches!(item, Item::Entry(key, _) if key == METADATA_KEY))
    };
    match documents.iter().position(has) {
        Some(at) => Err(SealError::AlreadySealed {
            place: start(stream, at),
        }),
        None => Ok(()),
    }
}

/// A key that is an alias of a value would become that value's token.
fn refuse_keys_that_alias(stream: &Stream, encrypted: &Encrypted<'_>) -> Result<(), SealError> {
    let replaced: HashSet<usize> = encrypted
        .tokens
        .iter()
        .map(|placed| placed.site.span().start)
        .collect();
    let mut left: Vec<Node<'_>> = stream.documents().collect();
    while let Some(node) = left.pop() {
        if node.kind() == NodeKind::Alias {
            continue;
        }
        left.extend(node.items());
        for (key, value) in node.raw_entries() {
            if key.kind() == NodeKind::Alias && replaced.contains(&key.resolved().span().start) {
                return Err(SealError::Alias { place: key.place() });
            }
            left.push(value);
        }
    }
    Ok(())
}

/// How our own output is read.
const STRICT: Reading = Reading {
    verify: true,
    accept_plaintext: false,
};

/// Opens what was written with the same data key and compares.
pub(super) fn verify<A>(
    stream: &Stream,
    documents: &[Mapping<A>],
    sealed: &Stream,
    key: DataKey,
) -> Result<(), SealError> {
    let reopen = |error| SealError::Reopen(Box::new(error));
    let closed = open::closed(sealed).map_err(reopen)?;
    let recovered = Recovered {
        key,
        used: Vec::new(),
    };
    let opened = open::open_with(sealed, closed, recovered, STRICT).map_err(reopen)?;
    match compare::difference(documents, opened.documents()) {
        None => Ok(()),
        Some(at) => Err(SealError::Mismatch {
            place: start(stream, at),
        }),
    }
}

pub(super) fn start(stream: &Stream, document: usize) -> Place {
    let root = stream.documents().nth(document).map(|root| root.place());
    root.unwrap_or_else(|| stream.source().place(0))
}

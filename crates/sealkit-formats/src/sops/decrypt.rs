//! The closed tree under its data key: every value and comment decrypted, the code compared, nothing written.

use sealkit_crypto::Plaintext;
use sealkit_manifest::{Place, Source};
use zeroize::Zeroizing;

use super::cipher::{Memory, ValueKey};
use super::diagnose;
use super::error::{ClosedValue, MacClues, MacProblem, ValueError};
use super::mac::Mac;
use super::metadata::Metadata;
use super::rules::Rules;
use super::site::Site;
use super::time::Timestamp;
use super::token::{Kind, Token};
use super::tree::{Comment, Item, Leaf, Mapping, Node};
use super::value::Value;
use super::walk::{Stop, What, walk};

/// What stands in the place of a leaf or comment once it is decrypted.
pub(super) enum New {
    Value(Value),
    Comment(Zeroizing<String>),
    /// An encrypted element of a list that holds a comment.
    ListComment(Zeroizing<String>),
}

/// How strictly a file is read.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// Whether the code has to match.
    pub(super) verify: bool,
    /// Whether plaintext may stand where a token belongs.
    pub(super) accept_plaintext: bool,
}

/// A decrypted file.
pub(super) struct Decrypted<'s> {
    /// The documents in the clear, without places.
    pub(super) documents: Vec<Mapping>,
    /// What has to change in the text, in order.
    pub(super) edits: Vec<(Site<'s>, New)>,
    pub(super) memory: Memory,
    /// Comments that look encrypted and did not open.
    pub(super) closed_comments: Vec<Place>,
    /// Plaintext that stands where a token belongs; it is among the documents as it is.
    pub(super) exposed: Vec<ClosedValue>,
    /// Whether the code matched what is encrypted. Not where plaintext took the place of something that it covers.
    pub(super) verified: bool,
}

/// Why decrypting failed.
pub(super) enum Failure {
    Values(Vec<ClosedValue>),
    Mac(MacProblem, MacClues),
}

/// Decrypts documents from which the metadata was taken out.
pub(super) fn decrypt<'s>(
    documents: &[Mapping<Site<'s>>],
    metadata: &Metadata,
    key: &ValueKey,
    source: &Source,
    reading: Reading,
) -> Result<Decrypted<'s>, Failure> {
    let rules = Rules::lenient(&metadata.selector());
    let mut decryptor = Decryptor {
        key,
        source,
        mac: Mac::new(metadata.mac_only_encrypted),
        results: Vec::new(),
        edits: Vec::new(),
        memory: Memory::default(),
        closed: Vec::new(),
        accept_plaintext: reading.accept_plaintext,
        exposed: Vec::new(),
        last_path: String::new(),
        waiting: Vec::new(),
        closed_comments: Vec::new(),
    };
    for document in documents {
        let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
            decryptor.stop(stop);
            Ok(())
        });
        match walked {
            Ok(()) => decryptor.retry_comments(""),
            Err(never) => match never {},
        }
    }
    if !decryptor.closed.is_empty() {
        diagnose::name_origins(&mut decryptor.closed, documents, &rules, key);
        return Err(Failure::Values(decryptor.closed));
    }
    let verified = match check_mac(decryptor.mac, metadata, key) {
        Ok(()) => true,
        Err(_) if !reading.verify || !decryptor.exposed.is_empty() => false,
        Err(MacProblem::Different) => {
            let clues = diagnose::clues(documents, metadata, key, source);
            return Err(Failure::Mac(MacProblem::Different, clues));
        }
        Err(problem) => return Err(Failure::Mac(problem, MacClues::default())),
    };
    let mut results = decryptor.results.into_iter();
    let documents = documents
        .iter()
        .map(|document| opened_mapping(document, &mut results))
        .collect();
    decryptor.edits.sort_by_key(|(site, _)| site.span().start);
    Ok(Decrypted {
        documents,
        edits: decryptor.edits,
        memory: decryptor.memory,
        closed_comments: decryptor.closed_comments,
        exposed: decryptor.exposed,
        verified,
    })
}

/// What the code of a file holds, if it opens.
pub(super) fn stored_code(metadata: &Metadata, key: &ValueKey) -> Result<Plaintext, MacProblem> {
    if metadata.mac.is_empty() {
        return Err(MacProblem::Missing);
    }
    let token = Token::parse(&metadata.mac).map_err(|error| MacProblem::Closed(error.into()))?;
    key.decrypt(&token, &mac_aad(&metadata.last_modified))
        .map_err(MacProblem::Closed)
}

/// The AAD of the code: `lastmodified` as verifiers print it again.
pub(super) fn mac_aad(last_modified: &str) -> String {
    match Timestamp::parse_rfc3339(last_modified) {
        Some(time) => time.whole_seconds().to_string(),
        None => last_modified.to_owned(),
    }
}

pub(super) fn check_mac(mac: Mac, metadata: &Metadata, key: &ValueKey) -> Result<(), MacProblem> {
    if mac.matches(&stored_code(metadata, key)?) {
        Ok(())
    } else {
        Err(MacProblem::Different)
    }
}

/// A comment that did not open where its column puts it.
struct Waiting<'s> {
    site: Site<'s>,
    token: Token,
    /// Its slot among the results.
    result: usize,
    /// The path that its column gives it.
    aad: String,
    /// The path of the value before it.
    before: String,
}

struct Decryptor<'k, 's> {
    key: &'k ValueKey,
    source: &'k Source,
    mac: Mac,
    /// One for each stop of the walk; `None` keeps what stands there.
    results: Vec<Option<New>>,
    edits: Vec<(Site<'s>, New)>,
    memory: Memory,
    closed: Vec<ClosedValue>,
    accept_plaintext: bool,
    exposed: Vec<ClosedValue>,
    last_path: String,
    waiting: Vec<Waiting<'s>>,
    closed_comments: Vec<Place>,
}

impl<'s> Decryptor<'_, 's> {
    fn stop(&mut self, stop: Stop<'_, '_, Site<'s>>) {
        match stop.what {
            What::Leaf(leaf) => {
                self.retry_comments(stop.aad);
                stop.aad.clone_into(&mut self.last_path);
                let result = self.leaf(leaf, &stop);
                self.results.push(result);
            }
            What::Comment(comment) => {
                let result = if stop.selected {
                    self.comment(comment, stop.aad)
                } else {
                    None
                };
                self.results.push(result);
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf<Site<'s>>, stop: &Stop<'_, '_, Site<'s>>) -> Option<New> {
        if leaf.value == Value::Null {
            return None;
        }
        if !stop.selected {
            self.mac.value(&leaf.value.plaintext(), false);
            return None;
        }
        match self.open(leaf, stop) {
            Ok(new) => new,
            Err(error) => {
                let value = ClosedValue {
                    path: shown(stop.aad),
                    place: leaf.at.place(self.source),
                    error,
                    written_for: None,
                };
                match error.is_plaintext() && self.accept_plaintext {
                    true => self.exposed.push(value),
                    false => self.closed.push(value),
                }
                None
            }
        }
    }

    fn open(
        &mut self,
        leaf: &Leaf<Site<'s>>,
        stop: &Stop<'_, '_, Site<'s>>,
    ) -> Result<Option<New>, ValueError> {
        let Value::Str(text) = &leaf.value else {
            return Err(ValueError::NotText);
        };
        if text.is_empty() {
            return Ok(None);
        }
        let text = text.expose_str().ok_or(ValueError::NotText)?;
        let token = Token::parse(text)?;
        let plaintext = self.key.decrypt(&token, stop.aad)?;
        let is_comment = token.kind == Kind::Comment;
        self.memory.note(stop.aad, is_comment, plaintext.expose(), &token);
        if is_comment {
            if !stop.in_list {
                return Err(ValueError::Comment);
            }
            self.mac.list_comment(plaintext.expose());
            self.memory.note_element(&token);
            let text = comment_text(&plaintext).ok_or(ValueError::Unfit { kind: Kind::Comment })?;
            self.edits.push((leaf.at, New::ListComment(text.clone())));
            return Ok(Some(New::ListComment(text)));
        }
        let value = Value::from_plaintext(token.kind, plaintext)?;
        self.mac.value(&value.plaintext(), true);
        self.edits.push((leaf.at, New::Value(value.clone())));
        Ok(Some(New::Value(value)))
    }

    /// A comment in a selected place that is no token stays as it is: older versions did not encrypt comments.
    fn comment(&mut self, comment: &Comment<Site<'s>>, aad: &str) -> Option<New> {
        let token = Token::parse(&comment.text).ok()?;
        match self.opened_comment(&token, aad) {
            Some(text) => {
                self.edits.push((comment.at, New::Comment(text.clone())));
                Some(New::Comment(text))
            }
            None => {
                self.waiting.push(Waiting {
                    site: comment.at,
                    token,
                    result: self.results.len(),
                    aad: aad.to_owned(),
                    before: self.last_path.clone(),
                });
                None
            }
        }
    }

    fn opened_comment(&mut self, token: &Token, aad: &str) -> Option<Zeroizing<String>> {
        let plaintext = self.key.decrypt(token, aad).ok()?;
        let text = comment_text(&plaintext)?;
        self.memory.note(aad, true, plaintext.expose(), token);
        Some(text)
    }

    /// The writer may have hung a comment on another of the collections around it: those of the values before and after.
    fn retry_comments(&mut self, after: &str) {
        for waiting in std::mem::take(&mut self.waiting) {
            let paths = prefixes(&waiting.before).chain(prefixes(after)).chain([":"]);
            let opened = paths
                .filter_map(|aad| Some((self.opened_comment(&waiting.token, aad)?, aad)))
                .next()
                .map(|(text, _)| text);
            match opened {
                Some(text) => {
                    // It keeps its token as long as it stays.
                    self.memory
                        .note(&waiting.aad, true, text.as_bytes(), &waiting.token);
                    self.edits.push((waiting.site, New::Comment(text.clone())));
                    self.results[waiting.result] = Some(New::Comment(text));
                }
                None => self.closed_comments.push(waiting.site.place(self.source)),
            }
        }
    }
}

/// A comment of one line; anything else would become text of the document.
pub(super) fn comment_text(plaintext: &Plaintext) -> Option<Zeroizing<String>> {
    let text = plaintext.expose_str()?;
    let one_line = text
        .chars()
        .all(|c| c == '\t' || !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}'));
    one_line.then(|| Zeroizing::new(text.to_owned()))
}

/// `a:b:c:`, `a:b:`, `a:`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.char_indices()
        .rev()
        .filter(|(_, c)| *c == ':')
        .map(|(at, _)| &path[..=at])
}

/// A path for people: the keys joined by dots.
pub(super) fn shown(aad: &str) -> String {
    aad.trim_end_matches(':').replace(':', ".")
}

fn opened_mapping(mapping: &Mapping<Site<'_>>, results: &mut dyn Iterator<Item = Option<New>>) -> Mapping {
    let item = |item: &Item<Site<'_>>| match item {
        Item::Entry(key, node) => Item::Entry(key.clone(), opened_node(node, results)),
        Item::Comment(comment) => Item::Comment(opened_comment(comment, results)),
    };
    Mapping(mapping.0.iter().map(item).collect())
}

fn opened_node(node: &Node<Site<'_>>, results: &mut dyn Iterator<Item = Option<New>>) -> Node {
    match node {
        Node::Mapping(mapping) => Node::Mapping(opened_mapping(mapping, results)),
        Node::List(nodes) => Node::List(nodes.iter().map(|node| opened_node(node, results)).collect()),
        Node::Comment(comment) => Node::Comment(opened_comment(comment, results)),
        Node::Leaf(leaf) => match results.next().flatten() {
            None => Node::leaf(leaf.value.clone()),
            Some(New::Value(value)) => Node::leaf(value),
            Some(New::Comment(text) | New::ListComment(text)) => Node::Comment(Comment {
                text,
                inline: false,
                at: (),
            }),
        },
    }
}

fn opened_comment(comment: &Comment<Site<'_>>, results: &mut dyn Iterator<Item = Option<New>>) -> Comment {
    let text = match results.next().flatten() {
        Some(New::Comment(text)) => text,
        _ => comment.text.clone(),
    };
    Comment {
        text,
        inline: comment.inline,
        at: (),
    }
}

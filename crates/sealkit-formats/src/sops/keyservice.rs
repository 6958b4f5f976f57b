//! What a program and a key service say to each other: a key by its names, and a data key, wrapped or not.
//!
//! The two requests have the same fields, and so have the two answers; which is which says the method that is called.
//! Messages are bounded in bytes, and in depth by their shape. Knows no sockets and no gRPC.
//!
//! Source: `keyservice/keyservice.proto` of getsops/sops 3.13.3.

use std::collections::BTreeMap;

use sealkit_crypto::Plaintext;
use zeroize::Zeroizing;

use super::{
    metadata::{KeyKind, MasterKey},
    store::text_of,
    tree::{Item, Mapping, Node},
};
use crate::wire::{Fields, Malformed, Value, bytes_len, put_bytes, put_header};

/// The most bytes of a message. Data keys have 32, wrapped ones some thousands where a key is post-quantum or PGP.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It is longer than anything that has a meaning.
    #[error("a message of more than {MAX_MESSAGE_BYTES} bytes")]
    TooLong,
    /// It is no protobuf, or a text in it is none.
    #[error("not a message of a key service")]
    Malformed,
    /// A request for no key, or for a key of a kind that is not known.
    #[error("Must provide a key")]
    NoKey,
}

impl From<Malformed> for MessageError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// What a key service is asked.
#[derive(Debug, PartialEq)]
pub struct Request {
    /// The key by its names; nothing is wrapped for it yet.
    pub key: MasterKey,
    /// What is to be wrapped, or unwrapped.
    pub payload: Plaintext,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// [`MessageError`]
    pub fn read(message: &[u8]) -> Result<Self, MessageError> {
        let (mut key, mut payload) = (None, Plaintext::from(Vec::new()));
        for field in fields(message)? {
            match field? {
                // A key that comes in parts is one key, as far as it is of one kind.
                (1, Value::Bytes(part)) => read_key(part, &mut key)?,
                (2, Value::Bytes(bytes)) => payload = Plaintext::from(bytes.to_vec()),
                _ => {}
            }
        }
        let key: Names = key.ok_or(MessageError::NoKey)?;
        Ok(Self {
            key: key.into_key(),
            payload,
        })
    }

    /// Writes it.
    pub fn write(key: &MasterKey, payload: &[u8]) -> Zeroizing<Vec<u8>> {
        let key = write_key(key);
        // Room for all of it at once: a buffer that grows leaves copies of what it held.
        let mut out = Vec::with_capacity(bytes_len(key.len()) + bytes_len(payload.len()));
        put_bytes(1, &key, &mut out);
        put_text(2, payload, &mut out);
        Zeroizing::new(out)
    }
}

/// Reads what a service answered.
///
/// # Errors
/// [`MessageError`]
pub fn read_answer(message: &[u8]) -> Result<Plaintext, MessageError> {
    let mut payload = Plaintext::from(Vec::new());
    for field in fields(message)? {
        if let (1, Value::Bytes(bytes)) = field? {
            payload = Plaintext::from(bytes.to_vec());
        }
    }
    Ok(payload)
}

/// Writes what a service answers.
pub fn write_answer(payload: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes_len(payload.len()));
    put_text(1, payload, &mut out);
    Zeroizing::new(out)
}

/// The number of a kind, and those of its names.
fn numbers(kind: KeyKind) -> (u8, &'static [(u8, &'static str)]) {
    match kind {
        KeyKind::Kms => (1, &[(1, "arn"), (2, "role"), (4, "aws_profile")]),
        KeyKind::Pgp => (2, &[(1, "fp")]),
        KeyKind::GcpKms => (3, &[(1, "resource_id")]),
        KeyKind::AzureKv => (4, &[(1, "vault_url"), (2, "name"), (3, "version")]),
        KeyKind::HcVault => (5, &[(1, "vault_address"), (2, "engine_path"), (3, "key_name")]),
        KeyKind::Age => (6, &[(1, "recipient")]),
        KeyKind::HcKms => (7, &[(1, "key_id")]),
    }
}

/// The number of the encryption context among the names of an AWS key.
const CONTEXT: u8 = 3;

/// The names of a key as far as they were read.
struct Names {
    kind: KeyKind,
    texts: Vec<(&'static str, String)>,
    /// In order, so that a context has one form.
    context: BTreeMap<String, String>,
}

impl Names {
    /// The key as a file has it: in the order of the alphabet, without what is empty.
    fn into_key(self) -> MasterKey {
        let texts = self.texts.iter().filter(|(_, text)| !text.is_empty());
        let mut items: Vec<_> = texts
            .map(|(name, text)| ((*name).to_owned(), Node::string(text)))
            .collect();
        if !self.context.is_empty() {
            let pair = |(name, text): (&String, &String)| Item::Entry(name.clone(), Node::string(text));
            let context = Mapping(self.context.iter().map(pair).collect());
            items.push(("context".to_owned(), Node::Mapping(context)));
        }
        items.sort_by(|one, other| one.0.cmp(&other.0));
        let items = items.into_iter().map(|(name, node)| Item::Entry(name, node));
        MasterKey {
            kind: self.kind,
            fields: Mapping(items.collect()),
        }
    }
}

fn fields(message: &[u8]) -> Result<Fields<'_>, MessageError> {
    match message.len() {
        0..=MAX_MESSAGE_BYTES => Ok(Fields::of(message)),
        _ => Err(MessageError::TooLong),
    }
}

/// The last kind that is named counts, and the last text of each name.
fn read_key(part: &[u8], key: &mut Option<Names>) -> Result<(), MessageError> {
    for field in Fields::of(part) {
        let (number, Value::Bytes(names)) = field? else {
            continue;
        };
        let is_it = |kind: &KeyKind| u32::from(numbers(*kind).0) == number;
        let Some(kind) = KeyKind::ALL.into_iter().find(is_it) else {
            continue;
        };
        let mut known = key.take().filter(|known| known.kind == kind).unwrap_or(Names {
            kind,
            texts: Vec::new(),
            context: BTreeMap::new(),
        });
        read_names(names, &mut known)?;
        *key = Some(known);
    }
    Ok(())
}

fn read_names(part: &[u8], names: &mut Names) -> Result<(), MessageError> {
    let (_, known) = numbers(names.kind);
    for field in Fields::of(part) {
        let (number, Value::Bytes(bytes)) = field? else {
            continue;
        };
        if names.kind == KeyKind::Kms && number == u32::from(CONTEXT) {
            names.context.extend([read_pair(bytes)?]);
        } else if let Some((_, name)) = known.iter().find(|(known, _)| u32::from(*known) == number) {
            names.texts.retain(|(known, _)| known != name);
            names.texts.push((name, text(bytes)?));
        }
    }
    Ok(())
}

fn read_pair(part: &[u8]) -> Result<(String, String), MessageError> {
    let mut pair = (String::new(), String::new());
    for field in Fields::of(part) {
        match field? {
            (1, Value::Bytes(bytes)) => pair.0 = text(bytes)?,
            (2, Value::Bytes(bytes)) => pair.1 = text(bytes)?,
            _ => {}
        }
    }
    Ok(pair)
}

fn text(bytes: &[u8]) -> Result<String, MessageError> {
    let text = std::str::from_utf8(bytes).map_err(|_| MessageError::Malformed)?;
    Ok(text.to_owned())
}

fn write_key(key: &MasterKey) -> Vec<u8> {
    let (number, known) = numbers(key.kind);
    let mut names = Vec::new();
    for (number, name) in known {
        put_text(*number, key.field(name).as_bytes(), &mut names);
    }
    if let (KeyKind::Kms, Some(Node::Mapping(context))) = (key.kind, key.fields.get("context")) {
        for (name, value) in context.entries() {
            let Some(value) = text_of(value) else {
                continue;
            };
            put_header(
                CONTEXT,
                bytes_len(name.len()) + bytes_len(value.len()),
                &mut names,
            );
            put_bytes(1, name.as_bytes(), &mut names);
            put_bytes(2, value.as_bytes(), &mut names);
        }
    }
    let mut out = Vec::new();
    put_bytes(number, &names, &mut out);
    out
}

/// Nothing is written of what is empty, as everybody does.
fn put_text(number: u8, text: &[u8], out: &mut Vec<u8>) {
    if !text.is_empty() {
        put_bytes(number, text, out);
    }
}

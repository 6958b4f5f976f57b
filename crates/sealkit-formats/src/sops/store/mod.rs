//! The five stores: bytes to trees and back, in the peer's layout.
//!
//! Every store reads the same trees, so that a file can be read in one and written in another; what a store cannot hold
//! is an error, never a loss of values. Comments go where a store has no place for them.
//!
//! Source: `stores/` of getsops/sops 3.13.3.

mod flat;
mod in_place;

use sealkit_crypto::Plaintext;
use sealkit_manifest::{Limits, ParseError, Stream, Syntax, WriteError, flat::FlatError};
use zeroize::Zeroizing;

use super::document::{self, Closed, TreeError};
use super::emit::{self, EmitError, json, stringified};
use super::error::DocumentError;
use super::tree::{Item, Mapping, Node};
use super::value::Value;

/// What a file is read or written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// YAML, also several documents.
    Yaml,
    /// One JSON object.
    Json,
    /// Lines of `KEY=value`.
    Dotenv,
    /// Sections of `key = value`.
    Ini,
    /// Any bytes; closed, JSON around one token.
    Binary,
}

/// Indentation of the stores that have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// YAML.
    pub yaml: emit::Indent,
    /// JSON.
    pub json: json::Indent,
    /// Closed binary files.
    pub binary: json::Indent,
}

/// What a store cannot read or hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The text is not of this format.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// JSON was asked for, and something else came.
    #[error("the text is not JSON")]
    NotJson,
    /// The documents are none that SOPS takes.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The metadata is missing or makes no sense.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The flattened metadata makes no sense.
    #[error(transparent)]
    Flat(#[from] FlatError),
    /// A value has no form in this store.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// A text cannot be written in this store.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A value under a key of a dotenv file is a collection.
    #[error("cannot use complex value in dotenv file; offending key {0}")]
    Complex(String),
    /// The tree has another shape than the store.
    #[error("{0}")]
    Shape(&'static str),
}

impl Store {
    /// The store of a file with this name, as the peer chooses it: by how the name ends.
    pub fn of_name(name: &str) -> Self {
        let endings = [
            (".yaml", Self::Yaml),
            (".yml", Self::Yaml),
            (".json", Self::Json),
            (".env", Self::Dotenv),
            (".ini", Self::Ini),
        ];
        let fits = |(ending, _): &&(&str, Self)| name.ends_with(ending);
        endings
            .iter()
            .find(fits)
            .map_or(Self::Binary, |(_, store)| *store)
    }

    /// The peer's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Dotenv => "dotenv",
            Self::Ini => "ini",
            Self::Binary => "binary",
        }
    }

    /// Reads a file in the clear.
    ///
    /// # Errors
    /// [`StoreError`]; an empty YAML file is [`DocumentError::Empty`].
    pub fn read(self, name: &str, bytes: &[u8]) -> Result<Vec<Mapping>, StoreError> {
        match self {
            Self::Binary => {
                let data = Node::leaf(Value::Str(Plaintext::from(bytes.to_vec())));
                Ok(vec![Mapping(vec![Item::Entry("data".to_owned(), data)])])
            }
            Self::Yaml | Self::Json => self.read_text(name, bytes),
            Self::Dotenv => flat::read_dotenv(name, bytes),
            Self::Ini => flat::read_ini(name, bytes),
        }
    }

    /// Reads a closed file.
    ///
    /// # Errors
    /// [`StoreError`]; without metadata it is [`TreeError::NoMetadata`].
    pub fn read_closed(self, name: &str, bytes: &[u8]) -> Result<Closed, StoreError> {
        let documents = match self {
            Self::Binary => Self::Json.read(name, bytes)?,
            Self::Yaml | Self::Json => self.read(name, bytes)?,
            Self::Dotenv => return flat::closed_dotenv(flat::read_dotenv(name, bytes)?),
            Self::Ini => flat::unflatten_ini(flat::read_ini(name, bytes)?)?,
        };
        Ok(Closed::take(documents)?)
    }

    fn read_text(self, name: &str, bytes: &[u8]) -> Result<Vec<Mapping>, StoreError> {
        let mut limits = Limits::default();
        limits.max_bytes = bytes.len().max(limits.max_bytes);
        let stream = Stream::parse_with(name, bytes, &limits)?;
        if self == Self::Json && stream.syntax() != Syntax::Json {
            return Err(StoreError::NotJson);
        }
        Ok(document::read(&stream)?)
    }

    /// Whether a document in the clear holds what this store would take for metadata.
    pub fn has_metadata(self, document: &Mapping) -> bool {
        match self {
            Self::Dotenv => document.entries().any(|(key, _)| key.starts_with(flat::PREFIX)),
            _ => document::has_metadata(document),
        }
    }

    /// Writes documents in the clear. Stores of one document write the first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn print(self, documents: &[Mapping], layout: &Layout) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let first = || documents.first().ok_or(StoreError::Shape("there is no document"));
        match self {
            Self::Yaml => Ok(emit::yaml(documents, layout.yaml)),
            Self::Json => Ok(json::document(first()?, layout.json)?),
            Self::Dotenv => flat::print_dotenv(first()?),
            Self::Ini => flat::print_ini(documents),
            Self::Binary => match (documents, first()?.get("data")) {
                ([_], Some(Node::Leaf(leaf))) => match &leaf.value {
                    Value::Str(bytes) => Ok(Zeroizing::new(bytes.expose().to_vec())),
                    _ => Err(StoreError::Shape(
                        "error emitting binary store: 'data' is not a string",
                    )),
                },
                ([_], _) => Err(StoreError::Shape(
                    "error emitting binary store: no binary data found in tree",
                )),
                _ => Err(StoreError::Shape(
                    "error emitting binary store: there must be exactly one document",
                )),
            },
        }
    }

    /// Writes a closed file.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn print_closed(self, closed: Closed, layout: &Layout) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let later = closed.documents.iter().skip(1);
        if later.into_iter().any(document::has_metadata) {
            return Err(StoreError::Shape("a later document has a key named sops"));
        }
        match self {
            Self::Yaml => Ok(emit::yaml(&closed.put(), layout.yaml)),
            Self::Json | Self::Binary => {
                let indent = if self == Self::Json {
                    layout.json
                } else {
                    layout.binary
                };
                let documents = closed.put();
                let first = documents
                    .first()
                    .ok_or(StoreError::Shape("there is no document"))?;
                Ok(json::document(first, indent)?)
            }
            Self::Dotenv => {
                let documents = flat::flatten_dotenv(closed);
                let first = documents
                    .first()
                    .ok_or(StoreError::Shape("there is no document"))?;
                flat::print_dotenv(first)
            }
            Self::Ini => flat::print_ini(&flat::flatten_ini(closed)),
        }
    }

    /// Writes one scalar or list, as `--extract` shows it; strings are shown as they are.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn print_value(self, node: &Node, layout: &Layout) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        if let Node::Leaf(leaf) = node
            && let Value::Str(bytes) = &leaf.value
        {
            return Ok(Zeroizing::new(bytes.expose().to_vec()));
        }
        match self {
            Self::Yaml => Ok(emit::yaml_value(node)),
            Self::Json => Ok(json::value(node, layout.json)?),
            Self::Ini => match node {
                Node::Leaf(_) => Ok(json::value(node, layout.json)?),
                _ => Err(StoreError::Shape(flat::NO_SECTION)),
            },
            Self::Dotenv => Err(StoreError::Shape(
                "the dotenv store only supports emitting strings",
            )),
            Self::Binary => Err(StoreError::Shape(
                "Binary files are not structured and extracting a single value is not possible",
            )),
        }
    }
}

/// A value as stores of strings show it; nothing for containers.
pub fn text_of(node: &Node) -> Option<Zeroizing<String>> {
    let Node::Leaf(leaf) = node else {
        return None;
    };
    Some(Zeroizing::new(match &leaf.value {
        Value::Str(bytes) => bytes.expose_str()?.to_owned(),
        value => stringified(value)?,
    }))
}

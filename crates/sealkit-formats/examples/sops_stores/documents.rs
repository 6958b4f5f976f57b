//! One random document for a store: the trees of the other example for YAML and JSON, lines and bytes for the rest.

use crate::flat;
use crate::trees::{self, Writer};

/// What a document is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Store {
    Yaml,
    Json,
    Dotenv,
    Ini,
    Binary,
}

/// The text that is there once, to be edited.
pub(crate) const FIRST: &str = trees::FIRST;

impl Store {
    pub(crate) const ALL: [Store; 5] = [Store::Yaml, Store::Json, Store::Dotenv, Store::Ini, Store::Binary];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Dotenv => "dotenv",
            Self::Ini => "ini",
            Self::Binary => "binary",
        }
    }

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Yaml => "t.yaml",
            Self::Json => "t.json",
            Self::Dotenv => "t.env",
            Self::Ini => "t.ini",
            Self::Binary => "t.bin",
        }
    }

    /// A document with [`FIRST`] in it. `current`: dates, and integers of JSON beyond 2⁵³, may occur.
    pub(crate) fn document(self, seed: u64, current: bool) -> Vec<u8> {
        match self {
            Self::Yaml => usual(&Writer::new(seed, trees::Kind::Yaml, current).document()).into_bytes(),
            Self::Json => Writer::new(seed, trees::Kind::Json, current)
                .document()
                .into_bytes(),
            Self::Dotenv => flat::dotenv(seed).into_bytes(),
            Self::Ini => flat::ini(seed).into_bytes(),
            Self::Binary => flat::binary(seed),
        }
    }
}

/// Without what the peer's own printer spoils: a comment behind an element in braces, which it hangs on the next element
/// or loses, and the text `<<`, which it writes as a merge key.
fn usual(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let line = line.replace("\"<<\"", "\"<\"");
        match line.split_once("} # inline note") {
            Some((element, _)) if line.trim_start().starts_with("- ") => {
                out.push_str(&format!("{element}}}\n"))
            }
            _ => out.push_str(&line),
        }
    }
    out
}

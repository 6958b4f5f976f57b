//! Why a file did not open.

use sealkit_manifest::Place;

use super::{DocumentError, KeyError, MetadataError, ValueError};

/// Why a file was not opened. Nothing of it was given out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text holds no documents as SOPS knows them.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The first document has no metadata.
    #[error("sops metadata not found")]
    NoMetadata {
        /// Where the first document begins, if there is one.
        place: Place,
    },
    /// The metadata is malformed.
    #[error("{error}")]
    Metadata {
        /// Where it stands.
        place: Place,
        /// What is wrong.
        error: MetadataError,
    },
    /// No data key was had.
    #[error("{error}")]
    Key {
        /// Where the metadata stands.
        place: Place,
        /// Why.
        error: Box<KeyError>,
    },
    /// Values did not decrypt.
    #[error("cannot open {}", list(.0))]
    Values(Vec<ClosedValue>),
    /// Every value decrypts, and together they are not what was written.
    #[error("the message authentication code does not match")]
    Mac {
        /// Where it stands, or where the metadata does.
        place: Place,
        /// In which way.
        problem: MacProblem,
    },
    /// A binary file without its data.
    #[error("the file has no text under `data`")]
    NoData {
        /// Where the metadata stands.
        place: Place,
    },
    /// An opened value cannot be written where its token stands.
    #[error("the opened value cannot be written into this file")]
    Unwritable {
        /// Where it stands.
        place: Place,
    },
    /// The output, read again, was not what was opened.
    #[error("the opened text does not read as what was opened")]
    Mismatch {
        /// The first document that differs.
        place: Place,
    },
}

/// What is wrong with a message authentication code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacProblem {
    /// There is none.
    Missing,
    /// It does not decrypt.
    Closed(ValueError),
    /// It is another one.
    Different,
}

/// A value that did not decrypt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedValue {
    /// The keys above it, joined by dots.
    pub path: String,
    /// Where it stands.
    pub place: Place,
    /// Why.
    pub error: ValueError,
}

/// Most paths that a message lists.
const MAX_LISTED: usize = 5;

fn list(values: &[ClosedValue]) -> String {
    let mut paths: Vec<&str> = values
        .iter()
        .map(|value| value.path.as_str())
        .take(MAX_LISTED)
        .collect();
    let more = format!("{} more", values.len().saturating_sub(MAX_LISTED));
    if values.len() > MAX_LISTED {
        paths.push(&more);
    }
    paths.join(", ")
}

impl OpenError {
    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Document(error) => error.place(),
            Self::Values(values) => values.first().map(|value| &value.place),
            Self::NoMetadata { place }
            | Self::Metadata { place, .. }
            | Self::Key { place, .. }
            | Self::Mac { place, .. }
            | Self::NoData { place }
            | Self::Unwritable { place }
            | Self::Mismatch { place } => Some(place),
        }
    }

    /// Why it does not open.
    pub fn why(&self) -> Option<String> {
        let why = match self {
            Self::Document(error) => return error.why(),
            Self::Key { error, .. } => return error.why(),
            Self::Values(values) => return values.first().map(|value| value.error.to_string()),
            Self::Mac { problem, .. } => match problem {
                MacProblem::Missing => "the file has no code: somebody removed it",
                MacProblem::Closed(_) => "the code does not decrypt: it, or lastmodified, was changed",
                MacProblem::Different => {
                    "a value was changed, added, removed or moved without SOPS; unencrypted values count too"
                }
            },
            Self::Unwritable { .. } => {
                "it holds characters, or is of a type, that its place in the text cannot take"
            }
            Self::Mismatch { .. } => "this is a defect of sealkit; nothing was written",
            Self::NoMetadata { .. } | Self::NoData { .. } | Self::Metadata { .. } => return None,
        };
        Some(why.to_owned())
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Document(error) => return error.hint(),
            Self::Key { error, .. } => return error.hint(),
            Self::NoMetadata { .. } => "this file was not encrypted by SOPS",
            Self::Values(values)
                if values
                    .iter()
                    .all(|value| matches!(value.error, ValueError::Token(_) | ValueError::NotText)) =>
            {
                "if it is plaintext that somebody pasted, take it out, open the file, put it back and seal again"
            }
            Self::Values(_) => {
                "restore the values from history; a value opens only under the keys it was written under"
            }
            Self::Mac { .. } => "restore the file from history, or have somebody look at the difference",
            Self::NoData { .. } => "read it as JSON, not as a binary file",
            Self::Metadata { .. } | Self::Unwritable { .. } | Self::Mismatch { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

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
        /// What can be known about it.
        clues: MacClues,
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
    /// The path under which it opens, where it is another one of this file.
    pub written_for: Option<String>,
}

/// What can be known where the code is another one than that of the values. Holds paths and places, no value and no
/// digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MacClues {
    /// Single changes that would each explain it.
    pub suspects: Vec<Suspect>,
    /// The values in the clear that the code covers.
    pub unencrypted: Vec<String>,
}

/// A single change that explains a code that does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Suspect {
    /// Without this value the code matches.
    Added {
        /// Its keys, joined by dots.
        path: String,
        /// Where it stands.
        place: Place,
    },
    /// With another type, as quotes make it, the code matches.
    Retyped {
        /// Its keys, joined by dots.
        path: String,
        /// Where it stands.
        place: Place,
        /// Whether it stood in quotes before.
        was_text: bool,
    },
    /// With these two the other way round the code matches.
    Exchanged {
        /// The first one's keys, joined by dots.
        path: String,
        /// The second one's.
        other: String,
        /// Where the second one stands.
        place: Place,
    },
}

impl Suspect {
    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            Self::Added { place, .. } | Self::Retyped { place, .. } | Self::Exchanged { place, .. } => place,
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Added { path, place } => {
                format!("{path} at {place} was added: without it the code matches")
            }
            Self::Retyped {
                path,
                place,
                was_text,
            } => {
                let before = if *was_text {
                    "stood in quotes"
                } else {
                    "stood without quotes"
                };
                format!("{path} at {place} {before} when the file was written: so the code matches")
            }
            Self::Exchanged { path, other, place } => {
                format!("{path} and {other} at {place} changed places: the other way round the code matches")
            }
        }
    }
}

impl MacClues {
    fn describe(&self) -> String {
        if !self.suspects.is_empty() {
            let all: Vec<String> = self.suspects.iter().map(Suspect::describe).collect();
            return all.join("; or ");
        }
        let sound = "every encrypted value opens in its place, so none of them was changed";
        match &self.unencrypted[..] {
            [] => format!("{sound}: one was removed or repeated, or their order is another"),
            paths => {
                let mut shown: Vec<&str> = paths.iter().map(String::as_str).take(MAX_LISTED).collect();
                let more = format!("{} more", paths.len().saturating_sub(MAX_LISTED));
                if paths.len() > MAX_LISTED {
                    shown.push(&more);
                }
                format!(
                    "{sound}: a value in the clear was changed ({}), or one was added, removed or moved",
                    shown.join(", ")
                )
            }
        }
    }
}

impl ClosedValue {
    /// Why it did not decrypt, with what is known of where it came from.
    pub fn why(&self) -> String {
        match &self.written_for {
            Some(path) => format!("it opens as {path}: it was copied or moved from there"),
            None => self.error.to_string(),
        }
    }
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
            Self::Values(values) => return values.first().map(ClosedValue::why),
            Self::Mac { problem, clues, .. } => match problem {
                MacProblem::Missing => "the file has no code: somebody removed it",
                MacProblem::Closed(_) => "the code does not decrypt: it, or lastmodified, was changed",
                MacProblem::Different => return Some(clues.describe()),
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
            Self::Values(values) if values.iter().all(|value| value.error.is_plaintext()) => {
                "if it is plaintext that somebody put there, seal the file: that encrypts it where it stands"
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

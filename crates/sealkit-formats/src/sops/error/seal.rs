//! Why a file was not sealed.

use sealkit_manifest::Place;

use super::{DocumentError, OpenError, SelectorError, ValueError, WrapKeyError};

/// Why a file was not sealed. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The text holds no documents as SOPS knows them.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A document has metadata already.
    #[error("the file already contains sops metadata")]
    AlreadySealed {
        /// Where it stands.
        place: Place,
    },
    /// The selector is refused.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A group has no keys.
    #[error("empty key group provided")]
    EmptyGroup,
    /// A threshold that the groups cannot have.
    #[error("a threshold of {threshold} does not fit {groups} key groups")]
    Threshold {
        /// What was asked for.
        threshold: usize,
        /// How many groups there are.
        groups: usize,
    },
    /// A key that the data key was not wrapped for.
    #[error(transparent)]
    Wrap(#[from] WrapKeyError),
    /// A value did not encrypt.
    #[error("cannot seal {path}")]
    Value {
        /// The keys above it, joined by dots.
        path: String,
        /// Where it stands.
        place: Place,
        /// Why.
        error: ValueError,
    },
    /// More bytes than one message of AES-GCM holds.
    #[error("the file is too long to be sealed as one value")]
    TooLong,
    /// The token of a comment would itself be a marker.
    #[error("the encrypted form of a comment matches unencrypted_comment_regex")]
    Marker {
        /// Where the comment stands.
        place: Place,
    },
    /// What is to be encrypted is reached through an alias.
    #[error("an alias repeats a value that is to be encrypted")]
    Alias {
        /// Where the alias stands.
        place: Place,
    },
    /// The document cannot take metadata where it ends.
    #[error("the document has no place for metadata")]
    NoPlace {
        /// Where the document begins.
        place: Place,
    },
    /// The output was opened again, and it was not what went in.
    #[error("the sealed text does not open to what was sealed")]
    Mismatch {
        /// Where the first document that differs begins.
        place: Place,
    },
    /// The output was opened again, and it did not.
    #[error("the sealed text does not open")]
    Reopen(#[source] Box<OpenError>),
}

impl SealError {
    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Document(error) => error.place(),
            Self::AlreadySealed { place }
            | Self::Value { place, .. }
            | Self::Marker { place }
            | Self::Alias { place }
            | Self::NoPlace { place }
            | Self::Mismatch { place } => Some(place),
            Self::Reopen(error) => error.place(),
            Self::TooLong | Self::Selector(_) | Self::EmptyGroup | Self::Threshold { .. } | Self::Wrap(_) => {
                None
            }
        }
    }

    /// Why it was not sealed.
    pub fn why(&self) -> Option<String> {
        Some(match self {
            Self::Document(error) => return error.why(),
            Self::Wrap(error) => error.why.clone(),
            Self::Value { error, .. } => error.to_string(),
            Self::Alias { .. } => {
                "every value is bound to its own path, so that the two need tokens of their own".to_owned()
            }
            Self::Selector(_) => {
                "SOPS would take it for one that never matches, and leave everything as it is".to_owned()
            }
            Self::Mismatch { .. } | Self::Reopen(_) => {
                "this is a defect of sealkit; nothing was written".to_owned()
            }
            _ => return None,
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Document(error) => return error.hint(),
            Self::Wrap(error) => return error.hint.clone(),
            Self::AlreadySealed { .. } => "open it first, or rename its key `sops`",
            Self::Alias { .. } => "write the value out in place of the alias",
            Self::EmptyGroup => "name at least one key in every group",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

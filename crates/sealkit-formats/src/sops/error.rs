//! Why a SOPS file was not read, opened or sealed. One enum for each verb; no message repeats a value.

mod keys;
mod open;
mod seal;

pub use keys::{GroupFailure, KeyError, KeyFailure, WrapKeyError};
pub use open::{ClosedValue, MacClues, MacProblem, OpenError, Suspect};
pub use seal::SealError;

use sealkit_manifest::Place;

use super::token::Kind;

/// Why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It does not begin like one; it may be plaintext.
    #[error("it is not an encrypted value")]
    NotAToken,
    /// The closing bracket is missing.
    #[error("the encrypted value is cut off")]
    Cut,
    /// A field is missing, empty, or not where it belongs.
    #[error("the encrypted value has no {field}")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is not base64.
    #[error("the {field} of the encrypted value is not base64")]
    NotBase64 {
        /// The field.
        field: &'static str,
    },
    /// The type is none that SOPS knows.
    #[error("the encrypted value has an unknown type")]
    UnknownType,
    /// It is readable and not spelled as SOPS writes it.
    #[error("the encrypted value is not spelled as SOPS writes it")]
    NotCanonical,
}

/// Why a value did not encrypt or decrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// It is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A number, boolean or date stands where an encrypted value belongs.
    #[error("it is not an encrypted value")]
    NotText,
    /// The tag does not verify.
    #[error("it was changed, moved from another place, or encrypted under another data key")]
    Rejected,
    /// The plaintext does not fit its type.
    #[error("its plaintext is no {}", kind.as_str())]
    Unfit {
        /// The type.
        kind: Kind,
    },
    /// A comment stands where only a value may.
    #[error("it holds a comment")]
    Comment,
    /// More than one AES-GCM message can hold.
    #[error("it is too long to be encrypted")]
    TooLong,
}

impl ValueError {
    /// Whether what stands there is no token at all, and so most likely plaintext that somebody put there by hand.
    pub fn is_plaintext(self) -> bool {
        matches!(self, Self::NotText | Self::Token(TokenError::NotAToken))
    }
}

/// Why a selector is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorError {
    /// The expression does not compile.
    #[error("{field} is refused: {problem}")]
    Regex {
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Why a text has no documents as SOPS knows them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// There is no document.
    #[error("the file holds no document")]
    Empty {
        /// The file.
        name: String,
    },
    /// The root is a list or a scalar.
    #[error("the document is not a mapping")]
    NotAMapping {
        /// Where it begins.
        place: Place,
    },
    /// A key is no string.
    #[error("a key is not a string")]
    Key {
        /// Where it stands.
        place: Place,
    },
    /// A number fits no type that SOPS has.
    #[error("a number is too large")]
    Number {
        /// Where it stands.
        place: Place,
    },
    /// A value does not fit its tag.
    #[error("a value does not fit its tag")]
    Tag {
        /// Where it stands.
        place: Place,
    },
}

impl DocumentError {
    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Empty { .. } => None,
            Self::NotAMapping { place }
            | Self::Key { place }
            | Self::Number { place }
            | Self::Tag { place } => Some(place),
        }
    }

    /// Why that is an error.
    pub fn why(&self) -> Option<String> {
        let why = match self {
            Self::Key { .. } => {
                "SOPS binds every value to the keys above it, and takes only strings for keys"
            }
            Self::Number { .. } => "integers have 64 bits with their sign",
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotAMapping { .. } => "put it under a key, or encrypt the file as binary",
            Self::Key { .. } | Self::Number { .. } => "put it in quotes",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Why what stands under `sops` is no metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// It is no mapping.
    #[error("the metadata is not a mapping")]
    NotAMapping,
    /// No group, or an empty one.
    #[error("no keys found in file")]
    NoKeys,
    /// A field holds something else than it should.
    #[error("the metadata's {field} is malformed")]
    Field {
        /// The field.
        field: &'static str,
    },
    /// More than one selector.
    #[error("the metadata names more than one selector")]
    SeveralSelectors,
}

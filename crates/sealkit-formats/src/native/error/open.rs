//! Why a sealed object does not open: malformed, tampered, not for us, or not supported here.

use sealkit_crypto::wrap::UnwrapError;
use sealkit_manifest::Place;

use super::EnvelopeError;
use crate::native::{id::DataKeyId, limits::Limit, value::ValueError};

/// A sealed object does not open. Opening is all or nothing: there are no values beside this error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Malformed input.
    #[error(transparent)]
    Envelope(Box<EnvelopeError>),
    /// Tampered: the data key opened, and the file's commitment is not the one of this key at this place.
    #[error("cannot open the data key {id}")]
    Commitment {
        /// The data key.
        id: DataKeyId,
        /// Where the data key stands.
        place: Place,
    },
    /// Tampered, or written by a broken program: these values do not open although their data key does.
    #[error("cannot open {}", list(.0))]
    Values(Vec<ClosedValue>),
    /// No identity: none of those given is named.
    #[error("no identity at hand is named in the data key {id}")]
    NotNamed {
        /// The data key.
        id: DataKeyId,
        /// Where the data key stands.
        place: Place,
        /// Who could open it, by short name.
        recipients: Vec<String>,
    },
    /// An identity is named, and what the file holds for it does not unwrap.
    #[error("the data key {id} does not unwrap for {recipient}")]
    Unwrap {
        /// The data key.
        id: DataKeyId,
        /// The recipient whose entry was tried last.
        recipient: String,
        /// Where that entry stands.
        place: Place,
        /// Why.
        source: Box<UnwrapError>,
    },
    /// Unsupported here: plaintext waits beside the sealed values, and opening would have to choose between the two.
    #[error("{item} waits in the open beside sealed values")]
    Unsealed {
        /// The item.
        item: String,
        /// Where its plaintext stands.
        place: Place,
    },
    /// More plaintext than one object may hold.
    #[error("cannot open the object")]
    TooMuchPlaintext {
        /// Where the object stands.
        place: Place,
    },
}

/// A value that did not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedValue {
    /// The item.
    pub item: String,
    /// Where its value stands.
    pub place: Place,
    /// Why.
    pub error: ValueError,
}

fn list(values: &[ClosedValue]) -> String {
    let paths: Vec<_> = values
        .iter()
        .map(|value| format!("spec.encryptedData.{}", value.item))
        .collect();
    paths.join(", ")
}

impl From<EnvelopeError> for OpenError {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(Box::new(error))
    }
}

impl OpenError {
    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Envelope(error) => error.place(),
            Self::Values(values) => values.first().map(|value| &value.place),
            Self::Commitment { place, .. }
            | Self::NotNamed { place, .. }
            | Self::Unwrap { place, .. }
            | Self::Unsealed { place, .. }
            | Self::TooMuchPlaintext { place } => Some(place),
        }
    }

    /// Why it does not open.
    pub fn why(&self) -> Option<String> {
        Some(match self {
            Self::Envelope(error) => return error.why(),
            Self::Commitment { .. } => {
                "its commitment does not match: the object was moved, renamed or given another scope, or somebody \
                 changed the commitment"
                    .to_owned()
            }
            Self::Values(values) => return values.first().map(|value| value.error.to_string()),
            Self::NotNamed { recipients, .. } => format!("it is wrapped for {}", recipients.join(", ")),
            Self::Unwrap { source, .. } => source.why(),
            Self::Unsealed { .. } => "opening gives back one Secret, and this plaintext was never part of it".to_owned(),
            Self::TooMuchPlaintext { .. } => Limit::Plaintext.to_string(),
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Envelope(error) => return error.hint(),
            Self::NotNamed { .. } => "give an identity of one of them, or ask one of them to add you",
            Self::Commitment { .. } => {
                "put name, namespace and scope back as they were; to move it, open it there and seal it here"
            }
            Self::Unwrap { source, .. } if !matches!(**source, UnwrapError::Rejected) => {
                return source.hint();
            }
            Self::Unwrap { .. } => {
                "if the object was moved or renamed, put it back; otherwise another recipient has to open it and rotate"
            }
            Self::Values(_) => "restore the values from history, or set them again",
            Self::Unsealed { .. } => "seal the object first: that moves the plaintext in",
            Self::TooMuchPlaintext { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

//! What goes wrong with the peer's documents, in the peer's own first sentence where scripts look for it.
//!
//! Source: sealed-secrets v0.40.0 `pkg/kubeseal/kubeseal.go`.

use sealkit_manifest::{Place, ReadError};

use super::super::value::EncryptError;
use crate::sealed_secrets::NotBase64;

/// A document does not have the shape that was asked for. Holds types and places, never a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadProblem {
    /// A field of another type.
    #[error("{message}")]
    Type {
        /// The field and both types.
        message: String,
        /// Where its value stands.
        place: Place,
    },
    /// A value that is not base64.
    #[error("{prefix}{source}")]
    NotBase64 {
        /// What the peer says before it.
        prefix: &'static str,
        /// At which byte.
        source: NotBase64,
        /// Where the value stands.
        place: Place,
    },
    /// A document that is no mapping.
    #[error("no secrets found. Ensure the input is valid and UTF-8 encoded")]
    NotAnObject {
        /// Where it stands.
        place: Place,
    },
    /// A document that says it is something else.
    #[error("no kind {kind:?} is registered for version {version:?}")]
    OtherKind {
        /// Its `apiVersion`.
        version: String,
        /// Its `kind`.
        kind: String,
        /// Where it stands.
        place: Place,
    },
    /// A number of which the peer would store other digits than the author wrote.
    #[error("a number where a string is meant")]
    Digits {
        /// Where it stands.
        place: Place,
    },
    /// A text that is no moment.
    #[error("a timestamp is not in the form of RFC 3339")]
    NotATime {
        /// Where it stands.
        place: Place,
    },
    /// A node that kubectl would not read either.
    #[error(transparent)]
    Node(#[from] ReadError),
}

impl ReadProblem {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Type { place, .. }
            | Self::NotBase64 { place, .. }
            | Self::NotAnObject { place }
            | Self::OtherKind { place, .. }
            | Self::Digits { place }
            | Self::NotATime { place } => Some(place),
            Self::Node(error) => error.place(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Type { .. } => "put quotes around it if it is meant as a string",
            Self::NotBase64 { .. } => {
                "encode the value as one line of base64, or write it under `stringData`"
            }
            Self::NotAnObject { .. } => "a Secret is a mapping; remove what is none",
            Self::OtherKind { .. } => "this takes a SealedSecret of bitnami.com/v1alpha1",
            Self::Digits { .. } => "it would be stored with other digits than these: put quotes around it",
            Self::NotATime { .. } => "write it like 2026-01-31T12:00:00Z, or leave it out",
            Self::Node(error) => return error.hint(),
        };
        Some(hint.to_owned())
    }
}

/// A Secret is not sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealProblem {
    /// No values, and nobody said that this is meant.
    #[error(
        "secret.data is empty in input Secret, assuming this is an error and aborting. To work with empty data, \
         --allow-empty-data can be used"
    )]
    Empty,
    /// No name.
    #[error("missing metadata.name in input Secret")]
    NoName,
    /// The Secret's namespace is not the one that was asked for.
    #[error("namespace mismatch: input secret is in namespace {own:?} but {wanted:?} was specified")]
    OtherNamespace {
        /// The Secret's.
        own: String,
        /// The caller's.
        wanted: String,
    },
    /// A scope that needs a namespace, and none anywhere.
    #[error("secret must declare a namespace")]
    NoNamespace,
    /// A value does not encrypt.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
}

/// A SealedSecret does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealProblem {
    /// Values that do not open or templates that do not render, grouped by why.
    #[error("{0}")]
    Values(String),
    /// `spec.data`, which this does not read.
    #[error("using deprecated 'data' field, use 'encryptedData' or flip the feature flag")]
    Deprecated,
}

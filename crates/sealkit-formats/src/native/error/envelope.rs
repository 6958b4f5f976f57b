//! Why a sealed object is malformed. No key was used.

use sealkit_manifest::{Node, Place};

use crate::{
    Scope,
    native::{limits::Limit, value::TokenError},
    secret::SecretError,
};

/// A sealed object is not as the format demands. Nothing was decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Something is malformed.
    #[error("cannot read {path}")]
    Malformed {
        /// Where it stands.
        place: Place,
        /// The field: `spec.dataKeys[0].id`.
        path: String,
        /// What is wrong with it.
        kind: Malformed,
    },
    /// The name or the namespace cannot be used, or a label is not a string.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// What is wrong with a sealed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Another `apiVersion` or `kind`.
    #[error("it is not an EncryptedSecret of apiVersion sealkit.dev/v1alpha1")]
    NotEncryptedSecret,
    /// A field that has to be there is not.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// Another kind of value.
    #[error("{0} is expected here")]
    Expected(&'static str),
    /// A field that version 1 does not know.
    #[error("the format has no such field")]
    UnknownField,
    /// Not the name of a scope.
    #[error("unknown scope")]
    Scope,
    /// The scope binds values to a namespace and the object names none.
    #[error("the scope {0} binds values to a namespace, and the object names none")]
    NamespaceNeeded(Scope),
    /// Not `k` and eight characters of lower-case base32.
    #[error("it is not the id of a data key")]
    NotAnId,
    /// Not 32 bytes of canonical base64.
    #[error("a commitment is 32 bytes in canonical base64")]
    Commitment,
    /// The id is not the one that the commitment yields.
    #[error("the id does not match its commitment: one of them was changed")]
    IdMismatch,
    /// Two data keys of one id.
    #[error("another data key has the same id")]
    DuplicateId,
    /// A data key that is wrapped for nobody.
    #[error("a data key without a recipient opens for nobody")]
    NoRecipient,
    /// Not printable ASCII, empty, or longer than 128 bytes.
    #[error("it is not the short name of a recipient")]
    RecipientName,
    /// One recipient twice under one data key.
    #[error("this data key names the same recipient twice")]
    DuplicateRecipient,
    /// Not canonical base64, or empty.
    #[error("a wrapped key is canonical base64, and not empty")]
    WrappedKey,
    /// Not a key that Kubernetes accepts in `data`.
    #[error("it is not an item key that Kubernetes accepts")]
    ItemKey,
    /// kubectl reads another key than the one that is written.
    #[error("the item key is not quoted, and kubectl reads it as another one")]
    KeyReadDifferently,
    /// One item twice.
    #[error("another value has the same item key")]
    DuplicateItem,
    /// Not `id:base64` of a padded value.
    #[error("{0}")]
    Value(TokenError),
    /// A value under a data key that the object does not hold.
    #[error("no data key of this object has the id that the value names")]
    UnknownDataKey,
    /// `spec.template.data`.
    #[error(
        "version 1 has no data templates: nothing authenticates them, and they can copy a secret to where it is none"
    )]
    TemplateData,
    /// More than the format allows.
    #[error("{0}")]
    Limit(Limit),
}

impl EnvelopeError {
    pub(in crate::native) fn at(node: Node<'_>, kind: Malformed) -> Self {
        Self::Malformed {
            place: node.place(),
            path: node.path().to_string(),
            kind,
        }
    }

    /// What is malformed; `None` for a name or a label.
    pub fn malformed(&self) -> Option<Malformed> {
        match self {
            Self::Malformed { kind, .. } => Some(*kind),
            Self::Secret(_) => None,
        }
    }

    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Malformed { place, .. } => Some(place),
            Self::Secret(error) => error.place(),
        }
    }

    /// Why it cannot be read.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Malformed { kind, .. } => Some(kind.to_string()),
            Self::Secret(error) => error.why(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let kind = match self {
            Self::Malformed { kind, .. } => kind,
            Self::Secret(error) => return error.hint(),
        };
        let hint = match kind {
            Malformed::Scope => {
                "write strict, namespace-wide or cluster-wide, as it was when the values were sealed"
            }
            Malformed::NamespaceNeeded(_) => {
                "write metadata.namespace, as it was when the values were sealed"
            }
            Malformed::TemplateData => "seal the rendered value as an item of its own",
            Malformed::UnknownField => {
                "check the spelling; labels, annotations and type belong in spec.template"
            }
            Malformed::DuplicateId | Malformed::DuplicateItem | Malformed::UnknownDataKey => {
                "if this is a merge, keep the union of both sides: every data key once, every item once"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

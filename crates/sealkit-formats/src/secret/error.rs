//! Why an object is not a Secret that can be sealed, or its name none that a value can be bound to.

use sealkit_manifest::{Node, Place, ReadError, SecretViewError};

/// What a room needs of a Secret is missing or malformed. Says where and what was expected, never what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// A field is not as it has to be.
    #[error("cannot use {path}")]
    Field {
        /// Where the field stands, or where it is missing.
        place: Place,
        /// The field: `metadata.name`.
        path: String,
        /// What is wrong with it.
        kind: Unfit,
    },
    /// Somewhere in the object stands what kubectl would refuse: a key that is no scalar, a value that does not fit its tag.
    #[error("cannot read the object")]
    Unreadable(#[from] ReadError),
    /// `data` or `stringData` do not read as a Secret's.
    #[error(transparent)]
    Items(#[from] SecretViewError),
}

/// What is wrong with a field of a Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The object is not `v1` `Secret`.
    #[error("it is not a Secret of apiVersion v1")]
    NotASecret,
    /// There is no `metadata.name`.
    #[error("the name is missing")]
    NoName,
    /// Only `metadata.generateName` is given.
    #[error("a generated name is no name: values are bound to the name, and nobody knows it yet")]
    GeneratedName,
    /// The name is not an RFC 1123 subdomain.
    #[error("it is not a name that Kubernetes accepts")]
    Name,
    /// The namespace is not an RFC 1123 label.
    #[error("it is not a namespace that Kubernetes accepts")]
    Namespace,
    /// The field is not one that Kubernetes knows of a Secret.
    #[error("a Secret has no such field, so whatever it holds would stay in the open")]
    UnknownField,
    /// A string is expected, and kubectl reads something else.
    #[error("a string is expected, and kubectl reads something else here")]
    NotAString,
    /// A merge key `<<` stands in a mapping of strings.
    #[error("a merge key brings entries from elsewhere, which would not come along")]
    MergeKey,
    /// A boolean is expected.
    #[error("true or false is expected")]
    NotABoolean,
    /// A mapping is expected.
    #[error("a mapping is expected")]
    NotAMapping,
}

/// What to do where a scope needs a namespace and the object names none.
pub(crate) const NAMESPACE_NEEDED: &str = "write metadata.namespace or name it with `-n`, or choose the scope \
     cluster-wide; what kustomize's `namespace:` and `namePrefix:` change later comes too late, and breaks the scope strict";

impl SecretError {
    pub(crate) fn at(node: Node<'_>, kind: Unfit) -> Self {
        Self::Field {
            place: node.place(),
            path: node.path().to_string(),
            kind,
        }
    }

    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Field { place, .. } => Some(place),
            Self::Unreadable(error) => error.place(),
            Self::Items(error) => error.place(),
        }
    }

    /// Why it cannot be used.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Field { kind, .. } => Some(kind.to_string()),
            Self::Unreadable(error) => Some(error.to_string()),
            Self::Items(error) => error.why(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let kind = match self {
            Self::Field { kind, .. } => kind,
            Self::Unreadable(error) => return error.hint(),
            Self::Items(error) => return error.hint(),
        };
        let hint = match kind {
            Unfit::NoName | Unfit::GeneratedName => "give it a metadata.name",
            Unfit::Name => "use lower-case letters, digits, `-` and `.`, at most 253 characters",
            Unfit::Namespace => "use lower-case letters, digits and `-`, at most 63 characters",
            Unfit::UnknownField => "check the spelling: values belong in `data` or `stringData`",
            Unfit::NotAString => "put it in quotes",
            Unfit::MergeKey => "write the entries out",
            Unfit::NotASecret | Unfit::NotABoolean | Unfit::NotAMapping => return None,
        };
        Some(hint.to_owned())
    }
}

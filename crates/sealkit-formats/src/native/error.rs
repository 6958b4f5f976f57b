//! What can go wrong with a native object, one enum for each verb, sorted by who can act on it.
//!
//! An error says what was attempted (`Display`), where (`place`), why (`why`) and what to do (`hint`). None holds a
//! plaintext, a key, or a line of the file.

use sealkit_crypto::wrap::{UnwrapError, WrapError};
use sealkit_manifest::{EditError, Node, ParseError, Place};

use super::{
    id::DataKeyId,
    limits::Limit,
    value::{TokenError, ValueError},
};
use crate::{
    Scope,
    secret::{Form, Repeat, SecretError},
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
    pub(super) fn at(node: Node<'_>, kind: Malformed) -> Self {
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
            Self::Unwrap { source, .. } => source.to_string(),
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

/// An object cannot be sealed, or a sealed one not be written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Malformed input: the text is no manifest.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Malformed input: the object is no Secret, or not one that can be sealed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Malformed input: the sealed object is not as the format demands.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Malformed input: the scope binds values to a namespace and the object names none.
    #[error("cannot seal with scope {scope}")]
    NamespaceNeeded {
        /// The scope.
        scope: Scope,
        /// Where the namespace is missing.
        place: Place,
    },
    /// The caller named a namespace, and the object another.
    #[error("cannot seal the object for the namespace {wanted}")]
    OtherNamespace {
        /// What the caller named.
        wanted: String,
        /// Where the object's own namespace stands.
        place: Place,
    },
    /// The caller gave a name, and the object has another.
    #[error("cannot seal the object under the name {wanted}")]
    OtherName {
        /// What the caller gave.
        wanted: String,
        /// Where the object's own name stands.
        place: Place,
    },
    /// Caller misuse: not a namespace.
    #[error("cannot seal for the namespace that was asked for")]
    NamespaceUnfit {
        /// What the caller named.
        wanted: String,
    },
    /// Caller misuse: not a name.
    #[error("cannot seal under the name that was asked for")]
    NameUnfit {
        /// What the caller gave.
        wanted: String,
    },
    /// The file names recipients that the caller does not: whoever put them there could read the next value.
    #[error("the file names recipients that were not asked for: {}", .names.join(", "))]
    ForeignRecipients {
        /// Their short names.
        names: Vec<String>,
        /// Where the first of them stands.
        place: Place,
    },
    /// The file's scope is wider than what the caller allows: the next value would open in more places.
    #[error("the file's scope {file} is wider than {wanted}")]
    WiderScope {
        /// The file's.
        file: Scope,
        /// The caller's.
        wanted: Scope,
        /// Where the object stands.
        place: Place,
    },
    /// A sealed plaintext stands elsewhere in the text, see [`Repeat`].
    #[error("a sealed value stands elsewhere in the text: {}", .0.iter().map(|r| r.item.as_str()).collect::<Vec<_>>().join(", "))]
    Repeats(Vec<Repeat>),
    /// Unsupported here: `set` and `unset` on an object in which plaintext waits to be sealed.
    #[error("{item} waits in the open beside sealed values")]
    Unsealed {
        /// The item.
        item: String,
        /// Where its plaintext stands.
        place: Place,
    },
    /// There is no such item to remove.
    #[error("there is no item {item}")]
    NoSuchItem {
        /// The item.
        item: String,
        /// Where the object stands.
        place: Place,
    },
    /// The object would hold more than readers accept.
    #[error("cannot seal the object")]
    Limit {
        /// Which limit.
        limit: Limit,
        /// Where the object stands.
        place: Place,
    },
    /// Caller misuse: recipients that cannot stand together, or none.
    #[error(transparent)]
    Recipients(#[from] RecipientsError),
    /// Caller misuse: not an item key.
    #[error("cannot seal an item of this key")]
    ItemKey {
        /// The key.
        item: String,
    },
    /// A recipient's key does not wrap.
    #[error("cannot wrap a data key for {recipient}")]
    Wrap {
        /// Its short name.
        recipient: String,
        /// Why.
        source: WrapError,
    },
    /// The text layer refuses the change.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Recipients that no data key may be wrapped for together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipientsError {
    /// There are none.
    #[error("there is no recipient to seal for")]
    None,
    /// More than a data key may have.
    #[error("there are more than 32 recipients to seal for")]
    TooMany,
    /// Two of them would have the same name in the file.
    #[error("two recipients have the same short name: {0}")]
    SameName(String),
    /// Some are post-quantum and these are not: the file would be no safer than they are.
    #[error("recipients that are not post-quantum stand beside some that are: {}", .0.join(", "))]
    Mixed(Vec<String>),
}

impl RecipientsError {
    /// Why they are refused.
    pub fn why(&self) -> Option<String> {
        let why = match self {
            Self::None => "what is sealed for nobody is lost",
            Self::TooMany => return None,
            Self::SameName(_) => "the file could not tell them apart",
            Self::Mixed(_) => {
                "a file in Git lives for ever, and it is post-quantum only if every recipient is"
            }
        };
        Some(why.to_owned())
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::None => "name at least one recipient, better two",
            Self::TooMany => "let groups share a key",
            Self::SameName(_) => "name each recipient once",
            Self::Mixed(_) => "replace them by post-quantum keys, or allow classic recipients",
        };
        Some(hint.to_owned())
    }
}

impl SealError {
    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Parse(error) => error.place(),
            Self::Secret(error) => error.place(),
            Self::Envelope(error) => error.place(),
            Self::Edit(error) => error.place(),
            Self::Repeats(repeats) => repeats.first().map(|repeat| &repeat.place),
            Self::NamespaceNeeded { place, .. }
            | Self::OtherNamespace { place, .. }
            | Self::OtherName { place, .. }
            | Self::ForeignRecipients { place, .. }
            | Self::WiderScope { place, .. }
            | Self::Unsealed { place, .. }
            | Self::NoSuchItem { place, .. }
            | Self::Limit { place, .. } => Some(place),
            Self::NamespaceUnfit { .. }
            | Self::NameUnfit { .. }
            | Self::Recipients(_)
            | Self::ItemKey { .. }
            | Self::Wrap { .. } => None,
        }
    }

    /// Why it cannot be sealed.
    pub fn why(&self) -> Option<String> {
        Some(match self {
            Self::Parse(error) => return error.why(),
            Self::Secret(error) => return error.why(),
            Self::Envelope(error) => return error.why(),
            Self::Edit(error) => return error.why(),
            Self::Recipients(error) => return error.why(),
            Self::NamespaceNeeded { scope, .. } => {
                format!("the scope {scope} binds values to a namespace, and there is none")
            }
            Self::OtherNamespace { .. } => "the object names another".to_owned(),
            Self::OtherName { .. } => "the object has another".to_owned(),
            Self::NameUnfit { .. } => "it is not a name that Kubernetes accepts".to_owned(),
            Self::NamespaceUnfit { .. } => "it is not a namespace that Kubernetes accepts".to_owned(),
            Self::ForeignRecipients { .. } => "whoever may write the file could have added them".to_owned(),
            Self::WiderScope { .. } => "whoever may write the file could have widened it".to_owned(),
            Self::Repeats(repeats) => return repeats.first().map(Repeat::why),
            Self::Unsealed { .. } => {
                "a change to sealed values would leave this plaintext where it is".to_owned()
            }
            Self::NoSuchItem { .. } => return None,
            Self::Limit { limit, .. } => limit.to_string(),
            Self::ItemKey { .. } => {
                "Kubernetes accepts letters, digits, `-`, `_` and `.`, at most 253".to_owned()
            }
            Self::Wrap { source, .. } => source.to_string(),
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Parse(error) => return error.hint(),
            Self::Secret(error) => return error.hint(),
            Self::Envelope(error) => return error.hint(),
            Self::Edit(error) => return error.hint(),
            Self::Recipients(error) => return error.hint(),
            Self::Repeats(repeats) => {
                let worst = repeats
                    .iter()
                    .find(|repeat| repeat.form == Form::Base64)
                    .or(repeats.first());
                return worst.map(Repeat::hint);
            }
            Self::NamespaceNeeded { .. } => {
                "write metadata.namespace, or choose the scope cluster-wide; a namespace that kustomize adds later comes \
                 too late"
            }
            Self::NamespaceUnfit { .. } => "use lower-case letters, digits and `-`, at most 63 characters",
            Self::OtherNamespace { .. } => "leave the namespace out, or name the object's own",
            Self::OtherName { .. } => "leave the name out, or give the object's own",
            Self::NameUnfit { .. } => "use lower-case letters, digits, `-` and `.`, at most 253 characters",
            Self::ForeignRecipients { .. } => {
                "if they belong there, add them to the recipients; if not, rotate; or allow them this once"
            }
            Self::WiderScope { .. } => {
                "open the object and seal it with the scope it should have; or allow it this once"
            }
            Self::Unsealed { .. } => "seal the object first: that moves the plaintext in",
            Self::Limit { .. } => "split the Secret in two",
            Self::NoSuchItem { .. } | Self::ItemKey { .. } | Self::Wrap { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// A sealed object cannot be given new recipients or new data keys. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// It does not open.
    #[error(transparent)]
    Open(Box<OpenError>),
    /// It cannot be written.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Rewrapping was asked for and would leave somebody her access.
    #[error("rewrapping cannot remove a recipient: {}", .0.join(", "))]
    Removed(Vec<String>),
}

impl From<OpenError> for RotateError {
    fn from(error: OpenError) -> Self {
        Self::Open(Box::new(error))
    }
}

impl From<EnvelopeError> for RotateError {
    fn from(error: EnvelopeError) -> Self {
        OpenError::from(error).into()
    }
}

impl RotateError {
    /// Where it stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Open(error) => error.place(),
            Self::Seal(error) => error.place(),
            Self::Removed(_) => None,
        }
    }

    /// Why nothing was changed.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Open(error) => error.why(),
            Self::Seal(error) => error.why(),
            Self::Removed(_) => Some("they know the data keys that rewrapping keeps".to_owned()),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Open(error) => error.hint(),
            Self::Seal(error) => error.hint(),
            Self::Removed(_) => Some("rotate instead: that makes new data keys".to_owned()),
        }
    }
}

//! Why an object cannot be sealed, or a sealed one not be written.

use sealkit_crypto::wrap::WrapError;
use sealkit_manifest::{EditError, ParseError, Place};

use super::{EnvelopeError, RecipientsError};
use crate::{
    Scope,
    native::limits::Limit,
    secret::{self, Form, Repeat, SecretError},
};

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
            Self::Wrap { source, .. } => source.why(),
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
            Self::NamespaceNeeded { .. } => secret::NAMESPACE_NEEDED,
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
            Self::Limit {
                limit: Limit::DataKeys,
                ..
            } => "rotate first: that gathers the data keys into one",
            Self::Limit { .. } => "split the Secret in two",
            Self::Wrap { source, .. } => return source.hint(),
            Self::NoSuchItem { .. } | Self::ItemKey { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

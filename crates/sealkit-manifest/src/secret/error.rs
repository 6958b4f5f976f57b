//! Why a Secret cannot be read as Kubernetes would take it. Says where and what to do, and never quotes a value.

use crate::path::Path;
use crate::source::Place;

/// Why an object's `data` and `stringData` are not what Kubernetes would take, or not what their author means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretViewError {
    /// `data` or `stringData` is no mapping.
    #[error("{path} is not a mapping")]
    NotAMapping {
        /// Where it stands.
        place: Place,
        /// Its path.
        path: Path,
    },
    /// A value that kubectl does not read as a string.
    #[error("{path} is {kind}, where a string is meant")]
    NotAString {
        /// Where the value stands.
        place: Place,
        /// Its path.
        path: Path,
        /// What kubectl reads: `a boolean`, `a number`, `a mapping`, `a sequence`.
        kind: &'static str,
    },
    /// A value under `data` that is not base64.
    #[error("{path} is not valid base64")]
    NotBase64 {
        /// Where the value stands.
        place: Place,
        /// Its path.
        path: Path,
    },
    /// A key that kubectl reads as something else than what is written, such as `on`.
    #[error("an item key is not quoted and kubectl reads it as {read}")]
    KeyReadDifferently {
        /// Where the key stands.
        place: Place,
        /// What kubectl makes of it.
        read: String,
    },
    /// A key outside `[-._a-zA-Z0-9]{1,253}`, or `.`, or one that begins with `..`.
    #[error("an item key that Kubernetes does not allow")]
    InvalidKey {
        /// Where the key stands.
        place: Place,
    },
    /// A merge key `<<` where the items or the object are put together.
    #[error("a merge key brings values from elsewhere into the Secret")]
    MergeKey {
        /// Where it stands.
        place: Place,
    },
    /// An unquoted value with a template action in it.
    #[error("{path} holds template text `{{{{ … }}}}` without quotes")]
    Template {
        /// Where the value stands.
        place: Place,
        /// Its path.
        path: Path,
    },
    /// A line separator that kubectl takes for a line break and YAML 1.2 does not.
    #[error("{path} contains a line separator character that readers disagree about")]
    LineSeparator {
        /// Where the value stands.
        place: Place,
        /// Its path.
        path: Path,
    },
    /// A value that does not fit its tag.
    #[error("{path}: {source}")]
    Unreadable {
        /// The value's path.
        path: Path,
        /// What is wrong with it.
        source: crate::ReadError,
    },
}

impl SecretViewError {
    /// Where the problem stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::NotAMapping { place, .. }
            | Self::NotAString { place, .. }
            | Self::NotBase64 { place, .. }
            | Self::KeyReadDifferently { place, .. }
            | Self::InvalidKey { place }
            | Self::MergeKey { place }
            | Self::Template { place, .. }
            | Self::LineSeparator { place, .. } => Some(place),
            Self::Unreadable { source, .. } => source.place(),
        }
    }

    /// Why this is refused, where the message alone does not say.
    pub fn why(&self) -> Option<String> {
        let why = match self {
            Self::NotAString { kind, .. } => {
                return Some(format!("kubectl reads {kind} and refuses the Secret"));
            }
            Self::KeyReadDifferently { read, .. } => {
                return Some(format!("the cluster would store the item under the key {read}"));
            }
            Self::NotBase64 { .. } => "Kubernetes takes values under `data` in base64 only",
            Self::InvalidKey { .. } => {
                "item keys are 1 to 253 letters, digits, `-`, `_` and `.`, and do not begin with `..`"
            }
            Self::MergeKey { .. } => {
                "the merged values stand in another place, where they cannot be sealed from here"
            }
            Self::Template { .. } => "it looks like a Helm value that has not been rendered",
            Self::LineSeparator { .. } => "kubectl folds it as a line break, other readers keep it",
            Self::NotAMapping { .. } | Self::Unreadable { .. } => return None,
        };
        Some(why.to_owned())
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotAString {
                kind: "a boolean" | "a number",
                ..
            } => "quote it",
            Self::NotAString { .. } => "write it as one string, as a block scalar with `|` for instance",
            Self::NotBase64 { .. } => "encode it, or put the plain text under `stringData`",
            Self::KeyReadDifferently { .. } => "quote the key",
            Self::MergeKey { .. } => "write the values out",
            Self::Template { .. } => "render the template first, or quote the value if the braces are meant",
            Self::LineSeparator { .. } => {
                "write it as an escape in double quotes (\\u2028), or as base64 under `data`"
            }
            Self::Unreadable { source, .. } => return source.hint(),
            Self::NotAMapping { .. } | Self::InvalidKey { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

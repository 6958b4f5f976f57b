//! Why a text could not be parsed or a node not be read: position, kind and expectation, never a byte of the text.

use crate::source::Place;

/// Why [`Stream::parse`](crate::Stream::parse) refused a file. Nothing in it comes from the file but positions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The text is neither YAML nor JSON.
    #[error("{problem}")]
    Syntax {
        /// Where reading stopped.
        place: Place,
        /// What was found or expected there.
        problem: String,
    },
    /// The bytes are not UTF-8.
    #[error("the file is not UTF-8 text")]
    NotUtf8 {
        /// The first byte that does not fit.
        place: Place,
        /// Whether it looks like UTF-16 or UTF-32.
        wide: bool,
    },
    /// A control character that YAML does not allow anywhere.
    #[error("a control character that YAML does not allow")]
    ControlCharacter {
        /// Where it stands.
        place: Place,
    },
    /// Two entries of one mapping have the same key for kubectl.
    #[error("the key stands a second time in this mapping; first at {first}")]
    DuplicateKey {
        /// The second key.
        place: Place,
        /// The first key.
        first: Place,
    },
    /// The text is a template that has not been rendered.
    #[error("template text `{{{{ … }}}}` where YAML is expected")]
    Template {
        /// Where the template action begins.
        place: Place,
    },
    /// The file is larger than [`Limits::max_bytes`](crate::Limits::max_bytes).
    #[error("the file has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// The file's name.
        name: String,
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Mappings and sequences nest deeper than [`Limits::max_depth`](crate::Limits::max_depth).
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The first node that is too deep.
        place: Place,
        /// The limit in levels.
        limit: usize,
    },
    /// Aliases unfold to more than the limits allow.
    #[error("the aliases of this document unfold to more than the limit of {limit} {unit}")]
    AliasBomb {
        /// The alias that passes the limit.
        place: Place,
        /// The limit.
        limit: usize,
        /// `bytes` or `levels`.
        unit: &'static str,
    },
    /// An alias stands inside the very value that it names.
    #[error("the alias names a value that contains it")]
    AliasCycle {
        /// The alias.
        place: Place,
    },
    /// [`Manifest::parse`](crate::Manifest::parse) was given a stream with another number of objects than one.
    #[error("expected exactly one Kubernetes object, found {found}")]
    NotOneObject {
        /// The file's name.
        name: String,
        /// How many objects it holds.
        found: usize,
    },
}

impl ParseError {
    /// Where the problem stands, if it stands at one place.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Syntax { place, .. }
            | Self::NotUtf8 { place, .. }
            | Self::ControlCharacter { place }
            | Self::DuplicateKey { place, .. }
            | Self::Template { place }
            | Self::TooDeep { place, .. }
            | Self::AliasBomb { place, .. }
            | Self::AliasCycle { place } => Some(place),
            Self::TooLarge { .. } | Self::NotOneObject { .. } => None,
        }
    }

    /// Why this is refused, where the message alone does not say.
    pub fn why(&self) -> Option<String> {
        let why = match self {
            Self::DuplicateKey { .. } => "kubectl would silently take the last one",
            Self::AliasBomb { .. } => {
                "aliases inside aliases can make a few lines fill the memory of every reader"
            }
            Self::Template { .. } => "only rendered text has values that could be sealed",
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { .. } | Self::TooDeep { .. } | Self::AliasCycle { .. } => return None,
            Self::NotUtf8 { wide: true, .. } => "the file looks like UTF-16: save it as UTF-8",
            Self::NotUtf8 { wide: false, .. } => "save the file as UTF-8",
            Self::ControlCharacter { .. } => {
                "write it as an escape in double quotes, or as base64 under `data`"
            }
            Self::DuplicateKey { .. } => "keep the one that is meant",
            Self::Template { .. } => {
                "render the template first (`helm template`), or keep the secret in a plain file"
            }
            Self::TooLarge { .. } => "split the file, or raise the limit",
            Self::AliasBomb { .. } => "write the values out instead of repeating aliases",
            Self::NotOneObject { .. } => "use a stream for files with several documents",
        };
        Some(hint.to_owned())
    }
}

/// Why a node that is valid YAML has no value for kubectl.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A mapping or sequence used as a key, or a null key.
    #[error("a key that is not a string, number or boolean")]
    Key {
        /// The key.
        place: Place,
    },
    /// A value that does not fit its tag, such as `!!int x`.
    #[error("the value does not fit its tag {tag}")]
    Tag {
        /// The value.
        place: Place,
        /// The tag, one of YAML's own.
        tag: &'static str,
    },
    /// `!!binary` whose bytes are not base64, or not text.
    #[error("the value is tagged !!binary but {problem}")]
    Binary {
        /// The value.
        place: Place,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `.nan` and `.inf`, which JSON cannot express.
    #[error("infinity and not-a-number have no place in a Kubernetes object")]
    NotFinite {
        /// The value.
        place: Place,
    },
    /// A merge key `<<` whose value is no mapping.
    #[error("a merge key takes a mapping or a sequence of mappings")]
    Merge {
        /// The value under the merge key.
        place: Place,
    },
}

impl ReadError {
    /// Where the node stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Key { place }
            | Self::Tag { place, .. }
            | Self::Binary { place, .. }
            | Self::NotFinite { place }
            | Self::Merge { place } => Some(place),
        }
    }

    /// Why this is refused, where the message alone does not say.
    pub fn why(&self) -> Option<String> {
        matches!(self, Self::Key { .. }).then(|| "kubectl refuses this object too".to_owned())
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Key { .. } => "use a quoted string as the key",
            Self::Tag { .. } => "quote the value and drop the tag",
            Self::Binary { .. } => "put the bytes as base64 under `data`, without a tag",
            Self::NotFinite { .. } => "quote the value if the word is meant",
            Self::Merge { .. } => "quote the key if `<<` is meant literally",
        };
        Some(hint.to_owned())
    }
}

//! Why an edit was refused: what stands in its way, where, and what a person can do. Never a byte of the text.

use crate::path::Path;
use crate::source::Place;

/// Why [`Stream::edit`](crate::Stream::edit) changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Nothing stands under the path.
    #[error("nothing stands at {path}")]
    NotFound {
        /// The object.
        place: Place,
        /// The path that was asked for.
        path: Path,
    },
    /// The id is not one of this stream's.
    #[error("the file has no object with this id")]
    UnknownObject,
    /// A node of another kind than the change needs.
    #[error("{path} is not {expected}")]
    WrongKind {
        /// The node.
        place: Place,
        /// Its path.
        path: Path,
        /// `a mapping`, `a sequence` or `a scalar`.
        expected: &'static str,
    },
    /// The mapping already has an entry with this key.
    #[error("{path} already exists")]
    KeyExists {
        /// The mapping.
        place: Place,
        /// The path of the entry that is there.
        path: Path,
    },
    /// The node is an alias, or is reached through one.
    #[error("{path} is an alias")]
    Alias {
        /// The alias.
        place: Place,
        /// The path that was asked for.
        path: Path,
    },
    /// The change touches an anchored value that an alias elsewhere repeats.
    #[error("an anchored value would change that an alias repeats at {alias}")]
    AnchorInUse {
        /// The anchored value.
        place: Place,
        /// The alias.
        alias: Place,
    },
    /// The entry is written with `?`.
    #[error("{path} has a complex key")]
    ComplexKey {
        /// The entry.
        place: Place,
        /// Its path.
        path: Path,
    },
    /// An entry with comments would move into a mapping in braces.
    #[error("{path} has comments, which cannot move into braces")]
    CommentIntoFlow {
        /// The entry.
        place: Place,
        /// Its path.
        path: Path,
    },
    /// A mapping would move into itself, or the object's root would move or go.
    #[error("{path} cannot be moved there")]
    Misplaced {
        /// The node.
        place: Place,
        /// Its path.
        path: Path,
    },
    /// Lines that end with a carriage return alone.
    #[error("a line ends with a carriage return alone")]
    LoneCarriageReturn {
        /// Where.
        place: Place,
    },
    /// The edited text would not read as meant. Nothing was changed; please report it.
    #[error("the edited text would not read as meant")]
    Mismatch {
        /// The node in the unedited text at which the two part.
        place: Place,
    },
}

impl EditError {
    /// Where the problem stands in the unedited text.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::UnknownObject => None,
            Self::NotFound { place, .. }
            | Self::WrongKind { place, .. }
            | Self::KeyExists { place, .. }
            | Self::Alias { place, .. }
            | Self::AnchorInUse { place, .. }
            | Self::ComplexKey { place, .. }
            | Self::CommentIntoFlow { place, .. }
            | Self::Misplaced { place, .. }
            | Self::LoneCarriageReturn { place }
            | Self::Mismatch { place } => Some(place),
        }
    }

    /// Why this is refused, where the message alone does not say.
    pub fn why(&self) -> Option<String> {
        let why = match self {
            Self::Alias { .. } => "a change here would change a value that stands elsewhere",
            Self::AnchorInUse { .. } => "the alias would silently get another value, or none",
            Self::ComplexKey { .. } => "keys written with `?` are kept but not edited",
            Self::CommentIntoFlow { .. } => "a mapping in braces has no lines of its own for them",
            Self::Mismatch { .. } => {
                "after every edit the text is parsed again and compared; nothing was changed"
            }
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Alias { .. } | Self::AnchorInUse { .. } => {
                "write the value out instead of repeating it by an alias"
            }
            Self::ComplexKey { .. } => "write the key without `?`",
            Self::CommentIntoFlow { .. } => "write the mapping by indentation, one entry a line",
            Self::LoneCarriageReturn { .. } => "convert the file's line endings to LF",
            Self::Mismatch { .. } => {
                "simplify the text at this place (plain block style), and please report it"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

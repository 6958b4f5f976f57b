//! What can be done to a stream: the vocabulary of [`Stream::edit`](crate::Stream::edit), without its doing.

use crate::path::Path;
use crate::scalar::Scalar;
use crate::stream::ObjectId;

/// A node of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The object.
    pub object: ObjectId,
    /// From the object's root; the empty path is the root itself.
    pub path: Path,
}

impl Target {
    /// The node at `path` in `object`.
    pub fn new(object: ObjectId, path: Path) -> Self {
        Self { object, path }
    }
}

/// One change of the text.
///
/// Paths name nodes as they are before the edit, wherever earlier changes of the same call have moved them; what no
/// longer stands under such a name is looked up among the things put there earlier in the same call.
///
/// Comments: a comment on the lines directly above an entry, at the entry's own column, and one behind it on the same
/// line belong to the entry. Comments at the head of a document belong to the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Replaces a scalar, in the author's quoting style where that is safe. Comments and an anchor stay; a tag goes, since
    /// it would give the new text another type.
    Set {
        /// The scalar.
        target: Target,
        /// Its new value.
        value: Scalar,
    },
    /// Adds an entry to a mapping.
    Insert {
        /// The mapping.
        parent: Target,
        /// The new entry's key.
        key: String,
        /// The new entry's value.
        value: New,
        /// Where among the entries.
        at: Position,
    },
    /// Adds an item at the end of a sequence.
    Append {
        /// The sequence.
        sequence: Target,
        /// The new item.
        value: New,
    },
    /// Adds an item to a sequence in front of the item that stood at `index` before the edit; at the end where there
    /// was none.
    InsertItem {
        /// The sequence.
        sequence: Target,
        /// The index before the edit.
        index: usize,
        /// The new item.
        value: New,
    },
    /// Replaces a whole value, whatever it is, with freshly written text. The comments inside it go; the entry's own
    /// stay.
    Replace {
        /// The value.
        target: Target,
        /// What stands there afterwards.
        value: New,
    },
    /// Removes an entry or an item with everything in it and the comment behind it. Comments on lines of their own above
    /// it stay: they may be about more than this entry. A mapping that loses its last entry becomes `{}`.
    Remove {
        /// The entry's value or the item.
        target: Target,
    },
    /// Gives an entry another key.
    Rename {
        /// The entry's value.
        target: Target,
        /// The new key.
        key: String,
    },
    /// Moves an entry to another mapping, or to another place in its own, with the comments that belong to it, indented
    /// as its new place demands. Neighbours that move together also take along what stands between them, blank lines
    /// and detached comments; several moves to one position keep their order.
    Move {
        /// The entry's value.
        target: Target,
        /// The mapping that takes it.
        parent: Target,
        /// Where among the entries of the mapping.
        at: Position,
        /// The key there, if not the old one.
        key: Option<String>,
    },
}

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum New {
    /// A scalar.
    Scalar(Scalar),
    /// A mapping in this order; `{}` if it is empty.
    Mapping(Vec<(String, New)>),
    /// A sequence; `[]` if it is empty.
    Sequence(Vec<New>),
}

impl New {
    /// A string; see [`Scalar::string`].
    pub fn string(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::string(text))
    }
}

impl From<Scalar> for New {
    fn from(scalar: Scalar) -> Self {
        Self::Scalar(scalar)
    }
}

/// A place among the entries of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// In front of all others.
    First,
    /// Behind all others.
    Last,
    /// In front of the entry with this key, above the comments that belong to it.
    Before(String),
    /// Behind the entry with this key.
    After(String),
    /// In front of the first entry whose key is greater, byte by byte; behind all others if there is none.
    Sorted,
}

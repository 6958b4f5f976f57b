//! Why a line format (dotenv, INI) cannot say what it was asked to say. Keys are named, values and comments never.

use crate::source::Place;

/// Why an edit of a dotenv or INI file changed nothing, or why such a file could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The index names nothing in this file.
    #[error("the file has nothing with this index")]
    NotFound,
    /// A key that the format cannot express.
    #[error("the key {key:?} cannot be written in this format")]
    Key {
        /// Where it would stand, if there is a text yet.
        place: Option<Place>,
        /// The key.
        key: String,
    },
    /// A value that would be read back as another one.
    #[error("the value of {key:?} cannot be written in this format")]
    Value {
        /// Where it would stand, if there is a text yet.
        place: Option<Place>,
        /// Its key.
        key: String,
    },
    /// A comment that would be read back as another one.
    #[error("the comment cannot be written in this format")]
    Comment {
        /// Where it would stand, if there is a text yet.
        place: Option<Place>,
    },
    /// A section name that the format cannot express, or a section that can neither be added nor removed.
    #[error("the section {name:?} cannot be written in this format")]
    Section {
        /// Where it would stand, if there is a text yet.
        place: Option<Place>,
        /// Its name.
        name: String,
    },
    /// The key is written several times in its section, and only the last of its values counts.
    #[error("the key {key:?} stands in this section more than once")]
    RepeatedKey {
        /// The last one, if there is a text yet.
        place: Option<Place>,
        /// The key.
        key: String,
    },
    /// The new text would not read as meant. Nothing was changed; please report it.
    #[error("the edited text would not read as meant")]
    Mismatch {
        /// Where the two part, if that is one place.
        place: Option<Place>,
    },
}

impl WriteError {
    /// Where in the unedited text the problem stands.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::NotFound => None,
            Self::Key { place, .. }
            | Self::Value { place, .. }
            | Self::Comment { place }
            | Self::Section { place, .. }
            | Self::RepeatedKey { place, .. }
            | Self::Mismatch { place } => place.as_ref(),
        }
    }

    /// The same with a place, where there was none.
    pub(crate) fn at(mut self, at: &Option<Place>) -> Self {
        match &mut self {
            Self::NotFound => {}
            Self::Key { place, .. }
            | Self::Value { place, .. }
            | Self::Comment { place }
            | Self::Section { place, .. }
            | Self::RepeatedKey { place, .. }
            | Self::Mismatch { place } => *place = place.take().or_else(|| at.clone()),
        }
        self
    }

    /// Why this is refused, where the message alone does not say.
    pub fn why(&self) -> Option<String> {
        let why = match self {
            Self::NotFound | Self::Section { .. } => return None,
            Self::Key { .. } => "a reader would take it for something else",
            Self::Value { .. } | Self::Comment { .. } => "it would be read back differently",
            Self::RepeatedKey { .. } => "a change would leave the other values behind, where nobody looks",
            Self::Mismatch { .. } => {
                "after every edit the text is parsed again and compared; nothing was changed"
            }
        };
        Some(why.to_owned())
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotFound => return None,
            Self::Key { .. } | Self::Value { .. } | Self::Section { .. } => "use YAML or JSON for this file",
            Self::Comment { .. } => "shorten the comment to one line that begins with a letter",
            Self::RepeatedKey { .. } => "keep the one that is meant",
            Self::Mismatch { .. } => "simplify the text at this place, and please report it",
        };
        Some(hint.to_owned())
    }
}

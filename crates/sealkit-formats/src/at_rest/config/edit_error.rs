//! Why a step of a key's life was not taken.

use sealkit_manifest::Place;

use super::super::{KeyError, Scheme};
use super::edit::KeyAt;
use super::problem::{ConfigError, Problem};

/// Why a step was not taken. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// No such key.
    #[error("there is no {0}")]
    NotFound(KeyAt),
    /// Several rules have such a key, or could take it.
    #[error("several rules are meant by {key}")]
    Ambiguous {
        /// What was asked for.
        key: KeyAt,
        /// The rules.
        places: Vec<Place>,
    },
    /// The name is, or fits the values of, a key that is there.
    #[error("{key} would be confused with the key at {place}")]
    NameTaken {
        /// What was to be added.
        key: KeyAt,
        /// The key that is there.
        place: Place,
    },
    /// The key does not fit the scheme.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Keys are added to local providers only.
    #[error("{0} has no keys in the file")]
    NoKeys(Scheme),
    /// The step removes what writes now.
    #[error("{key} writes")]
    Writes {
        /// What was to be removed.
        key: KeyAt,
        /// Where it stands.
        place: Place,
    },
    /// The step takes away what stored values may need.
    #[error("values stored under {key} would become unreadable")]
    StillNeeded {
        /// What was to be removed.
        key: KeyAt,
        /// Where it stands.
        place: Place,
    },
    /// The text is laid out in a way that cannot be edited safely.
    #[error("this layout cannot be edited")]
    Layout {
        /// Where.
        place: Place,
    },
    /// The text layer refuses.
    #[error("the text cannot be edited")]
    Text(#[from] sealkit_manifest::EditError),
    /// The file has problems before or after the step.
    #[error("the file has problems")]
    Config(#[from] ConfigError),
}

impl EditError {
    /// Where to look.
    pub fn place(&self) -> Option<&Place> {
        match self {
            EditError::Ambiguous { places, .. } => places.first(),
            EditError::NameTaken { place, .. }
            | EditError::Writes { place, .. }
            | EditError::StillNeeded { place, .. }
            | EditError::Layout { place } => Some(place),
            EditError::Text(error) => error.place(),
            EditError::Config(error) => error.place(),
            EditError::NotFound(_) | EditError::Key(_) | EditError::NoKeys(_) => None,
        }
    }

    /// Why, in terms of the reader's world.
    pub fn why(&self) -> Option<String> {
        match self {
            EditError::NameTaken { .. } => Some(
                "the name is all that tells a stored value's key: it is given once and for good".to_owned(),
            ),
            EditError::StillNeeded { .. } => Some(
                "whatever was not rewritten since another key was promoted needs it, backups too".to_owned(),
            ),
            EditError::Text(error) => error.why(),
            _ => None,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            EditError::NotFound(_) => "`sealkit at-rest config explain` lists the keys of a resource",
            EditError::Ambiguous { places, .. } => {
                let places: Vec<String> = places.iter().map(ToString::to_string).collect();
                return Some(format!(
                    "name a resource of one rule; they stand at {}",
                    places.join(", ")
                ));
            }
            EditError::NameTaken { .. } => "choose another name, such as one with today's date",
            EditError::Key(error) => return error.hint(),
            EditError::NoKeys(_) => "write the provider by hand",
            EditError::Writes { .. } => {
                "promote another key, roll the file out, and rewrite every object first"
            }
            EditError::StillNeeded { .. } => {
                "rewrite every object of the resource, then say that it is done (--rewritten)"
            }
            EditError::Layout { .. } => "edit it by hand, and let `sealkit at-rest config check` look at it",
            EditError::Text(error) => return error.hint(),
            EditError::Config(error) => return error.hint(),
        };
        Some(hint.to_owned())
    }
}

impl From<Problem> for EditError {
    fn from(problem: Problem) -> EditError {
        EditError::Config(ConfigError(vec![problem]))
    }
}

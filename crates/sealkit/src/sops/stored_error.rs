//! What keeps a file from being worked on that is no YAML and no JSON.

use sealkit_formats::sops::ClosedValue;
use sealkit_formats::sops::store::StoreError;
use sealkit_manifest::Place;

use crate::problem::{ProblemKind, room_error};

/// What only files that are no YAML and no JSON can be refused for.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoredError {
    #[error("this file cannot be read, or cannot hold what it should")]
    Refused {
        place: Place,
        #[source]
        error: StoreError,
    },
    #[error("a value of this sealed file is in the clear")]
    Exposed(Vec<ClosedValue>),
    #[error("the message authentication code does not match")]
    Changed { place: Place },
}

impl StoredError {
    fn place(&self) -> Option<&Place> {
        match self {
            Self::Refused {
                error: StoreError::Parse(error),
                place,
            } => error.place().or(Some(place)),
            Self::Refused { place, .. } | Self::Changed { place } => Some(place),
            Self::Exposed(values) => values.first().map(|value| &value.place),
        }
    }

    fn why(&self) -> Option<String> {
        Some(match self {
            Self::Refused { error, .. } => error.to_string(),
            Self::Exposed(values) => {
                let paths: Vec<&str> = values.iter().map(|value| value.path.as_str()).collect();
                format!("{} is not encrypted", paths.join(", "))
            }
            Self::Changed { .. } => {
                "every encrypted value opens in its place: one in the clear was changed, or one was added, removed or moved"
                    .to_owned()
            }
        })
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Refused {
                error: StoreError::Parse(error),
                ..
            } => return error.hint(),
            Self::Refused { .. } => return None,
            Self::Exposed(_) => "seal it where it stands: `sealkit seal -i FILE`",
            Self::Changed { .. } => "restore the file from history, or have somebody look at the difference",
        };
        Some(hint.to_owned())
    }
}

room_error!(StoredError, |error| match error {
    Self::Changed { .. } => ProblemKind::Tampered,
    _ => ProblemKind::Malformed,
});

//! Why a sealed object cannot be given new recipients or new data keys.

use sealkit_manifest::Place;

use super::{EnvelopeError, OpenError, SealError};

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

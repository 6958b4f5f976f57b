//! Why recipients cannot stand together.

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

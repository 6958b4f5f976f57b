//! What sealing did, as a value without a secret byte.

use super::encrypt::Encrypted;
use super::token::Kind;

/// Counts of what is encrypted now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Encrypted values.
    pub values: usize,
    /// Encrypted comments.
    pub comments: usize,
}

impl Plan {
    pub(super) fn of(encrypted: &Encrypted<'_>) -> Self {
        let comments = encrypted
            .tokens
            .iter()
            .filter(|placed| placed.token.kind == Kind::Comment)
            .count();
        Self {
            values: encrypted.tokens.len() - comments,
            comments,
        }
    }
}

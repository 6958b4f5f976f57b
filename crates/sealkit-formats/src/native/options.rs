//! What a caller decides about a write: scope, recipients, and which of the format's stops may be passed.

use sealkit_crypto::recipient::Recipient;

use crate::Scope;

/// What a write is to do, and what it may. Nothing in a file overrides it.
#[derive(Clone, Copy, Debug)]
pub struct SealOptions<'a> {
    /// What a plain Secret's values are bound to, and the widest scope that a sealed object may have.
    pub scope: Scope,
    /// For whom, in the order in which the file lists them.
    pub recipients: &'a [Recipient],
    /// The name to write into a plain Secret that has none.
    pub name: Option<&'a str>,
    /// The namespace to write into a plain Secret that names none.
    pub namespace: Option<&'a str>,
    /// Whether classic recipients may stand beside post-quantum ones.
    pub allow_classic_recipients: bool,
    /// Whether to write although the file names recipients that are not among [`recipients`](Self::recipients).
    pub allow_foreign_recipients: bool,
    /// Whether to write although the file's scope is wider than [`scope`](Self::scope).
    pub allow_wider_scope: bool,
}

impl<'a> SealOptions<'a> {
    /// Seals for these recipients and passes no stop.
    pub fn new(scope: Scope, recipients: &'a [Recipient]) -> Self {
        Self {
            scope,
            recipients,
            name: None,
            namespace: None,
            allow_classic_recipients: false,
            allow_foreign_recipients: false,
            allow_wider_scope: false,
        }
    }
}

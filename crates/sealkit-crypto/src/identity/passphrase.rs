//! Asking for passphrases, without knowing a terminal.

use crate::secret::Passphrase;

/// Somebody who can be asked for a passphrase. Adapters implement it.
///
/// It is asked as late as possible: when a protected key has to be read, and for ssh keys, whose public half is
/// readable, only when a file is addressed to them.
pub trait PassphraseSource: Send + Sync {
    /// Asks for the passphrase of `what`, for example `the protected identity file`. `None` if nobody can be asked,
    /// or nobody answered.
    fn passphrase(&self, what: &str) -> Option<Passphrase>;
}

/// Nobody: protected keys stay closed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPassphrase;

impl PassphraseSource for NoPassphrase {
    fn passphrase(&self, _what: &str) -> Option<Passphrase> {
        None
    }
}

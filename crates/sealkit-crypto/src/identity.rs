//! Identities: private keys that unwrap data keys.
//!
//! [`Identity`] is the one trait of this crate that outsiders implement. "Not addressed to me" (`Ok(None)`), and
//! "addressed to me, but it failed" (an error), are different answers. Where identities are found, and in which order
//! they are tried, the callers know.

use crate::age::{FileKey, Stanza, StanzaIdentity, UnwrapFileKeyError};
use crate::recipient::Recipient;
use crate::rsa_oaep::RsaPrivateKey;
use crate::secret::DataKey;
use crate::wrap::WrappedKey;

pub use crate::age::PluginIdentity;
pub use crate::wrap::UnwrapError;

mod encrypted_pkcs8;
mod error;
mod file;
mod passphrase;
mod plugin;
mod post_quantum;
mod protected_file;
mod rsa;
mod ssh;
mod x25519;

pub use error::IdentityError;
pub use file::{MAX_FILE_BYTES, parse_identities};
pub use passphrase::{NoPassphrase, PassphraseSource};
pub use post_quantum::PostQuantumIdentity;
pub use rsa::RsaIdentity;
pub use ssh::SshIdentity;
pub use x25519::X25519Identity;

/// A private key, or something that holds one, which can unwrap data keys.
pub trait Identity: Send + Sync {
    /// The short names of the recipients it answers to; files are matched exactly. A plugin identity does not know
    /// its recipient and answers with none.
    fn names(&self) -> Vec<String>;

    /// Unwraps a data key bound to `info`, or answers `Ok(None)` if the wrapped key is addressed to somebody else.
    ///
    /// # Errors
    /// [`UnwrapError`] if the wrapped key names this identity and yields no data key.
    fn unwrap_key(&self, wrapped: &WrappedKey, info: &[u8]) -> Result<Option<DataKey>, UnwrapError>;

    /// The RSA key, for formats that use it directly.
    fn rsa(&self) -> Option<&RsaPrivateKey> {
        None
    }

    /// Unwraps the file key of an age file, or answers `Ok(None)` if no stanza is addressed to this identity, or if it
    /// is of a kind that age files do not know.
    ///
    /// # Errors
    /// [`UnwrapFileKeyError`] if a stanza of this identity's kind is malformed.
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        let _ = stanzas;
        Ok(None)
    }

    /// The public half, where it is known.
    fn recipient(&self) -> Option<Recipient>;
}

impl StanzaIdentity for dyn Identity + '_ {
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        Identity::unwrap_file_key(self, stanzas)
    }
}

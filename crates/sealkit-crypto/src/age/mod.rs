//! The age file format, version 1: one file key, wrapped once per recipient in a header, over an encrypted payload.
//!
//! Every layer stands in its own file and none knows the one above it: [`stanza`] (one wrapped key as text), [`header`]
//! (stanzas and their MAC), [`stream`] (the payload), [`armor`] (the ASCII coat), and one file per recipient type.
//! This room knows no file names, no terminal, no child process and no clock; plugins are spoken to through
//! [`PluginHost`], randomness is an argument.
//!
//! Source: the age specification, <https://age-encryption.org/v1> (C2SP `age.md`); plugins after C2SP `age-plugin.md`;
//! judged by the vectors of C2SP/CCTV and by the Go tool.

mod error;
mod file_key;
pub mod plugin;
pub mod stanza;

use std::collections::BTreeSet;

use rand_core::CryptoRng;

pub use error::{UnwrapFileKeyError, WrapFileKeyError};
pub use file_key::{FILE_KEY_BYTES, FileKey};
pub use plugin::{PluginConnection, PluginError, PluginHost};
pub use stanza::Stanza;

/// The public half as age sees it: something that writes a file key into header stanzas.
pub trait StanzaRecipient {
    /// Wraps `file_key` into one or more stanzas and says with which other recipients they may share a header.
    ///
    /// # Errors
    /// [`WrapFileKeyError`] when this recipient cannot be encrypted to.
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError>;
}

/// The private half as age sees it: something that may find its own stanza in a header and open it.
pub trait StanzaIdentity {
    /// Returns the file key, or `Ok(None)` when no stanza is addressed to this identity.
    ///
    /// # Errors
    /// [`UnwrapFileKeyError`] when a stanza of this identity's kind is malformed, which ends the attempt for the whole
    /// file: the writer of such a header cannot be trusted with the other stanzas either.
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError>;
}

/// What a recipient contributes to a header.
#[derive(Debug)]
pub struct WrappedFileKey {
    /// The stanzas, in the order in which they are written.
    pub stanzas: Vec<Stanza>,
    /// Labels: recipients share a header only if their sets are equal. Post-quantum recipients say [`POSTQUANTUM_LABEL`],
    /// classic ones nothing, a passphrase a random string (so that it stands alone).
    pub labels: BTreeSet<String>,
}

/// The label that keeps post-quantum recipients from sharing a file with classic ones.
///
/// Source: C2SP `age.md`, "The mlkem768x25519 recipient type".
pub const POSTQUANTUM_LABEL: &str = "postquantum";

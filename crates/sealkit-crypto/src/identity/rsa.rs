//! RSA private keys as identities, usually sealing keys of a Bitnami controller.
//!
//! Old ssh keys are PEM files too (`RSA PRIVATE KEY`), and nothing tells the two apart. So every RSA key answers to two
//! names: that of a certificate and that of an ssh key.

use std::fmt;

use zeroize::Zeroizing;

use super::{Identity, UnwrapError};
use crate::age::{FileKey, Stanza, StanzaIdentity, UnwrapFileKeyError, ssh};
use crate::recipient::{Recipient, RsaRecipient, ssh_name};
use crate::rsa_oaep::{RsaError, RsaPrivateKey};
use crate::secret::DataKey;
use crate::wrap::{WrappedKey, age_file, rsa_label};

/// An RSA private key; `Debug` prints the public half's name.
pub struct RsaIdentity {
    key: RsaPrivateKey,
    recipient: RsaRecipient,
    ssh: ssh::SshIdentity,
    ssh_name: String,
}

impl RsaIdentity {
    /// Takes a private key.
    pub fn new(key: RsaPrivateKey) -> RsaIdentity {
        let recipient = RsaRecipient::new(key.public_key().clone());
        let ssh = ssh::SshIdentity::from(key.clone());
        let ssh_name = ssh_name(ssh.recipient());
        RsaIdentity {
            key,
            recipient,
            ssh,
            ssh_name,
        }
    }

    /// Generates a key, with the generator of `aws-lc-rs`.
    ///
    /// # Errors
    /// As for [`RsaPrivateKey::generate`].
    pub fn generate(bits: usize) -> Result<RsaIdentity, RsaError> {
        RsaPrivateKey::generate(bits).map(RsaIdentity::new)
    }

    /// The public half.
    pub fn to_public(&self) -> &RsaRecipient {
        &self.recipient
    }

    /// The private key as an unencrypted `PRIVATE KEY` block. Secret.
    pub fn to_string(&self) -> Zeroizing<String> {
        self.key.to_pkcs8_pem()
    }
}

impl Identity for RsaIdentity {
    fn names(&self) -> Vec<String> {
        vec![self.recipient.name().to_owned(), self.ssh_name.clone()]
    }

    fn unwrap_key(&self, wrapped: &WrappedKey, info: &[u8]) -> Result<Option<DataKey>, UnwrapError> {
        if wrapped.recipient == self.ssh_name {
            return age_file::open(&self.ssh, &wrapped.key, info)?
                .map(Some)
                .ok_or(UnwrapError::Rejected);
        }
        if wrapped.recipient != self.recipient.name() {
            return Ok(None);
        }
        if wrapped.key.len() != self.key.modulus_len() {
            return Err(UnwrapError::Malformed);
        }
        let key = self
            .key
            .decrypt(&rsa_label(info), &wrapped.key)
            .map_err(|_| UnwrapError::Rejected)?;
        DataKey::from_slice(key.expose())
            .map(Some)
            .map_err(|_| UnwrapError::NotADataKey)
    }

    fn rsa(&self) -> Option<&RsaPrivateKey> {
        Some(&self.key)
    }

    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        self.ssh.unwrap_file_key(stanzas)
    }

    fn recipient(&self) -> Option<Recipient> {
        Some(Recipient::Rsa(self.recipient.clone()))
    }
}

impl fmt::Debug for RsaIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RsaIdentity")
            .field(&self.recipient.name())
            .finish()
    }
}

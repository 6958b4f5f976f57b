//! RSA keys as recipients, usually those of existing Bitnami sealing certificates.

use std::fmt;

use super::hex_name;
use crate::rsa_oaep::RsaPublicKey;
use crate::secret::DataKey;
use crate::wrap::{WrapError, rsa_label};

/// The RSA key of a certificate, or a bare one.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaRecipient {
    key: RsaPublicKey,
    name: String,
}

impl RsaRecipient {
    /// Takes a public key.
    pub fn new(key: RsaPublicKey) -> RsaRecipient {
        let name = hex_name("x509", &key.spki_sha256());
        RsaRecipient { key, name }
    }

    /// The key itself.
    pub fn key(&self) -> &RsaPublicKey {
        &self.key
    }

    /// The short name: `x509:sha256:` and the digest of the SubjectPublicKeyInfo.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn wrap(&self, key: &DataKey, info: &[u8]) -> Result<Vec<u8>, WrapError> {
        Ok(self.key.encrypt(&rsa_label(info), key.expose())?)
    }
}

impl fmt::Display for RsaRecipient {
    /// Writes the key as a `PUBLIC KEY` block, without a final line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key.to_pem().trim_end())
    }
}

impl fmt::Debug for RsaRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RsaRecipient").field(&self.name).finish()
    }
}

//! `age1pq1…`: ML-KEM-768 and X25519 public keys together, wrapped to with HPKE. The age file format's own use of
//! these keys is not here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use hpke::{Deserializable, Kem, Serializable};
use rand_core::CryptoRng;

use super::{RecipientError, digest_name};
use crate::bech32;
use crate::hpke::{self as base_mode, PQ_PUBLIC_KEY_BYTES, XWing};
use crate::secret::DataKey;
use crate::wrap::WrapError;

const KIND: &str = "age1pq";

/// A post-quantum public key, `ML-KEM(1184) ‖ X25519(32)`, whose X25519 part is not of low order.
#[derive(Clone)]
pub struct PostQuantumRecipient(Arc<Parts>);

struct Parts {
    key: <XWing as Kem>::PublicKey,
    text: String,
    name: String,
}

impl PostQuantumRecipient {
    /// Takes the 1,216 bytes of a public key.
    ///
    /// # Errors
    /// [`RecipientError::Malformed`] for another length or an ML-KEM key that is not in canonical form,
    /// [`RecipientError::LowOrder`].
    pub fn from_bytes(bytes: &[u8]) -> Result<PostQuantumRecipient, RecipientError> {
        // The length is checked here too: the next lines read the share at the end.
        let malformed = RecipientError::Malformed { kind: KIND };
        let (_, share) = match bytes.split_last_chunk() {
            Some(parts) if bytes.len() == PQ_PUBLIC_KEY_BYTES => parts,
            _ => return Err(malformed),
        };
        if base_mode::low_order(share) {
            return Err(RecipientError::LowOrder { kind: KIND });
        }
        let key = <XWing as Kem>::PublicKey::from_bytes(bytes).map_err(|_| malformed)?;
        Ok(PostQuantumRecipient::new(key))
    }

    /// The short name: `age1pq:sha256:` and the digest of the canonical string.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The 1,216 bytes of the public key.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.key.to_bytes().to_vec()
    }

    pub(crate) fn key(&self) -> &<XWing as Kem>::PublicKey {
        &self.0.key
    }

    /// Takes a key that was derived from a private one.
    pub(crate) fn new(key: <XWing as Kem>::PublicKey) -> PostQuantumRecipient {
        let text =
            bech32::encode("age1pq", &key.to_bytes()).expect("the prefix is valid and the key is short");
        let name = digest_name("age1pq", text.as_bytes());
        PostQuantumRecipient(Arc::new(Parts { key, text, name }))
    }

    pub(super) fn wrap(
        &self,
        key: &DataKey,
        info: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, WrapError> {
        Ok(base_mode::seal::<XWing>(&self.0.key, info, key.expose(), rng)?)
    }
}

impl FromStr for PostQuantumRecipient {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<PostQuantumRecipient, RecipientError> {
        match bech32::decode(text) {
            Ok(decoded) if decoded.prefix == "age1pq" => PostQuantumRecipient::from_bytes(&decoded.data),
            _ => Err(RecipientError::Malformed { kind: KIND }),
        }
    }
}

impl fmt::Display for PostQuantumRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for PostQuantumRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostQuantumRecipient").field(&self.0.name).finish()
    }
}

impl PartialEq for PostQuantumRecipient {
    fn eq(&self, other: &PostQuantumRecipient) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for PostQuantumRecipient {}

//! `age1…`: X25519 public keys, wrapped to with HPKE. The age file format's own use of these keys is not here.

use std::fmt;
use std::str::FromStr;

use hpke::{Deserializable, Kem};
use rand_core::CryptoRng;

use super::RecipientError;
use crate::bech32;
use crate::hpke::{self as base_mode, X25519, X25519_BYTES};
use crate::secret::DataKey;
use crate::wrap::WrapError;

const KIND: &str = "age1";

/// An X25519 public key that is not of low order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct X25519Recipient([u8; X25519_BYTES]);

impl X25519Recipient {
    /// Takes the 32 bytes of a public key.
    ///
    /// # Errors
    /// [`RecipientError::LowOrder`].
    pub fn from_bytes(bytes: [u8; X25519_BYTES]) -> Result<X25519Recipient, RecipientError> {
        if base_mode::low_order(&bytes) {
            Err(RecipientError::LowOrder { kind: KIND })
        } else {
            Ok(X25519Recipient(bytes))
        }
    }

    /// The 32 bytes of the public key.
    pub fn as_bytes(&self) -> &[u8; X25519_BYTES] {
        &self.0
    }

    pub(super) fn wrap(
        &self,
        key: &DataKey,
        info: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, WrapError> {
        let recipient =
            <X25519 as Kem>::PublicKey::from_bytes(&self.0).expect("every 32 bytes are a public key");
        Ok(base_mode::seal::<X25519>(&recipient, info, key.expose(), rng)?)
    }
}

impl FromStr for X25519Recipient {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<X25519Recipient, RecipientError> {
        let malformed = RecipientError::Malformed { kind: KIND };
        let decoded = bech32::decode(text).map_err(|_| malformed.clone())?;
        match <[u8; X25519_BYTES]>::try_from(decoded.data.as_slice()) {
            Ok(bytes) if decoded.prefix == "age" => X25519Recipient::from_bytes(bytes),
            _ => Err(malformed),
        }
    }
}

impl fmt::Display for X25519Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode("age", &self.0).expect("the prefix is valid and 32 bytes are short"))
    }
}

//! `AGE-SECRET-KEY-1…`: X25519 private keys.

use std::fmt;
use std::str::FromStr;

use hpke::{Deserializable, Kem, Serializable};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Identity, IdentityError, UnwrapError};
use crate::age::{self, FileKey, Stanza, UnwrapFileKeyError};
use crate::bech32;
use crate::hpke::{self as base_mode, X25519};
use crate::recipient::{Recipient, X25519Recipient};
use crate::secret::DataKey;
use crate::wrap::WrappedKey;

const PREFIX: &str = "AGE-SECRET-KEY-";
const SECRET_BYTES: usize = 32;
const WRAPPED_BYTES: usize = 32 + 32 + 16;

/// An X25519 private key, wiped when dropped; `Debug` prints the public half.
#[derive(Clone)]
pub struct X25519Identity {
    secret: Zeroizing<Box<[u8]>>,
    recipient: X25519Recipient,
    name: String,
}

impl X25519Identity {
    /// Draws a new key.
    pub fn generate(rng: &mut dyn CryptoRng) -> X25519Identity {
        let mut secret = Zeroizing::new(vec![0; SECRET_BYTES].into_boxed_slice());
        rng.fill_bytes(&mut secret);
        X25519Identity::new(secret)
    }

    /// Takes the 32 bytes of a private key, clamped or not.
    pub fn from_bytes(bytes: &[u8; SECRET_BYTES]) -> X25519Identity {
        X25519Identity::new(Zeroizing::new(bytes.to_vec().into_boxed_slice()))
    }

    /// The 32 bytes of the private key, as they were given.
    pub fn expose(&self) -> &[u8; SECRET_BYTES] {
        self.secret
            .as_ref()
            .try_into()
            .expect("every constructor makes 32 bytes")
    }

    /// The public half.
    pub fn to_public(&self) -> &X25519Recipient {
        &self.recipient
    }

    /// The private key as the text of an identity file, `AGE-SECRET-KEY-1…`. Secret.
    pub fn to_string(&self) -> Zeroizing<String> {
        bech32::encode_upper(PREFIX, &self.secret).expect("the prefix is valid and 32 bytes are short")
    }

    fn new(secret: Zeroizing<Box<[u8]>>) -> X25519Identity {
        let public = X25519::sk_to_pk(&private_key(&secret)).to_bytes();
        let recipient = X25519Recipient::from_bytes(public.into())
            .expect("a clamped multiple of the base point is never of low order");
        let name = recipient.to_string();
        X25519Identity {
            secret,
            recipient,
            name,
        }
    }
}

impl FromStr for X25519Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<X25519Identity, IdentityError> {
        let malformed = || IdentityError::Malformed { kind: "age" };
        let decoded = bech32::decode(text).map_err(|_| malformed())?;
        match <&[u8; SECRET_BYTES]>::try_from(decoded.data.as_slice()) {
            Ok(bytes) if decoded.prefix == PREFIX.to_ascii_lowercase() => {
                Ok(X25519Identity::from_bytes(bytes))
            }
            _ => Err(malformed()),
        }
    }
}

impl Identity for X25519Identity {
    fn names(&self) -> Vec<String> {
        vec![self.name.clone()]
    }

    fn unwrap_key(&self, wrapped: &WrappedKey, info: &[u8]) -> Result<Option<DataKey>, UnwrapError> {
        if wrapped.recipient != self.name {
            return Ok(None);
        }
        if wrapped.key.len() != WRAPPED_BYTES {
            return Err(UnwrapError::Malformed);
        }
        let key = base_mode::open::<X25519>(&private_key(&self.secret), info, &wrapped.key)?;
        DataKey::from_slice(key.expose())
            .map(Some)
            .map_err(|_| UnwrapError::NotADataKey)
    }

    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        age::x25519::unwrap(self.expose(), stanzas)
    }

    fn recipient(&self) -> Option<Recipient> {
        Some(Recipient::X25519(self.recipient.clone()))
    }
}

impl fmt::Debug for X25519Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("X25519Identity").field(&self.name).finish()
    }
}

fn private_key(secret: &[u8]) -> <X25519 as Kem>::PrivateKey {
    <X25519 as Kem>::PrivateKey::from_bytes(secret).expect("every 32 bytes are a private key")
}

//! `AGE-SECRET-KEY-PQ-1…`: seeds of ML-KEM-768 and X25519 private keys together.

use std::fmt;
use std::str::FromStr;

use hpke::{Deserializable, Kem};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Identity, IdentityError, UnwrapError};
use crate::age::{self, FileKey, Stanza, UnwrapFileKeyError};
use crate::bech32;
use crate::hpke::{self as base_mode, PQ_ENC_BYTES, XWing};
use crate::recipient::{PostQuantumRecipient, Recipient};
use crate::secret::DataKey;
use crate::wrap::WrappedKey;

const PREFIX: &str = "AGE-SECRET-KEY-PQ-";
const SEED_BYTES: usize = 32;
const WRAPPED_BYTES: usize = PQ_ENC_BYTES + 32 + 16;

/// A post-quantum private key, wiped when dropped; `Debug` prints the public half's name.
#[derive(Clone)]
pub struct PostQuantumIdentity {
    seed: Zeroizing<Box<[u8]>>,
    recipient: PostQuantumRecipient,
}

impl PostQuantumIdentity {
    /// Draws a new key.
    pub fn generate(rng: &mut dyn CryptoRng) -> PostQuantumIdentity {
        let mut seed = Zeroizing::new(vec![0; SEED_BYTES].into_boxed_slice());
        rng.fill_bytes(&mut seed);
        PostQuantumIdentity::new(seed)
    }

    /// Takes the 32-byte seed from which both private keys are expanded.
    pub fn from_seed(seed: &[u8; SEED_BYTES]) -> PostQuantumIdentity {
        PostQuantumIdentity::new(Zeroizing::new(seed.to_vec().into_boxed_slice()))
    }

    /// The 32-byte seed.
    pub fn expose(&self) -> &[u8; SEED_BYTES] {
        self.seed
            .as_ref()
            .try_into()
            .expect("every constructor makes 32 bytes")
    }

    /// The public half.
    pub fn to_public(&self) -> &PostQuantumRecipient {
        &self.recipient
    }

    /// The private key as the text of an identity file, `AGE-SECRET-KEY-PQ-1…`. Secret.
    pub fn to_string(&self) -> Zeroizing<String> {
        bech32::encode_upper(PREFIX, &self.seed).expect("the prefix is valid and 32 bytes are short")
    }

    fn new(seed: Zeroizing<Box<[u8]>>) -> PostQuantumIdentity {
        let recipient = PostQuantumRecipient::new(XWing::sk_to_pk(&private_key(&seed)));
        PostQuantumIdentity { seed, recipient }
    }
}

impl FromStr for PostQuantumIdentity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<PostQuantumIdentity, IdentityError> {
        let malformed = || IdentityError::Malformed {
            kind: "age post-quantum",
        };
        let decoded = bech32::decode(text).map_err(|_| malformed())?;
        match <&[u8; SEED_BYTES]>::try_from(decoded.data.as_slice()) {
            Ok(seed) if decoded.prefix == PREFIX.to_ascii_lowercase() => {
                Ok(PostQuantumIdentity::from_seed(seed))
            }
            _ => Err(malformed()),
        }
    }
}

impl Identity for PostQuantumIdentity {
    fn names(&self) -> Vec<String> {
        vec![self.recipient.name().to_owned()]
    }

    fn unwrap_key(&self, wrapped: &WrappedKey, info: &[u8]) -> Result<Option<DataKey>, UnwrapError> {
        if wrapped.recipient != self.recipient.name() {
            return Ok(None);
        }
        if wrapped.key.len() != WRAPPED_BYTES {
            return Err(UnwrapError::Malformed);
        }
        let key = base_mode::open::<XWing>(&private_key(&self.seed), info, &wrapped.key)?;
        DataKey::from_slice(key.expose())
            .map(Some)
            .map_err(|_| UnwrapError::NotADataKey)
    }

    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        age::pq::unwrap(&private_key(&self.seed), stanzas)
    }

    fn recipient(&self) -> Option<Recipient> {
        Some(Recipient::PostQuantum(self.recipient.clone()))
    }
}

impl fmt::Debug for PostQuantumIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostQuantumIdentity")
            .field(&self.recipient.name())
            .finish()
    }
}

fn private_key(seed: &[u8]) -> <XWing as Kem>::PrivateKey {
    <XWing as Kem>::PrivateKey::from_bytes(seed).expect("every 32 bytes are a seed")
}

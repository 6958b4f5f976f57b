//! HPKE base mode over the two KEMs that sealkit writes: DHKEM(X25519, HKDF-SHA256) and MLKEM768-X25519 (X-Wing).
//!
//! KDF and AEAD are HKDF-SHA256 and ChaCha20-Poly1305 in both cases, the associated data is empty, and every context
//! encrypts one message. Both KEMs carry an X25519 share in the last 32 bytes of their public and encapsulated keys;
//! a share that forces the all-zero secret is refused on both sides, since the `hpke` crate refuses it for one KEM
//! only. What the message is, and which `info` binds it, the callers know.
//!
//! Source: RFC 9180; draft-ietf-hpke-pq-03 for KEM 0x647a.

use curve25519_dalek::MontgomeryPoint;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::secret::Plaintext;

pub use hpke::kem::{X25519HkdfSha256 as X25519, XWing};

/// Length of an X25519 public key and encapsulated key, in bytes.
pub const X25519_BYTES: usize = 32;
/// Length of a post-quantum public key, `ML-KEM(1184) ‖ X25519(32)`, in bytes.
pub const PQ_PUBLIC_KEY_BYTES: usize = 1216;
/// Length of a post-quantum encapsulated key, `ML-KEM(1088) ‖ X25519(32)`, in bytes.
pub const PQ_ENC_BYTES: usize = 1120;
/// Longest `info` that HPKE's labels can carry, in bytes.
pub const MAX_INFO_BYTES: usize = 65_000;

/// Encrypts one message to a public key, with the caller's generator; returns `enc ‖ ct ‖ tag`.
///
/// # Errors
/// [`HpkeError::LowOrder`], [`HpkeError::InfoTooLong`].
pub fn seal<K: Kem>(
    recipient: &K::PublicKey,
    info: &[u8],
    plaintext: &[u8],
    mut rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, HpkeError> {
    if info.len() > MAX_INFO_BYTES {
        return Err(HpkeError::InfoTooLong);
    }
    if low_order(&x25519_share(&recipient.to_bytes())) {
        return Err(HpkeError::LowOrder);
    }
    let (enc, mut context) = hpke::setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeS::Base,
        recipient,
        info,
        &mut rng,
    )
    .map_err(|_| HpkeError::LowOrder)?;
    let ciphertext = context
        .seal(plaintext, b"")
        .expect("the first message of a context is never one too many");
    Ok([enc.to_bytes().as_slice(), &ciphertext].concat())
}

/// Decrypts `enc ‖ ct ‖ tag` with a private key.
///
/// # Errors
/// [`HpkeError::Truncated`], [`HpkeError::LowOrder`], [`HpkeError::InfoTooLong`], and [`HpkeError::Rejected`] for all
/// that a wrong key, another `info` or changed bytes lead to.
pub fn open<K: Kem>(identity: &K::PrivateKey, info: &[u8], sealed: &[u8]) -> Result<Plaintext, HpkeError> {
    if info.len() > MAX_INFO_BYTES {
        return Err(HpkeError::InfoTooLong);
    }
    let (enc, ciphertext) = sealed
        .split_at_checked(K::EncappedKey::size())
        .ok_or(HpkeError::Truncated)?;
    if low_order(&x25519_share(enc)) {
        return Err(HpkeError::LowOrder);
    }
    let enc = K::EncappedKey::from_bytes(enc).map_err(|_| HpkeError::Rejected)?;
    let mut context =
        hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, K>(&OpModeR::Base, identity, &enc, info)
            .map_err(|_| HpkeError::Rejected)?;
    let plaintext = Zeroizing::new(context.open(ciphertext, b"").map_err(|_| HpkeError::Rejected)?);
    Ok(Plaintext::from(plaintext))
}

/// Whether X25519 with this share yields the all-zero secret, whatever the private key.
///
/// Private keys are clamped to multiples of 8, so the secret is zero exactly if 8 times the point is the neutral
/// element; a curve or twist point of any other order is never annihilated by a clamped scalar.
///
/// Source: RFC 7748 §6.1, RFC 9180 §7.1.4.
pub fn low_order(share: &[u8; X25519_BYTES]) -> bool {
    MontgomeryPoint(*share)
        .mul_bits_be([true, false, false, false].into_iter())
        .0
        == [0; X25519_BYTES]
}

/// Why a message was neither encrypted nor decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HpkeError {
    /// The X25519 part of the key is a point of small order, which would make the shared secret known to everybody.
    #[error("the x25519 part of the key is of low order")]
    LowOrder,
    /// The bytes end before the encapsulated key does.
    #[error("the wrapped key is too short")]
    Truncated,
    /// Another key, another `info` or changed bytes: HPKE cannot tell which.
    #[error("the wrapped key does not decrypt")]
    Rejected,
    /// The `info` is longer than HPKE can bind.
    #[error("the bound context is longer than {MAX_INFO_BYTES} bytes")]
    InfoTooLong,
}

/// The last 32 bytes of a public or encapsulated key of either KEM.
fn x25519_share(key: &[u8]) -> [u8; X25519_BYTES] {
    *key.last_chunk()
        .expect("keys of both KEMs end with an X25519 share")
}

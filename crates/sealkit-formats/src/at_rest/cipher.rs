//! What one key does to one value: nonce, ciphertext and tag laid out as the API server lays them out.

use sealkit_crypto::CryptoRng;
use sealkit_crypto::aead::{AeadError, TAG_BYTES};
use sealkit_crypto::cbc::{BLOCK_BYTES, CbcKey};
use sealkit_crypto::gcm::{self, GcmKey};
use sealkit_crypto::secretbox::{self, SecretboxKey};
use zeroize::{Zeroize, Zeroizing};

use super::AttemptError;

/// A prepared key of one of the three local schemes.
///
/// - AES-CBC: `iv(16) ‖ CBC(PKCS#7(plaintext))`; the etcd key is ignored
/// - AES-GCM: `nonce(12) ‖ ct ‖ tag(16)`; the etcd key is associated data
/// - secretbox: `nonce(24) ‖ tag(16) ‖ ct`; the etcd key is ignored
///
/// Source: `k8s.io/apiserver` v0.36.2, `pkg/storage/value/encrypt/{aes/aes.go,secretbox/secretbox.go}`.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one per configured key, and every value goes through it: a pointer would cost more than it saves"
)]
pub(crate) enum Cipher {
    /// Two key schedules of some 500 bytes each.
    AesCbc(Box<CbcKey>),
    AesGcm(GcmKey),
    Secretbox(SecretboxKey),
}

/// Why a value did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CipherError {
    TooShort,
    Padding,
    Tampered,
}

impl From<CipherError> for AttemptError {
    fn from(error: CipherError) -> AttemptError {
        match error {
            CipherError::TooShort => AttemptError::TooShort,
            CipherError::Padding => AttemptError::Padding,
            CipherError::Tampered => AttemptError::Tampered,
        }
    }
}

impl Cipher {
    pub(crate) fn aes_cbc(key: &[u8]) -> Option<Cipher> {
        CbcKey::new(key).map(Box::new).map(Cipher::AesCbc)
    }

    pub(crate) fn aes_gcm(key: &[u8]) -> Option<Cipher> {
        GcmKey::new(key).map(Cipher::AesGcm)
    }

    pub(crate) fn secretbox(key: &[u8]) -> Option<Cipher> {
        SecretboxKey::new(key).map(Cipher::Secretbox)
    }

    /// Length of what [`Cipher::encrypt`] writes for so many bytes of plaintext.
    pub(crate) fn sealed_len(&self, plaintext: usize) -> usize {
        match self {
            Cipher::AesCbc(_) => BLOCK_BYTES + CbcKey::padded(plaintext),
            Cipher::AesGcm(_) => gcm::NONCE_BYTES + plaintext + TAG_BYTES,
            Cipher::Secretbox(_) => secretbox::NONCE_BYTES + plaintext + TAG_BYTES,
        }
    }

    /// Draws a nonce and encrypts into `out`, which has [`Cipher::sealed_len`] bytes.
    pub(crate) fn encrypt(
        &self,
        etcd_key: &[u8],
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
        out: &mut [u8],
    ) -> Result<(), AeadError> {
        match self {
            Cipher::AesCbc(key) => {
                let (iv, rest) = draw::<BLOCK_BYTES>(rng, out)?;
                key.encrypt_to(iv, plaintext, rest)
                    .map_err(|_| AeadError::TooLong)
            }
            Cipher::AesGcm(key) => {
                let (nonce, rest) = draw::<{ gcm::NONCE_BYTES }>(rng, out)?;
                key.encrypt_to(nonce, etcd_key, plaintext, rest)
            }
            Cipher::Secretbox(key) => {
                let (nonce, rest) = draw::<{ secretbox::NONCE_BYTES }>(rng, out)?;
                key.encrypt_to(nonce, plaintext, rest)
            }
        }
    }

    /// Decrypts into `out`, whose former contents are gone in any case.
    pub(crate) fn decrypt(
        &self,
        etcd_key: &[u8],
        sealed: &[u8],
        out: &mut Zeroizing<Vec<u8>>,
    ) -> Result<(), CipherError> {
        match self {
            Cipher::AesCbc(key) => {
                // one error for a missing IV, no block, half a block and bad padding: see the module of the cipher
                let (iv, body) = sealed
                    .split_first_chunk::<BLOCK_BYTES>()
                    .ok_or(CipherError::Padding)?;
                fit(out, body.len());
                out.copy_from_slice(body);
                let length = key.decrypt_in_place(iv, out).map_err(|_| CipherError::Padding)?;
                out.truncate(length);
                Ok(())
            }
            Cipher::AesGcm(key) => {
                let (nonce, body) = sealed.split_first_chunk().ok_or(CipherError::TooShort)?;
                let length = body.len().checked_sub(TAG_BYTES).ok_or(CipherError::TooShort)?;
                fit(out, length);
                key.decrypt_to(nonce, etcd_key, body, out)
                    .map_err(|_| CipherError::Tampered)
            }
            Cipher::Secretbox(key) => {
                let (nonce, body) = sealed.split_first_chunk().ok_or(CipherError::TooShort)?;
                let length = body.len().checked_sub(TAG_BYTES).ok_or(CipherError::TooShort)?;
                fit(out, length);
                key.decrypt_to(nonce, body, out)
                    .map_err(|_| CipherError::Tampered)
            }
        }
    }
}

/// Gives `out` exactly this length. A buffer that is too small is wiped and replaced: growing it would leave a copy of the
/// plaintext it held behind.
pub(crate) fn fit(out: &mut Zeroizing<Vec<u8>>, length: usize) {
    if out.capacity() < length {
        **out = {
            out.zeroize();
            vec![0; length]
        };
    } else {
        out.resize(length, 0);
    }
}

/// Draws a nonce into the front of `out` and returns it with what follows.
fn draw<'a, const N: usize>(
    rng: &mut dyn CryptoRng,
    out: &'a mut [u8],
) -> Result<(&'a [u8; N], &'a mut [u8]), AeadError> {
    let (nonce, rest) = out.split_first_chunk_mut::<N>().ok_or(AeadError::TooLong)?;
    rng.fill_bytes(nonce);
    Ok((nonce, rest))
}

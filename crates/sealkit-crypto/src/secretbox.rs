//! NaCl secretbox, XSalsa20-Poly1305: for values that kube-apiserver stored under `secretbox`.
//!
//! A box is `tag(16) ‖ ciphertext`. It has no associated data. Nonces arrive from the caller; with 24 bytes they may be
//! random.

use core::fmt;

use dryoc::classic::crypto_secretbox::{crypto_secretbox_easy, crypto_secretbox_open_easy};
use zeroize::{Zeroize, Zeroizing};

use crate::aead::{AeadError, TAG_BYTES};

/// Length of the nonce, in bytes.
pub const NONCE_BYTES: usize = 24;
/// Length of the key, in bytes.
pub const KEY_BYTES: usize = 32;

/// A secretbox key. Wiped when dropped, prints nothing.
pub struct SecretboxKey(Zeroizing<[u8; KEY_BYTES]>);

impl SecretboxKey {
    /// Takes a copy of the key; `None` if it does not have 32 bytes.
    pub fn new(key: &[u8]) -> Option<SecretboxKey> {
        let mut copy = Zeroizing::new([0; KEY_BYTES]);
        if key.len() != KEY_BYTES {
            return None;
        }
        copy.copy_from_slice(key);
        Some(SecretboxKey(copy))
    }

    /// Encrypts into `out`, which must have the plaintext's length and [`TAG_BYTES`] more: `tag(16) ‖ ct`.
    ///
    /// # Errors
    /// [`AeadError::TooLong`] if `out` has another length.
    ///
    /// Source: the NaCl library, `crypto_secretbox_xsalsa20poly1305`.
    pub fn encrypt_to(
        &self,
        nonce: &[u8; NONCE_BYTES],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), AeadError> {
        if out.len() != plaintext.len() + TAG_BYTES {
            return Err(AeadError::TooLong);
        }
        crypto_secretbox_easy(out, plaintext, nonce, &self.0).map_err(|_| AeadError::TooLong)
    }

    /// Decrypts `tag(16) ‖ ct` into `out`, which must have the plaintext's length. `out` holds zeros after a failure.
    ///
    /// # Errors
    /// [`AeadError::Tampered`] if the tag does not verify, or the lengths do not fit each other.
    ///
    /// Source: the NaCl library, `crypto_secretbox_xsalsa20poly1305`.
    pub fn decrypt_to(
        &self,
        nonce: &[u8; NONCE_BYTES],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<(), AeadError> {
        if ciphertext.len().checked_sub(TAG_BYTES) != Some(out.len()) {
            return Err(AeadError::Tampered);
        }
        crypto_secretbox_open_easy(out, ciphertext, nonce, &self.0).map_err(|_| {
            out.zeroize();
            AeadError::Tampered
        })
    }
}

impl fmt::Debug for SecretboxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretboxKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_32_byte_keys_and_no_other() {
        for length in 0..=65 {
            assert_eq!(
                SecretboxKey::new(&vec![1; length]).is_some(),
                length == 32,
                "{length}"
            );
        }
    }

    #[test]
    fn opens_what_it_sealed_and_nothing_that_was_changed() {
        let key = SecretboxKey::new(&[5; 32]).expect("32 bytes");
        for length in [0, 1, 31, 32, 33, 63, 64, 65, 200] {
            let plaintext = vec![0xa5; length];
            let mut sealed = vec![0; length + TAG_BYTES];
            key.encrypt_to(&[6; 24], &plaintext, &mut sealed).expect("fits");
            let mut opened = vec![0; length];
            key.decrypt_to(&[6; 24], &sealed, &mut opened).expect("untouched");
            assert_eq!(opened, plaintext);
            for at in 0..sealed.len() {
                let mut flipped = sealed.clone();
                flipped[at] ^= 1;
                let mut out = vec![1; length];
                assert_eq!(
                    key.decrypt_to(&[6; 24], &flipped, &mut out),
                    Err(AeadError::Tampered)
                );
                assert_eq!(out, vec![0; length]);
                let mut out = vec![1; at.saturating_sub(TAG_BYTES)];
                assert_eq!(
                    key.decrypt_to(&[6; 24], &sealed[..at], &mut out),
                    Err(AeadError::Tampered)
                );
            }
        }
    }

    #[test]
    fn refuses_a_buffer_that_does_not_fit() {
        let key = SecretboxKey::new(&[5; 32]).expect("32 bytes");
        assert_eq!(
            key.encrypt_to(&[6; 24], b"abc", &mut [0; 18]),
            Err(AeadError::TooLong)
        );
        assert_eq!(
            key.encrypt_to(&[6; 24], b"abc", &mut [0; 20]),
            Err(AeadError::TooLong)
        );
    }
}

//! AES-GCM with 12-byte nonces under a key that is prepared once: 16, 24 and 32 byte keys, no copy of the message.
//!
//! [`crate::aead`] prepares a key for one message. Where thousands of stored values share a key, as they do in etcd, the
//! key is kept here. Nonces arrive from the caller; this file draws nothing.

use core::fmt;

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

use crate::aead::{AeadError, TAG_BYTES};

/// Length of the nonce, in bytes.
pub const NONCE_BYTES: usize = 12;

/// A prepared AES-GCM key of 16, 24 or 32 bytes. Wiped when dropped, prints nothing.
pub struct GcmKey(LessSafeKey);

impl GcmKey {
    /// Prepares a key; `None` if it has neither 16, 24 nor 32 bytes.
    pub fn new(key: &[u8]) -> Option<GcmKey> {
        let algorithm = match key.len() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            32 => &AES_256_GCM,
            _ => return None,
        };
        UnboundKey::new(algorithm, key)
            .ok()
            .map(|key| GcmKey(LessSafeKey::new(key)))
    }

    /// Encrypts into `out`, which must have the plaintext's length and [`TAG_BYTES`] more: `ct ‖ tag(16)`.
    ///
    /// # Errors
    /// [`AeadError::TooLong`] beyond 2³⁶ − 32 bytes, or if `out` has another length.
    ///
    /// Source: NIST SP 800-38D.
    pub fn encrypt_to(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), AeadError> {
        let (ciphertext, tag) = out
            .split_at_mut_checked(plaintext.len())
            .ok_or(AeadError::TooLong)?;
        self.0
            .seal_out_of_place_scatter(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(aad),
                plaintext,
                ciphertext,
                &[],
                tag,
            )
            .map_err(|_| AeadError::TooLong)
    }

    /// Decrypts `ct ‖ tag(16)` into `out`, which must have the plaintext's length. `out` holds zeros after a failure.
    ///
    /// # Errors
    /// [`AeadError::Tampered`] if the tag does not verify, or the lengths do not fit each other.
    ///
    /// Source: NIST SP 800-38D.
    pub fn decrypt_to(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<(), AeadError> {
        let body = ciphertext
            .len()
            .checked_sub(TAG_BYTES)
            .ok_or(AeadError::Tampered)?;
        if out.len() != body {
            return Err(AeadError::Tampered);
        }
        let (body, tag) = ciphertext.split_at(body);
        let opened = self.0.open_separate_gather(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(aad),
            body,
            tag,
            out,
        );
        opened.map_err(|_| {
            out.zeroize(); // nobody may read what did not verify
            AeadError::Tampered
        })
    }
}

impl fmt::Debug for GcmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GcmKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_three_aes_key_lengths_and_no_other() {
        for length in 0..=65 {
            assert_eq!(
                GcmKey::new(&vec![1; length]).is_some(),
                [16, 24, 32].contains(&length),
                "{length}"
            );
        }
    }

    #[test]
    fn agrees_with_the_one_message_functions() {
        let key = GcmKey::new(&[7; 32]).expect("32 bytes");
        let mut sealed = vec![0; 5 + TAG_BYTES];
        key.encrypt_to(&[1; 12], b"aad", b"value", &mut sealed)
            .expect("fits");
        assert_eq!(
            sealed,
            crate::aead::aes256gcm_encrypt(&[7; 32], &[1; 12], b"aad", b"value").expect("short")
        );
        let mut opened = [0; 5];
        key.decrypt_to(&[1; 12], b"aad", &sealed, &mut opened)
            .expect("untouched");
        assert_eq!(&opened, b"value");
    }

    #[test]
    fn any_change_fails_and_leaves_zeros() {
        for length in [16, 24, 32] {
            let key = GcmKey::new(&vec![7; length]).expect("an AES length");
            let mut sealed = vec![0; 20 + TAG_BYTES];
            key.encrypt_to(&[1; 12], b"aad", &[9; 20], &mut sealed)
                .expect("fits");
            for at in 0..sealed.len() {
                let mut flipped = sealed.clone();
                flipped[at] ^= 0x80;
                let mut out = [1; 20];
                assert_eq!(
                    key.decrypt_to(&[1; 12], b"aad", &flipped, &mut out),
                    Err(AeadError::Tampered)
                );
                assert_eq!(out, [0; 20]);
            }
            let mut out = [1; 20];
            assert_eq!(
                key.decrypt_to(&[1; 12], b"aae", &sealed, &mut out),
                Err(AeadError::Tampered)
            );
            for short in 0..sealed.len() {
                let mut out = vec![1; short.saturating_sub(TAG_BYTES)];
                assert_eq!(
                    key.decrypt_to(&[1; 12], b"aad", &sealed[..short], &mut out),
                    Err(AeadError::Tampered)
                );
            }
        }
    }

    #[test]
    fn prints_nothing_of_the_key() {
        assert_eq!(format!("{:?}", GcmKey::new(&[7; 16])), "Some(GcmKey(..))");
    }
}

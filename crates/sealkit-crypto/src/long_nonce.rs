//! AES-256-GCM under nonces of other lengths than 12 bytes, which SOPS writes: there the block that counting starts from
//! is derived with GHASH.
//!
//! [`crate::gcm`] is the faster one and takes 12 bytes only. Nonces arrive from the caller; this file draws nothing.

use core::fmt;

use aes_gcm::aead::consts::*;
use aes_gcm::aead::{AeadInOut, Nonce, Tag};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, KeyInit};
use zeroize::Zeroizing;

use crate::aead::{AeadError, TAG_BYTES};
use crate::secret::{DataKey, Plaintext};

/// Length of the nonce that writers use, in bytes.
pub const NONCE_BYTES: usize = 32;

/// Longest nonce that is read, in bytes. GCM itself knows no bound worth naming; no writer is known to pass 32.
pub const MAX_NONCE_BYTES: usize = 64;

/// A prepared AES-256-GCM key. Wiped when dropped, prints nothing.
pub struct LongNonceKey {
    usual: AesGcm<Aes256, U32>,
    key: DataKey,
}

impl LongNonceKey {
    /// Prepares a key.
    pub fn new(key: &DataKey) -> LongNonceKey {
        LongNonceKey {
            usual: AesGcm::new(key.expose().into()),
            key: DataKey::from_slice(key.expose()).expect("it has the length of a data key"),
        }
    }

    /// Encrypts under a nonce of 32 bytes and returns ciphertext and tag.
    ///
    /// # Errors
    /// [`AeadError::TooLong`] beyond 2³⁶ − 32 bytes.
    ///
    /// Source: NIST SP 800-38D, section 7.1.
    pub fn encrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<(Vec<u8>, [u8; TAG_BYTES]), AeadError> {
        let mut buffer = plaintext.to_vec();
        let tag = self
            .usual
            .encrypt_inout_detached(nonce.into(), aad, buffer.as_mut_slice().into())
            .map_err(|_| AeadError::TooLong)?;
        Ok((buffer, tag.into()))
    }

    /// Decrypts under a nonce of 1 to [`MAX_NONCE_BYTES`] bytes.
    ///
    /// # Errors
    /// [`AeadError::Tampered`] if the tag does not verify, if it has not 16 bytes, or if the nonce has a length that is
    /// not read.
    ///
    /// Source: NIST SP 800-38D, section 7.2.
    pub fn decrypt(
        &self,
        nonce: &[u8],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
    ) -> Result<Plaintext, AeadError> {
        let tag: [u8; TAG_BYTES] = tag.try_into().map_err(|_| AeadError::Tampered)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let opened = match <&Nonce<AesGcm<Aes256, U32>>>::try_from(nonce) {
            Ok(nonce) => self
                .usual
                .decrypt_inout_detached(nonce, aad, buffer.as_mut_slice().into(), &tag.into())
                .is_ok(),
            Err(_) => other_length(self.key.expose(), nonce, aad, &mut buffer, &tag.into()),
        };
        // An unverified buffer is dropped here, wiped and unseen.
        if opened {
            Ok(Plaintext::from(buffer))
        } else {
            Err(AeadError::Tampered)
        }
    }
}

impl fmt::Debug for LongNonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LongNonceKey(..)")
    }
}

/// The cipher's type holds the nonce's length, so that every length that is read is named here.
macro_rules! by_length {
    ($key:expr, $nonce:expr, $aad:expr, $buffer:expr, $tag:expr, $($length:ident)*) => {
        $(if let Ok(nonce) = <&Nonce<AesGcm<Aes256, $length>>>::try_from($nonce) {
            let cipher = AesGcm::<Aes256, $length>::new($key.into());
            return cipher.decrypt_inout_detached(nonce, $aad, $buffer.into(), $tag).is_ok();
        })*
    };
}

fn other_length(
    key: &[u8; 32],
    nonce: &[u8],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &Tag<AesGcm<Aes256, U32>>,
) -> bool {
    by_length!(key, nonce, aad, buffer, tag,
        U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11 U12 U13 U14 U15 U16 U17 U18 U19 U20 U21 U22 U23 U24 U25 U26 U27 U28 U29 U30
        U31 U33 U34 U35 U36 U37 U38 U39 U40 U41 U42 U43 U44 U45 U46 U47 U48 U49 U50 U51 U52 U53 U54 U55 U56 U57 U58 U59
        U60 U61 U62 U63 U64);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> LongNonceKey {
        LongNonceKey::new(&DataKey::from_slice(&[7; 32]).expect("32 bytes"))
    }

    #[test]
    fn opens_what_it_encrypts_and_nothing_that_was_changed() {
        let (sealed, tag) = key().encrypt(&[1; 32], b"aad", b"value").expect("short");
        let opened = key().decrypt(&[1; 32], b"aad", &sealed, &tag).expect("untouched");
        assert_eq!(opened.expose(), b"value");
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert_eq!(
                key().decrypt(&[1; 32], b"aad", &flipped, &tag),
                Err(AeadError::Tampered)
            );
        }
        for (nonce, aad, tag) in [
            (&[2; 32][..], &b"aad"[..], &tag[..]),
            (&[1; 32], b"aae", &tag),
            (&[1; 31], b"aad", &tag),
            (&[1; 32], b"aad", &tag[..15]),
            (&[1; 32], b"aad", &[0; 16]),
        ] {
            assert_eq!(key().decrypt(nonce, aad, &sealed, tag), Err(AeadError::Tampered));
        }
    }

    #[test]
    fn agrees_with_the_other_crate_where_the_nonce_has_12_bytes() {
        let other = crate::gcm::GcmKey::new(&[7; 32]).expect("32 bytes");
        let mut sealed = [0; 5 + TAG_BYTES];
        other
            .encrypt_to(&[1; 12], b"aad", b"value", &mut sealed)
            .expect("fits");
        let opened = key().decrypt(&[1; 12], b"aad", &sealed[..5], &sealed[5..]);
        assert_eq!(opened.expect("the same cipher").expose(), b"value");
    }

    #[test]
    fn nonces_beyond_what_is_read_are_refused_without_a_panic() {
        for length in [0, 65, 1000] {
            let opened = key().decrypt(&vec![1; length], b"", b"", &[0; 16]);
            assert_eq!(opened, Err(AeadError::Tampered), "{length}");
        }
    }

    #[test]
    fn prints_nothing_of_the_key() {
        assert_eq!(format!("{:?}", key()), "LongNonceKey(..)");
    }
}

//! Authenticated encryption of byte strings: XChaCha20-Poly1305, AES-256-GCM and ChaCha20-Poly1305.
//!
//! Ciphertexts are `ct ‖ tag(16)`. Nonces arrive from the caller, who alone knows why they are never used twice; this
//! file draws nothing and stores nothing.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::secret::Plaintext;

/// Length of the tag at the end of every ciphertext, in bytes.
pub const TAG_BYTES: usize = 16;

/// Encrypts with XChaCha20-Poly1305; the 24-byte nonce may be random.
///
/// # Errors
/// [`AeadError::TooLong`] for more than 2³⁸ bytes.
///
/// Source: draft-irtf-cfrg-xchacha-03.
pub fn xchacha20poly1305_encrypt(
    key: &[u8; 32],
    nonce: &[u8; 24],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, AeadError> {
    let mut buffer = room_for(plaintext);
    XChaCha20Poly1305::new(<&Key>::from(key))
        .encrypt_in_place(<&XNonce>::from(nonce), aad, &mut buffer)
        .map_err(|_| AeadError::TooLong)?;
    Ok(buffer)
}

/// Decrypts XChaCha20-Poly1305.
///
/// # Errors
/// [`AeadError::Tampered`] if the tag does not verify; key, nonce, aad and ciphertext all take part in it.
///
/// Source: draft-irtf-cfrg-xchacha-03.
pub fn xchacha20poly1305_decrypt(
    key: &[u8; 32],
    nonce: &[u8; 24],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Plaintext, AeadError> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    XChaCha20Poly1305::new(<&Key>::from(key))
        .decrypt_in_place(<&XNonce>::from(nonce), aad, &mut *buffer)
        .map_err(|_| AeadError::Tampered)?;
    Ok(Plaintext::from(buffer))
}

/// Encrypts with AES-256-GCM and a 12-byte nonce, which must never be used twice under one key.
///
/// # Errors
/// [`AeadError::TooLong`] beyond 2³⁶ − 32 bytes.
///
/// Source: NIST SP 800-38D.
pub fn aes256gcm_encrypt(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, AeadError> {
    encrypt(&AES_256_GCM, key, nonce, aad, plaintext)
}

/// Decrypts AES-256-GCM with a 12-byte nonce.
///
/// # Errors
/// [`AeadError::Tampered`] if the tag does not verify; key, nonce, aad and ciphertext all take part in it.
///
/// Source: NIST SP 800-38D.
pub fn aes256gcm_decrypt(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Plaintext, AeadError> {
    decrypt(&AES_256_GCM, key, nonce, aad, ciphertext)
}

/// Encrypts with ChaCha20-Poly1305 and a 12-byte nonce, which must never be used twice under one key.
///
/// # Errors
/// [`AeadError::TooLong`] beyond 2³⁸ bytes.
///
/// Source: RFC 8439.
pub fn chacha20poly1305_encrypt(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, AeadError> {
    encrypt(&CHACHA20_POLY1305, key, nonce, aad, plaintext)
}

/// Decrypts ChaCha20-Poly1305 with a 12-byte nonce.
///
/// # Errors
/// [`AeadError::Tampered`] if the tag does not verify; key, nonce, aad and ciphertext all take part in it.
///
/// Source: RFC 8439.
pub fn chacha20poly1305_decrypt(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Plaintext, AeadError> {
    decrypt(&CHACHA20_POLY1305, key, nonce, aad, ciphertext)
}

/// Why a byte string was neither encrypted nor decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AeadError {
    /// The tag did not verify: another key, another nonce, other associated data, or changed bytes. Which one, the
    /// cipher cannot tell.
    #[error("the authentication tag does not verify")]
    Tampered,
    /// The cipher cannot take a message of this length.
    #[error("the message is too long for the cipher")]
    TooLong,
}

fn encrypt(
    algorithm: &'static Algorithm,
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, AeadError> {
    let mut buffer = room_for(plaintext);
    cipher(algorithm, key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut buffer)
        .map_err(|_| AeadError::TooLong)?;
    Ok(buffer)
}

fn decrypt(
    algorithm: &'static Algorithm,
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Plaintext, AeadError> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let length = cipher(algorithm, key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut buffer)
        .map_err(|_| AeadError::Tampered)?
        .len();
    buffer.truncate(length);
    Ok(Plaintext::from(buffer))
}

fn cipher(algorithm: &'static Algorithm, key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(algorithm, key).expect("both ciphers take keys of 32 bytes"))
}

/// Copies the plaintext into a buffer that need not grow for the tag: growing would leave a copy behind.
fn room_for(plaintext: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(plaintext.len() + TAG_BYTES);
    buffer.extend_from_slice(plaintext);
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    type Encrypt<const N: usize> = fn(&[u8; 32], &[u8; N], &[u8], &[u8]) -> Result<Vec<u8>, AeadError>;
    type Decrypt<const N: usize> = fn(&[u8; 32], &[u8; N], &[u8], &[u8]) -> Result<Plaintext, AeadError>;

    fn check<const N: usize>(encrypt: Encrypt<N>, decrypt: Decrypt<N>) {
        for plaintext in [&b""[..], b"hunter2", &[0x80; 1000]] {
            let sealed = encrypt(&[1; 32], &[2; N], b"aad", plaintext).expect("short enough");
            assert_eq!(sealed.len(), plaintext.len() + TAG_BYTES);
            assert_eq!(
                decrypt(&[1; 32], &[2; N], b"aad", &sealed)
                    .expect("untouched")
                    .expose(),
                plaintext
            );
            assert_eq!(
                decrypt(&[3; 32], &[2; N], b"aad", &sealed),
                Err(AeadError::Tampered)
            );
            assert_eq!(
                decrypt(&[1; 32], &[3; N], b"aad", &sealed),
                Err(AeadError::Tampered)
            );
            assert_eq!(
                decrypt(&[1; 32], &[2; N], b"aae", &sealed),
                Err(AeadError::Tampered)
            );
            for at in 0..sealed.len() {
                let mut flipped = sealed.clone();
                flipped[at] ^= 1;
                assert_eq!(
                    decrypt(&[1; 32], &[2; N], b"aad", &flipped),
                    Err(AeadError::Tampered)
                );
                assert_eq!(
                    decrypt(&[1; 32], &[2; N], b"aad", &sealed[..at]),
                    Err(AeadError::Tampered)
                );
            }
        }
    }

    #[test]
    fn xchacha20poly1305_opens_only_what_was_sealed() {
        check(xchacha20poly1305_encrypt, xchacha20poly1305_decrypt);
    }

    #[test]
    fn aes256gcm_opens_only_what_was_sealed() {
        check(aes256gcm_encrypt, aes256gcm_decrypt);
    }

    #[test]
    fn chacha20poly1305_opens_only_what_was_sealed() {
        check(chacha20poly1305_encrypt, chacha20poly1305_decrypt);
    }
}

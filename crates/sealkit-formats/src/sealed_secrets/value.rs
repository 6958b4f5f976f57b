//! One encrypted value: a session key of its own under RSA-OAEP, and the bytes under AES-256-GCM.
//!
//! ```text
//! n: u16 big-endian ‖ RSA block (n bytes) ‖ ciphertext (as long as the plaintext) ‖ tag (16 bytes)
//! ```
//!
//! There is no key identifier in it, so a reader tries its keys in turn. Knows bytes, labels and keys; no manifest.
//!
//! Source: sealed-secrets v0.40.0 `pkg/crypto/crypto.go`, `HybridEncrypt` and `HybridDecrypt`.

use sealkit_crypto::aead::{self, AeadError};
use sealkit_crypto::rsa_oaep::{RsaError, RsaPrivateKey, RsaPublicKey};
use sealkit_crypto::{CryptoRng, DataKey, Plaintext};

use super::text::{self, NotBase64};

/// Bytes of the field that holds the RSA block's length.
const LENGTH_BYTES: usize = 2;

/// Bytes of the tag behind the ciphertext.
const TAG_BYTES: usize = 16;

/// The nonce of every envelope. Safe for one reason only: each session key is drawn for one value and then dropped, so
/// no key meets this nonce twice. Never derive a session key, never keep one.
const ZERO_NONCE: [u8; 12] = [0; 12];

/// Encrypts one value for whoever holds the private key, bound to a label; gives one line of base64.
///
/// The session key comes from `rng`. RSA-OAEP draws its own padding from the cryptographic library's generator, so
/// two calls with the same `rng` state still differ; vectors of this format are for opening only.
///
/// # Errors
/// [`RsaError`] where the library refuses the key.
pub fn encrypt_value(
    key: &RsaPublicKey,
    label: &[u8],
    value: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<String, EncryptError> {
    let session_key = DataKey::generate(rng);
    let block = key.encrypt(label, session_key.expose())?;
    let length = u16::try_from(block.len()).map_err(|_| EncryptError::KeyTooLong)?;
    let sealed = aead::aes256gcm_encrypt(session_key.expose(), &ZERO_NONCE, b"", value)?;
    let mut envelope = Vec::with_capacity(LENGTH_BYTES + block.len() + sealed.len());
    envelope.extend_from_slice(&length.to_be_bytes());
    envelope.extend_from_slice(&block);
    envelope.extend_from_slice(&sealed);
    Ok(text::encode(&envelope))
}

/// Decrypts one value with the first of `keys` that accepts it under `label`.
///
/// For many values of one object use [`Decrypter`], which begins with the key that fitted last.
///
/// # Errors
/// See [`DecryptError`].
pub fn decrypt_value(keys: &[&RsaPrivateKey], label: &[u8], value: &str) -> Result<Plaintext, DecryptError> {
    Decrypter::new(keys).decrypt(label, value)
}

/// Private keys in the order in which they are tried, with the one that fitted last in front.
///
/// RSA private-key operations are what opening a SealedSecret costs: an object's values nearly always share their key,
/// so with k keys at hand n values cost n + k − 1 of them at most, not n · k.
pub struct Decrypter<'k> {
    keys: Vec<&'k RsaPrivateKey>,
}

impl<'k> Decrypter<'k> {
    /// Takes the keys in the order in which they are to be tried.
    #[must_use]
    pub fn new(keys: &[&'k RsaPrivateKey]) -> Self {
        Self { keys: keys.to_vec() }
    }

    /// The key that opened the last value, or the first one given.
    #[must_use]
    pub fn last_used(&self) -> Option<&'k RsaPrivateKey> {
        self.keys.first().copied()
    }

    /// Decrypts one value.
    ///
    /// # Errors
    /// See [`DecryptError`].
    pub fn decrypt(&mut self, label: &[u8], value: &str) -> Result<Plaintext, DecryptError> {
        let bytes = text::decode(value)?;
        let envelope = Parts::split(&bytes).ok_or(DecryptError::Truncated)?;
        let mut tried = 0;
        for index in 0..self.keys.len() {
            let key = self.keys[index];
            if key.modulus_len() != envelope.block.len() {
                continue;
            }
            tried += 1;
            let Ok(session_key) = key.decrypt(label, envelope.block) else {
                continue;
            };
            self.keys[..=index].rotate_right(1);
            return open(&session_key, envelope.sealed);
        }
        Err(DecryptError::NoKey {
            held: self.keys.len(),
            tried,
            bits: envelope.block.len() * 8,
        })
    }
}

/// Opens the symmetric half. From here on a failure means damage: OAEP accepted the block, so key and label are right.
fn open(session_key: &Plaintext, sealed: &[u8]) -> Result<Plaintext, DecryptError> {
    let session_key = DataKey::from_slice(session_key.expose()).map_err(|_| DecryptError::Tampered)?;
    aead::aes256gcm_decrypt(session_key.expose(), &ZERO_NONCE, b"", sealed)
        .map_err(|_| DecryptError::Tampered)
}

/// Says for how many bits of RSA a value was encrypted, from its first two bytes; nothing where it is no envelope.
///
/// Nothing is verified: it is what the text claims, for people who look at a file without a key.
#[must_use]
pub fn claimed_key_bits(value: &str) -> Option<usize> {
    let bytes = text::decode(value).ok()?;
    Parts::split(&bytes).map(|parts| parts.block.len() * 8)
}

/// How large the parts of a value are: of the key that it was encrypted for, and of the plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) key_bytes: usize,
    pub(super) plaintext_bytes: usize,
}

/// The sizes of a value; nothing where it cannot be one.
pub(super) fn size(value: &str) -> Option<Size> {
    let bytes = text::decode(value).ok()?;
    let parts = Parts::split(&bytes)?;
    Some(Size {
        key_bytes: parts.block.len(),
        plaintext_bytes: parts.sealed.len().checked_sub(TAG_BYTES)?,
    })
}

/// An envelope cut at its seams.
struct Parts<'a> {
    block: &'a [u8],
    sealed: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Cuts an envelope, or finds that the bytes are too few to be one.
    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
        let (block, sealed) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        Some(Self { block, sealed })
    }
}

/// Why a value was not encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The library refuses to encrypt under this key.
    #[error("cannot encrypt a session key for this certificate")]
    Rsa(#[from] RsaError),
    /// The value is longer than AES-GCM can take.
    #[error("the value is too long for AES-GCM")]
    Aead(#[from] AeadError),
    /// The modulus has more bytes than the envelope's length field can say.
    #[error("the RSA key is too long for this format")]
    KeyTooLong,
}

/// Why a value was not decrypted, sorted by who can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The text is not base64: whoever edited the file.
    #[error(transparent)]
    NotBase64(#[from] NotBase64),
    /// The bytes end before the RSA block does: the value was cut off, or was never encrypted.
    #[error("the value is too short to be an encrypted one")]
    Truncated,
    /// No key accepts the RSA block under this label. A wrong key, a renamed object, a moved object, another scope and
    /// a changed byte in the block all look the same to RSA-OAEP.
    #[error("no key could decrypt secret")]
    NoKey {
        /// How many keys were at hand.
        held: usize,
        /// How many of them have the size that the value asks for, and were tried.
        tried: usize,
        /// The size that the value asks for.
        bits: usize,
    },
    /// The RSA block opened, so key and label are right, and what follows it does not verify: bytes were changed.
    #[error("the value is damaged: its key opens it, but its authentication tag does not verify")]
    Tampered,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn key(bits: usize) -> RsaPrivateKey {
        let file = format!("sealed-secrets/peer-0.36.6/key-{bits}.pkcs8.pem");
        RsaPrivateKey::from_pem(&sealkit_testdata::read(&file)).expect("a test key")
    }

    fn rng() -> StdRng {
        StdRng::seed_from_u64(7)
    }

    fn seal(key: &RsaPrivateKey, label: &[u8], value: &[u8]) -> String {
        encrypt_value(key.public_key(), label, value, &mut rng()).expect("a good key")
    }

    #[test]
    fn the_parts_have_the_lengths_that_the_format_gives_them() {
        for (bits, start) in [(2048, "AQ"), (3072, "AY"), (4096, "Ag")] {
            for value in [&b""[..], b"x", &[0xff; 1000]] {
                let sealed = seal(&key(bits), b"shop/db", value);
                assert!(sealed.starts_with(start), "{bits}");
                let bytes = text::decode(&sealed).expect("we wrote base64");
                assert_eq!(
                    bytes.len(),
                    LENGTH_BYTES + bits / 8 + value.len() + aead::TAG_BYTES
                );
                assert_eq!(claimed_key_bits(&sealed), Some(bits));
            }
        }
    }

    #[test]
    fn opens_what_kubeseal_sealed_raw() {
        for (file, label) in [
            ("strict-shop-db", "shop/db"),
            ("namespace-wide-shop", "shop"),
            ("cluster-wide", ""),
        ] {
            let sealed = sealkit_testdata::text(&format!("sealed-secrets/peer-0.36.6/raw-{file}-2048.txt"));
            let opened =
                decrypt_value(&[&key(2048)], label.as_bytes(), &sealed).expect("the key's own value");
            assert_eq!(opened.expose(), b"raw value", "{file}");
        }
    }

    #[test]
    fn a_value_opens_only_where_its_scope_lets_it() {
        let key = key(2048);
        let opens = |sealed: &str, label: &[u8]| decrypt_value(&[&key], label, sealed).is_ok();
        let strict = seal(&key, b"shop/db", b"v");
        assert!(opens(&strict, b"shop/db"));
        for other in [
            &b"shop/web"[..],
            b"edge/db",
            b"shop",
            b"",
            b"shop/db/",
            b"shop/db\0",
        ] {
            assert!(!opens(&strict, other));
        }
        let wide = seal(&key, b"shop", b"v");
        assert!(opens(&wide, b"shop") && !opens(&wide, b"edge"));
        assert!(opens(&seal(&key, b"", b"v"), b""));
    }

    #[test]
    fn names_neither_key_nor_label_when_both_could_be_wrong() {
        let sealed = seal(&key(2048), b"shop/db", b"v");
        let none = |held, tried| {
            Err(DecryptError::NoKey {
                held,
                tried,
                bits: 2048,
            })
        };
        let (right, other) = (key(2048), key(3072));
        assert_eq!(decrypt_value(&[&right], b"shop/web", &sealed), none(1, 1));
        assert_eq!(decrypt_value(&[&other], b"shop/db", &sealed), none(1, 0));
        assert_eq!(decrypt_value(&[], b"shop/db", &sealed), none(0, 0));
    }

    #[test]
    fn the_key_that_fitted_is_tried_first_from_then_on() {
        let (wrong, right) = (RsaPrivateKey::generate(2048).expect("2048 is a size"), key(2048));
        let mut decrypter = Decrypter::new(&[&wrong, &right]);
        decrypter
            .decrypt(b"shop/db", &seal(&right, b"shop/db", b"v"))
            .expect("the second key");
        let used = decrypter.last_used().expect("two keys");
        assert_eq!(used.public_key(), right.public_key());
        decrypter
            .decrypt(b"shop/db", &seal(&wrong, b"shop/db", b"v"))
            .expect("the other is still tried");
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let key = key(2048);
        let sealed = text::decode(&seal(&key, b"shop/db", b"hunter2")).expect("we wrote base64");
        for at in 0..sealed.len() {
            let mut flipped = sealed.to_vec();
            flipped[at] ^= 1;
            let error =
                decrypt_value(&[&key], b"shop/db", &text::encode(&flipped)).expect_err("one bit differs");
            match at {
                0..LENGTH_BYTES => assert!(matches!(
                    error,
                    DecryptError::NoKey { .. } | DecryptError::Truncated
                )),
                _ if at < LENGTH_BYTES + 256 => {
                    assert!(matches!(error, DecryptError::NoKey { tried: 1, .. }))
                }
                _ => assert_eq!(error, DecryptError::Tampered),
            }
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let key = key(2048);
        let sealed = text::decode(&seal(&key, b"", b"hunter2")).expect("we wrote base64");
        for length in 0..sealed.len() {
            let error =
                decrypt_value(&[&key], b"", &text::encode(&sealed[..length])).expect_err("bytes are missing");
            let expected = if length < LENGTH_BYTES + 256 {
                DecryptError::Truncated
            } else {
                DecryptError::Tampered
            };
            assert_eq!(error, expected, "{length}");
        }
    }

    #[test]
    fn a_session_key_of_another_length_is_refused() {
        // The peer would take 16 or 24 bytes for AES-128 or AES-192; nobody has ever written them.
        let key = key(2048);
        for length in [0, 16, 24, 31, 33] {
            let block = key
                .public_key()
                .encrypt(b"", &vec![7; length])
                .expect("short enough");
            let mut bytes = vec![1, 0];
            bytes.extend(block);
            bytes.extend([0; 16]);
            assert_eq!(
                decrypt_value(&[&key], b"", &text::encode(&bytes)),
                Err(DecryptError::Tampered)
            );
        }
    }

    #[test]
    fn what_was_never_sealed_is_told_from_what_does_not_open() {
        let key = key(2048);
        assert_eq!(decrypt_value(&[&key], b"", ""), Err(DecryptError::Truncated));
        assert_eq!(decrypt_value(&[&key], b"", "AQ=="), Err(DecryptError::Truncated));
        let error = decrypt_value(&[&key], b"", "NOTVALIDBASE64").expect_err("no base64");
        assert!(!error.to_string().contains("decrypt"), "{error}");
        assert_eq!(claimed_key_bits("NOTVALIDBASE64"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn opens_to_what_was_sealed(value in proptest::collection::vec(any::<u8>(), 0..2000), label in "[a-z/]{0,40}") {
            let key = key(2048);
            let sealed = seal(&key, label.as_bytes(), &value);
            let opened = decrypt_value(&[&key], label.as_bytes(), &sealed).expect("its own key and label");
            prop_assert_eq!(opened.expose(), &value[..]);
        }
    }
}

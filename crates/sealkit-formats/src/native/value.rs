//! One value: its text form `id:base64`, its padding, and its cipher under a key that is bound to an object.
//!
//! Knows neither recipients nor manifests. A [`BoundKey`] exists only for a key that was generated for this binding or
//! whose commitment matched it, so nothing is encrypted or decrypted under a key that was not checked.
//!
//! Source: the native format, sections 3 and 4.

use base64::{Engine, engine::general_purpose::STANDARD};
use sealkit_crypto::{
    CryptoRng, aead, kdf,
    secret::{DataKey, Plaintext},
};
use zeroize::Zeroizing;

use super::{binding::Binding, id::DataKeyId};

/// Length of a nonce, in bytes.
const NONCE_BYTES: usize = 24;
/// Nonce and tag together, in bytes.
const OVERHEAD_BYTES: usize = NONCE_BYTES + aead::TAG_BYTES;
/// Plaintexts are padded to a multiple of this, in bytes.
const BLOCK_BYTES: usize = 32;
/// Marks the end of the plaintext; zero bytes follow.
const PAD_MARK: u8 = 0x80;

/// A value as the file holds it: which data key, and `nonce(24) ‖ ciphertext ‖ tag(16)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) id: DataKeyId,
    body: Vec<u8>,
}

/// Why a text is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The text has no `:`.
    #[error("it has no `:` between the data key's id and the ciphertext")]
    NoSeparator,
    /// What stands before the first `:` is no id.
    #[error("what stands before the first `:` is not the id of a data key")]
    Id,
    /// Another alphabet, missing padding, whitespace, or spare bits that are not zero.
    #[error("what stands after the first `:` is not canonical base64")]
    Base64,
    /// Fewer than 72 bytes, or not 40 more than a multiple of 32.
    #[error("the ciphertext is truncated: its length is none that a padded value can have")]
    Length,
}

impl Token {
    /// Reads the text form; touches no key.
    pub(crate) fn parse(text: &str) -> Result<Self, TokenError> {
        let (id, body) = text.split_once(':').ok_or(TokenError::NoSeparator)?;
        let id = id.parse().map_err(|_| TokenError::Id)?;
        let body = decode_canonical(body).ok_or(TokenError::Base64)?;
        let padded = body.len().checked_sub(OVERHEAD_BYTES).ok_or(TokenError::Length)?;
        if padded < BLOCK_BYTES || !padded.is_multiple_of(BLOCK_BYTES) {
            return Err(TokenError::Length);
        }
        Ok(Self { id, body })
    }

    /// The text form.
    pub(crate) fn text(&self) -> String {
        text(self.id, &self.body)
    }

    /// The fewest bytes that the plaintext can have: what is known of its length without a key.
    pub(crate) fn least_plaintext_bytes(&self) -> usize {
        self.body.len() - OVERHEAD_BYTES - BLOCK_BYTES
    }
}

fn text(id: DataKeyId, body: &[u8]) -> String {
    let mut text = String::with_capacity(10 + body.len().div_ceil(3) * 4);
    text.push_str(id.as_str());
    text.push(':');
    STANDARD.encode_string(body, &mut text);
    text
}

/// Reads standard, padded base64 on one line with zero spare bits; `None` for anything else.
pub(crate) fn decode_canonical(text: &str) -> Option<Vec<u8>> {
    // The engine's defaults demand padding and zero spare bits and know no whitespace.
    STANDARD.decode(text).ok()
}

/// A data key together with what it is bound to.
pub(crate) struct BoundKey {
    id: DataKeyId,
    commitment: [u8; 32],
    value_key: Zeroizing<[u8; 32]>,
    binding: Binding,
}

/// Why a value does not open under its data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The tag does not verify: the value was changed, or it belongs to another item or object.
    #[error("it was changed, or it was sealed for another item or another object")]
    Tampered,
    /// The tag verifies and the padding is wrong: whoever holds the key wrote it wrongly.
    #[error("its padding is malformed although it is authentic: the program that wrote it is broken")]
    Padding,
}

impl BoundKey {
    /// Binds a key that was generated for this write.
    pub(crate) fn new(key: &DataKey, binding: &Binding) -> Self {
        let commitment = kdf::hmac_sha256(key.expose(), &binding.commitment_parts());
        Self::with(key, binding, commitment)
    }

    /// Binds an unwrapped key, if the file's commitment is the one of this key at this place; compared in constant time.
    pub(crate) fn verify(key: &DataKey, binding: &Binding, commitment: &[u8; 32]) -> Option<Self> {
        kdf::hmac_sha256_matches(key.expose(), &binding.commitment_parts(), commitment)
            .then(|| Self::with(key, binding, *commitment))
    }

    fn with(key: &DataKey, binding: &Binding, commitment: [u8; 32]) -> Self {
        let mut value_key = Zeroizing::new([0; 32]);
        kdf::hkdf_expand(key.expose(), &binding.value_info(), &mut value_key);
        Self {
            id: DataKeyId::of(&commitment),
            commitment,
            value_key,
            binding: binding.clone(),
        }
    }

    pub(crate) fn id(&self) -> DataKeyId {
        self.id
    }

    pub(crate) fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// Encrypts one item under a fresh random nonce and returns the text form.
    pub(crate) fn encrypt(&self, item: &str, plaintext: &[u8], rng: &mut dyn CryptoRng) -> String {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let ciphertext = aead::xchacha20poly1305_encrypt(
            &self.value_key,
            &nonce,
            &self.binding.item_aad(item),
            &pad(plaintext),
        )
        .expect("plaintexts are at most 1 MiB long, far below the cipher's limit");
        text(self.id, &[&nonce[..], &ciphertext].concat())
    }

    /// Decrypts one item; the padding is looked at only after the tag verified.
    pub(crate) fn decrypt(&self, item: &str, token: &Token) -> Result<Plaintext, ValueError> {
        let (nonce, ciphertext) = token
            .body
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(ValueError::Tampered)?;
        let padded =
            aead::xchacha20poly1305_decrypt(&self.value_key, nonce, &self.binding.item_aad(item), ciphertext)
                .map_err(|_| ValueError::Tampered)?;
        unpad(padded).ok_or(ValueError::Padding)
    }
}

/// `plaintext ‖ 0x80 ‖ the fewest zero bytes that reach a multiple of 32`.
fn pad(plaintext: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = (plaintext.len() / BLOCK_BYTES + 1) * BLOCK_BYTES;
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(plaintext);
    padded.push(PAD_MARK);
    padded.resize(length, 0);
    padded
}

/// Takes the padding off; `None` if there is no mark, or if more zero bytes follow it than were needed.
fn unpad(padded: Plaintext) -> Option<Plaintext> {
    let mut bytes = padded.into_bytes();
    let mark = bytes.iter().rposition(|&byte| byte != 0)?;
    if bytes[mark] != PAD_MARK || bytes.len() - mark > BLOCK_BYTES {
        return None;
    }
    bytes.truncate(mark);
    Some(Plaintext::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;

    fn key() -> BoundKey {
        let binding = Binding::new(Scope::Strict, Some("shop"), "database").expect("a namespace is given");
        BoundKey::new(&DataKey::from_slice(&[7; 32]).expect("32 bytes"), &binding)
    }

    fn seal(plaintext: &[u8]) -> Token {
        Token::parse(&key().encrypt("password", plaintext, &mut rand::rng())).expect("what was just written")
    }

    #[test]
    fn padding_hides_up_to_a_block_and_adds_at_least_one_byte() {
        for (length, padded) in [(0, 32), (1, 32), (31, 32), (32, 64), (33, 64), (63, 64), (64, 96)] {
            let token = seal(&vec![0x80; length]);
            assert_eq!(token.body.len(), 40 + padded, "{length}");
            assert_eq!(token.least_plaintext_bytes(), padded - 32);
            let opened = key().decrypt("password", &token).expect("opens");
            assert_eq!(opened.expose(), vec![0x80; length]);
        }
    }

    #[test]
    fn zeros_at_the_end_of_a_plaintext_survive() {
        for plaintext in [&[0u8; 40][..], &[0x80, 0, 0], &[0x80; 32], &[0; 31]] {
            assert_eq!(
                key()
                    .decrypt("password", &seal(plaintext))
                    .expect("opens")
                    .expose(),
                plaintext
            );
        }
    }

    #[test]
    fn refuses_missing_wrong_and_over_long_padding() {
        let over_long = [&[0x80][..], &[0; 63]].concat();
        for padded in [
            vec![0; 32],
            vec![1; 32],
            [vec![0x80; 32], vec![0; 32]].concat(),
            over_long,
        ] {
            assert!(unpad(Plaintext::from(padded)).is_none());
        }
        assert!(unpad(Plaintext::from([&[0x80][..], &[0; 31]].concat())).is_some());
    }

    #[test]
    fn refuses_texts_that_are_no_value() {
        let good = key().encrypt("password", b"x", &mut rand::rng());
        let (id, body) = good.split_once(':').expect("a value has a colon");
        let check = |text: String, error| assert_eq!(Token::parse(&text), Err(error), "{text}");
        check(body.to_owned(), TokenError::NoSeparator);
        check(format!("{}:{body}", &id[1..]), TokenError::Id);
        check(format!("{id}: {body}"), TokenError::Base64);
        check(format!("{id}:{body}\n"), TokenError::Base64);
        check(format!("{id}::{body}"), TokenError::Base64);
        check(format!("{id}:"), TokenError::Length);
        check(format!("{id}:{}", &body[..92]), TokenError::Length);
        check(format!("{id}:{}", STANDARD.encode([0; 40])), TokenError::Length);
        check(format!("{id}:{}", STANDARD.encode([0; 73])), TokenError::Length);
    }

    #[test]
    fn base64_is_canonical() {
        assert_eq!(decode_canonical("AA==").as_deref(), Some(&[0][..]));
        for text in ["AB==", "AA", "AA=", "A A=", "AA==\n", "__==", "====", "AAA=A"] {
            assert_eq!(decode_canonical(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_opens_only_under_its_own_item_and_place() {
        let token = seal(b"hunter2");
        assert_eq!(
            key().decrypt("username", &token).err(),
            Some(ValueError::Tampered)
        );
        for (scope, namespace, name) in [
            (Scope::Strict, "shop", "cache"),
            (Scope::Strict, "other", "database"),
            (Scope::NamespaceWide, "shop", "database"),
            (Scope::ClusterWide, "shop", "database"),
        ] {
            let binding = Binding::new(scope, Some(namespace), name).expect("a namespace is given");
            let data_key = DataKey::from_slice(&[7; 32]).expect("32 bytes");
            let elsewhere = BoundKey::new(&data_key, &binding);
            assert_eq!(
                elsewhere.decrypt("password", &token).err(),
                Some(ValueError::Tampered)
            );
            assert!(BoundKey::verify(&data_key, &binding, key().commitment()).is_none());
        }
    }

    #[test]
    fn any_flipped_byte_fails() {
        let token = seal(b"hunter2");
        for at in 0..token.body.len() {
            let mut flipped = token.clone();
            flipped.body[at] ^= 1;
            assert_eq!(
                key().decrypt("password", &flipped).err(),
                Some(ValueError::Tampered),
                "byte {at}"
            );
        }
    }

    #[test]
    fn the_same_plaintext_never_looks_the_same_twice() {
        assert_ne!(seal(b"hunter2").body, seal(b"hunter2").body);
    }
}

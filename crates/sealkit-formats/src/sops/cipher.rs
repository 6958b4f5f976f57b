//! Values under the data key: encrypt to a token, decrypt a token, remember nonces so that what did not change stays.
//!
//! Source: `aes/cipher.go` of getsops/sops 3.13.

use std::collections::{HashMap, HashSet};

use sealkit_crypto::aead::TAG_BYTES;
use sealkit_crypto::long_nonce::{LongNonceKey, NONCE_BYTES};
use sealkit_crypto::{CryptoRng, DataKey, Plaintext};
use sha2::{Digest as _, Sha256};

use super::error::ValueError;
use super::token::{Kind, Token};

/// A data key, prepared for values.
#[derive(Debug)]
pub struct ValueKey(LongNonceKey);

impl ValueKey {
    /// Prepares a data key.
    pub fn new(key: &DataKey) -> Self {
        Self(LongNonceKey::new(key))
    }

    /// Encrypts under a nonce of 32 bytes, which must never meet another plaintext under this key.
    ///
    /// # Errors
    /// [`ValueError::TooLong`] beyond what AES-GCM can take.
    pub fn encrypt(
        &self,
        kind: Kind,
        plaintext: &[u8],
        aad: &str,
        nonce: &[u8; NONCE_BYTES],
    ) -> Result<Token, ValueError> {
        let (data, tag) = self
            .0
            .encrypt(nonce, aad.as_bytes(), plaintext)
            .map_err(|_| ValueError::TooLong)?;
        Ok(Token {
            data,
            iv: nonce.to_vec(),
            tag: tag.to_vec(),
            kind,
        })
    }

    /// Decrypts a token that stands at `aad`.
    ///
    /// # Errors
    /// [`ValueError::Rejected`] if key, place, nonce, ciphertext and tag do not belong together.
    pub fn decrypt(&self, token: &Token, aad: &str) -> Result<Plaintext, ValueError> {
        debug_assert_eq!(TAG_BYTES, 16, "the tag's length is part of the format");
        self.0
            .decrypt(&token.iv, aad.as_bytes(), &token.data, &token.tag)
            .map_err(|_| ValueError::Rejected)
    }
}

/// Tokens of values that were opened, by what they held and where: an unchanged value keeps its token.
///
/// The peer remembers the nonce for each pair of place and typed plaintext and encrypts again, which gives the same token.
/// Here the type is left out: bytes, place and key are equal, so is the ciphertext, and a `1` that the text layer reads as
/// another type than the writer did keeps the writer's token.
#[derive(Default)]
pub(super) struct Memory {
    tokens: HashMap<[u8; 32], Vec<Token>>,
    /// Nonces of comments that stand as elements in a list, the peer's way.
    elements: HashSet<Vec<u8>>,
}

impl Memory {
    /// Notes a token that opened to `plaintext` at `aad`. Nonces of other lengths are not kept: writers use 32 bytes.
    pub(super) fn note(&mut self, aad: &str, is_comment: bool, plaintext: &[u8], token: &Token) {
        if token.iv.len() == NONCE_BYTES {
            let tokens = self.tokens.entry(name(aad, is_comment, plaintext)).or_default();
            if !tokens.contains(token) {
                tokens.push(token.clone());
            }
        }
    }

    /// Notes that a comment's token stands as an element of its list.
    pub(super) fn note_element(&mut self, token: &Token) {
        self.elements.insert(token.iv.clone());
    }

    /// Whether a comment's token stood as an element of its list.
    pub(super) fn was_element(&self, token: &Token) -> bool {
        self.elements.contains(&token.iv)
    }

    /// The token for the next value with this plaintext at this place; two equal elements of a list keep their own.
    pub(super) fn recall(&mut self, aad: &str, is_comment: bool, plaintext: &[u8]) -> Option<Token> {
        let tokens = self.tokens.get_mut(&name(aad, is_comment, plaintext))?;
        // First in, first out; the last one stays for whoever else is equal.
        if tokens.len() > 1 {
            Some(tokens.remove(0))
        } else {
            tokens.first().cloned()
        }
    }
}

/// A digest instead of the plaintext, so that no second copy of the secrets is kept. Never leaves the process.
fn name(aad: &str, is_comment: bool, plaintext: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((aad.len() as u64).to_be_bytes());
    hash.update(aad.as_bytes());
    hash.update([u8::from(is_comment)]);
    hash.update(plaintext);
    hash.finalize().into()
}

/// A fresh nonce.
pub(super) fn nonce(rng: &mut dyn CryptoRng) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    nonce
}

#[cfg(test)]
mod tests {
    use super::super::value::Value;
    use super::*;

    fn key() -> ValueKey {
        let bytes: Vec<u8> = (0..32).collect();
        ValueKey::new(&DataKey::from_slice(&bytes).expect("32 bytes"))
    }

    const IV: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    /// The specification's vectors, which sops 3.13 made.
    #[test]
    fn encrypts_the_vectors_of_the_specification() {
        let nonce: [u8; 32] = core::array::from_fn(|at| 0x20 + at as u8);
        for (kind, aad, plaintext, data, tag) in [
            (Kind::Str, "a:b:", "hello", "f6SdJOI=", "TEFu+ejkdT0ijPtelDWwfg=="),
            (Kind::Int, "n:", "42", "I/M=", "UzMwOWR3/DEzgoo5/g7l1A=="),
            (Kind::Float, "f:", "1.5", "Ju/E", "uJBeK8Rb0IhyEwRMiZ5ZVA=="),
            (Kind::Bool, "t:", "True", "Q7OELQ==", "4iWWWhCEZvejl7gDSpigug=="),
            (
                Kind::Time,
                "d:",
                "2024-01-01T00:00:00Z",
                "JfHDfKA/5w72YDJH1rpRz72hh/4=",
                "2gCfWdJPduCVbuLzqNbDnA==",
            ),
            (
                Kind::Comment,
                ":",
                " note",
                "N6+ePOg=",
                "cPJU+gQfuk2Cck4/gS4NwA==",
            ),
        ] {
            let token = key()
                .encrypt(kind, plaintext.as_bytes(), aad, &nonce)
                .expect("short");
            let expected = format!(
                "ENC[AES256_GCM,data:{data},iv:{IV},tag:{tag},type:{}]",
                kind.as_str()
            );
            assert_eq!(token.to_string(), expected);
            let opened = key().decrypt(&Token::parse_strict(&expected).expect("well formed"), aad);
            assert_eq!(opened.expect("untouched").expose(), plaintext.as_bytes());
            let value = Value::from_plaintext(kind, Plaintext::from(plaintext.as_bytes().to_vec()));
            assert_eq!(
                value.expect("it fits").plaintext().as_slice(),
                plaintext.as_bytes()
            );
        }
    }

    #[test]
    fn a_token_opens_nowhere_else() {
        let token = key().encrypt(Kind::Str, b"x", "a:b:", &[1; 32]).expect("short");
        for aad in ["a:", "a:b", "b:a:", ""] {
            assert_eq!(key().decrypt(&token, aad), Err(ValueError::Rejected));
        }
    }

    #[test]
    fn equal_elements_keep_their_own_tokens() {
        let (first, second) = (
            key().encrypt(Kind::Str, b"x", "l:", &[1; 32]).expect("short"),
            key().encrypt(Kind::Str, b"x", "l:", &[2; 32]).expect("short"),
        );
        let mut memory = Memory::default();
        memory.note("l:", false, b"x", &first);
        memory.note("l:", false, b"x", &second);
        assert_eq!(memory.recall("l:", false, b"x"), Some(first));
        assert_eq!(memory.recall("l:", false, b"x"), Some(second.clone()));
        assert_eq!(memory.recall("l:", false, b"x"), Some(second));
        assert_eq!(memory.recall("m:", false, b"x"), None);
        assert_eq!(memory.recall("l:", true, b"x"), None);
    }
}

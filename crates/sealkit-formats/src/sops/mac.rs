//! The message authentication code over all values of a file: SHA-512 of their plaintexts in order, encrypted like a value.
//!
//! It says nothing about keys, types, boundaries between values, comments, empty values or the metadata.
//!
//! Source: `Encrypt`, `Decrypt` in `sops.go` of getsops/sops 3.13.

use sealkit_crypto::Plaintext;
use sha2::{Digest as _, Sha512};

/// What the hash begins with where only encrypted values count: SHA-256 of `sops`.
const ENCRYPTED_ONLY: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b,
    0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// Hashes values in their order.
#[derive(Clone)]
pub(super) struct Mac {
    hash: Sha512,
    /// The same with the comments of lists, once there was one: sops 3.13.2 alone computes it so.
    with_list_comments: Option<Sha512>,
    encrypted_only: bool,
}

impl Mac {
    pub(super) fn new(encrypted_only: bool) -> Self {
        let mut hash = Sha512::new();
        if encrypted_only {
            hash.update(ENCRYPTED_ONLY);
        }
        Self {
            hash,
            with_list_comments: None,
            encrypted_only,
        }
    }

    /// The plaintext of a value; `selected` says whether it is encrypted in the file.
    pub(super) fn value(&mut self, plaintext: &[u8], selected: bool) {
        if self.encrypted_only && !selected {
            return;
        }
        self.hash.update(plaintext);
        if let Some(hash) = &mut self.with_list_comments {
            hash.update(plaintext);
        }
    }

    /// The plaintext of a comment that stands in a list as an encrypted element.
    pub(super) fn list_comment(&mut self, plaintext: &[u8]) {
        let hash = self.with_list_comments.get_or_insert_with(|| self.hash.clone());
        hash.update(plaintext);
    }

    /// The code as it is encrypted: 128 upper-case hexadecimal digits.
    pub(super) fn finish(self) -> Plaintext {
        digits(self.hash)
    }

    /// Whether a decrypted code is that of these values, under either way to treat comments in lists.
    pub(super) fn matches(self, found: &Plaintext) -> bool {
        let other = self.with_list_comments.map(digits);
        found.ct_eq(digits(self.hash).expose()) || other.is_some_and(|other| found.ct_eq(other.expose()))
    }
}

fn digits(hash: Sha512) -> Plaintext {
    let digest = hash.finalize();
    let text = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digit = |half: u8| b"0123456789ABCDEF"[usize::from(half)];
    Plaintext::from(text.map(digit).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Sha256;

    fn hash(encrypted_only: bool) -> Mac {
        let mut mac = Mac::new(encrypted_only);
        mac.value(b"hello", true);
        for unselected in ["42", "1.5", "True"] {
            mac.value(unselected.as_bytes(), false);
        }
        mac
    }

    #[test]
    fn hashes_the_vectors_of_the_specification() {
        for (encrypted_only, expected) in [
            (
                false,
                "35BBF4C32F4D0FFD7D1D8D3916A03E00D31911E9EDB320E64A590B5B9705A9C444720A8EDDAA69AFB2E1252E4B6C7DD7F522FB42\
                 969BB7D566EF140E6774EFE5",
            ),
            (
                true,
                "AB53BE959DEF78AB23AB9F9A75E134502533FE5A3993047AE8796EADC89707E5244788D2F0A5AD9DF18F64582C106BDAD4937DAC\
                 D054F46B4FB0B49BDA6E9E7D",
            ),
        ] {
            assert_eq!(hash(encrypted_only).finish().expose(), expected.as_bytes());
        }
        assert_eq!(Sha256::digest(b"sops").as_slice(), ENCRYPTED_ONLY);
    }

    #[test]
    fn takes_list_comments_hashed_or_not() {
        let plain = hash(false).finish();
        let mut with = hash(false);
        with.list_comment(b" note");
        with.value(b"x", true);
        let mut without = hash(false);
        without.value(b"x", true);
        let mut hashed = hash(false);
        hashed.value(b" note", true);
        hashed.value(b"x", true);
        assert!(with.clone().matches(&without.finish()) && with.clone().matches(&hashed.finish()));
        assert!(!with.matches(&plain));
    }
}

//! Hashes and key derivation: SHA-256, HMAC-SHA-256, HKDF-SHA-256.
//!
//! What is derived, and from which label, each caller knows and this file does not.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Length of a SHA-256 digest and of an HMAC-SHA-256 tag, in bytes.
pub const HASH_BYTES: usize = 32;

/// Longest output of one HKDF-Expand, in bytes (RFC 5869 §2.3: 255 hashes).
const MAX_EXPAND_BYTES: usize = 255 * HASH_BYTES;

/// Computes SHA-256 over the parts, one after another, with nothing between them.
///
/// Source: FIPS 180-4.
pub fn sha256(parts: &[&[u8]]) -> [u8; HASH_BYTES] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Computes HMAC-SHA-256 over the parts, one after another, with nothing between them.
///
/// Source: RFC 2104, RFC 4231.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; HASH_BYTES] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Checks an HMAC-SHA-256 in constant time.
pub fn hmac_sha256_matches(key: &[u8], parts: &[&[u8]], expected: &[u8]) -> bool {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(expected).is_ok()
}

/// Fills `out` with HKDF-Expand of a 32-byte pseudorandom key. An output longer than 8,160 bytes does not compile.
///
/// Source: RFC 5869 §2.3.
pub fn hkdf_expand<const N: usize>(prk: &[u8; HASH_BYTES], info: &[u8], out: &mut [u8; N]) {
    const { assert!(N <= MAX_EXPAND_BYTES, "HKDF-SHA-256 yields at most 8,160 bytes") };
    Hkdf::<Sha256>::from_prk(prk)
        .expect("a key as long as the hash is long enough")
        .expand(info, out)
        .expect("the output length was checked when this was compiled");
}

/// Fills `out` with HKDF, extract and expand. An empty salt is RFC 5869's absent salt.
///
/// Source: RFC 5869 §2.2 and §2.3.
pub fn hkdf_sha256<const N: usize>(salt: &[u8], ikm: &[u8], info: &[u8], out: &mut [u8; N]) {
    const { assert!(N <= MAX_EXPAND_BYTES, "HKDF-SHA-256 yields at most 8,160 bytes") };
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand(info, out)
        .expect("the output length was checked when this was compiled");
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_hashed_as_if_they_were_joined() {
        assert_eq!(sha256(&[b"ab", b"", b"c"]), sha256(&[b"abc"]));
        assert_eq!(
            hmac_sha256(b"key", &[b"ab", b"c"]),
            hmac_sha256(b"key", &[b"abc"])
        );
    }

    #[test]
    fn expanding_an_extracted_key_is_the_whole_of_hkdf() {
        let (mut whole, mut halves) = ([0; 42], [0; 42]);
        hkdf_sha256(b"salt", b"ikm", b"info", &mut whole);
        hkdf_expand(&hmac_sha256(b"salt", &[b"ikm"]), b"info", &mut halves);
        assert_eq!(whole, halves);
    }

    #[test]
    fn a_tag_matches_itself_and_nothing_shorter() {
        let tag = hmac_sha256(b"key", &[b"text"]);
        assert!(hmac_sha256_matches(b"key", &[b"te", b"xt"], &tag));
        assert!(!hmac_sha256_matches(b"key", &[b"text"], &tag[..31]));
        assert!(!hmac_sha256_matches(b"key", &[b"texT"], &tag));
        assert!(!hmac_sha256_matches(b"kez", &[b"text"], &tag));
    }
}

//! The cryptography of the format's page, written down once more.

use base64::{Engine, engine::general_purpose::STANDARD};
use sealkit_crypto::{aead, kdf};

use super::draws::Draws;

pub(crate) fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn unb64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).expect("what was encoded here")
}

fn str_of(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("names are short");
    [&length.to_be_bytes()[..], text.as_bytes()].concat()
}

/// `place(scope, namespace, name)`, section 2.
pub(crate) fn place(scope: &str, namespace: &str, name: &str) -> Vec<u8> {
    match scope {
        "strict" => [&[1][..], &str_of(namespace), &str_of(name)].concat(),
        "namespace-wide" => [&[2][..], &str_of(namespace)].concat(),
        "cluster-wide" => vec![3],
        _ => panic!("no such scope"),
    }
}

/// `commitment`, section 3.
pub(crate) fn commitment(key: &[u8], place: &[u8]) -> [u8; 32] {
    kdf::hmac_sha256(key, &[b"sealkit/v1/commitment", place])
}

/// `id`, section 3.
pub(crate) fn id(commitment: &[u8; 32]) -> String {
    let bits: String = commitment[..5].iter().map(|byte| format!("{byte:08b}")).collect();
    let letters = (0..8).map(|at| {
        let five = usize::from_str_radix(&bits[at * 5..at * 5 + 5], 2).expect("five bits");
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[five])
    });
    std::iter::once('k').chain(letters).collect()
}

/// `wrap info`, section 3.
pub(crate) fn wrap_info(place: &[u8], commitment: &[u8; 32]) -> Vec<u8> {
    [b"sealkit/v1/wrap", place, commitment].concat()
}

/// `padded`, section 4.
pub(crate) fn pad(plaintext: &[u8]) -> Vec<u8> {
    let mut padded = [plaintext, &[0x80]].concat();
    while !padded.len().is_multiple_of(32) {
        padded.push(0);
    }
    padded
}

/// The cipher of section 4, over whatever padding the caller made.
pub(crate) fn encrypt(key: &[u8; 32], place: &[u8], item: &str, padded: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut value_key = [0; 32];
    kdf::hkdf_expand(key, &[b"sealkit/v1/value", place].concat(), &mut value_key);
    let nonce: [u8; 24] = draws.bytes();
    let aad = [b"sealkit/v1/item", place, &str_of(item)].concat();
    let ciphertext =
        aead::xchacha20poly1305_encrypt(&value_key, &nonce, &aad, padded).expect("vectors are short");
    [&nonce[..], &ciphertext].concat()
}

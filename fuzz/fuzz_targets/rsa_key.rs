//! RSA keys as PEM, public and private: an accepted key works and prints as a key that is accepted.
//! Seeds: sealed-secrets, keys
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::rsa_oaep::{RsaPrivateKey, RsaPublicKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = RsaPublicKey::from_pem(bytes) {
        let again = RsaPublicKey::from_pem(key.to_pem().as_bytes()).expect("what we print, we read");
        assert_eq!(again.spki_sha256(), key.spki_sha256());
    }
    if let Ok(key) = RsaPrivateKey::from_pem(bytes) {
        assert_eq!(key.modulus_len(), key.public_key().modulus_len());
        // too short for any key: refused before any arithmetic
        assert!(key.decrypt(b"label", &[0; 16]).is_err());
    }
});

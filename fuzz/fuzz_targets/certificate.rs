//! Certificates as people hand them over: PEM, several blocks, DER.
//! Seeds: sealed-secrets, keys
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::certificate::Certificate;
use sealkit_crypto::rsa_oaep::MIN_BITS;

fuzz_target!(|bytes: &[u8]| {
    for certificate in [
        Certificate::from_pem(bytes).ok(),
        Certificate::from_der(bytes).ok(),
    ]
    .into_iter()
    .flatten()
    {
        assert!(certificate.public_key().bits() >= MIN_BITS);
        assert!(certificate.expired_at(u64::MAX));
    }
});

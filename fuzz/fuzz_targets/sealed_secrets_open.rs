//! Bitnami's SealedSecret, opened with a test key.
//! Seeds: sealed-secrets
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_formats::sealed_secrets::{OpenOptions, open_with_keys};
use sealkit_manifest::Stream;

static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| {
    let pem = include_bytes!("../../testdata/sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem");
    RsaPrivateKey::from_pem(pem).expect("a test key is a key")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("input.yaml", bytes) else {
        return;
    };
    for object in stream.objects() {
        match open_with_keys(&object, &[&KEY], &OpenOptions::default()) {
            Ok(opened) => {
                let _ = stream.edit(&opened.changes(&object));
            }
            Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
        }
    }
});

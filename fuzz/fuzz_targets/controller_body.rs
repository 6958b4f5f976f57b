//! What the controller's `/v1/verify` and `/v1/rotate` make of a body, by the functions that the paths call: what is sealed
//! anew opened before, in the same scope, and the answer is one line.
//! Seeds: sealed-secrets
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_cluster::http::documents::{rotate, verify};
use sealkit_cluster::keys::{KeySet, SealingKey};
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_formats::sealed_secrets::kubeseal::Allowance;

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let pem = include_bytes!("../../testdata/sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem");
    KeySet::new(vec![SealingKey {
        name: "key".to_owned(),
        ordering_time: 0,
        created: 0,
        private: RsaPrivateKey::from_pem(pem).expect("a test key is a key"),
        certificate_pem: String::new(),
    }])
});

fuzz_target!(|body: &[u8]| {
    // a body with more values than this costs time and shows nothing
    let mut left = 16;
    let mut go_on = || {
        left -= 1;
        left >= 0
    };
    let mut allowance = Allowance {
        deprecated_data: true,
        go_on: &mut go_on,
    };
    let verified = verify(body, &KEYS, &mut allowance);
    let mut rng = StdRng::seed_from_u64(1);
    let Ok(sealed) = rotate(body, &KEYS, &mut allowance, &mut rng) else {
        return;
    };
    assert!(matches!(verified, Ok(true)), "what is sealed anew opened before");
    assert!(!sealed.trim_end().contains('\n'), "one line");
    let object: serde_json::Value = serde_json::from_str(&sealed).expect("and JSON");
    assert!(object["spec"]["encryptedData"].is_object(), "with values in it");
});

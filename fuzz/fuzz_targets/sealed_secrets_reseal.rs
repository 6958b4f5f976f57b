//! The bodies of the controller's `/v1/verify` and `/v1/rotate`: what opens is sealed anew in its own scope, and the answer
//! opens again; nothing else gets one.
//! Seeds: sealed-secrets
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_formats::sealed_secrets::kubeseal::{Allowance, SealedSecret};
use sealkit_formats::sealed_secrets::{Decrypter, Envelope, is_sealed_secret};
use sealkit_manifest::Stream;

static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| {
    let pem = include_bytes!("../../testdata/sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem");
    RsaPrivateKey::from_pem(pem).expect("a test key is a key")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("body", bytes) else {
        return;
    };
    let mut objects = stream.objects();
    let (Some(object), None) = (objects.next().filter(is_sealed_secret), objects.next()) else {
        return;
    };
    let Ok(documents) = SealedSecret::read_typed(&stream) else {
        return;
    };
    let envelope = Envelope::read(&object).expect("it says that it is one");
    for document in documents {
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
        let opens = document
            .verify(&mut Decrypter::new(&[&*KEY]), &mut allowance)
            .is_ok();
        let mut rng = StdRng::seed_from_u64(1);
        let key = KEY.public_key();
        let Ok(sealed) = document.reseal(&mut Decrypter::new(&[&*KEY]), key, &mut allowance, &mut rng) else {
            continue;
        };
        assert!(opens, "what is sealed anew opened before");
        let text = format!(
            "{{\"apiVersion\":\"bitnami.com/v1alpha1\",\"kind\":\"SealedSecret\",{}",
            &sealed.to_compact_json()[1..]
        );
        let answer = Stream::parse("answer", text.as_bytes()).expect("the answer is JSON");
        let object = answer.objects().next().expect("and one object");
        let after = Envelope::read(&object).expect("of the same kind");
        assert_eq!(after.label(), envelope.label(), "bound to the same place");
        let again = SealedSecret::read_typed(&answer).expect("of the same shape");
        let mut go_on = || true;
        let mut allowance = Allowance {
            deprecated_data: false,
            go_on: &mut go_on,
        };
        for document in again {
            document
                .verify(&mut Decrypter::new(&[&*KEY]), &mut allowance)
                .expect("what we seal, we open");
        }
    }
});

//! Stored values under every scheme, read with keys of every kind, and what they say without one. What opens under a scheme
//! that authenticates is what was written; nothing panics.
//! Seeds: at-rest
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_formats::at_rest::kms::{InMemory, KmsV1, KmsV2};
use sealkit_formats::at_rest::{
    Key, ObjectName, Scheme, Stored, Transformer, Transformers, data, is_object_of, probable_names,
};

const ETCD_KEY: &[u8] = b"/registry/secrets/shop/db";

static LIST: LazyLock<Transformers> = LazyLock::new(|| {
    let rng = || StdRng::seed_from_u64(1);
    let key = |name: &str, length: usize| Key::new(name, vec![7; length].into());
    let v2 = Arc::new(KmsV2::new("p", Arc::new(InMemory::new("id", rng()))));
    v2.observe(0, &mut rng()).expect("the service is healthy");
    let v1 = KmsV1::new("p", Arc::new(InMemory::new("id", rng())), 10);
    let keys = [key("k", 32), key("k:l", 16), key("m", 24)];
    Transformers::new(vec![
        Transformer::aes_cbc(&keys).expect("AES takes these lengths"),
        Transformer::aes_gcm(&keys).expect("AES takes these lengths"),
        Transformer::secretbox(&[key("k", 32)]).expect("32 bytes"),
        Transformer::kms_v1(Arc::new(v1)),
        Transformer::kms_v2(v2),
        Transformer::plaintext(),
    ])
    .expect("there are entries")
});

fuzz_target!(|bytes: &[u8]| {
    // once as it is, once behind every prefix, so that payloads are reached at once
    read(bytes);
    for scheme in Scheme::ALL {
        for name in ["k:", "k:l:", "m:", "p:", ""] {
            read(&[scheme.prefix().as_bytes(), name.as_bytes(), bytes].concat());
        }
    }
    // what was written opens, and is the same
    for entry in LIST.entries() {
        let list = Transformers::new(vec![entry.clone()]).expect("one entry");
        if entry.scheme() == Scheme::Plaintext && bytes.starts_with(b"k8s:enc:") {
            continue;
        }
        let stored = list
            .encrypt(ETCD_KEY, bytes, &mut StdRng::seed_from_u64(2))
            .expect("short");
        let opened = list.decrypt(ETCD_KEY, &stored).expect("just written");
        assert_eq!(opened.plaintext.expose(), bytes);
        assert!(!opened.by.stale);
    }
});

fn read(value: &[u8]) {
    match Stored::read(value) {
        Stored::Encrypted(encrypted) => {
            let _ = encrypted.kms_object();
            assert_eq!(probable_names(&[&encrypted]), [encrypted.probable_name()]);
            if let Some(name) = encrypted.probable_name() {
                assert!(encrypted.payload(name).is_some());
            }
        }
        Stored::Plaintext(_) => {
            let _ = (
                ObjectName::read(value),
                data(value),
                is_object_of(ETCD_KEY, value),
            );
        }
        _ => {}
    }
    match LIST.decrypt(ETCD_KEY, value) {
        Ok(opened) => assert_eq!(
            opened.by.scheme == Scheme::Plaintext,
            !value.starts_with(b"k8s:enc:")
        ),
        Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
    }
    let _ = LIST.decrypt_where(ETCD_KEY, value, &mut |plain| is_object_of(ETCD_KEY, plain));
}

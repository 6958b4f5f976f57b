//! Wrapped keys of every kind: no bytes that the fuzzer finds unwrap, and none panic.
//! Seeds: age-peer
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::identity::{
    NoPassphrase, PassphraseSource, PostQuantumIdentity, X25519Identity, parse_identities,
};
use sealkit_crypto::{Identity, WrappedKey};

static IDENTITIES: LazyLock<Vec<Box<dyn Identity>>> = LazyLock::new(|| {
    let nobody: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
    let mut identities: Vec<Box<dyn Identity>> = vec![
        Box::new(X25519Identity::from_bytes(&[1; 32])),
        Box::new(PostQuantumIdentity::from_seed(&[2; 32])),
    ];
    for text in [
        include_str!("../../testdata/keys/test-key-ssh-ed25519"),
        include_str!("../../testdata/keys/test-key-ssh-rsa"),
        include_str!("../../testdata/sealed-secrets/peer-0.36.6/key-2048.pkcs1.pem"),
    ] {
        identities.extend(parse_identities(text.as_bytes(), &nobody, None).expect("a test key"));
    }
    identities
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, key)) = bytes.split_first() else {
        return;
    };
    let identity = &IDENTITIES[usize::from(which) % IDENTITIES.len()];
    let recipient = identity.names().swap_remove(0);
    let wrapped = WrappedKey {
        recipient,
        key: key.to_vec(),
    };
    assert!(
        identity.unwrap_key(&wrapped, b"place").is_err(),
        "somebody forged a wrap"
    );
});

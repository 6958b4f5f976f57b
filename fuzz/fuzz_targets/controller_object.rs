//! Both resources as the API server hands them to the controller, read, opened, decided on and settled: whatever they hold,
//! nothing panics, one object's answer is always the same, and what was settled is not settled again.
//! Seeds: fuzz/controller_object
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use k8s_openapi::api::core::v1::Secret;
use libfuzzer_sys::fuzz_target;
use sealkit_cluster::decide::{Action, Decision};
use sealkit_cluster::identities::{IdentityKey, Ring};
use sealkit_cluster::keys::{KeySet, Keys, SealingKey};
use sealkit_cluster::native::EncryptedSecret;
use sealkit_cluster::resource::{Opener, SealedSecret};
use sealkit_cluster::sealed::Sealed;
use sealkit_cluster::templates::Templates;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use serde_json::{Value, json};

const NOW: &str = "2026-01-01T00:00:00Z";

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let pem = include_bytes!("../../testdata/sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem");
    Keys::new(KeySet::new(vec![SealingKey {
        name: "key".to_owned(),
        ordering_time: 0,
        created: 0,
        private: RsaPrivateKey::from_pem(pem).expect("a test key is a key"),
        certificate_pem: String::new(),
    }]))
});

static OPENER: LazyLock<Opener> = LazyLock::new(|| Opener {
    keys: KEYS.clone(),
    templates: Arc::new(AsWritten),
    accept_deprecated_data: true,
});

static RING: LazyLock<Arc<Ring>> = LazyLock::new(|| {
    let none: Keys<IdentityKey> = Keys::new(KeySet::default());
    Arc::new(Ring::new(none.clone(), none, KEYS.clone()))
});

/// Templates as they are written: rendering has a target of its own, and may use what is never the same twice.
struct AsWritten;

impl Templates for AsWritten {
    fn render(&self, _: &str, text: &str, _: &BTreeMap<&str, &[u8]>) -> Result<Vec<u8>, String> {
        Ok(text.as_bytes().to_vec())
    }
}

fuzz_target!(|bytes: &[u8]| {
    for there in [false, true] {
        turn::<SealedSecret>(bytes, &OPENER, there);
        turn::<EncryptedSecret>(bytes, &RING, there);
    }
});

/// A turn of what a watch brings, and the next one. `there`: whether a Secret of its name is, and is its own.
fn turn<O: Sealed>(bytes: &[u8], opener: &O::Opener, there: bool) {
    let Ok(object) = serde_json::from_slice::<O>(bytes) else {
        return;
    };
    let live = there.then(|| -> Secret {
        let owner = object.owner_reference();
        serde_json::from_value(json!({
            "metadata": {"name": object.name(), "namespace": object.namespace(), "ownerReferences": [owner]},
        }))
        .expect("a Secret")
    });
    let (found, report) = object.open(opener);
    let Decision { action, outcome } = object.decide(live.as_ref(), found);
    let secret = match action {
        Action::Create(secret) | Action::Replace(secret) => Some(*secret),
        Action::Keep => live,
    };
    let wrote = outcome.is_ok();
    let settled = object.settle(outcome.as_ref().copied(), Some(&report), wrote, NOW);
    if outcome.is_ok() {
        // the next turn finds the Secret as it should be
        let (found, _) = object.open(opener);
        let again = object.decide(secret.as_ref(), found);
        assert_eq!(again.action, Action::Keep, "a second turn writes again");
    }
    let Some(status) = settled.status else { return };
    // and its own status says all that there is to say
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let Some(fields) = value.as_object_mut() else {
        return;
    };
    fields.insert(
        "status".to_owned(),
        serde_json::to_value(status).expect("plain data"),
    );
    let object: O = serde_json::from_value(value).expect("only its status is another");
    let settled = object.settle(outcome.as_ref().copied(), Some(&report), false, NOW);
    assert!(settled.status.is_none(), "it is settled again");
}

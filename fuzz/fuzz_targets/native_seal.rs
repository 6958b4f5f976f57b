//! Any Secret that can be sealed opens to the same items, and sealing it again changes nothing.
//! Seeds: manifests, examples, sealed-secrets/seal
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::Identity;
use sealkit_crypto::identity::X25519Identity;
use sealkit_formats::Scope;
use sealkit_formats::native::{SealOptions, open_object, seal_object};
use sealkit_manifest::{Stream, secret_items};

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("input.yaml", bytes) else {
        return;
    };
    let mut rng = StdRng::seed_from_u64(1);
    let identity = X25519Identity::from_bytes(&[7; 32]);
    let recipients = [identity.recipient().expect("a key pair has a public half")];
    for scope in [Scope::Strict, Scope::ClusterWide] {
        let options = SealOptions::new(scope, &recipients);
        for object in stream.objects().filter(|object| object.is("v1", "Secret")) {
            let sealed = match seal_object(&object, &options, &mut rng) {
                Ok(sealed) => sealed,
                Err(error) => {
                    sealkit_fuzz::explain(&error, error.why(), error.hint());
                    continue;
                }
            };
            let Ok(edited) = stream.edit(&sealed.changes) else {
                continue;
            };
            let there = edited.object(object.id());
            let opened = open_object(&there, &[&identity as &dyn Identity]).expect("what we seal, we open");
            let mut before: Vec<(String, Vec<u8>)> = secret_items(&object)
                .expect("what was sealed could be read")
                .into_iter()
                .map(|item| (item.key.to_string(), item.value.to_vec()))
                .collect();
            let mut after: Vec<(String, Vec<u8>)> = opened
                .items()
                .map(|(key, value)| (key.to_owned(), value.expose().to_vec()))
                .collect();
            before.sort();
            after.sort();
            assert_eq!(before, after);
            let again = seal_object(&there, &options, &mut rng).expect("sealed objects are sealed");
            assert!(again.changes.is_empty(), "sealing twice changes nothing");
        }
    }
});

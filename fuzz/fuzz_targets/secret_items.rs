//! The Secret view: what `data` and `stringData` hold, as Kubernetes would read it.
//! Seeds: manifests, examples, sealed-secrets/seal
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_manifest::{Stream, is_item_key, secret_items};

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("input", bytes) else {
        return;
    };
    for object in stream.objects() {
        match secret_items(&object) {
            Ok(items) => assert!(items.iter().all(|item| is_item_key(&item.key))),
            Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
        }
    }
});

//! Bitnami's SealedSecret, read without a key.
//! Seeds: sealed-secrets
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_formats::sealed_secrets::Envelope;
use sealkit_manifest::Stream;

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("input", bytes) else {
        return;
    };
    for object in stream.objects() {
        if let Ok(envelope) = Envelope::read(&object) {
            assert!(
                envelope
                    .items()
                    .iter()
                    .all(|item| envelope.item(&item.key).is_some())
            );
            let _ = (
                envelope.label(),
                envelope.template().scope(),
                format!("{envelope:?}"),
            );
            for item in envelope.items() {
                let _ = (item.claimed_key_bits(), &item.key);
            }
        }
    }
});

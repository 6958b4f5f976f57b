//! The native format, read and opened with one key of every cheap kind. What opens, opens the same way again.
//! Seeds: native/valid, native/invalid
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::Identity;
use sealkit_crypto::identity::{NoPassphrase, PassphraseSource, parse_identities};
use sealkit_formats::native::{Envelope, open_object};
use sealkit_manifest::Stream;

static IDENTITIES: LazyLock<Vec<Box<dyn Identity>>> = LazyLock::new(|| {
    let files = [
        &include_bytes!("../../testdata/native/identities/test-key-alice.txt")[..],
        &include_bytes!("../../testdata/native/identities/test-key-quinn.txt")[..],
        &include_bytes!("../../testdata/native/identities/test-key-rosa.pem")[..],
        &include_bytes!("../../testdata/native/identities/test-key-sshed.key")[..],
    ];
    let none: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
    files
        .iter()
        .flat_map(|file| parse_identities(file, &none, None).expect("test keys are keys"))
        .collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("input.yaml", bytes) else {
        return;
    };
    let identities: Vec<&dyn Identity> = IDENTITIES.iter().map(AsRef::as_ref).collect();
    for object in stream.objects() {
        if let Err(error) = Envelope::read(&object) {
            sealkit_fuzz::explain(&error, error.why(), error.hint());
        }
        match open_object(&object, &identities) {
            Ok(opened) => {
                let edited = stream.edit(&opened.changes(&object));
                assert!(edited.is_err() || edited.is_ok_and(|edited| edited.objects().count() > 0));
            }
            Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
        }
    }
});

//! SOPS files: the metadata read and printed again, the file opened. What opens seals again and opens to the same.
//! Seeds: sops
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::Identity;
use sealkit_crypto::identity::{NoPassphrase, PassphraseSource, parse_identities};
use sealkit_formats::sops::metadata::Metadata;
use sealkit_formats::sops::time::Timestamp;
use sealkit_formats::sops::{self, AgeIdentities, OpenOptions, SealError};
use sealkit_manifest::Stream;

static IDENTITIES: LazyLock<Vec<Box<dyn Identity>>> = LazyLock::new(|| {
    let none: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
    let file = include_bytes!("../../testdata/sops/age-x25519.txt");
    parse_identities(file, &none, None).expect("test keys are keys")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("input.yaml", bytes) else {
        return;
    };
    if let Ok(metadata) = sops::envelope(&stream) {
        let again = Metadata::read(&metadata.tree()).expect("what was read prints");
        assert_eq!(again.groups.len(), metadata.groups.len());
        assert_eq!((again.mac, again.selector), (metadata.mac, metadata.selector));
    }
    let identities: Vec<&dyn Identity> = IDENTITIES.iter().map(AsRef::as_ref).collect();
    let options = OpenOptions {
        ignore_mac: true,
        ..OpenOptions::default()
    };
    match sops::open(&stream, &[&AgeIdentities(&identities)], &options) {
        Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
        Ok(opened) => {
            let text = format!("{}\n# edited", opened.stream().as_str());
            let Ok(edited) = Stream::parse("input.yaml", text.as_bytes()) else {
                return;
            };
            let now = Timestamp::parse_rfc3339("2026-01-02T03:04:05Z").expect("RFC 3339");
            match opened.reseal(&edited, now, &mut StdRng::seed_from_u64(1)) {
                Err(SealError::Mismatch { .. } | SealError::Reopen(_)) => panic!("it does not open again"),
                Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
                Ok(_) => {}
            }
        }
    }
});

//! Any YAML or JSON sealed as a SOPS file: what is written opens to what went in, or nothing is written.
//! Seeds: sops, manifests, yaml-test-suite
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::Recipient;
use sealkit_formats::sops::time::Timestamp;
use sealkit_formats::sops::{self, AgeKey, SealError, SealOptions};
use sealkit_manifest::Stream;

const RECIPIENT: &str = "age1j7nfgmle2m2m8dudlqk6dunqhmf9mzl3tkr9k3hx6jcffldye5zsx0s5cp";

fuzz_target!(|bytes: &[u8]| {
    let Ok(stream) = Stream::parse("input.yaml", bytes) else {
        return;
    };
    let recipient: Recipient = RECIPIENT.parse().expect("a recipient");
    let key = AgeKey {
        text: RECIPIENT,
        recipient: &recipient,
    };
    let now = Timestamp::parse_rfc3339("2026-01-02T03:04:05Z").expect("RFC 3339");
    let mut rng = StdRng::seed_from_u64(1);
    match sops::seal(&stream, &SealOptions::new(vec![&key]), now, &mut rng) {
        Err(SealError::Mismatch { .. } | SealError::Reopen(_)) => panic!("it does not open again"),
        Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
        Ok(sealed) => assert!(sops::is_sealed(&sealed.stream)),
    }
});

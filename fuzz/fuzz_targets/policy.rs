//! Policies: what is accepted decides the same way every time, and what is refused says why.
//! Seeds: fuzz/policy
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit::Policy;

fuzz_target!(|text: &[u8]| {
    let mut read = |_: &str| Ok(KEY.as_bytes().to_vec());
    match Policy::parse(".sealkit.yaml", text, &mut read) {
        Ok(policy) => {
            let _ = policy.notes();
            for path in ["a.yaml", "deploy/prod/db.yaml", ""] {
                let once = policy.decide(path).map(|sealing| sealing.recipients.len());
                assert_eq!(policy.decide(path).map(|sealing| sealing.recipients.len()), once);
            }
        }
        Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
    }
});

const KEY: &str = include_str!("../../testdata/keys/test-key-x25519.recipient");

//! Recipients files: what is accepted can be written out line by line and read back.
//! Seeds: keys, sealed-secrets
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::recipient::parse_recipients;

fuzz_target!(|text: &str| {
    let Ok(recipients) = parse_recipients(text) else {
        return;
    };
    let written: String = recipients
        .iter()
        .map(|recipient| format!("{recipient}\n"))
        .collect();
    assert_eq!(
        parse_recipients(&written).expect("what we print, we read"),
        recipients
    );
});

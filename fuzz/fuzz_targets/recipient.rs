//! Recipients as text: what is accepted prints canonically, and reads back as the same recipient.
//! Seeds: keys
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::recipient::{MAX_NAME_CHARS, Recipient};

fuzz_target!(|text: &str| {
    let Ok(recipient) = text.parse::<Recipient>() else {
        return;
    };
    assert!(recipient.name().chars().count() <= MAX_NAME_CHARS);
    let again = recipient
        .to_string()
        .parse::<Recipient>()
        .expect("what we print, we read");
    assert_eq!(again.to_string(), recipient.to_string());
    assert_eq!(again.name(), recipient.name());
});

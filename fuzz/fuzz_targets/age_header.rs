//! Headers of age files: the one spelling that is read is the one that is written.
//! Seeds: age-peer
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::age::header::{Header, VERSION_LINE};

fuzz_target!(|file: &[u8]| {
    let Ok(header) = Header::parse(file) else {
        return;
    };
    let mut written = VERSION_LINE.to_vec();
    for stanza in header.stanzas() {
        stanza.write_to(&mut written);
    }
    assert!(file.starts_with(&written));
    assert!(file.ends_with(header.payload()));
    assert!(file[written.len()..].starts_with(b"--- "));
});

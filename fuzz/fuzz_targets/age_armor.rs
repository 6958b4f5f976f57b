//! The ASCII coat of age files: what is read out of it is written back as the same text, white space around it apart.
//! Seeds: age-peer, age-cctv
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::age::armor;

fuzz_target!(|text: &[u8]| {
    // The vectors of CCTV begin with a header of their own, which ends with an empty line.
    let text = match text.windows(2).position(|two| two == b"\n\n") {
        Some(end) if text.starts_with(b"expect: ") => &text[end + 2..],
        _ => text,
    };
    let Ok(bytes) = armor::decode(text) else {
        return;
    };
    assert!(armor::is_armored(text));
    let written = armor::encode(&bytes);
    let unix: Vec<u8> = text
        .trim_ascii()
        .iter()
        .copied()
        .filter(|&byte| byte != b'\r')
        .collect();
    assert_eq!(written.trim_end().as_bytes(), unix);
});

//! Paths as text: what is accepted prints canonically and reads back as the same path.
//! Seeds: fuzz/path
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_manifest::Path;

fuzz_target!(|text: &str| {
    let Ok(path) = text.parse::<Path>() else { return };
    let again = path.to_string().parse::<Path>().expect("what we print, we read");
    assert_eq!(again, path);
});

//! YAML of any kind: an accepted file prints back byte for byte, every node has its place, reading it never panics.
//! Seeds: yaml-test-suite, manifests, sealed-secrets, examples
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| sealkit_fuzz::read_everything("input.yaml", bytes));

//! JSON of any kind, one value or several: the same promises as for YAML.
//! Seeds: manifests, sealed-secrets
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| sealkit_fuzz::read_everything("input.json", bytes));

//! Templates: reading and rendering under bounds never panics and always ends.
//! Seeds: fuzz/template
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_template::{Host, Limits, Template, utc_only};

fuzz_target!(|text: &str| {
    let Ok(template) = Template::parse("key", text) else { return };
    let mut rng = StdRng::seed_from_u64(1);
    let host = Host { clock: &|| 0, zones: &utc_only, rng: &mut rng };
    let limits = Limits { steps: 20_000, memory: 1 << 20, output: 1 << 16, ..Limits::default() };
    let values = [("a", b"x".as_slice()), ("n", b"42"), ("b", b"\xff\x00"), ("j", b"{\"a\":[1]}")];
    let _ = template.render(values, host, &limits);
});

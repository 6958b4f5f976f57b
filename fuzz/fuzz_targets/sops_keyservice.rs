//! Messages of SOPS's key services: what is read is written, and reads again as the same.
//! Seeds: sops
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_formats::sops::keyservice::{Request, read_answer, write_answer};

fuzz_target!(|bytes: &[u8]| {
    match Request::read(bytes) {
        Ok(request) => {
            let written = Request::write(&request.key, request.payload.expose());
            assert_eq!(Request::read(&written).as_ref(), Ok(&request));
        }
        Err(error) => sealkit_fuzz::explain(&error, None, None),
    }
    if let Ok(payload) = read_answer(bytes) {
        let again = read_answer(&write_answer(payload.expose()));
        assert_eq!(again, Ok(payload));
    }
});

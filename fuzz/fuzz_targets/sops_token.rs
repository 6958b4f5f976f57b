//! One encrypted value of SOPS: what is read prints, and reads again as the same.
//! Seeds: sops
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_formats::sops::token::Token;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for text in text
        .split('\n')
        .flat_map(|line| [line, line.trim_start_matches(|c| c != 'E')])
    {
        match Token::parse(text) {
            Ok(token) => assert_eq!(Token::parse_strict(&token.to_string()), Ok(token)),
            Err(error) => sealkit_fuzz::explain(&error, None, None),
        }
    }
});

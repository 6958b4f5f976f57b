//! Dotenv files: an accepted file prints back byte for byte, an edit that is accepted does what was meant and no more.
//! The last two bytes of an input choose the change, what stands before them is the file.
//! Seeds: lines
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_manifest::dotenv::{Change, Dotenv, New};

const VALUES: &[&str] = &["", "v", "two\nlines", "\\n", "=", "#", "a\r", "\"q\" ", "é"];

fuzz_target!(|input: &[u8]| {
    let Some((text, [kind, value])) = input.split_last_chunk::<2>() else {
        return;
    };
    let file = match Dotenv::parse("t.env", text) {
        Ok(file) => file,
        Err(error) => return sealkit_fuzz::explain(&error, error.why(), error.hint()),
    };
    assert_eq!(file.as_str().as_bytes(), text);
    let value = VALUES[usize::from(*value) % VALUES.len()];
    let count = file.items().len();
    let item = usize::from(*kind) / 4 % (count + 1);
    let new = New::Entry { key: "NEW", value };
    let change = match kind % 4 {
        0 => Change::Set { item, value },
        1 => Change::SetComment { item, text: value },
        2 => Change::Insert { before: item, new },
        _ => Change::Remove { item },
    };
    let edited = match file.edit(&[change]) {
        Ok(edited) => edited,
        Err(error) => return sealkit_fuzz::explain(&error, error.why(), error.hint()),
    };
    if let Some(item) = file.item(item) {
        let span = item.span();
        match change {
            Change::Set { .. } | Change::SetComment { .. } => {
                assert!(edited.as_str().starts_with(&file.as_str()[..span.start]));
                assert!(edited.as_str().ends_with(&file.as_str()[span.end..]));
            }
            _ => {}
        }
    }
    if let Change::Insert { before, .. } = change {
        let back = edited.edit(&[Change::Remove { item: before }]);
        let back = back.expect("what was inserted can be removed");
        // an empty file has no last line, so there a line break cannot be missing
        assert!(count == 0 || back.as_str() == file.as_str());
    }
});

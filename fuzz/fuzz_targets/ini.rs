//! INI files: an accepted file prints back byte for byte; an edit that is accepted reads as meant, and what is written
//! anew reads as what was read.
//! The last three bytes of an input choose the change, what stands before them is the file.
//! Seeds: lines
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_manifest::ini::{Change, Ini, New, NewSection, emit};

const VALUES: &[&str] = &[
    "",
    "v",
    "two\nlines",
    "a;b",
    "#",
    " blanks ",
    "`",
    "\"q\"",
    "'",
    "\"\"\"",
    "a\\",
    "ENC[x]",
    "a\r",
    "é\u{a0}",
    "\n`\"\"\"",
];

fuzz_target!(|input: &[u8]| {
    let Some((text, [kind, which, value])) = input.split_last_chunk::<3>() else {
        return;
    };
    let file = match Ini::parse("t.ini", text) {
        Ok(file) => file,
        Err(error) => return sealkit_fuzz::explain(&error, error.why(), error.hint()),
    };
    assert_eq!(file.as_str().as_bytes(), text);
    let unchanged = file.edit(&[]).expect("no change fits every file");
    assert_eq!(unchanged.as_str(), file.as_str());
    again(&file);
    let value = VALUES[usize::from(*value) % VALUES.len()];
    let section = usize::from(*which) % file.sections().len();
    let entries = file.section(section).map_or(0, |section| section.entries().len());
    let entry = usize::from(*which) / 7 % (entries + 1);
    let new = New {
        key: "new",
        value,
        comment: Some("why"),
    };
    let change = match kind % 7 {
        0 => Change::Set {
            section,
            entry,
            value,
        },
        1 => Change::SetComment {
            section,
            entry: Some(entry),
            text: value,
        },
        2 => Change::SetComment {
            section,
            entry: None,
            text: value,
        },
        3 => Change::InsertEntry { section, new },
        4 => Change::RemoveEntry { section, entry },
        5 => Change::InsertSection {
            new: NewSection {
                name: "new",
                comment: None,
                entries: vec![new],
            },
        },
        _ => Change::RemoveSection { section },
    };
    let edited = match file.edit(std::slice::from_ref(&change)) {
        Ok(edited) => edited,
        Err(error) => return sealkit_fuzz::explain(&error, error.why(), error.hint()),
    };
    match change {
        Change::Set { .. } => {
            let entry = edited.section(section).and_then(|section| section.entry(entry));
            assert_eq!(entry.expect("the entry is there").value(), value);
        }
        Change::InsertSection { .. } => {
            let last = edited.sections().len() - 1;
            let back = edited.edit(&[Change::RemoveSection { section: last }]);
            let back = back.expect("what was appended can be removed");
            // a lone carriage return at the end becomes half of the line break that the section needs
            assert!(
                back.as_str().trim_end_matches('\r') == file.as_str().trim_end_matches('\r')
                    || file.as_str().trim().is_empty()
                    || file.loose_comment().is_some()
            );
        }
        _ => {}
    }
});

/// Written anew, a file reads the same, or is refused.
fn again(file: &Ini) {
    let texts: Vec<Vec<_>> = file
        .sections()
        .map(|section| {
            section
                .entries()
                .map(|entry| (entry.key(), entry.value()))
                .collect()
        })
        .collect();
    let sections: Vec<_> = file
        .sections()
        .zip(&texts)
        .map(|(section, texts)| NewSection {
            name: section.name(),
            comment: None,
            entries: texts
                .iter()
                .map(|(key, value)| New {
                    key,
                    value,
                    comment: None,
                })
                .collect(),
        })
        .collect();
    let Ok(text) = emit(&sections) else {
        return;
    };
    let read = Ini::parse("again.ini", text.as_bytes()).expect("what was written is a file");
    let values = |file: &Ini| -> Vec<String> {
        let entries = file.sections().flat_map(|section| section.entries());
        entries.map(|entry| entry.value().into_owned()).collect()
    };
    assert_eq!(values(&read), values(file));
}

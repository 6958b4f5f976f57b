//! The vectors of the native format: complete objects with identities, expected outcome and provenance.
//!
//! A second, small writer made from the format's page alone: it shares the primitives with the library and none of the
//! room's code, so that a misreading on one side shows. It can also do what the library never does: pad wrongly, name
//! things twice, wrap 33 bytes.

pub(crate) mod doc;
pub(crate) mod draws;
mod invalid;
pub(crate) mod people;
mod stricter;
mod valid;
mod writer;

/// A file below `testdata/native`.
pub(crate) struct File {
    /// Its name, with forward slashes.
    pub(crate) name: String,
    /// Its content.
    pub(crate) text: String,
}

/// Makes all vectors. What cannot be reproduced (RSA draws for itself) is kept if `kept` still has it.
pub(crate) fn all(kept: &dyn Fn(&str) -> Option<String>) -> Vec<File> {
    let people = people::People::new(kept);
    let mut files = people.files();
    for (folder, cases) in [
        ("valid", valid::cases(&people)),
        ("invalid", invalid::cases(&people)),
        ("invalid", stricter::cases(&people)),
    ] {
        for case in cases {
            let name = format!("{folder}/{}.yaml", case.name);
            let text = match kept(&name) {
                Some(text) if case.randomised => text,
                _ => case.text(),
            };
            files.push(File { name, text });
        }
    }
    files
}

//! Which program this is: `sealkit`, or one that it stands in for, called by that one's name.
//!
//! Looks at the name of the program and the first word, before anything else is read or started.

use std::{ffi::OsString, path::Path};

use crate::{kubeseal, sops};

/// The programs it stands in for.
const PROGRAMS: &[(&str, Program)] = &[("kubeseal", kubeseal::run), ("sops", sops::run)];

/// Takes the name to show in usage and the words that follow it; gives the exit code.
type Program = fn(&str, &[OsString]) -> u8;

/// Runs another program than `sealkit`, if that is what was called; gives its exit code.
pub(crate) fn run(arguments: &[OsString]) -> Option<u8> {
    let called = called(arguments)?;
    Some((called.program)(&called.name, called.words))
}

struct Called<'a> {
    program: Program,
    name: String,
    words: &'a [OsString],
}

/// The base name of the program without its extension decides, or else the first word.
fn called(arguments: &[OsString]) -> Option<Called<'_>> {
    let (first, words) = arguments.split_first()?;
    let path = Path::new(first);
    if let Some((_, program)) = PROGRAMS
        .iter()
        .find(|(name, _)| path.file_stem().is_some_and(|stem| stem == *name))
    {
        return Some(Called {
            program: *program,
            name: path.display().to_string(),
            words,
        });
    }
    let (word, words) = words.split_first()?;
    let (name, program) = PROGRAMS.iter().find(|(name, _)| word == *name)?;
    Some(Called {
        program: *program,
        name: format!("{} {name}", path.display()),
        words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], expected: Option<(&str, &[&str])>) {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let found = called(&words);
        let found = found.map(|called| (called.name, called.words.to_vec()));
        let expected =
            expected.map(|(name, rest)| (name.to_owned(), rest.iter().map(OsString::from).collect()));
        assert_eq!(found, expected, "{words:?}");
    }

    #[test]
    fn the_name_of_the_program_or_its_first_word_decides() {
        check(&["/bin/kubeseal", "--raw"], Some(("/bin/kubeseal", &["--raw"])));
        check(
            &["kubeseal.exe", "kubeseal"],
            Some(("kubeseal.exe", &["kubeseal"])),
        );
        check(
            &["sealkit", "kubeseal", "--raw"],
            Some(("sealkit kubeseal", &["--raw"])),
        );
        check(&["sealkit", "seal", "kubeseal"], None);
        check(&["kubeseal-old", "--raw"], None);
        check(&["sealkit"], None);
        check(&[], None);
    }
}

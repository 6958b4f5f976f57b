//! What the words of a file must and must not say, code aside.

use anyhow::Result;

use super::Offence;
use super::source::{File, Tree};
use crate::architecture::{Layer, MEMBERS};

/// Rust files that open neither with `//!` nor with their crate's README.
pub(crate) fn headers(tree: &Tree) -> Result<Vec<Offence>> {
    let silent = tree.rust("").filter(|file| {
        let first = file
            .text
            .lines()
            .find(|line| line.contains("include_str!") || !line.starts_with("#!") && !line.trim().is_empty());
        !first.is_some_and(|line| line.starts_with("//!") || line.contains("include_str!(\"../README.md\")"))
    });
    Ok(silent
        .map(|file| {
            whole(
                file,
                "does not open with `//!`: what is it for, what does it not know?",
            )
        })
        .collect())
}

/// Ignored tests, and doctests that are not compiled.
pub(crate) fn ignored(tree: &Tree) -> Result<Vec<Offence>> {
    let mut found = Vec::new();
    for file in tree.rust("") {
        let attribute = |code: &str| code.trim_start().starts_with("#[ignore");
        found.extend(lines(
            file,
            file.code(),
            attribute,
            "a test that does not run shows nothing",
        ));
    }
    let documented = tree
        .files
        .iter()
        .filter(|file| file.path.ends_with(".rs") || file.path.ends_with(".md"));
    for file in documented {
        let raw = file
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.to_owned()))
            .collect();
        found.extend(lines(
            file,
            raw,
            is_ignored_fence,
            "an example that is not compiled will lie one day",
        ));
    }
    Ok(found)
}

/// Marks of unfinished work in shipped files.
pub(crate) fn leftovers(tree: &Tree) -> Result<Vec<Offence>> {
    let words = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X:"].concat(),
    ];
    let macros = ["todo!(", "unimplemented!("];
    let mut found = Vec::new();
    for file in tree.rust("") {
        let raw = file
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.to_owned()))
            .collect();
        let in_words = |line: &str| words.iter().any(|word| super::source::mentions(line, word));
        found.extend(lines(
            file,
            raw,
            in_words,
            "finish it, or write down what falls short where users look",
        ));
        let in_code = |line: &str| macros.iter().any(|word| super::source::mentions(line, word));
        found.extend(lines(
            file,
            file.code(),
            in_code,
            "a stub called done is a defect",
        ));
    }
    Ok(found)
}

/// Mentions of places outside the repository that a clone does not have.
pub(crate) fn foreign_places(tree: &Tree) -> Result<Vec<Offence>> {
    // Put together here, so that this file does not contain them.
    let places = [
        ["..", "/shared"].concat(),
        ["/wo", "rk/"].concat(),
        [".libr", "ary/"].concat(),
        ["sub", "agent"].concat(),
    ];
    let mut found = Vec::new();
    for file in &tree.files {
        let raw = file
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.to_owned()))
            .collect();
        let named = |line: &str| places.iter().any(|place| line.contains(place.as_str()));
        found.extend(lines(
            file,
            raw,
            named,
            "a clone has no such place: copy what is needed, name the source",
        ));
    }
    Ok(found)
}

/// Published crates without the files that a person expects in the package.
pub(crate) fn papers(tree: &Tree) -> Result<Vec<Offence>> {
    let root = crate::root();
    let expected = ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"];
    let published = MEMBERS.iter().filter(|member| member.layer != Layer::Development);
    let mut found = Vec::new();
    for member in published {
        let missing = expected
            .iter()
            .filter(|name| !root.join(member.folder).join(name).is_file());
        found.extend(missing.map(|name| Offence {
            file: format!("{}/{name}", member.folder),
            line: 0,
            what: "is missing".to_owned(),
        }));
        let library = tree.file(&format!("{}/src/lib.rs", member.folder));
        let readme = library.is_none_or(|file| file.text.contains("include_str!(\"../README.md\")"));
        if !readme {
            let file = format!("{}/src/lib.rs", member.folder);
            let what = "does not compile its README: `#[cfg(doctest)] #[doc = include_str!(\"../README.md\")] struct Readme;`";
            found.push(Offence {
                file,
                line: 0,
                what: what.to_owned(),
            });
        }
    }
    Ok(found)
}

fn whole(file: &File, what: &str) -> Offence {
    Offence {
        file: file.path.clone(),
        line: 0,
        what: what.to_owned(),
    }
}

fn lines(file: &File, lines: Vec<(usize, String)>, is: impl Fn(&str) -> bool, what: &str) -> Vec<Offence> {
    let hits = lines.into_iter().filter(|(_, line)| is(line));
    hits.map(|(line, _)| Offence {
        file: file.path.clone(),
        line,
        what: what.to_owned(),
    })
    .collect()
}

/// Whether a line opens a code block that rustdoc would skip.
fn is_ignored_fence(line: &str) -> bool {
    let line = line
        .trim_start()
        .trim_start_matches("///")
        .trim_start_matches("//!")
        .trim_start();
    let Some(info) = line.strip_prefix("```") else {
        return false;
    };
    info.split([',', ' ']).any(|word| word.starts_with("ignore"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_examples_are_found_in_every_spelling() {
        assert!(is_ignored_fence("/// ```ignore"));
        assert!(is_ignored_fence("//! ```rust,ignore"));
        assert!(is_ignored_fence("```rust ignore"));
        assert!(!is_ignored_fence("/// ```no_run"));
        assert!(!is_ignored_fence("```"));
    }

    #[test]
    fn a_stub_is_found_and_a_word_about_it_is_not() {
        let tree = Tree::of(&[(
            "crates/a/src/lib.rs",
            "//! Says todo!() in prose.\nfn f() { todo!() }\n",
        )]);
        let found = leftovers(&tree).expect("the rule applies");
        assert_eq!(found.iter().map(|offence| offence.line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_file_without_an_opening_sentence_is_found() {
        let tree = Tree::of(&[("a.rs", "fn f() {}\n"), ("b.rs", "#![no_std]\n//! For b.\n")]);
        assert_eq!(headers(&tree).expect("the rule applies").len(), 1);
    }
}

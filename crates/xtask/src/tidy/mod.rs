//! House rules as functions over the checkout, run by `cargo xtask tidy` and as plain tests.
//!
//! A rule returns offences and prints nothing; each says where, what, and why the rule exists. A new rule is one
//! function in one of the files below and one line in [`RULES`].

mod absences;
mod directions;
mod lengths;
mod prose;
mod rooms;
mod source;

use std::fmt;

use anyhow::{Result, bail};

use self::source::Tree;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offence {
    /// Path below the root.
    file: String,
    /// 1-based; 0 where the whole file is meant.
    line: usize,
    what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// A named rule over the whole tree.
struct Rule {
    name: &'static str,
    find: fn(&Tree) -> Result<Vec<Offence>>,
}

const RULES: &[Rule] = &[
    Rule {
        name: "rooms never import sibling rooms",
        find: rooms::siblings,
    },
    Rule {
        name: "pure crates reach no clock, environment, file, process or generator",
        find: absences::reach,
    },
    Rule {
        name: "pure crates neither await nor print",
        find: absences::manners,
    },
    Rule {
        name: "every pure crate tells clippy the same",
        find: absences::clippy_files,
    },
    Rule {
        name: "there is no unsafe code",
        find: absences::no_unsafe,
    },
    Rule {
        name: "crates depend downwards only",
        find: directions::dependencies,
    },
    Rule {
        name: "versions are named in the root manifest only",
        find: directions::versions,
    },
    Rule {
        name: "every file opens with what it is for",
        find: prose::headers,
    },
    Rule {
        name: "no test is ignored",
        find: prose::ignored,
    },
    Rule {
        name: "nothing is left for later",
        find: prose::leftovers,
    },
    Rule {
        name: "the repository stands on its own",
        find: prose::foreign_places,
    },
    Rule {
        name: "published crates carry licences, README and changelog",
        find: prose::papers,
    },
];

/// Applies every rule, prints a line for each and a report of long files.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read(&crate::root())?;
    let mut offences = 0;
    for rule in RULES {
        let found = (rule.find)(&tree)?;
        println!("{} {}", if found.is_empty() { "ok  " } else { "FAIL" }, rule.name);
        for offence in &found {
            println!("     {offence}");
        }
        offences += found.len();
    }
    for line in lengths::report(&tree) {
        println!("     {line}");
    }
    if offences > 0 {
        bail!("{offences} places break the house rules");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str) {
        let rule = RULES
            .iter()
            .find(|rule| rule.name == name)
            .expect("the rule is listed");
        let tree = Tree::read(&crate::root()).expect("the checkout can be read");
        let found = (rule.find)(&tree).expect("the rule can be applied");
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{name}:\n{}", lines.join("\n"));
    }

    #[test]
    fn rooms_never_import_sibling_rooms() {
        check("rooms never import sibling rooms");
    }

    #[test]
    fn pure_crates_reach_no_clock_environment_file_process_or_generator() {
        check("pure crates reach no clock, environment, file, process or generator");
    }

    #[test]
    fn pure_crates_neither_await_nor_print() {
        check("pure crates neither await nor print");
    }

    #[test]
    fn every_pure_crate_tells_clippy_the_same() {
        check("every pure crate tells clippy the same");
    }

    #[test]
    fn there_is_no_unsafe_code() {
        check("there is no unsafe code");
    }

    #[test]
    fn crates_depend_downwards_only() {
        check("crates depend downwards only");
    }

    #[test]
    fn versions_are_named_in_the_root_manifest_only() {
        check("versions are named in the root manifest only");
    }

    #[test]
    fn every_file_opens_with_what_it_is_for() {
        check("every file opens with what it is for");
    }

    #[test]
    fn no_test_is_ignored() {
        check("no test is ignored");
    }

    #[test]
    fn nothing_is_left_for_later() {
        check("nothing is left for later");
    }

    #[test]
    fn the_repository_stands_on_its_own() {
        check("the repository stands on its own");
    }

    #[test]
    fn published_crates_carry_licences_readme_and_changelog() {
        check("published crates carry licences, README and changelog");
    }
}

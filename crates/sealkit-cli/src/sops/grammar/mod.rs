//! How `sops` reads a command line: the rules, without any particular flag.
//!
//! One dash or two before any name, `--flag=value`, switches that take `=true` and `=false`, no combining of short
//! names, and defaults from the environment. The older form stops at the first operand; sub-commands gather flags from
//! behind it first, by a rule that scripts have come to depend on (see [`gather`]). It knows no flag by name.
//!
//! Source: observed with getsops/sops 3.13.3, which uses urfave/cli 1.22 over Go's `flag`.

mod number;
mod read;

use std::{collections::BTreeMap, ffi::OsString};

pub(super) use number::{boolean, integer};
pub(super) use read::{gather, read};

/// What follows a flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Takes {
    /// Nothing, or `=true` and the like; the value is what holds without the flag.
    Switch(bool),
    /// One text.
    Text,
    /// One text, and each further one replaces the former; this is what holds without the flag.
    TextOr(&'static str),
    /// One whole number.
    Number,
    /// A text each time it is given.
    Texts,
}

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag {
    /// Its names without dashes; the first is the one that the code asks for.
    pub(super) names: &'static [&'static str],
    /// What follows it.
    pub(super) takes: Takes,
    /// The variable that stands in for it.
    pub(super) variable: Option<&'static str>,
    /// What it does, for `--help`.
    pub(super) help: &'static str,
}

/// Reads one variable. The environment is given so that tests have none.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A command line that does not follow the rules.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GrammarError {
    /// A flag that the command does not have. Short names do not combine, so `-di` is one.
    #[error("flag provided but not defined: -{0}")]
    Unknown(String),
    /// Dashes without a name.
    #[error("bad flag syntax: {0}")]
    NoName(String),
    /// Nothing follows a flag that needs something.
    #[error("flag needs an argument: -{0}")]
    NoValue(String),
    /// A switch with something else than a boolean.
    #[error("invalid boolean value for -{0}")]
    NotBoolean(String),
    /// Not a whole number.
    #[error("invalid value for flag -{0}: not a whole number")]
    NotANumber(String),
    /// A value that is not UTF-8.
    #[error("invalid value for flag -{0}: not UTF-8")]
    NotText(String),
    /// The long and the short name of one flag.
    #[error("Cannot use two forms of the same flag: {0} {1}")]
    Twice(&'static str, &'static str),
    /// A variable with a value of the wrong type.
    #[error("could not parse {variable} for flag {flag}: not {expected}")]
    Variable {
        variable: &'static str,
        flag: &'static str,
        expected: &'static str,
    },
}

/// One command line, read.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) switches: BTreeMap<&'static str, bool>,
    pub(super) texts: BTreeMap<&'static str, Vec<String>>,
    pub(super) numbers: BTreeMap<&'static str, i64>,
    /// The flags that stood on the command line itself.
    pub(super) typed: Vec<&'static str>,
    /// What is no flag.
    pub(super) operands: Vec<OsString>,
}

impl Arguments {
    /// Whether a switch is on.
    pub(super) fn switch(&self, name: &str) -> bool {
        self.switches.get(name).copied().unwrap_or(false)
    }

    /// The last text given, or nothing. Empty counts as nothing, as it does for `sops`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let last = self.texts.get(name).and_then(|all| all.last());
        last.filter(|text| !text.is_empty()).cloned()
    }

    /// Every text given.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.texts.get(name).cloned().unwrap_or_default()
    }

    /// A number; zero without the flag.
    pub(super) fn number(&self, name: &str) -> i64 {
        self.numbers.get(name).copied().unwrap_or(0)
    }

    /// Whether the flag stood on the command line.
    pub(super) fn is_typed(&self, name: &str) -> bool {
        self.typed.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        flag(&["in-place", "i"], Takes::Switch(false), None),
        flag(&["local"], Takes::Switch(true), Some("LOCAL")),
        flag(&["pgp", "p"], Takes::Text, Some("PGP")),
        flag(&["net"], Takes::TextOr("tcp"), None),
        flag(&["threshold"], Takes::Number, None),
        flag(&["service"], Takes::Texts, Some("SERVICE")),
    ];

    const fn flag(names: &'static [&'static str], takes: Takes, variable: Option<&'static str>) -> Flag {
        Flag {
            names,
            takes,
            variable,
            help: "",
        }
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ')
            .filter(|word| !word.is_empty())
            .map(OsString::from)
            .collect()
    }

    fn old(line: &str) -> Result<Arguments, GrammarError> {
        read(FLAGS, &words(line), &|_| None)
    }

    fn new(line: &str) -> Arguments {
        read(FLAGS, &gather(FLAGS, &words(line)), &|_| None).expect("it follows the rules")
    }

    #[test]
    fn one_dash_or_two_and_the_value_in_the_same_word_or_the_next() {
        for line in ["--pgp F x", "-pgp F x", "-p F x", "--p=F x", "-pgp=F x"] {
            let read = old(line).expect("it follows the rules");
            assert_eq!(read.text("pgp").as_deref(), Some("F"), "{line}");
            assert_eq!(read.operands, words("x"));
        }
        assert_eq!(
            old("--pgp=a=b").expect("valid").text("pgp").as_deref(),
            Some("a=b")
        );
    }

    #[test]
    fn the_older_form_stops_at_the_first_operand() {
        let read = old("-i file --pgp F").expect("it follows the rules");
        assert!(read.switch("in-place"));
        assert_eq!(read.operands, words("file --pgp F"));
        assert_eq!(read.text("pgp"), None);
        assert_eq!(old("- -i").expect("valid").operands, words("- -i"));
        assert_eq!(old("-- -i").expect("valid").operands, words("-i"));
    }

    #[test]
    fn a_sub_command_gathers_flags_from_behind_its_operands() {
        let read = new("file --pgp F -i");
        assert_eq!(read.text("pgp").as_deref(), Some("F"));
        assert!(read.switch("in-place"));
        assert_eq!(read.operands, words("file"));
        assert_eq!(
            new("a -- -i b").operands,
            words("a -i b"),
            "two dashes end the flags"
        );
    }

    #[test]
    fn the_word_behind_a_switch_is_taken_along_and_ends_the_flags() {
        let read = new("-i file --pgp F");
        assert!(read.switch("in-place"));
        assert_eq!(read.text("pgp"), None, "as `sops` does it");
        assert_eq!(read.operands, words("file --pgp F"));
        assert_eq!(new("-i=true file --pgp F").text("pgp").as_deref(), Some("F"));
    }

    #[test]
    fn switches_take_go_booleans_and_nothing_else() {
        assert!(!old("--in-place=false").expect("valid").switch("in-place"));
        assert!(old("-i=T").expect("valid").switch("in-place"));
        assert!(old("").expect("valid").switch("local"));
        assert!(!old("--local=0").expect("valid").switch("local"));
        assert_eq!(old("-i=yes").unwrap_err(), GrammarError::NotBoolean("i".into()));
    }

    #[test]
    fn refuses_what_it_cannot_read_and_shows_no_value() {
        for (line, expected) in [
            ("-di x", GrammarError::Unknown("di".into())),
            ("--foo=secret", GrammarError::Unknown("foo".into())),
            ("--=x", GrammarError::NoName("--=".into())),
            ("---x", GrammarError::NoName("---".into())),
            ("--pgp", GrammarError::NoValue("pgp".into())),
            ("--threshold two", GrammarError::NotANumber("threshold".into())),
            ("-i --in-place", GrammarError::Twice("in-place", "i")),
        ] {
            assert_eq!(old(line).unwrap_err(), expected, "{line}");
        }
    }

    #[test]
    fn variables_stand_in_for_flags_and_lists_grow() {
        let environment = |name: &str| match name {
            "PGP" => Some("E".to_owned()),
            "SERVICE" => Some("tcp://a, tcp://b".to_owned()),
            "LOCAL" => Some("false".to_owned()),
            _ => None,
        };
        let given = read(FLAGS, &words("--service tcp://c"), &environment).expect("valid");
        assert_eq!(given.text("pgp").as_deref(), Some("E"));
        assert_eq!(given.texts("service"), ["tcp://a", "tcp://b", "tcp://c"]);
        assert!(!given.switch("local"));
        assert!(!given.is_typed("pgp"));
        let given = read(FLAGS, &words("-p F"), &environment).expect("valid");
        assert_eq!(given.text("pgp").as_deref(), Some("F"));
        assert!(given.is_typed("pgp"));
        let wrong = read(FLAGS, &[], &|_| Some("perhaps".to_owned())).unwrap_err();
        assert!(matches!(
            wrong,
            GrammarError::Variable {
                variable: "LOCAL",
                ..
            }
        ));
    }

    #[test]
    fn defaults_hold_until_something_replaces_them() {
        assert_eq!(old("").expect("valid").text("net").as_deref(), Some("tcp"));
        assert_eq!(
            old("--net unix").expect("valid").text("net").as_deref(),
            Some("unix")
        );
        assert_eq!(old("--threshold 0x10").expect("valid").number("threshold"), 16);
    }
}

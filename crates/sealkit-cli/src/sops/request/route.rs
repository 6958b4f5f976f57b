//! From words to a command: which one it is, and whether it only asks for help, the version or completions.

use std::ffi::OsString;

use super::{Action, Settings, build};
use crate::sops::{
    failure::Failure,
    grammar::{Arguments, Environment, Flag, GrammarError, gather, read},
    tables::{COMMANDS, Entry, HELP, global},
};

/// What a command line came to.
#[derive(Debug, PartialEq)]
pub(in crate::sops) enum Parsed {
    /// Something to do, and what a person should know about how it was read.
    Run {
        settings: Box<Settings>,
        action: Box<Action>,
        warnings: Vec<String>,
    },
    /// Show help.
    Help(Topic),
    /// Print the version.
    Version,
    /// Print a completion script: `bash` or `zsh`.
    Script(&'static str),
    /// Print words that could follow, one a line.
    Suggest(Vec<String>),
}

/// What help is about: the whole program, or a command by its words.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sops) enum Topic {
    Program,
    Command(&'static [&'static str]),
}

/// The argument by which completion scripts ask for suggestions.
const SUGGEST: &str = "--generate-bash-completion";

/// Reads everything behind the program's name.
///
/// # Errors
/// A line that does not follow the rules, or that asks for what cannot go together.
pub(in crate::sops) fn parse(words: &[OsString], environment: Environment<'_>) -> Result<Parsed, Failure> {
    if let Some((last, before)) = words.split_last()
        && last == SUGGEST
    {
        return Ok(Parsed::Suggest(suggest(before)));
    }
    let flags = global();
    let outer = read(&flags, words, environment).map_err(|error| wrong(&error, None))?;
    if outer.switch("help") {
        return Ok(Parsed::Help(Topic::Program));
    }
    if outer.switch("version") {
        return Ok(Parsed::Version);
    }
    let Some((first, rest)) = outer.operands.split_first() else {
        return build::older(&outer);
    };
    if first == "help" || first == "h" {
        return help(rest.first());
    }
    match COMMANDS.iter().find(|entry| first == entry.name) {
        Some(entry) => command(entry, None, &outer, rest, environment),
        None => build::older(&outer),
    }
}

fn command(
    entry: &'static Entry,
    parent: Option<&'static str>,
    outer: &Arguments,
    words: &[OsString],
    environment: Environment<'_>,
) -> Result<Parsed, Failure> {
    if !entry.below.is_empty() {
        return below(entry, outer, words, environment);
    }
    let mut flags = (entry.flags)();
    if !flags.iter().any(|flag| flag.names == HELP.names) {
        flags.push(HELP);
    }
    let inner =
        read(&flags, &gather(&flags, words), environment).map_err(|error| wrong(&error, Some(entry.name)))?;
    if inner.switch("help") {
        return Ok(Parsed::Help(topic(entry)));
    }
    build::command(parent, entry.name, outer, &inner)
}

fn below(
    entry: &'static Entry,
    outer: &Arguments,
    words: &[OsString],
    environment: Environment<'_>,
) -> Result<Parsed, Failure> {
    let middle = read(&[HELP], words, environment).map_err(|error| wrong(&error, Some(entry.name)))?;
    let Some((first, rest)) = middle.operands.split_first() else {
        return Ok(Parsed::Help(topic(entry)));
    };
    if middle.switch("help") || first == "help" || first == "h" {
        return Ok(Parsed::Help(topic(entry)));
    }
    match entry.below.iter().find(|inner| first == inner.name) {
        Some(inner) => command(inner, Some(entry.name), outer, rest, environment),
        None => Err(no_topic(first)),
    }
}

fn help(about: Option<&OsString>) -> Result<Parsed, Failure> {
    let Some(about) = about else {
        return Ok(Parsed::Help(Topic::Program));
    };
    match COMMANDS.iter().find(|entry| about == entry.name) {
        Some(entry) => Ok(Parsed::Help(topic(entry))),
        None => Err(no_topic(about)),
    }
}

/// The words of a command.
fn topic(entry: &'static Entry) -> Topic {
    for outer in COMMANDS {
        if let Some(inner) = outer.below.iter().position(|inner| std::ptr::eq(inner, entry)) {
            return Topic::Command(match (outer.name, outer.below[inner].name) {
                ("groups", "add") => &["groups", "add"],
                ("groups", _) => &["groups", "delete"],
                (_, "bash") => &["completion", "bash"],
                (_, _) => &["completion", "zsh"],
            });
        }
    }
    Topic::Command(std::slice::from_ref(&entry.name))
}

fn no_topic(about: &OsString) -> Failure {
    Failure::new(3, format!("No help topic for '{}'", about.to_string_lossy()))
}

fn wrong(error: &GrammarError, command: Option<&'static str>) -> Failure {
    let help = match command {
        Some(command) => format!("`sops help {command}` lists what it takes"),
        None => "`sops help` lists commands and flags".to_owned(),
    };
    Failure::usage(error.to_string()).hint(help)
}

/// The words that could follow.
fn suggest(words: &[OsString]) -> Vec<String> {
    let entry = words
        .iter()
        .find_map(|word| COMMANDS.iter().find(|entry| word == entry.name));
    let inner = entry.and_then(|entry| {
        words
            .iter()
            .find_map(|word| entry.below.iter().find(|inner| word == inner.name))
    });
    let wants_flags = words
        .last()
        .is_some_and(|word| word.to_string_lossy().starts_with('-'));
    match (inner.or(entry), wants_flags) {
        (Some(entry), true) => {
            // As the peer does it: those of the program, then those of the command.
            let mut all = global();
            all.extend(
                (entry.flags)()
                    .into_iter()
                    .filter(|flag| flag.names != HELP.names),
            );
            names(all)
        }
        (Some(entry), false) if entry.below.is_empty() => Vec::new(),
        (Some(entry), false) => entry
            .below
            .iter()
            .map(|inner| inner.name)
            .chain(["help", "h"])
            .map(str::to_owned)
            .collect(),
        (None, true) => names(global()),
        (None, false) => COMMANDS
            .iter()
            .map(|entry| entry.name)
            .chain(["help", "h"])
            .map(str::to_owned)
            .collect(),
    }
}

fn names(flags: Vec<Flag>) -> Vec<String> {
    let names = flags.iter().flat_map(|flag| flag.names);
    names
        .map(|name| {
            if name.len() == 1 {
                format!("-{name}")
            } else {
                format!("--{name}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sops::request::{Form, KeyFlags, NewValue, Step, To};

    fn words(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    /// A file that exists: some lines are refused where theirs does not. Tests run in the folder of the crate.
    const THERE: &str = "Cargo.toml";

    fn parsed(line: &[&str]) -> Result<Parsed, Failure> {
        parse(&words(line), &|_| None)
    }

    fn action(line: &[&str]) -> (Settings, Action, Vec<String>) {
        match parsed(line) {
            Ok(Parsed::Run {
                settings,
                action,
                warnings,
            }) => (*settings, *action, warnings),
            other => panic!("{other:?}"),
        }
    }

    fn code(line: &[&str]) -> u8 {
        parsed(line).expect_err("it is refused").code
    }

    #[test]
    fn both_forms_come_to_the_same_action() {
        let older = action(&["-d", "--input-type", "json", "--extract", "[\"a\"]", THERE]);
        let newer = action(&["decrypt", THERE, "--extract", "[\"a\"]", "--input-type=json"]);
        assert_eq!(older, newer);
        let (settings, action, _) = newer;
        assert_eq!(settings.input_type, Some(Form::Json));
        let extract = vec![Step::Key("a".into())];
        let file = Some(THERE.into());
        assert_eq!(
            action,
            Action::Decrypt {
                file,
                to: To::Stdout,
                extract
            }
        );
    }

    #[test]
    fn a_bare_file_is_edited() {
        let (_, action, _) = action(&["-p", "F", "x.yaml"]);
        let Action::Edit { keys, .. } = action else {
            panic!("{action:?}")
        };
        assert_eq!(
            keys,
            KeyFlags {
                pgp: Some("F".into()),
                ..KeyFlags::default()
            }
        );
    }

    #[test]
    fn flags_before_a_sub_command_are_its_settings_only_where_the_peer_reads_them_there() {
        let (settings, action, _) = action(&[
            "--config",
            "c",
            "--indent",
            "2",
            "--encrypted-regex",
            "x",
            "--input-type",
            "json",
            "encrypt",
            "a",
        ]);
        assert_eq!(settings.config, Some("c".into()));
        assert_eq!(settings.indent, Some(2));
        assert_eq!(
            settings.input_type, None,
            "the peer reads this one behind the sub-command only"
        );
        assert!(
            matches!(action, Action::Encrypt { selectors, .. } if selectors == super::super::Selectors::default())
        );
    }

    #[test]
    fn set_takes_its_value_from_three_places() {
        let value = |line: &[&str]| match action(line).1 {
            Action::Set { value, .. } => value,
            other => panic!("{other:?}"),
        };
        assert_eq!(value(&["set", "f", "[\"a\"]", "1"]), NewValue::Json("1".into()));
        assert_eq!(
            value(&["set", "--value-file", "f", "[\"a\"]", "v"]),
            NewValue::File("v".into())
        );
        assert_eq!(value(&["set", "f", "[\"a\"]", "--value-stdin"]), NewValue::Stdin);
        assert_eq!(
            value(&["--set", "[\"a\"] {\"b\": 1}", "f"]),
            NewValue::Json("{\"b\": 1}".into())
        );
        assert_eq!(code(&["set", "f", "[\"a\"]"]), 100);
        assert_eq!(code(&["set", "f", "a", "1"]), 7);
        assert_eq!(code(&["--set", "[\"a\"]1", "f"]), 7);
    }

    #[test]
    fn conflicts_have_their_own_codes() {
        assert_eq!(code(&[]), 100);
        assert_eq!(code(&["-d"]), 100);
        assert_eq!(code(&["-d", "-i", "--output", "o", "f"]), 8);
        assert_eq!(code(&["encrypt"]), 8);
        assert_eq!(code(&["decrypt", "-i"]), 8);
        assert_eq!(code(&["-r", "--add-age", "age1x", "/nowhere/f"]), 49);
        assert_eq!(code(&["decrypt", "--decryption-order=age,pgp,age", "f"]), 112);
        assert_eq!(code(&["decrypt", "--extract", "[a]", "f"]), 91);
        assert_eq!(code(&["decrypt", "--input-type", "toml", "f"]), 1);
        assert_eq!(code(&["exec-env", "f"]), 1);
        assert_eq!(code(&["-di", "f"]), 1);
        assert_eq!(code(&["groups", "nope"]), 3);
        assert_eq!(code(&["groups", "delete", "-f", "x", "two"]), 1);
    }

    #[test]
    fn words_behind_the_file_are_warned_about() {
        let (_, _, warnings) = action(&["-d", THERE, "--extract", "x"]);
        assert_eq!(warnings.len(), 2);
        assert!(warnings[1].contains("--extract"), "{warnings:?}");
    }

    #[test]
    fn help_version_and_suggestions_need_no_file() {
        assert_eq!(parsed(&["-h"]), Ok(Parsed::Help(Topic::Program)));
        assert_eq!(
            parsed(&["--version", "--disable-version-check"]),
            Ok(Parsed::Version)
        );
        assert_eq!(
            parsed(&["help", "set"]),
            Ok(Parsed::Help(Topic::Command(&["set"])))
        );
        assert_eq!(parsed(&["groups"]), Ok(Parsed::Help(Topic::Command(&["groups"]))));
        assert_eq!(
            parsed(&["groups", "add", "-h"]),
            Ok(Parsed::Help(Topic::Command(&["groups", "add"])))
        );
        assert_eq!(parsed(&["completion", "zsh"]), Ok(Parsed::Script("zsh")));
        let Ok(Parsed::Suggest(words)) = parsed(&["groups", SUGGEST]) else {
            panic!()
        };
        assert_eq!(words, ["add", "delete", "help", "h"]);
        let Ok(Parsed::Suggest(words)) = parsed(&["filestatus", "-", SUGGEST]) else {
            panic!()
        };
        assert_eq!(words.last().map(String::as_str), Some("--input-type"));
    }
}

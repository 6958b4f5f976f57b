//! The words of a command line, read as the peer's flag library reads them.
//!
//! Words that are no flags are passed over, wherever they stand; `--` ends the flags.
//!
//! Source: `github.com/spf13/pflag` v1.0.10 `flag.go`; sealed-secrets v0.40.0 `pkg/pflagenv`.

use std::ffi::OsString;

use super::{
    flags::Flags,
    quote::{quote, quote_char},
    table::{FLAGS, Flag, ROTATE, lettered, named},
};

/// What a command line comes to.
#[derive(Debug)]
pub(super) enum Parsed {
    /// Flags, whatever they ask for.
    Flags(Flags),
    /// `-h`, which the peer treats like a mistake that is none.
    ShortHelp,
    /// A mistake, in the peer's words.
    Wrong(String),
}

/// Begins the names of variables that set flags.
const PREFIX: &str = "SEALED_SECRETS_";

/// Reads the environment, then the words.
pub(super) fn parse(words: &[String], environment: &mut dyn FnMut(&str) -> Option<OsString>) -> Parsed {
    let mut flags = Flags::default();
    for flag in FLAGS.iter().filter(|flag| flag.environment) {
        let name = format!("{PREFIX}{}", flag.name.to_uppercase().replace('-', "_"));
        if let Some(value) = environment(&name) {
            // What cannot be a value is passed over, as it is by the peer.
            let _ = flags.set(flag, &value.to_string_lossy());
        }
    }
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let outcome = match word.strip_prefix("--") {
            Some("") => break,
            Some(long) => long_flag(&mut flags, long, &mut words),
            None if word.len() > 1 && word.starts_with('-') => {
                short_flags(&mut flags, &word[1..], &mut words)
            }
            None => Ok(()),
        };
        match outcome {
            Ok(()) => {}
            Err(Stop::Help) => return Parsed::ShortHelp,
            Err(Stop::Wrong(message)) => return Parsed::Wrong(message),
        }
    }
    Parsed::Flags(flags)
}

enum Stop {
    Help,
    Wrong(String),
}

type Words<'w, 'i> = &'i mut dyn Iterator<Item = &'w str>;

fn long_flag(flags: &mut Flags, word: &str, words: Words<'_, '_>) -> Result<(), Stop> {
    if word.starts_with(['-', '=']) {
        return Err(Stop::Wrong(format!("bad flag syntax: --{word}")));
    }
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let Some(flag) = named(name) else {
        return Err(Stop::Wrong(format!("unknown flag: --{name}")));
    };
    let value = match value {
        Some(value) => value,
        None if flag.kind.may_stand_alone() => "true",
        None => words
            .next()
            .ok_or_else(|| Stop::Wrong(format!("flag needs an argument: --{name}")))?,
    };
    set(flags, flag, value)
}

/// Letters in one word: all but the last take no value, and what follows the last may be its.
fn short_flags(flags: &mut Flags, word: &str, words: Words<'_, '_>) -> Result<(), Stop> {
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        let Some(flag) = lettered(letter) else {
            if letter == 'h' {
                return Err(Stop::Help);
            }
            let at = &word[word.len() - letters.as_str().len() - letter.len_utf8()..];
            return Err(Stop::Wrong(format!(
                "unknown shorthand flag: {} in -{at}",
                quote_char(letter)
            )));
        };
        let rest = letters.as_str();
        if let Some(value) = rest.strip_prefix('=').filter(|value| !value.is_empty()) {
            return set(flags, flag, value);
        }
        if flag.kind.may_stand_alone() {
            set(flags, flag, "true")?;
            continue;
        }
        if !rest.is_empty() {
            return set(flags, flag, rest);
        }
        let value = words.next().ok_or_else(|| {
            let at = &word[word.len() - letter.len_utf8()..];
            Stop::Wrong(format!("flag needs an argument: {} in -{at}", quote_char(letter)))
        })?;
        return set(flags, flag, value);
    }
    Ok(())
}

fn set(flags: &mut Flags, flag: &'static Flag, value: &str) -> Result<(), Stop> {
    flags.set(flag, value).map_err(|reason| {
        let name = match flag.short {
            Some(short) => format!("-{short}, --{}", flag.name),
            None => format!("--{}", flag.name),
        };
        Stop::Wrong(format!(
            "invalid argument {} for {} flag: {reason}",
            quote(value),
            quote(&name)
        ))
    })?;
    if flag.name == ROTATE {
        flags.deprecated.push(flag.name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str], variables: &[(&str, &str)]) -> Result<Flags, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut environment = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        };
        match parse(&words, &mut environment) {
            Parsed::Flags(flags) => Ok(flags),
            Parsed::ShortHelp => Err("help".to_owned()),
            Parsed::Wrong(message) => Err(message),
        }
    }

    #[test]
    fn takes_values_in_every_form() {
        for words in [
            &["-oyaml"][..],
            &["-o=yaml"],
            &["-o", "yaml"],
            &["--format=yaml"],
            &["--format", "yaml"],
        ] {
            assert_eq!(parsed(words, &[]).unwrap().text("format"), "yaml", "{words:?}");
        }
        assert_eq!(parsed(&["-o="], &[]).unwrap().text("format"), "=");
        assert_eq!(parsed(&[], &[]).unwrap().text("format"), "json");
        assert!(!parsed(&["--raw", "--raw=false"], &[]).unwrap().is("raw"));
        assert!(!parsed(&["--", "--raw"], &[]).unwrap().is("raw"));
        assert!(parsed(&["word", "-", "--raw"], &[]).unwrap().is("raw"));
    }

    #[test]
    fn says_what_the_peer_says_to_a_mistake() {
        for (words, message) in [
            (&["--nope"][..], "unknown flag: --nope"),
            (&["-q"], "unknown shorthand flag: 'q' in -q"),
            (&["-zz"], "unknown shorthand flag: 'z' in -zz"),
            (&["--cert"], "flag needs an argument: --cert"),
            (&["-o"], "flag needs an argument: 'o' in -o"),
            (&["---"], "bad flag syntax: ---"),
            (&["--=x"], "bad flag syntax: --=x"),
            (&["-h"], "help"),
            (
                &["--raw=maybe"],
                "invalid argument \"maybe\" for \"--raw\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            (
                &["-vx"],
                "invalid argument \"x\" for \"-v, --v\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
            ),
        ] {
            assert_eq!(parsed(words, &[]).unwrap_err(), message);
        }
    }

    #[test]
    fn the_environment_comes_before_the_command_line() {
        let variables = [
            ("SEALED_SECRETS_FORMAT", "yaml"),
            ("SEALED_SECRETS_SCOPE", "nonsense"),
            ("SEALED_SECRETS_RAW", ""),
            ("SEALED_SECRETS_FROM_FILE", "a,b"),
            ("SEALED_SECRETS_NAMESPACE", "ns/shop"),
            ("SEALED_SECRETS_ROTATE", "true"),
            ("SEALED_SECRETS_V", "x"),
        ];
        let flags = parsed(&["--from-file=c", "-ojson"], &variables).unwrap();
        assert_eq!(flags.text("format"), "json");
        assert_eq!(flags.text("namespace"), "shop");
        assert_eq!(flags.list("from-file"), ["a", "b", "c"]);
        assert!(flags.is("re-encrypt") && flags.deprecated.is_empty() && !flags.is("raw"));
        assert_eq!(
            parsed(&[], &[("SEALED_SECRETS_FORMAT", "")])
                .unwrap()
                .text("format"),
            ""
        );
    }
}

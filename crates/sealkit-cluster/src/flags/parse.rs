//! Reading the words of the command line and the variables, with the peer's rules and complaints.

use std::collections::BTreeMap;
use std::time::Duration;

use super::duration;
use super::table::{FLAGS, Flag, Kind, find};

/// Flags with their values, every one of them readable.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    values: BTreeMap<&'static str, String>,
    /// What a person should hear.
    pub remarks: Vec<String>,
    /// Whether help was asked for.
    pub help: bool,
}

/// Reads words; `variable` gives the environment.
///
/// # Errors
/// The peer's complaint about the first word that is wrong.
pub fn parse(words: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    for flag in FLAGS {
        let name = format!("SEALED_SECRETS_{}", flag.name.to_uppercase().replace('-', "_"));
        let given = variable(&name).filter(|value| problem(flag, value).is_none());
        let value = given.clone().unwrap_or_else(|| flag.default.to_owned());
        if flag.name == "rotate-period" {
            if given.is_some() {
                parsed.values.insert("key-renew-period", value);
            }
            continue;
        }
        parsed.values.insert(flag.name, value);
    }
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--" => break,
            "--help" | "-h" => parsed.help = true,
            _ if word.starts_with("--") => parsed.long(&word[2..], &mut words)?,
            _ if word.starts_with('-') && word.len() > 1 => {
                let letter = word.chars().nth(1).unwrap_or_default();
                return Err(format!("unknown shorthand flag: {letter:?} in {word}"));
            }
            // the peer ignores whatever else is said
            _ => {}
        }
    }
    Ok(parsed)
}

impl Parsed {
    fn long(&mut self, word: &str, words: &mut std::slice::Iter<'_, String>) -> Result<(), String> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: --{word}"));
        }
        let flag = find(name).ok_or_else(|| format!("unknown flag: --{name}"))?;
        let value = match value {
            Some(value) => value,
            None if flag.kind == Kind::Bool => "true".to_owned(),
            None => words
                .next()
                .cloned()
                .ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        if let Some(problem) = problem(flag, &value) {
            return Err(format!(
                "invalid argument {value:?} for \"--{name}\" flag: {problem}"
            ));
        }
        let mut name = flag.name;
        if name == "rotate-period" {
            let remark = "Flag --rotate-period has been deprecated, please use key-renew-period instead";
            self.remarks.push(remark.to_owned());
            name = "key-renew-period";
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// The text of a flag.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.values
            .get(name)
            .expect("the table has every flag that is asked for")
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        boolean(self.text(name)) == Some(true)
    }

    /// The whole number of a flag.
    #[must_use]
    pub fn integer(&self, name: &str) -> i64 {
        self.text(name).parse().expect("checked when it was read")
    }

    /// The number of a flag.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.text(name).parse().expect("checked when it was read")
    }

    /// The duration of a flag; negative ones are none.
    #[must_use]
    pub fn duration(&self, name: &str) -> Duration {
        duration::parse(self.text(name)).expect("checked when it was read")
    }
}

/// Why a flag cannot have this value, in the words of Go's readers.
fn problem(flag: &Flag, value: &str) -> Option<String> {
    let syntax = |reader: &str| Some(format!("{reader}: parsing {value:?}: invalid syntax"));
    match flag.kind {
        Kind::Text => None,
        Kind::Bool if boolean(value).is_some() => None,
        Kind::Bool => syntax("strconv.ParseBool"),
        Kind::Integer if value.parse::<i64>().is_ok() => None,
        Kind::Integer => syntax("strconv.ParseInt"),
        Kind::Float if value.parse::<f64>().is_ok() => None,
        Kind::Float => syntax("strconv.ParseFloat"),
        Kind::Duration => duration::parse(value).err(),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

//! Turning words into flags and operands.

use std::ffi::OsString;

use super::{Arguments, Environment, Flag, GrammarError, Takes, boolean, integer};

/// Moves a sub-command's flags before its operands.
///
/// The word behind any flag without `=` goes along as its value, also behind a switch that takes none; reading then
/// ends at that word. So `-i file --extract x` means two more operands, as it does for `sops`. Two dashes end it.
pub(in crate::sops) fn gather(flags: &[Flag], words: &[OsString]) -> Vec<OsString> {
    let (mut front, mut rest) = (Vec::new(), Vec::new());
    let mut takes_next = false;
    for (index, word) in words.iter().enumerate() {
        let known = is_known(flags, word);
        if takes_next && !known {
            takes_next = false;
            front.push(word.clone());
        } else if word == "--" {
            rest.insert(0, word.clone());
            rest.extend_from_slice(&words[index + 1..]);
            break;
        } else if known {
            front.push(word.clone());
            takes_next = !word.to_string_lossy().contains('=');
        } else {
            rest.push(word.clone());
        }
    }
    front.append(&mut rest);
    front
}

fn is_known(flags: &[Flag], word: &OsString) -> bool {
    let Some(word) = word.to_str().filter(|word| !matches!(*word, "-" | "--")) else {
        return false;
    };
    let Some(name) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
        return false;
    };
    let name = name.split('=').next().unwrap_or_default();
    find(flags, name).is_some()
}

fn find<'a>(flags: &'a [Flag], name: &str) -> Option<(&'a Flag, &'static str)> {
    flags
        .iter()
        .find_map(|flag| Some((flag, *flag.names.iter().find(|known| **known == name)?)))
}

/// Reads flags up to the first operand.
pub(in crate::sops) fn read(
    flags: &[Flag],
    words: &[OsString],
    environment: Environment<'_>,
) -> Result<Arguments, GrammarError> {
    let mut arguments = defaults(flags, environment)?;
    let mut spellings: Vec<(&'static str, &'static str)> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.as_slice().first() {
        let Some(body) = word
            .to_str()
            .filter(|word| word.len() > 1 && word.starts_with('-'))
        else {
            break;
        };
        rest.next();
        if body == "--" {
            break;
        }
        let body = body.strip_prefix("--").unwrap_or(&body[1..]);
        if body.is_empty() || body.starts_with(['-', '=']) {
            let dashes: String = word
                .to_string_lossy()
                .chars()
                .take_while(|c| matches!(c, '-' | '='))
                .collect();
            return Err(GrammarError::NoName(dashes));
        }
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (body, None),
        };
        let (flag, spelling) = find(flags, name).ok_or_else(|| GrammarError::Unknown(name.to_owned()))?;
        let value = match (flag.takes, value) {
            (Takes::Switch(_), value) => value.unwrap_or_else(|| "true".to_owned()),
            (_, Some(value)) => value,
            (_, None) => {
                let next = rest
                    .next()
                    .ok_or_else(|| GrammarError::NoValue(name.to_owned()))?;
                let text = next
                    .to_str()
                    .ok_or_else(|| GrammarError::NotText(name.to_owned()))?;
                text.to_owned()
            }
        };
        store(&mut arguments, flag, spelling, value)?;
        spellings.push((flag.names[0], spelling));
    }
    refuse_two_spellings(flags, &spellings)?;
    arguments.typed = spellings.into_iter().map(|(flag, _)| flag).collect();
    arguments.operands = rest.cloned().collect();
    Ok(arguments)
}

fn store(
    arguments: &mut Arguments,
    flag: &Flag,
    spelling: &'static str,
    value: String,
) -> Result<(), GrammarError> {
    let name = flag.names[0];
    match flag.takes {
        Takes::Switch(_) => {
            let on = boolean(&value).ok_or_else(|| GrammarError::NotBoolean(spelling.to_owned()))?;
            arguments.switches.insert(name, on);
        }
        Takes::Number => {
            let number = integer(&value).ok_or_else(|| GrammarError::NotANumber(spelling.to_owned()))?;
            arguments.numbers.insert(name, number);
        }
        Takes::Text | Takes::TextOr(_) | Takes::Texts => {
            arguments.texts.entry(name).or_default().push(value);
        }
    }
    Ok(())
}

fn refuse_two_spellings(flags: &[Flag], seen: &[(&str, &'static str)]) -> Result<(), GrammarError> {
    for flag in flags {
        let mut used = flag
            .names
            .iter()
            .filter(|name| seen.contains(&(flag.names[0], **name)));
        if let (Some(first), Some(second)) = (used.next(), used.next()) {
            return Err(GrammarError::Twice(first, second));
        }
    }
    Ok(())
}

fn defaults(flags: &[Flag], environment: Environment<'_>) -> Result<Arguments, GrammarError> {
    let mut arguments = Arguments::default();
    for flag in flags {
        let name = flag.names[0];
        let given = flag
            .variable
            .and_then(|variable| Some((variable, environment(variable)?)));
        let wrong = |variable, expected| GrammarError::Variable {
            variable,
            flag: name,
            expected,
        };
        match (flag.takes, given) {
            (Takes::Switch(_), Some((_, text))) if text.is_empty() => {
                arguments.switches.insert(name, false);
            }
            (Takes::Switch(_), Some((variable, text))) => {
                let on = boolean(&text).ok_or_else(|| wrong(variable, "a boolean"))?;
                arguments.switches.insert(name, on);
            }
            (Takes::Switch(default), None) => {
                arguments.switches.insert(name, default);
            }
            (Takes::Number, Some((variable, text))) => {
                let number = integer(&text).ok_or_else(|| wrong(variable, "a whole number"))?;
                arguments.numbers.insert(name, number);
            }
            (Takes::Texts, Some((_, text))) => {
                let all = text.split(',').map(|one| one.trim().to_owned()).collect();
                arguments.texts.insert(name, all);
            }
            (Takes::Text | Takes::TextOr(_), Some((_, text))) => {
                arguments.texts.insert(name, vec![text]);
            }
            (Takes::TextOr(default), None) => {
                arguments.texts.insert(name, vec![default.to_owned()]);
            }
            (Takes::Number | Takes::Text | Takes::Texts, None) => {}
        }
    }
    Ok(arguments)
}

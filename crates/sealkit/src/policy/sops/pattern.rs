//! Patterns on paths, in the peer's dialect: RE2 as Go has it, where `\d`, `\w`, `\s` and `\b` know ASCII only.

use regex::Regex;
use sealkit_manifest::Place;

use super::SopsConfigError;

/// A pattern, compiled or known to be none.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Option<Result<Regex, SopsConfigError>>);

impl Pattern {
    /// An empty pattern matches everything.
    pub(super) fn new(text: &str, place: Place) -> Self {
        if text.is_empty() {
            return Self(None);
        }
        Self(Some(Regex::new(&translate(text)).map_err(|error| {
            SopsConfigError::Pattern {
                place,
                field: "path_regex",
                problem: reason(&error),
            }
        })))
    }

    pub(super) fn matches(&self, path: &str) -> Result<bool, SopsConfigError> {
        match &self.0 {
            None => Ok(true),
            Some(Ok(regex)) => Ok(regex.is_match(path)),
            Some(Err(error)) => Err(error.clone()),
        }
    }

    pub(super) fn problem(&self) -> Option<SopsConfigError> {
        self.0.as_ref()?.as_ref().err().cloned()
    }
}

/// The last line of the library's message, without the drawing above it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// The same pattern in the dialect of the `regex` crate.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match (c, in_class) {
            ('\\', _) => match chars.next() {
                Some('Q') => literal(&mut chars, &mut out),
                Some(escaped) => out.push_str(&class(escaped, in_class)),
                None => out.push('\\'),
            },
            ('[', false) => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // first in a class, a bracket is itself
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ('[', true) if chars.peek() != Some(&':') => out.push_str("\\["),
            ('[', true) => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            // these mean something in a class of the `regex` crate when doubled
            ('&' | '~', true) => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// `\Q…\E`.
fn literal(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    let mut text = String::new();
    for c in chars.by_ref() {
        text.push(c);
        if text.ends_with("\\E") {
            text.truncate(text.len() - 2);
            break;
        }
    }
    out.push_str(&regex::escape(&text));
}

fn class(escaped: char, in_class: bool) -> String {
    let set = match escaped.to_ascii_lowercase() {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\f\\r ",
        'b' if !in_class => return format!("(?-u:\\{escaped})"),
        _ => return format!("\\{escaped}"),
    };
    match (escaped.is_ascii_uppercase(), in_class) {
        (false, true) => set.to_owned(),
        (false, false) => format!("[{set}]"),
        (true, _) => format!("[^{set}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        let place = Place {
            file: String::new(),
            location: sealkit_manifest::Location { line: 1, column: 1 },
        };
        let matches = Pattern::new(pattern, place).matches(path);
        assert_eq!(matches, Ok(expected), "{pattern} on {path}");
    }

    #[test]
    fn a_pattern_is_searched_anywhere_and_case_matters() {
        check("", "anything", true);
        check("prod", "a/production/db.yaml", true);
        check("^prod", "a/production/db.yaml", false);
        check("(?i)PROD", "production", true);
        check(r"\.yaml$", "db.yaml.bak", false);
    }

    #[test]
    fn classes_mean_what_they_mean_in_go() {
        check(r"^\d$", "5", true);
        check(r"^\d$", "\u{665}", false);
        check(r"^\w+$", "é", false);
        check(r"^[\w.-]+$", "a-b.c", true);
        check(r"^[^\W]$", "é", false);
        check(r"\bx\b", "éx", true);
        check("^[a[b]$", "[", true);
        check("^[]a]$", "]", true);
        check("^[[:alpha:]&&]$", "&", true);
        check(r"^\Qa.b\E$", "a.b", true);
        check(r"^\Qa.b\E$", "axb", false);
        check(r"a\/b", "a/b", true);
    }
}

//! The flags as they were set: by the environment, then by the command line.
//!
//! Knows the rules by which a text becomes a flag's value, and what the peer says to a text that does not.

use std::collections::BTreeMap;

use sealkit::formats::Scope;

use super::{
    quote::quote,
    table::{Flag, Kind, ROTATE, named},
};

/// What was set, by the name of the flag.
#[derive(Default, Debug)]
pub(super) struct Flags {
    texts: BTreeMap<&'static str, String>,
    switches: BTreeMap<&'static str, bool>,
    lists: BTreeMap<&'static str, Vec<String>>,
    scope: Scope,
    /// Deprecated names that the command line used.
    pub(super) deprecated: Vec<&'static str>,
}

impl Flags {
    /// A text; its default if nobody set it.
    pub(super) fn text(&self, name: &str) -> &str {
        let default = || named(name).map_or("", |flag| flag.default.trim_matches('"'));
        self.texts.get(name).map_or_else(default, String::as_str)
    }

    /// Whether a switch is on.
    pub(super) fn is(&self, name: &str) -> bool {
        self.switches.get(name).copied().unwrap_or_default()
    }

    /// The texts of a flag that takes several.
    pub(super) fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// The scope that was asked for.
    pub(super) fn scope(&self) -> Scope {
        self.scope
    }

    /// Sets a flag, or says what the peer says.
    pub(super) fn set(&mut self, flag: &'static Flag, value: &str) -> Result<(), String> {
        match flag.kind {
            Kind::Text => {
                self.texts.insert(flag.name, value.to_owned());
            }
            Kind::Namespace => {
                let prefixes = ["namespaces/", "namespace/", "ns/"];
                let bare = prefixes.iter().find_map(|prefix| strip(value, prefix));
                self.texts.insert(flag.name, bare.unwrap_or(value).to_owned());
            }
            Kind::Bool => {
                let on = boolean(value)
                    .ok_or_else(|| format!("strconv.ParseBool: parsing {}: invalid syntax", quote(value)))?;
                let name = if flag.name == ROTATE {
                    "re-encrypt"
                } else {
                    flag.name
                };
                self.switches.insert(name, on);
            }
            Kind::List => self.lists.entry(flag.name).or_default().extend(record(value)?),
            Kind::Repeated => self.lists.entry(flag.name).or_default().push(value.to_owned()),
            Kind::Scope => {
                self.scope = match value {
                    "" => Scope::Strict,
                    other => other
                        .parse()
                        .map_err(|_| "must be one of: strict, namespace-wide, cluster-wide".to_owned())?,
                }
            }
            Kind::LogBool => return boolean(value).map(|_| ()).ok_or_else(|| "parse error".to_owned()),
            Kind::LogNumber => {
                return value
                    .parse::<u64>()
                    .map(|_| ())
                    .map_err(|_| "parse error".to_owned());
            }
            Kind::LogLevel => return number(value),
            Kind::LogSeverity => {
                let word = value.to_uppercase();
                return match ["INFO", "WARNING", "ERROR", "FATAL"].contains(&word.as_str()) {
                    true => Ok(()),
                    false => number(value),
                };
            }
            Kind::LogTrace => return trace(value),
            Kind::LogModules => return modules(value),
        }
        Ok(())
    }
}

fn strip<'v>(value: &'v str, prefix: &str) -> Option<&'v str> {
    value.strip_prefix(prefix).filter(|rest| !rest.is_empty())
}

/// Source: Go 1.26 `strconv.ParseBool`.
fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn number(value: &str) -> Result<(), String> {
    use std::num::IntErrorKind as Kind;
    value.parse::<i32>().map(|_| ()).map_err(|error| {
        let reason = match error.kind() {
            Kind::PosOverflow | Kind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.ParseInt: parsing {}: {reason}", quote(value))
    })
}

fn trace(value: &str) -> Result<(), String> {
    let fine = match value.split_once(':') {
        _ if value.is_empty() => true,
        Some((file, line)) => file.contains('.') && line.parse::<u32>().is_ok_and(|line| line > 0),
        None => false,
    };
    fine.then_some(())
        .ok_or_else(|| "syntax error: expect file.go:234".to_owned())
}

fn modules(value: &str) -> Result<(), String> {
    let mut patterns = value.split(',').filter(|pattern| !pattern.is_empty());
    let fine = patterns.all(|pattern| {
        let (name, level) = pattern.split_once('=').unwrap_or_default();
        !name.is_empty() && level.parse::<i32>().is_ok()
    });
    fine.then_some(())
        .ok_or_else(|| "syntax error: expect comma-separated list of filename=N".to_owned())
}

/// The fields of one line of CSV.
///
/// Source: Go 1.26 `encoding/csv` with its defaults, as pflag v1.0.10 uses it.
fn record(text: &str) -> Result<Vec<String>, String> {
    let line = text.split('\n').next().unwrap_or_default().trim_end_matches('\r');
    if text.is_empty() {
        return Ok(Vec::new());
    }
    if line.is_empty() {
        return Err("EOF".to_owned());
    }
    let (mut fields, mut rest) = (Vec::new(), line);
    loop {
        let at = line.len() - rest.len();
        let field = match rest.strip_prefix('"') {
            Some(inside) => {
                let (field, behind) = quoted(inside, at + 2)?;
                rest = behind;
                field
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                if let Some(bare) = rest[..end].find('"') {
                    return Err(bare_quote(at + bare + 1));
                }
                let field = rest[..end].to_owned();
                rest = &rest[end..];
                field
            }
        };
        fields.push(field);
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind,
            None => return Ok(fields),
        }
    }
}

/// Reads on behind an opening quote, which ends before `column`.
fn quoted(inside: &str, column: usize) -> Result<(String, &str), String> {
    let (mut field, mut rest) = (String::new(), inside);
    let open = |rest: &str| {
        let column = column + inside.len() - rest.len();
        format!("parse error on line 1, column {column}: extraneous or missing \" in quoted-field")
    };
    loop {
        let Some(end) = rest.find('"') else {
            return Err(open(""));
        };
        field.push_str(&rest[..end]);
        let behind = &rest[end + 1..];
        match behind.chars().next() {
            None | Some(',') => return Ok((field, behind)),
            Some('"') => {
                field.push('"');
                rest = &behind[1..];
            }
            Some(_) => return Err(open(&rest[end..])),
        }
    }
}

fn bare_quote(column: usize) -> String {
    format!("parse error on line 1, column {column}: bare \" in non-quoted-field")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_records_of_csv() {
        let owned = |fields: &[&str]| Ok(fields.iter().map(|field| (*field).to_owned()).collect());
        assert_eq!(record("a,b"), owned(&["a", "b"]));
        assert_eq!(record(""), owned(&[]));
        assert_eq!(record("a,"), owned(&["a", ""]));
        assert_eq!(record("\"a,b\",c"), owned(&["a,b", "c"]));
        assert_eq!(record("\"a\"\"b\""), owned(&["a\"b"]));
        assert_eq!(record("a\"b"), Err(bare_quote(2)));
        let open = "parse error on line 1, column 3: extraneous or missing \" in quoted-field";
        assert_eq!(record("\"a"), Err(open.to_owned()));
        assert_eq!(record("\"a\"b"), Err(open.to_owned()));
    }
}

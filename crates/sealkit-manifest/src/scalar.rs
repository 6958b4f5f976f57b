//! Scalars to be written, and the quoting that makes every reader read them back.
//!
//! A string is written plain only where no YAML reader, of 1.1 or 1.2, could take it for anything else; kubectl is the
//! judge. Knows nothing of where the text goes beyond block, flow or JSON.

use std::fmt;

use zeroize::Zeroizing;

use crate::resolve::{self, Plain};
use crate::tree::Style;

/// A scalar to be written: a string, boolean, integer or null. `Debug` hides it, dropping wipes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    String(Zeroizing<String>),
}

impl Scalar {
    /// A string that kubectl will read as exactly this string, whatever quoting that takes.
    pub fn string(text: impl Into<String>) -> Self {
        Self(Kind::String(Zeroizing::new(text.into())))
    }

    /// A boolean, written `true` or `false`.
    pub fn bool(value: bool) -> Self {
        Self(Kind::Bool(value))
    }

    /// An integer, written in decimal.
    pub fn int(value: i64) -> Self {
        Self(Kind::Int(value))
    }

    /// `null`.
    pub fn null() -> Self {
        Self(Kind::Null)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The token for anything but a string.
    pub(crate) fn word(&self) -> String {
        match &self.0 {
            Kind::Null => "null".to_owned(),
            Kind::Bool(value) => value.to_string(),
            Kind::Int(value) => value.to_string(),
            Kind::String(text) => text.to_string(),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar(..)")
    }
}

/// Where a scalar is going to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A value by indentation, where block scalars are allowed.
    Block,
    /// Inside braces or brackets.
    Flow,
    /// JSON.
    Json,
}

/// A string on one line, in `style` if that is safe, in double quotes otherwise. Never a block scalar.
pub fn one_line(text: &str, style: Style, context: Context) -> Zeroizing<String> {
    Zeroizing::new(match style {
        _ if context == Context::Json => json_quoted(text),
        Style::SingleQuoted if is_single_line(text) => single_quoted(text),
        Style::DoubleQuoted => double_quoted(text),
        _ if is_plain(text, context) => text.to_owned(),
        _ => double_quoted(text),
    })
}

/// Whether every reader takes the bare text for this very string.
pub(crate) fn is_plain(text: &str, context: Context) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let second = text.chars().nth(1);
    let starts_well = match first {
        '-' => second.is_some_and(|c| c.is_ascii_alphabetic()),
        '?' | ':' | ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' | '=' | '~' => false,
        _ => true,
    };
    starts_well
        && context != Context::Json
        && resolve::plain(text) == Plain::String
        && !looks_numeric(text)
        && text.trim() == text
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|c| is_printable(c) && c != '\t')
        && (context == Context::Block || !text.contains([',', '[', ']', '{', '}', ':']))
        && !text.starts_with("---")
        && !text.starts_with("...")
}

/// Dates, times in base 60 and whatever else a YAML 1.1 or 1.2 reader could take for a number.
fn looks_numeric(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    starts
        && text.chars().all(|c| {
            c.is_ascii_hexdigit()
                || matches!(
                    c,
                    '+' | '-' | '.' | ':' | '_' | ' ' | 'x' | 'X' | 'o' | 'O' | 'T' | 't' | 'Z' | 'z'
                )
        })
}

/// Whether the text can stand in single quotes on one line.
fn is_single_line(text: &str) -> bool {
    text.chars().all(is_printable)
}

/// Characters that may stand in a file as they are. Line breaks of any kind and invisible marks are not among them.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || c == '\t'
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Source: YAML 1.2.2 §5.7; every escape used here exists in YAML 1.1 too.
fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                match code {
                    0..=0xff => out.push_str(&format!("\\x{code:02x}")),
                    _ => out.push_str(&format!("\\u{code:04x}")),
                }
            }
        }
    }
    out.push('"');
    out
}

fn json_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// A literal block scalar: its header and its lines without indentation.
pub struct Literal<'a> {
    /// `|`, with indentation and chomping indicators where they are needed.
    pub header: String,
    /// The lines, without indentation and line breaks.
    pub lines: Vec<&'a str>,
    /// Blank lines put behind it would become part of it.
    pub open: bool,
}

/// The text as a literal block scalar whose content is indented by `step` spaces more than its parent, if that keeps
/// every character; `None` where quotes are the better or the only way.
pub fn literal(text: &str, step: usize) -> Option<Literal<'_>> {
    // One line is what nearly every value has, and a sealed one is long: that question first, it costs least.
    if !text.contains('\n') {
        return None;
    }
    let clean = text.chars().all(|c| c == '\n' || is_printable(c));
    let body = text.strip_suffix('\n').unwrap_or(text);
    if !clean || body.trim().is_empty() || body.starts_with('\t') || step > 9 {
        return None;
    }
    let indicator = if body.starts_with([' ', '\n']) {
        step.to_string()
    } else {
        String::new()
    };
    let open = body.ends_with('\n');
    let chomping = match (open, text.ends_with('\n')) {
        (true, _) => "+",
        (false, true) => "",
        (false, false) => "-",
    };
    Some(Literal {
        header: format!("|{indicator}{chomping}"),
        lines: body.split('\n').collect(),
        open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, style: Style, expected: &str) {
        assert_eq!(one_line(text, style, Context::Block).as_str(), expected);
    }

    #[test]
    fn strings_stay_plain_only_where_nobody_reads_them_otherwise() {
        for text in [
            "hunter2",
            "a b",
            "k5w2xq7da:AbC+/=",
            "a:b",
            "it's",
            "-word",
            "pässwörd",
            "a#b",
            "x-1",
        ] {
            check(text, Style::Plain, text);
        }
        for text in [
            "",
            "on",
            "Y",
            "n",
            "null",
            "~",
            "<<",
            "=",
            "123",
            "1_000",
            "0755",
            "0o7",
            "1e3",
            "234567e2",
            ".5",
            "-",
            "- a",
            "a: b",
            "a #b",
            "a:",
            " a",
            "a ",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a",
            "%a",
            "@a",
            "`a",
            "[a",
            "{a",
            "2001-01-01",
            "1:30",
            "---",
            "...",
            "--- a",
            "-1",
            "-.inf",
            "?a",
            ":a",
            "a\tb",
        ] {
            let quoted = one_line(text, Style::Plain, Context::Block);
            assert!(quoted.starts_with('"'), "{text} became {}", quoted.as_str());
        }
    }

    #[test]
    fn quotes_keep_the_authors_style_where_it_is_safe() {
        check("it's", Style::SingleQuoted, "'it''s'");
        check("a\nb", Style::SingleQuoted, "\"a\\nb\"");
        check("x", Style::DoubleQuoted, "\"x\"");
        check(
            "\u{7}\u{0}\u{85}\u{2028}\u{feff}",
            Style::Plain,
            "\"\\x07\\0\\x85\\u2028\\ufeff\"",
        );
    }

    #[test]
    fn literals_keep_every_line_break_or_are_not_used() {
        let header = |text| literal(text, 2).map(|literal| literal.header);
        assert_eq!(header("a\nb\n").as_deref(), Some("|"));
        assert_eq!(header("a\nb").as_deref(), Some("|-"));
        assert_eq!(header("  a\nb\n").as_deref(), Some("|2"));
        for text in ["a", "", "\n", "a\r\nb", "\ta\nb", " \n \n", "a\u{2028}\nb"] {
            assert_eq!(header(text), None, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", Scalar::string("hunter2")), "Scalar(..)");
    }
}

//! Which style a scalar gets, and its text in it.
//!
//! Source: `stringv` in go-yaml's `encode.go`; `yaml_emitter_analyze_scalar` and `yaml_emitter_select_scalar_style` in its
//! `emitterc.go`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::number::yaml_text;
use crate::sops::value::Value;
use crate::sops::yaml::resolve;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// A scalar ready to be written.
pub(super) struct Scalar {
    pub(super) text: Zeroizing<String>,
    /// The bytes were no text: base64 under a tag.
    pub(super) binary: bool,
    /// The style for a value; a key that stands on one line has `on_one_line`.
    pub(super) style: Style,
    /// Whether a line break is in it.
    pub(super) multiline: bool,
}

impl Scalar {
    pub(super) fn of(value: &Value) -> Self {
        let plain = |text: String| Self {
            text: Zeroizing::new(text),
            binary: false,
            style: Style::Plain,
            multiline: false,
        };
        match value {
            Value::Null => plain("null".to_owned()),
            Value::Int(value) => plain(value.to_string()),
            Value::Float(value) => plain(yaml_text(*value)),
            Value::Bool(value) => plain(value.to_string()),
            Value::Time(time) => plain(time.to_string()),
            Value::Str(bytes) => match bytes.expose_str() {
                Some(text) => Self::string(text),
                None => Self::binary(bytes.expose()),
            },
        }
    }

    pub(super) fn string(text: &str) -> Self {
        let facts = Facts::of(text);
        let wish = match text {
            _ if text.contains('\n') => Style::Literal,
            _ if reads_as_something_else(text) => Style::Double,
            _ => Style::Plain,
        };
        Self {
            text: Zeroizing::new(text.to_owned()),
            binary: false,
            style: facts.allow(wish),
            multiline: facts.breaks,
        }
    }

    fn binary(bytes: &[u8]) -> Self {
        const LINE: usize = 70;
        let encoded = Zeroizing::new(STANDARD.encode(bytes));
        let mut text = Zeroizing::new(String::with_capacity(encoded.len() + encoded.len() / LINE + 1));
        for line in encoded.as_bytes().chunks(LINE) {
            text.push_str(str::from_utf8(line).unwrap_or_default());
            if encoded.len() >= LINE {
                text.push('\n');
            }
        }
        let multiline = text.contains('\n');
        Self {
            text,
            binary: true,
            style: if multiline { Style::Literal } else { Style::Plain },
            multiline,
        }
    }

    /// The style of a key that stands on one line with its value.
    pub(super) fn on_one_line(&self) -> Style {
        match self.style {
            Style::Plain if self.text.is_empty() => Style::Single,
            Style::Literal => Style::Double,
            style => style,
        }
    }
}

/// Whether a reader of plain text would take it for something that is no string, YAML 1.1's words and numbers included.
fn reads_as_something_else(text: &str) -> bool {
    const OLD_WORDS: [&str; 16] = [
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF",
    ];
    text == "<<"
        || !matches!(resolve(text, true), Some(Value::Str(_)))
        || OLD_WORDS.contains(&text)
        || is_base_60(text)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let is_first = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else {
        return false;
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let is_sixtieth = |part: &str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    };
    is_first
        && middle.iter().all(|part| is_sixtieth(part))
        && is_sixtieth(last)
        && fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// A line break to YAML 1.1, as far as it can be written raw.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character is written as it is. Characters beyond the first plane are not, a habit of go-yaml's.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// What a text forbids.
#[derive(Default)]
struct Facts {
    plain: bool,
    single: bool,
    block: bool,
    breaks: bool,
}

impl Facts {
    fn of(text: &str) -> Self {
        let is_space = |c: char| c == ' ';
        let is_blank = |c: char| matches!(c, ' ' | '\t');
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut tabs, mut breaks) = (false, false, false);
        let (mut space_then_break, mut break_then_space) = (false, false);
        let (mut after_blank, mut after_space, mut after_break) = (true, false, false);
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let before_blank = characters.peek().is_none_or(|(_, next)| is_blank(*next));
            indicators |= match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`'
                    if at == 0 =>
                {
                    true
                }
                '?' | '-' => at == 0 && before_blank,
                ':' => before_blank,
                '#' => after_blank,
                _ => false,
            };
            match c {
                '\t' => tabs = true,
                c => special |= !is_printable(c),
            }
            if is_space(c) {
                break_then_space |= after_break;
                (after_space, after_break) = (true, false);
            } else if is_break(c) {
                breaks = true;
                space_then_break |= after_space;
                (after_space, after_break) = (false, true);
            } else {
                (after_space, after_break) = (false, false);
            }
            after_blank = is_blank(c) || is_break(c) || c == '\0';
        }
        let edge = |c: char| is_space(c) || is_break(c);
        let ends = text.starts_with(edge) || text.ends_with(edge);
        // The peer writes these two raw, where readers of YAML 1.2 take the indentation behind them for text.
        let separators = text.contains(['\u{2028}', '\u{2029}']);
        let hidden = space_then_break || special || separators;
        Self {
            plain: !(ends || break_then_space || hidden || tabs || breaks || indicators),
            single: !(break_then_space || hidden || tabs),
            block: !(text.is_empty() || hidden || text.ends_with(is_space)),
            breaks,
        }
    }

    fn allow(&self, wish: Style) -> Style {
        match wish {
            Style::Plain if self.plain => Style::Plain,
            Style::Plain if self.single => Style::Single,
            Style::Literal if self.block => Style::Literal,
            _ => Style::Double,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_would_be_read_otherwise() {
        for (text, style) in [
            ("plain", Style::Plain),
            ("a: b", Style::Single),
            ("a:", Style::Single),
            ("a:b", Style::Plain),
            ("a #b", Style::Single),
            ("a#b", Style::Plain),
            ("- a", Style::Single),
            ("-a", Style::Plain),
            ("---", Style::Single),
            ("", Style::Double),
            ("true", Style::Double),
            ("yes", Style::Double),
            ("12", Style::Double),
            ("1:30", Style::Double),
            ("1:60", Style::Plain),
            ("2024-01-01", Style::Double),
            ("18446744073709551615", Style::Double),
            ("<<", Style::Double),
            (" a", Style::Single),
            ("a\tb", Style::Double),
            ("a\nb", Style::Literal),
            ("a \nb", Style::Double),
            ("a\n b", Style::Literal),
            ("a\n ", Style::Double),
            ("☃", Style::Plain),
            ("😀", Style::Double),
            ("a\u{2028}b", Style::Double),
            ("ENC[AES256_GCM,data:a=,iv:b=,tag:c=,type:str]", Style::Plain),
        ] {
            assert_eq!(Scalar::string(text).style, style, "{text:?}");
        }
    }
}

//! Text in double quotes, as Go's `%q` writes it.
//!
//! Source: Go 1.26 `strconv.Quote`.

use std::fmt::Write as _;

/// Quotes a text.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        push(&mut out, c, '"');
    }
    out.push('"');
    out
}

/// Quotes a character, as `%q` does for one.
pub(super) fn quote_char(c: char) -> String {
    let mut out = String::from("'");
    push(&mut out, c, '\'');
    out.push('\'');
    out
}

fn push(out: &mut String, c: char, mark: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c == mark => out.extend(['\\', c]),
        c if c.is_ascii_control() => {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
        c if c.is_control() => {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_go_escapes() {
        assert_eq!(quote("a\"b\\c\n\u{1}é\u{85}"), "\"a\\\"b\\\\c\\n\\x01é\\u0085\"");
        assert_eq!(quote_char('\''), "'\\''");
    }
}

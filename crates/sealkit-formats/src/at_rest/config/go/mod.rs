//! Texts as Go prints and reads them: the server's error messages are made of these.
//!
//! Quoting (`%q`) and JSON of strings here, durations and URLs in files of their own. Source: Go 1.26, `strconv`,
//! `encoding/json`.

mod duration;
mod url;

use std::fmt::Write;

pub(super) use self::duration::{duration, parse_duration};
pub(super) use self::url::parse_url;

/// `%q`: double quotes, what does not print as an escape.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            ' '..='~' => out.push(c),
            '\0'..='\u{7f}' => _ = write!(out, "\\x{:02x}", u32::from(c)),
            // Rust's own escaping follows the same table of printable characters
            c if c.escape_debug().count() == 1 => out.push(c),
            c if u32::from(c) < 0x1_0000 => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => _ = write!(out, "\\U{:08x}", u32::from(c)),
        }
    }
    out.push('"');
    out
}

/// A string as `json.Marshal` writes it, which escapes what is special in HTML.
pub(super) fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                _ = write!(out, "\\u{:04x}", u32::from(c))
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of strings as `json.Marshal` writes it.
pub(super) fn json_strings<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.map(json_string).collect();
    format!("[{}]", texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_like_strconv() {
        assert_eq!(
            quote("a\"b\\\n\t\u{1}\u{7f}é日\u{a0}\u{2028}\u{1f600}"),
            "\"a\\\"b\\\\\\n\\t\\x01\\x7fé日\\u00a0\\u2028😀\""
        );
        assert_eq!(
            json_string("<a&b>\u{1}\"é"),
            "\"\\u003ca\\u0026b\\u003e\\u0001\\\"é\""
        );
        assert_eq!(json_strings(["a", "b"].into_iter()), "[\"a\",\"b\"]");
    }
}

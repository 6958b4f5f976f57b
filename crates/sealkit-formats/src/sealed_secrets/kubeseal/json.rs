//! JSON as Go prints it: two spaces of indentation, and characters that HTML would take for markup escaped.
//!
//! Fields come in the order in which they are held. Knows no field by name.
//!
//! Source: Go 1.26 `encoding/json`, `Indent` and `appendString`.

use sealkit_manifest::Value;
use zeroize::Zeroizing;

use std::fmt::Write as _;

/// The value over several lines, and a line feed.
pub(super) fn pretty(value: &Value) -> Zeroizing<String> {
    // One allocation: an outgrown one would leave plaintext behind.
    let mut out = Zeroizing::new(String::with_capacity(room(value, 0) + 1));
    write(value, Some(0), &mut out);
    out.push('\n');
    out
}

/// The value on one line.
pub(super) fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

/// An upper bound of what a value takes, unless most of it must be escaped.
fn room(value: &Value, depth: usize) -> usize {
    let line = 2 * depth + 8;
    match value {
        Value::String(text) => text.len() + text.len() / 8 + 16,
        Value::Number(text) => text.len(),
        Value::Sequence(items) => {
            items
                .iter()
                .map(|item| room(item, depth + 1) + line)
                .sum::<usize>()
                + line
        }
        Value::Mapping(entries) => {
            let entry = |(key, value): &(String, Value)| key.len() + 6 + room(value, depth + 1) + line;
            entries.iter().map(entry).sum::<usize>() + line
        }
        _ => 5,
    }
}

/// Writes a value; `depth` is that of its own line, none for everything on one.
fn write(value: &Value, depth: Option<usize>, out: &mut String) {
    let inner = depth.map(|depth| depth + 1);
    match value {
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(text) => out.push_str(text),
        Value::String(text) => string(text, out),
        Value::Sequence(items) if items.is_empty() => out.push_str("[]"),
        Value::Sequence(items) => {
            for (at, item) in items.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                line(inner, out);
                write(item, inner, out);
            }
            line(depth, out);
            out.push(']');
        }
        Value::Mapping(entries) if entries.is_empty() => out.push_str("{}"),
        Value::Mapping(entries) => {
            for (at, (key, value)) in entries.iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                line(inner, out);
                string(key, out);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                write(value, inner, out);
            }
            line(depth, out);
            out.push('}');
        }
        _ => out.push_str("null"),
    }
}

fn line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..'\u{20}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::String(text.to_owned().into())
    }

    #[test]
    fn escapes_what_go_escapes() {
        let written = compact(&text("a<b>&\u{2028}\u{7f}\"\\\n\r\t\u{8}\u{c}\u{1}é"));
        assert_eq!(
            written,
            "\"a\\u003cb\\u003e\\u0026\\u2028\u{7f}\\\"\\\\\\n\\r\\t\\b\\f\\u0001é\""
        );
    }

    #[test]
    fn empty_collections_stay_on_their_line() {
        let value = Value::Mapping(vec![
            ("a".to_owned(), Value::Mapping(Vec::new())),
            ("b".to_owned(), Value::Sequence(vec![text("c"), Value::Null])),
        ]);
        assert_eq!(
            *pretty(&value),
            "{\n  \"a\": {},\n  \"b\": [\n    \"c\",\n    null\n  ]\n}\n"
        );
        assert_eq!(compact(&value), "{\"a\":{},\"b\":[\"c\",null]}");
    }
}

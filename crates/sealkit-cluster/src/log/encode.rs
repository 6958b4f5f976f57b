//! One event as a line of text: Go's logfmt or JSON. Knows no stream and no clock.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Field, Format, Level};

pub(super) fn line(
    format: Format,
    now: Timestamp,
    level: Level,
    message: &str,
    fields: &[Field<'_>],
) -> String {
    match format {
        Format::Text => text(now, level, message, fields),
        Format::Json => json(now, level, message, fields),
    }
}

fn text(now: Timestamp, level: Level, message: &str, fields: &[Field<'_>]) -> String {
    let mut line = format!("time={now:.3} level={} msg={}", level.name(), quoted(message));
    for (key, value) in fields {
        let _ = write!(line, " {}={}", quoted(key), quoted(&value.to_string()));
    }
    line.push('\n');
    line
}

fn json(now: Timestamp, level: Level, message: &str, fields: &[Field<'_>]) -> String {
    let mut event = Map::new();
    event.insert("time".to_owned(), now.to_string().into());
    event.insert("level".to_owned(), level.name().into());
    event.insert("msg".to_owned(), message.into());
    for (key, value) in fields {
        event.insert((*key).to_owned(), value.to_string().into());
    }
    let mut line = Value::Object(event).to_string();
    line.push('\n');
    line
}

/// The text itself where a reader of logfmt takes it for one word; otherwise between quotes, so that no text from a client
/// or an object can look like another field or another line.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '+' | '@' | ',');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(format: Format, message: &str, fields: &[Field<'_>]) -> String {
        let now = Timestamp::from_millisecond(1_700_000_000_123).expect("a moment");
        line(format, now, Level::Warn, message, fields)
    }

    #[test]
    fn text_is_logfmt() {
        let line = at(
            Format::Text,
            "key written",
            &[("namespace", &"kube-system"), ("count", &3), ("none", &"")],
        );
        assert_eq!(
            line,
            "time=2023-11-14T22:13:20.123Z level=WARN msg=\"key written\" namespace=kube-system count=3 none=\"\"\n"
        );
    }

    #[test]
    fn json_is_one_object() {
        let line = at(Format::Json, "a \"b\"", &[("path", &"/v1/verify")]);
        let value: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["time"], "2023-11-14T22:13:20.123Z");
        assert_eq!(value["level"], "WARN");
        assert_eq!(value["msg"], "a \"b\"");
        assert_eq!(value["path"], "/v1/verify");
    }

    #[test]
    fn no_text_can_forge_a_line_or_a_field() {
        for hostile in [
            "x\nlevel=ERROR",
            "x level=ERROR",
            "x\" level=\"ERROR",
            "x=y",
            "\u{1b}[31m",
        ] {
            let line = at(Format::Text, "m", &[("from", &hostile)]);
            assert_eq!(line.lines().count(), 1, "{line}");
            assert!(line.ends_with("\"\n"), "{line}");
            assert!(!line.contains('\u{1b}'), "{line}");
            let line = at(Format::Json, hostile, &[]);
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
}

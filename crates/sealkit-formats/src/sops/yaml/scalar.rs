//! What a scalar is to go-yaml v3: YAML 1.2 with the octals, floats and timestamps of 1.1. Words like `yes` are strings.
//!
//! Source: `resolve.go`, `decode.go` of go-yaml v3.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::Plaintext;
use sealkit_manifest::number::{integer, is_float};
use sealkit_manifest::{Node, Style};
use zeroize::Zeroizing;

use super::super::error::DocumentError;
use super::super::time::Timestamp;
use super::super::value::Value;

/// A key, which must be a string.
pub(super) fn key(node: &Node<'_>, json: bool) -> Result<String, DocumentError> {
    let refused = || DocumentError::Key { place: node.place() };
    let target = node.resolved();
    if target.scalar_text().is_none() {
        return Err(refused());
    }
    if node.is_merge_key() {
        return Ok("<<".to_owned());
    }
    match read(&target, json)? {
        Value::Str(text) => Ok(text.expose_str().ok_or_else(refused)?.to_owned()),
        _ => Err(refused()),
    }
}

/// A scalar, not an alias.
pub(super) fn read(node: &Node<'_>, json: bool) -> Result<Value, DocumentError> {
    let text = node.scalar_text().unwrap_or_default();
    let plain = node.style() == Style::Plain;
    if json {
        return if plain {
            json_word(node, text)
        } else {
            Ok(Value::string(text))
        };
    }
    let tag = node.tag().map(|tag| tag.strip_prefix("tag:yaml.org,2002:"));
    let unfit = || DocumentError::Tag { place: node.place() };
    let too_large = || DocumentError::Number { place: node.place() };
    match tag {
        // `!` alone, and tags of others: whatever is written.
        Some(None | Some("str")) => Ok(Value::string(text)),
        Some(Some("binary")) => binary(text).ok_or_else(unfit),
        None if plain => resolve(text, true).ok_or_else(too_large),
        None => Ok(Value::string(text)),
        Some(Some(tag @ ("bool" | "int" | "float" | "null" | "timestamp"))) => {
            match (tag, resolve(text, tag == "timestamp").ok_or_else(too_large)?) {
                ("float", Value::Int(value)) =>
                {
                    #[expect(clippy::cast_precision_loss, reason = "the author asked for a float")]
                    Ok(Value::Float(value as f64))
                }
                ("bool", value @ Value::Bool(_))
                | ("int", value @ Value::Int(_))
                | ("float", value @ Value::Float(_))
                | ("null", value @ Value::Null)
                | ("timestamp", value @ Value::Time(_)) => Ok(value),
                _ => Err(unfit()),
            }
        }
        Some(Some(_)) => Ok(Value::string(text)),
    }
}

fn binary(text: &str) -> Option<Value> {
    let compact: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect());
    let bytes = STANDARD.decode(compact.as_bytes()).ok()?;
    Some(Value::Str(Plaintext::from(bytes)))
}

fn json_word(node: &Node<'_>, text: &str) -> Result<Value, DocumentError> {
    Ok(match text {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        number => match number.parse::<i64>() {
            Ok(value) => Value::Int(value),
            Err(_) => Value::Float(finite(node, number)?),
        },
    })
}

fn finite(node: &Node<'_>, text: &str) -> Result<f64, DocumentError> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(DocumentError::Number { place: node.place() }),
    }
}

/// A plain scalar; `None` for an integer that fits 64 bits only without a sign, which SOPS cannot take.
pub(in crate::sops) fn resolve(text: &str, timestamps: bool) -> Option<Value> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        _ => match text.as_bytes()[0] {
            b'.' if is_float(text) => float(text).map_or_else(|| Value::string(text), Value::Float),
            b'0'..=b'9' | b'+' | b'-' => return number(text, timestamps),
            _ => Value::string(text),
        },
    })
}

fn number(text: &str, timestamps: bool) -> Option<Value> {
    if timestamps && let Some(time) = Timestamp::parse_yaml(text) {
        return Some(Value::Time(time));
    }
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    // Only what fits a sign of 64 bits is an integer below zero; further down it is a float.
    if let Some(value) = integer(&digits).filter(|value| *value >= i128::from(i64::MIN)) {
        if let Ok(value) = i64::try_from(value) {
            return Some(Value::Int(value));
        }
        if u64::try_from(value).is_ok() {
            return None;
        }
    }
    Some(match is_float(&digits).then(|| float(&digits)).flatten() {
        Some(value) => Value::Float(value),
        None => Value::string(text),
    })
}

/// Go's `ParseFloat` calls a number beyond the largest double an error.
fn float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use sealkit_manifest::Stream;

    use super::*;

    fn check(text: &str, expected: Option<Value>) {
        let file = format!("k: {text}\n");
        let stream = Stream::parse("t.yaml", file.as_bytes()).expect("it parses");
        let node = stream
            .documents()
            .next()
            .and_then(|root| root.get("k"))
            .expect("it is there");
        assert_eq!(read(&node, false).ok(), expected, "{text}");
    }

    #[test]
    fn reads_scalars_as_go_yaml_does() {
        let time = |text| Some(Value::Time(Timestamp::parse_rfc3339(text).expect("RFC 3339")));
        let int = |value| Some(Value::Int(value));
        let float = |value| Some(Value::Float(value));
        let string = |text| Some(Value::string(text));
        for word in [
            "yes", "no", "on", "off", "y", "N", "<<", "_1", "1:30", "12:30:45", "0x", "1e", "0b2", "-",
        ] {
            if word != "-" {
                check(word, string(word));
            }
        }
        check("~", Some(Value::Null));
        check("", Some(Value::Null));
        check("True", Some(Value::Bool(true)));
        check("0777", int(511));
        check("0o17", int(15));
        check("0x1F", int(31));
        check("-0b11", int(-3));
        check("1_000", int(1000));
        check("+12", int(12));
        check("9007199254740993", int(9_007_199_254_740_993));
        check("-9223372036854775808", int(i64::MIN));
        check("18446744073709551615", None);
        check("9223372036854775808", None);
        check("18446744073709551616", float(18_446_744_073_709_551_616.0));
        check("08", float(8.0));
        check("1e3", float(1000.0));
        check("1.", float(1.0));
        check(".5", float(0.5));
        check("-.inf", float(f64::NEG_INFINITY));
        check("2001-12-14", time("2001-12-14T00:00:00Z"));
        check(
            "2001-12-14t21:59:43.10-05:00",
            time("2001-12-14T21:59:43.1-05:00"),
        );
        check("2024-01-01T10:00:00", string("2024-01-01T10:00:00"));
        check("'123'", string("123"));
        check("!!str 123", string("123"));
        check("!!float 1", float(1.0));
        check("!!int \"3\"", int(3));
        check("!!int x", None);
        check("!!binary aGk=", string("hi"));
        check("!mine 12", string("12"));
    }

    #[test]
    fn reads_numbers_of_json_as_integers_where_they_fit() {
        let stream =
            Stream::parse("t.json", br#"{"k": [1, 1.0, 9223372036854775808, 1e999]}"#).expect("JSON");
        let list = stream
            .documents()
            .next()
            .and_then(|root| root.get("k"))
            .expect("it is there");
        let read: Vec<_> = list.items().map(|node| read(&node, true).ok()).collect();
        let expected = [
            Some(Value::Int(1)),
            Some(Value::Float(1.0)),
            Some(Value::Float(9_223_372_036_854_775_808.0)),
            None,
        ];
        assert_eq!(read, expected);
    }
}

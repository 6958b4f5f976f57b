//! Floats as Go prints them: shortest digits that read back as the same double, in three dresses.

use crate::sops::value::Value;

/// The digits of a float, without sign: `(digits, exponent)` means `0.DIGITS × 10^exponent`.
fn digits(value: f64) -> (String, i32) {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    (mantissa.replace('.', ""), exponent + 1)
}

fn sign(value: f64) -> &'static str {
    if value.is_sign_negative() { "-" } else { "" }
}

/// `d.ddde±dd`, with at least `padding` digits of exponent.
fn scientific(value: f64, letter: char, padding: usize) -> String {
    let (digits, point) = digits(value);
    let exponent = if value == 0.0 { 0 } else { point - 1 };
    let (first, rest) = digits.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    let direction = if exponent < 0 { '-' } else { '+' };
    let exponent = exponent.unsigned_abs();
    format!(
        "{}{first}{dot}{rest}{letter}{direction}{exponent:0padding$}",
        sign(value)
    )
}

/// `%g` without a precision: an exponent below -4 and from 6 on. Finite values only.
fn general(value: f64, letter: char) -> String {
    let exponent = digits(value).1 - 1;
    match value == 0.0 || (-4..6).contains(&exponent) {
        true => value.to_string(),
        false => scientific(value, letter, 2),
    }
}

/// A float in YAML.
///
/// Source: `floatv` in go-yaml's `encode.go`.
pub fn yaml_text(value: f64) -> String {
    match value {
        _ if value.is_nan() => ".nan".to_owned(),
        _ if value == f64::INFINITY => ".inf".to_owned(),
        _ if value == f64::NEG_INFINITY => "-.inf".to_owned(),
        _ => general(value, 'e'),
    }
}

/// A finite float in JSON.
///
/// Source: `floatEncoder` in Go's `encoding/json/encode.go`.
pub(super) fn json_text(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        return scientific(value, 'e', 1);
    }
    value.to_string()
}

/// A value as dotenv, INI and environments show it; `None` for strings, which are shown as they are.
///
/// Source: `ValToString` in `stores/stores.go` of getsops/sops 3.13.
pub fn stringified(value: &Value) -> Option<String> {
    Some(match value {
        Value::Str(_) => return None,
        Value::Null => "<nil>".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Time(time) => time.whole_seconds().to_string(),
        Value::Float(value) if value.is_nan() => "NaN".to_owned(),
        Value::Float(value) if value.is_infinite() => format!("{}Inf", if *value > 0.0 { '+' } else { '-' }),
        Value::Float(value) => {
            let text = general(*value, 'E');
            match text.contains(['.', 'E']) {
                true => text,
                false => format!("{text}.0"),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_in_yaml_have_an_exponent_early() {
        for (value, expected) in [
            (1.0, "1"),
            (-0.0, "-0"),
            (0.0, "0"),
            (123_456.5, "123456.5"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1e100, "1e+100"),
            (-2.5e-7, "-2.5e-07"),
            (f64::NAN, ".nan"),
            (f64::NEG_INFINITY, "-.inf"),
        ] {
            assert_eq!(yaml_text(value), expected);
        }
    }

    #[test]
    fn floats_in_json_have_one_late() {
        for (value, expected) in [
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5, "1.5"),
            (-0.0, "-0"),
        ] {
            assert_eq!(json_text(value), expected);
        }
    }

    #[test]
    fn environments_see_at_least_one_decimal() {
        let text = |value| stringified(&Value::Float(value)).expect("a float is no string");
        assert_eq!(text(1.0), "1.0");
        assert_eq!(text(1e6), "1E+06");
        assert_eq!(text(1.25), "1.25");
        assert_eq!(text(f64::INFINITY), "+Inf");
        assert_eq!(stringified(&Value::Null).as_deref(), Some("<nil>"));
        assert_eq!(stringified(&Value::string("x")), None);
    }
}

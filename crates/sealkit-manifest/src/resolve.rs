//! What kubectl reads in a plain scalar: the YAML 1.1 words and numbers of go-yaml v2, which sigs.k8s.io/yaml keeps.
//!
//! Knows nothing of quotes, tags or documents; the caller asks only about plain scalars.
//!
//! Source: `resolve.go` and `decode.go` of `sigs.k8s.io/yaml/goyaml.v2` 1.4, checked against kubectl 1.32.

/// The meaning of a plain scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    /// `~`, `null`, nothing at all.
    Null,
    /// `y`, `on`, `true` and the rest of YAML 1.1's words.
    Bool(bool),
    /// An integer in any of its notations.
    Int(i128),
    /// A finite or infinite float, or not a number.
    Float(f64),
    /// `<<`.
    Merge,
    /// Anything else.
    String,
}

/// Resolves a plain scalar without a tag.
pub(crate) fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Plain::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Plain::Float(f64::NEG_INFINITY),
        "<<" => return Plain::Merge,
        _ => {}
    }
    match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text).unwrap_or(Plain::String),
        _ => Plain::String,
    }
}

/// Numbers as Go reads them once underscores are gone; `None` when it is no number. Times stay strings in JSON.
fn number(text: &str) -> Option<Plain> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    if text.as_bytes()[0] != b'.'
        && let Some(int) = integer(&digits)
        && (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&int)
    {
        return Some(Plain::Int(int));
    }
    is_float(&digits)
        .then(|| digits.parse().ok().map(Plain::Float))
        .flatten()
}

/// An integer as Go's `strconv.ParseInt(s, 0, 64)` spells it, without its bounds: decimal, `0x`, `0b`, `0o` and the old
/// leading zero for octal. Underscores must be gone.
pub fn integer(text: &str) -> Option<i128> {
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

/// Whether a text is a float to YAML: `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
pub fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_ok = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_ok && exponent_ok
}

/// How Go prints a float that is a mapping key: `strconv.FormatFloat(f, 'g', -1, 32)`.
pub(crate) fn float_key(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "kubectl prints float keys in single precision"
    )]
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line was read by kubectl 1.32.4 (`kubectl label --local -f - -o json`).
    #[test]
    fn reads_plain_scalars_as_kubectl_does() {
        for (text, expected) in [
            ("y", Plain::Bool(true)),
            ("N", Plain::Bool(false)),
            ("off", Plain::Bool(false)),
            ("yEs", Plain::String),
            ("~", Plain::Null),
            ("", Plain::Null),
            ("<<", Plain::Merge),
            ("0755", Plain::Int(493)),
            ("0o17", Plain::Int(15)),
            ("0O7", Plain::Int(7)),
            ("08", Plain::Float(8.0)),
            ("1_000", Plain::Int(1000)),
            ("1__0", Plain::Int(10)),
            ("0x_1", Plain::Int(1)),
            ("_1", Plain::String),
            (".5", Plain::Float(0.5)),
            (".5_5", Plain::Float(0.55)),
            ("+.5", Plain::Float(0.5)),
            ("1e3", Plain::Float(1000.0)),
            ("1e", Plain::String),
            ("2001-01-01", Plain::String),
            ("+12", Plain::Int(12)),
            ("-0x1F", Plain::Int(-31)),
            ("0b11", Plain::Int(3)),
            ("-0b11", Plain::Int(-3)),
            ("0b2", Plain::String),
            ("0x", Plain::String),
            ("0x1p4", Plain::String),
            ("1:30", Plain::String),
            ("1_000:3", Plain::String),
            ("1.", Plain::Float(1.0)),
            (".e3", Plain::String),
            ("-", Plain::String),
            ("+", Plain::String),
            (".", Plain::String),
            ("1_0.5_0", Plain::Float(10.5)),
            ("12345678901234567890", Plain::Int(12_345_678_901_234_567_890)),
            (
                "123456789012345678901",
                Plain::Float(123_456_789_012_345_680_000.0),
            ),
            ("-9223372036854775809", Plain::Float(-9_223_372_036_854_775_809.0)),
            ("1.2.3", Plain::String),
            ("1 2", Plain::String),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn prints_float_keys_as_kubectl_does() {
        for (value, expected) in [
            (1.5, "1.5"),
            (1000.0, "1000"),
            (1e6, "1e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (123_456_789.5, "1.2345679e+08"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (1e100, ".inf"),
        ] {
            assert_eq!(float_key(value), expected);
        }
    }
}

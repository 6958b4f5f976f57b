//! Typed leaves, and the bytes that are encrypted and hashed for them.
//!
//! Source: `ToBytes` in `sops.go`, `Encrypt` and `Decrypt` in `aes/cipher.go` of getsops/sops 3.13.

use std::fmt;

use sealkit_crypto::Plaintext;
use zeroize::Zeroizing;

use super::error::ValueError;
use super::time::Timestamp;
use super::token::Kind;

/// A leaf of a document, in the clear. Prints nothing.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Neither encrypted nor hashed.
    Null,
    /// Text; bytes that are no text only in the binary store.
    Str(Plaintext),
    /// A signed integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// An instant.
    Time(Timestamp),
}

impl Value {
    /// A string.
    pub fn string(text: &str) -> Self {
        Self::Str(Plaintext::from(text.as_bytes().to_vec()))
    }

    /// The type that a token for this value carries; `None` for null, which is never encrypted.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Null => return None,
            Self::Str(_) => Kind::Str,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float,
            Self::Bool(_) => Kind::Bool,
            Self::Time(_) => Kind::Time,
        })
    }

    /// The bytes that are encrypted and hashed; nothing for null.
    pub fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Null => Vec::new(),
            Self::Str(bytes) => bytes.expose().to_vec(),
            Self::Int(value) => value.to_string().into_bytes(),
            Self::Float(value) => float_text(*value).into_bytes(),
            Self::Bool(true) => b"True".to_vec(),
            Self::Bool(false) => b"False".to_vec(),
            Self::Time(time) => time.to_string().into_bytes(),
        })
    }

    /// Reads the plaintext of a token. A comment comes back as a string.
    ///
    /// # Errors
    /// [`ValueError::Unfit`] if the bytes do not fit the type.
    pub fn from_plaintext(kind: Kind, bytes: Plaintext) -> Result<Self, ValueError> {
        let unfit = || ValueError::Unfit { kind };
        if matches!(kind, Kind::Str | Kind::Bytes | Kind::Comment) {
            return Ok(Self::Str(bytes));
        }
        let text = bytes.expose_str().ok_or_else(unfit)?;
        let value = match kind {
            Kind::Int => integer(text).map(Self::Int),
            Kind::Float => float(text).map(Self::Float),
            Kind::Bool => boolean(text).map(Self::Bool),
            _ => Timestamp::parse_rfc3339(text).map(Self::Time),
        };
        value.ok_or_else(unfit)
    }

    /// Whether nothing is encrypted for this value, because there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Str(bytes) => bytes.is_empty(),
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.kind().map_or("null", Kind::as_str))
    }
}

/// Shortest digits that read back as the same double, never with an exponent.
///
/// Source: Go's `strconv.FormatFloat(f, 'f', -1, 64)`.
pub(super) fn float_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    value.to_string()
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| text.parse().ok()).flatten()
}

fn float(text: &str) -> Option<f64> {
    let parsed: f64 = text.parse().ok()?;
    // Digits beyond the largest double are an error to Go, not an infinity.
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    (parsed.is_finite() || !digits).then_some(parsed)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_their_shortest_digits_and_no_exponent() {
        for (value, expected) in [
            (1.5, "1.5"),
            (100_000.0, "100000"),
            (1e21, "1000000000000000000000"),
            (0.000_001, "0.000001"),
            (1.0, "1"),
            (-0.0, "-0"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(float_text(value), expected);
        }
    }

    #[test]
    fn reads_what_lenient_writers_wrote() {
        let read =
            |kind, text: &str| Value::from_plaintext(kind, Plaintext::from(text.as_bytes().to_vec())).ok();
        assert_eq!(read(Kind::Int, "+5"), Some(Value::Int(5)));
        assert_eq!(
            read(Kind::Int, "-9223372036854775808"),
            Some(Value::Int(i64::MIN))
        );
        assert_eq!(read(Kind::Float, "1e3"), Some(Value::Float(1000.0)));
        assert_eq!(read(Kind::Float, "+Inf"), Some(Value::Float(f64::INFINITY)));
        assert_eq!(read(Kind::Bool, "t"), Some(Value::Bool(true)));
        assert_eq!(read(Kind::Bool, "FALSE"), Some(Value::Bool(false)));
        assert_eq!(read(Kind::Comment, " note"), Some(Value::string(" note")));
        for (kind, text) in [
            (Kind::Int, "9223372036854775808"),
            (Kind::Int, "1_0"),
            (Kind::Int, "+-1"),
            (Kind::Int, ""),
            (Kind::Float, "1e999"),
            (Kind::Float, "x"),
            (Kind::Bool, "yes"),
            (Kind::Time, "2024-01-01"),
        ] {
            assert_eq!(read(kind, text), None, "{text}");
        }
    }

    #[test]
    fn prints_nothing_of_what_it_holds() {
        assert_eq!(
            format!("{:?} {:?}", Value::string("hunter2"), Value::Int(7)),
            "Value(str) Value(int)"
        );
    }
}

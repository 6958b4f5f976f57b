//! Numbers as Go writes them. A constant has several readings until somebody asks for a type.

use crate::text;

/// The readings of one constant.
#[derive(Clone, Default)]
pub(crate) struct Number {
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut number = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        let imaginary = text.strip_suffix('i');
        if let Some((real, imaginary)) = imaginary.and_then(complex) {
            number.complex = Some((real, imaginary));
            if imaginary == 0.0 {
                number.float = Some(real);
                number.int = exact(real);
                number.uint = number.int.and_then(|int| int.try_into().ok());
            }
            return Ok(number);
        }
        number.uint = integer(text.strip_prefix('+').map_or(text, |_| "x"));
        number.int = signed(text);
        if number.int == Some(0) {
            number.uint = Some(0);
        }
        number.float = match (number.int, number.uint) {
            (Some(int), _) => Some(int as f64),
            (None, Some(uint)) => Some(uint as f64),
            (None, None) => float(text),
        };
        if number.int.is_none()
            && number.uint.is_none()
            && let Some(value) = number.float
        {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", text::quoted(text.as_bytes())));
            }
            number.int = exact(value);
            number.uint =
                (value >= 0.0 && value.fract() == 0.0 && value < 2f64.powi(64)).then_some(value as u64);
        }
        if number.float.is_none() {
            return Err(format!(
                "illegal number syntax: {}",
                text::quoted(text.as_bytes())
            ));
        }
        Ok(number)
    }

    /// `'x'`: a number, too.
    pub(super) fn parse_char(text: &str) -> Result<Self, String> {
        let value = text::unquote_char(text).ok_or("invalid syntax")?;
        Ok(Self {
            text: text.to_owned(),
            int: Some(i64::from(value)),
            uint: Some(u64::from(value)),
            float: Some(f64::from(value)),
            complex: None,
        })
    }
}

fn exact(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 2f64.powi(63)).then_some(value as i64)
}

fn complex(text: &str) -> Option<(f64, f64)> {
    if let Some(imaginary) = float(text) {
        return Some((0.0, imaginary));
    }
    let sign = text
        .char_indices()
        .skip(1)
        .filter(|(at, c)| matches!(c, '+' | '-') && !text[..*at].ends_with(['e', 'E', 'p', 'P']));
    let (at, _) = sign.last()?;
    Some((float(&text[..at])?, float(&text[at..])?))
}

pub(crate) fn signed(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let value = i128::from(integer(digits)?);
    i64::try_from(if negative { -value } else { value }).ok()
}

/// Digits in the base that their prefix names, with underscores between them where there is a prefix.
fn integer(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    let prefixed = digits.len() < lower.len();
    let misplaced = digits.ends_with('_') || digits.contains("__") || digits.starts_with('_') && !prefixed;
    if misplaced || digits.contains(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), base).ok()
}

/// A floating-point number as Go reads one, hexadecimal ones too.
pub(crate) fn float(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let value = match digits.get(..2) {
        Some("0x" | "0X") => hexadecimal(&digits[2..])?,
        _ if digits.eq_ignore_ascii_case("inf") || digits.eq_ignore_ascii_case("infinity") => f64::INFINITY,
        _ if digits.eq_ignore_ascii_case("nan") => return Some(f64::NAN),
        _ => {
            if !digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            {
                return None;
            }
            let value: f64 = digits.parse().ok()?;
            value.is_finite().then_some(value)?
        }
    };
    Some(if text.starts_with('-') { -value } else { value })
}

fn hexadecimal(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = format!("{whole}{fraction}").replace('_', "");
    let exponent: i32 = exponent.parse().ok()?;
    let value = u64::from_str_radix(&all, 16).ok()? as f64;
    let shift = exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    let value = value * 2f64.powi(shift);
    value.is_finite().then_some(value)
}

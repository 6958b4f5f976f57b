//! Which unquoted words another YAML reader would take for something else than text.
//!
//! Source: `go.yaml.in/yaml/v2` v2.4.4 `resolve.go` and `isBase60Float` of `encode.go`.

/// The words of YAML 1.1 that are no text.
const WORDS: [&str; 37] = [
    "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", ".nan", ".NaN", ".NAN",
    ".inf", ".Inf", ".INF", "<<", "+.inf", "+.Inf", "+.INF",
];

/// Whether a text stays text without quotes.
pub(super) fn is_text(text: &str) -> bool {
    if WORDS.contains(&text) || matches!(text, "-.inf" | "-.Inf" | "-.INF") {
        return false;
    }
    match text.as_bytes()[0] {
        b'.' => !is_float(text),
        b'+' | b'-' | b'0'..=b'9' => {
            let digits: String = text.chars().filter(|c| *c != '_').collect();
            !(is_timestamp(text) || is_integer(&digits) || is_float(&digits) || is_base_60(text))
        }
        _ => true,
    }
}

/// Whatever fits 64 bits, with the prefixes of Go's literals; what does not fit is a float if it is decimal.
fn is_integer(text: &str) -> bool {
    let (negative, magnitude) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    let unsigned = !text.starts_with(['-', '+']);
    let fits = |value: u64| match (negative, unsigned) {
        (true, _) => value <= 1 << 63,
        (_, true) => true,
        _ => value < 1 << 63,
    };
    digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && u64::from_str_radix(digits, radix).is_ok_and(fits)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        ),
        None => (rest, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`, minutes and hours in base 60.
fn is_base_60(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (rest, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let low = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut parts = rest.split(':');
    let first = parts.next().unwrap_or_default();
    let mut others = parts.peekable();
    let sixtieth = |part: &str| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    low(fraction)
        && first.starts_with(|c: char| c.is_ascii_digit())
        && low(first)
        && others.peek().is_some()
        && others.all(sixtieth)
}

/// A date, or a date and a time, in the four forms that go-yaml knows.
fn is_timestamp(text: &str) -> bool {
    let mut rest = text;
    let Some(year) = digits(&mut rest, 4, 4) else {
        return false;
    };
    let mut part = |separator: char, range: std::ops::RangeInclusive<u32>| {
        rest = rest.strip_prefix(separator)?;
        digits(&mut rest, 1, 2).filter(|value| range.contains(value))
    };
    let (Some(month), Some(day)) = (part('-', 1..=12), part('-', 1..=31)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day > longest {
        return false;
    }
    let zoned = match rest.chars().next() {
        None => return true,
        Some('T' | 't') => true,
        Some(' ') => false,
        Some(_) => return false,
    };
    rest = &rest[1..];
    time_of_day(&mut rest) && if zoned { is_zone(rest) } else { rest.is_empty() }
}

fn time_of_day(rest: &mut &str) -> bool {
    for (at, limit) in [24, 60, 60].into_iter().enumerate() {
        if at > 0 {
            let Some(behind) = rest.strip_prefix(':') else {
                return false;
            };
            *rest = behind;
        }
        if digits(rest, 1, 2).is_none_or(|value| value >= limit) {
            return false;
        }
    }
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let behind = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if behind.len() == fraction.len() {
            return false;
        }
        *rest = behind;
    }
    true
}

fn is_zone(text: &str) -> bool {
    match text.as_bytes() {
        b"Z" => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (found, behind) = rest.split_at(count);
    *rest = behind;
    (count >= least).then(|| found.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_of_yaml_1_1_are_no_text() {
        for word in [
            "",
            "y",
            "no",
            "On",
            "~",
            "<<",
            "1",
            "-1",
            "+1",
            "010",
            "08",
            "0x1F",
            "0b1",
            "0o7",
            "1_000",
            "1.",
            ".5",
            "1e3",
            "18446744073709551615",
            "99999999999999999999",
            "12:30",
            "1:20:30.5",
            "2020-01-01",
            "2020-1-2t3:4:5Z",
            "2020-01-01 10:00:00",
            "2020-01-01T10:00:00.5+01:00",
            "-.inf",
        ] {
            assert!(!is_text(word), "{word}");
        }
        for word in [
            "yEs",
            "nope",
            "_1",
            "1a",
            "0xg",
            "0x10000000000000000",
            "1.2.3",
            ".",
            "-",
            "+",
            "1:60",
            "12:3a",
            "2020-02-30",
            "2020-01-01T10:00:00",
            "20200-01-01",
            "e3",
            "1e",
            "a",
            "v1",
        ] {
            assert!(is_text(word), "{word}");
        }
    }
}

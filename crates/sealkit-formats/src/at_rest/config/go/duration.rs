//! Durations as Go reads and prints them. Source: Go 1.26, `time/format.go`, `time/time.go`.

use std::fmt::Write;

/// Reads a duration into nanoseconds.
///
/// # Errors
/// The text of `time.ParseDuration`'s error.
pub(in super::super) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote_ascii(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let whole = digits(rest);
        let value: u64 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        rest = &rest[whole.len()..];
        let mut fraction = "";
        if let Some(after) = rest.strip_prefix('.') {
            fraction = digits(after);
            rest = &after[fraction.len()..];
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit = &rest[..rest
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(rest.len())];
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote_ascii(text)));
        }
        let nanoseconds = unit_nanoseconds(unit).ok_or_else(|| {
            format!(
                "time: unknown unit {} in duration {}",
                quote_ascii(unit),
                quote_ascii(text)
            )
        })?;
        rest = &rest[unit.len()..];
        let mut value = value
            .checked_mul(nanoseconds)
            .filter(|value| *value <= 1 << 63)
            .ok_or_else(invalid)?;
        if !fraction.is_empty() {
            let part: f64 = format!("0.{fraction}").parse().unwrap_or(0.0);
            value += (part * nanoseconds as f64) as u64;
        }
        total = total
            .checked_add(value)
            .filter(|total| *total <= 1 << 63)
            .ok_or_else(invalid)?;
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

fn unit_nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// `time`'s own quoting, which escapes every byte beyond ASCII.
fn quote_ascii(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => _ = write!(out, "\\x{byte:02x}"),
        }
    }
    out.push('"');
    out
}

/// Prints a duration as `Duration.String` does.
pub(in super::super) fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let fraction = |value: u64, unit: u64, name: &str| {
        let (whole, rest) = (value / unit, value % unit);
        if rest == 0 {
            return format!("{whole}{name}");
        }
        let width = unit.ilog10() as usize;
        let rest = format!("{rest:0width$}");
        format!("{whole}.{}{name}", rest.trim_end_matches('0'))
    };
    let text = match total {
        0 => return "0s".to_owned(),
        1..1_000 => format!("{total}ns"),
        1_000..1_000_000 => fraction(total, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(total, 1_000_000, "ms"),
        _ => {
            let seconds = fraction(total % 60_000_000_000, 1_000_000_000, "s");
            let minutes = total / 60_000_000_000;
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_durations_like_time() {
        for (text, nanoseconds, printed) in [
            ("3s", 3_000_000_000, "3s"),
            ("-1.5h", -5_400_000_000_000, "-1h30m0s"),
            ("0", 0, "0s"),
            ("1m1ms", 60_001_000_000, "1m0.001s"),
            ("100us", 100_000, "100µs"),
            ("1.5ms", 1_500_000, "1.5ms"),
            ("7ns", 7, "7ns"),
            (".5s", 500_000_000, "500ms"),
            ("25h", 90_000_000_000_000, "25h0m0s"),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
            assert_eq!(duration(nanoseconds), printed);
        }
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("3", "time: missing unit in duration \"3\""),
            ("3x", "time: unknown unit \"x\" in duration \"3x\""),
            ("s", "time: invalid duration \"s\""),
            ("-", "time: invalid duration \"-\""),
            ("1e3s", "time: unknown unit \"e\" in duration \"1e3s\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
            ("3 s", "time: unknown unit \" s\" in duration \"3 s\""),
        ] {
            assert_eq!(parse_duration(text), Err(error.to_owned()));
        }
    }
}

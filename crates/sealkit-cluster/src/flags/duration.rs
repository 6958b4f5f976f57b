//! Durations as Go writes them: `720h30m`, `1.5s`, `0`. There are no days.
//!
//! Source: Go `time.ParseDuration`.

use std::time::Duration;

/// Reads a duration; one below zero is none.
///
/// # Errors
/// Go's complaint.
pub fn parse(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let value: f64 = number.parse().map_err(|_| invalid())?;
        let letters = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        seconds += value
            * match unit {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "" => return Err(format!("time: missing unit in duration {text:?}")),
                _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
            };
        rest = tail;
    }
    if negative {
        return Ok(Duration::ZERO);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, milliseconds) in [
            ("720h0m0s", 2_592_000_000),
            ("87600h", 315_360_000_000),
            ("720h30m", 2_593_800_000),
            ("100ms", 100),
            ("1.5s", 1500),
            (".5s", 500),
            ("+2m", 120_000),
            ("0", 0),
            ("-1h", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in ["", "1", "1d", "h", "1.2.3s", "x", "1 s", "9e9h"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(
            parse("7d"),
            Err("time: unknown unit \"d\" in duration \"7d\"".to_owned())
        );
        assert_eq!(parse("7"), Err("time: missing unit in duration \"7\"".to_owned()));
    }
}

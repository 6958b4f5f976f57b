//! How long to wait for an answer, in the forms that the peer takes.

use std::time::Duration;

use crate::kubeseal::failure::Failure;

/// Source: `k8s.io/client-go` v0.37 `tools/clientcmd/overrides.go`, `ParseTimeout`.
pub(super) fn timeout(text: &str) -> Result<Option<Duration>, Failure> {
    let invalid = || {
        Failure::new(
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a \
             corresponding time unit (e.g. 1s | 2m | 3h)",
        )
    };
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds as f64,
        Err(_) => go_duration(text).ok_or_else(invalid)?,
    };
    Ok(Some(Duration::from_secs_f64(seconds)).filter(|timeout| !timeout.is_zero()))
}

/// The seconds of `1h2m3.5s`.
fn go_duration(text: &str) -> Option<f64> {
    let (mut seconds, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit = rest[end..]
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .map_or(rest.len(), |at| end + at);
        seconds += number
            * match &rest[end..unit] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    (seconds < 1e9).then_some(seconds)
}

/// A duration as Go prints it into an address.
pub(super) fn in_go(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    if seconds == 0 {
        let (unit, name) = match nanos {
            0 => return "0s".to_owned(),
            1_000_000.. => (1e6, "ms"),
            1_000.. => (1e3, "%C2%B5s"),
            _ => (1.0, "ns"),
        };
        return format!("{}{name}", f64::from(nanos) / unit);
    }
    let rest = (seconds % 60) as f64 + f64::from(nanos) / 1e9;
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{rest}s"),
        (0, minutes) => format!("{minutes}m{rest}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_seconds_or_durations_of_go() {
        let seconds = |text| {
            timeout(text)
                .map(|timeout| timeout.map(|timeout| timeout.as_secs_f64()))
                .ok()
        };
        assert_eq!(seconds("0"), Some(None));
        assert_eq!(seconds("3"), Some(Some(3.0)));
        assert_eq!(seconds("1m30s"), Some(Some(90.0)));
        assert_eq!(seconds("1.5s"), Some(Some(1.5)));
        assert_eq!(seconds("500ms"), Some(Some(0.5)));
        assert_eq!(seconds("x"), None);
        assert_eq!(seconds("3 parsecs"), None);
    }
    #[test]
    fn durations_are_printed_as_go_prints_them() {
        for (millis, text) in [
            (0, "0s"),
            (300, "300ms"),
            (1500, "1.5s"),
            (5000, "5s"),
            (90_000, "1m30s"),
            (3_600_000, "1h0m0s"),
        ] {
            assert_eq!(in_go(Duration::from_millis(millis)), text);
        }
    }
}

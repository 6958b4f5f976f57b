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
}

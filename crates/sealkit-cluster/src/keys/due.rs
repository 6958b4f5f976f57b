//! When a key is to be made. Pure: times are arguments, in seconds since 1970.

use std::time::Duration;

use super::KeyOptions;

/// Why a key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// There is none.
    Missing,
    /// The current one is older than the cut-off.
    CutOff,
    /// The current one has reached its age.
    Aged,
}

/// Whether a controller makes a key when it starts, and why, where the current one has this time.
#[must_use]
pub fn due(options: &KeyOptions, current: Option<i64>, now: i64) -> Option<Due> {
    let aged = || until_renewal(options.renew_period, current, now).is_some_and(|wait| wait.is_zero());
    due_at_start(options.cutoff, current).or_else(|| aged().then_some(Due::Aged))
}

pub(super) fn due_at_start(cutoff: Option<i64>, current: Option<i64>) -> Option<Due> {
    match (current, cutoff) {
        (None, _) => Some(Due::Missing),
        (Some(time), Some(cutoff)) if time < cutoff => Some(Due::CutOff),
        _ => None,
    }
}

/// How long until a key of this age is renewed; `None` for never.
pub(super) fn until_renewal(period: Duration, ordering_time: Option<i64>, now: i64) -> Option<Duration> {
    if period.is_zero() {
        return None;
    }
    let age = now.saturating_sub(ordering_time.unwrap_or(now));
    let age = Duration::from_secs(u64::try_from(age).unwrap_or_default());
    Some(period.saturating_sub(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_26_a_key_is_renewed_when_its_period_ends() {
        let wait = |age: i64| until_renewal(Duration::from_secs(100), Some(1000), 1000 + age);
        assert_eq!(wait(0), Some(Duration::from_secs(100)));
        assert_eq!(wait(99), Some(Duration::from_secs(1)));
        assert_eq!(wait(500), Some(Duration::ZERO));
        assert_eq!(wait(-50), Some(Duration::from_secs(100)));
    }

    #[test]
    fn row_24_a_period_of_zero_renews_never() {
        assert_eq!(until_renewal(Duration::ZERO, Some(0), 1_000_000), None);
    }

    #[test]
    fn row_27_a_key_is_due_where_none_is_or_the_current_one_is_too_old() {
        assert_eq!(due_at_start(None, None), Some(Due::Missing));
        assert_eq!(due_at_start(Some(5), Some(4)), Some(Due::CutOff));
        assert_eq!(due_at_start(Some(5), Some(5)), None);
        assert_eq!(due_at_start(None, Some(0)), None);
    }
}

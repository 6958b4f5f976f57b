//! What a replica does with the lease as it sees it now. Pure: no clock and no server.

use std::time::{Duration, Instant};

/// How long everything takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long others wait after the last sign of life before they take the lease.
    pub lease: Duration,
    /// How long after its last renewal the leader works on.
    pub renew: Duration,
    /// How often each replica looks, and the leader renews.
    pub retry: Duration,
}

/// A lease as a replica has seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Who holds it; nobody where it is empty.
    pub holder: String,
    /// How long its holder asks others to wait.
    pub lasts: Duration,
    /// Which version it was.
    pub version: String,
    /// When this version was first seen here. Clocks of other machines are not asked.
    pub since: Instant,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nobody ever held it.
    Create,
    /// Nobody holds it any more.
    Take,
    /// It is ours.
    Renew,
    /// It is another replica's.
    Wait,
}

impl Timing {
    /// Why these times do not fit together, for a person.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        if self.lease < Duration::from_secs(1) {
            return Some("--leader-elect-lease-duration must be a second at least");
        }
        if self.renew >= self.lease {
            return Some("--leader-elect-renew-deadline must be shorter than --leader-elect-lease-duration");
        }
        if self.retry.is_zero() || self.retry * 2 > self.renew {
            return Some("--leader-elect-retry-period must be at most half of --leader-elect-renew-deadline");
        }
        None
    }
}

impl Seen {
    /// What is seen now. Only another version is a sign of life.
    #[must_use]
    pub fn again(self, before: Option<&Self>, now: Instant) -> Self {
        let same = before.filter(|before| before.version == self.version);
        let since = same.map_or(now, |before| before.since);
        Self { since, ..self }
    }
}

/// Decides for the replica `own`.
#[must_use]
pub fn step(seen: Option<&Seen>, own: &str, now: Instant) -> Step {
    match seen {
        None => Step::Create,
        Some(seen) if seen.holder == own => Step::Renew,
        Some(seen) if seen.holder.is_empty() => Step::Take,
        Some(seen) if now.saturating_duration_since(seen.since) >= seen.lasts => Step::Take,
        Some(_) => Step::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTS: Duration = Duration::from_secs(15);

    fn seen(holder: &str, version: &str, since: Instant) -> Seen {
        Seen {
            holder: holder.to_owned(),
            lasts: LASTS,
            version: version.to_owned(),
            since,
        }
    }

    #[test]
    fn what_is_done_depends_on_holder_and_age() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let rows = [
            (None, 0, Step::Create),
            (Some("me"), 0, Step::Renew),
            // nobody took it meanwhile, which the server confirms or refuses by its version
            (Some("me"), 60, Step::Renew),
            (Some(""), 0, Step::Take),
            (Some("other"), 0, Step::Wait),
            (Some("other"), 14, Step::Wait),
            (Some("other"), 15, Step::Take),
            (Some("other"), 60, Step::Take),
        ];
        for (holder, age, expected) in rows {
            let seen = holder.map(|holder| seen(holder, "1", start));
            assert_eq!(
                step(seen.as_ref(), "me", after(age)),
                expected,
                "{holder:?} {age}"
            );
        }
    }

    #[test]
    fn only_another_version_is_a_sign_of_life() {
        let start = Instant::now();
        let later = start + LASTS;
        let first = seen("other", "1", start).again(None, start);
        let same = seen("other", "1", later).again(Some(&first), later);
        assert_eq!((same.since, step(Some(&same), "me", later)), (start, Step::Take));
        let renewed = seen("other", "2", later).again(Some(&first), later);
        assert_eq!(
            (renewed.since, step(Some(&renewed), "me", later)),
            (later, Step::Wait)
        );
    }

    #[test]
    fn a_clock_that_went_back_takes_nothing() {
        let now = Instant::now();
        let seen = seen("other", "1", now + Duration::from_secs(5));
        assert_eq!(step(Some(&seen), "me", now), Step::Wait);
    }

    #[test]
    fn times_fit_together_or_are_refused() {
        let seconds = |lease, renew, retry| Timing {
            lease: Duration::from_secs(lease),
            renew: Duration::from_secs(renew),
            retry: Duration::from_secs(retry),
        };
        assert_eq!(seconds(15, 10, 2).wrong(), None);
        for wrong in [
            seconds(0, 0, 0),
            seconds(10, 10, 2),
            seconds(10, 12, 2),
            seconds(15, 10, 6),
            seconds(15, 10, 0),
        ] {
            assert!(wrong.wrong().is_some(), "{wrong:?}");
        }
    }
}

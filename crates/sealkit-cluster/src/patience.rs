//! Patience with an API server in trouble: turns begin more and more slowly, and as fast as ever after a few that went well.
//!
//! Each object waits for its own next turn as well, but ten thousand of them that wait a second each are a storm. This is
//! the bound for all together. The time is an argument of everything that decides.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between the beginnings of two turns after the first one in trouble, and after many.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(250);
/// A server may ask for more; whoever waits is told nothing meanwhile.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How soon the next turn may begin. Shared by all who give turns.
#[derive(Debug, Default)]
pub struct Patience(Mutex<Rhythm>);

#[derive(Debug, Default)]
struct Rhythm {
    interval: Duration,
    next: Option<Instant>,
}

impl Patience {
    /// How long no turn may begin yet.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Duration {
        let next = self.rhythm().next;
        next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// A turn begins.
    pub fn begun(&self, now: Instant) {
        let mut rhythm = self.rhythm();
        let next = now + rhythm.interval;
        let asked_for = rhythm.next.filter(|asked_for| *asked_for > next);
        rhythm.next = Some(asked_for.unwrap_or(next));
    }

    /// In a turn the server failed, or did not answer.
    pub fn trouble(&self) {
        let mut rhythm = self.rhythm();
        rhythm.interval = (rhythm.interval * 2).clamp(SHORTEST, LONGEST);
    }

    /// In a turn the server did as it was asked.
    pub fn well(&self) {
        let mut rhythm = self.rhythm();
        rhythm.interval = match rhythm.interval / 2 {
            shorter if shorter < SHORTEST => Duration::ZERO,
            shorter => shorter,
        };
    }

    /// The server asks to be left alone for a while.
    pub fn pause(&self, pause: Duration, now: Instant) {
        let until = now + pause.min(LONGEST_PAUSE);
        let mut rhythm = self.rhythm();
        rhythm.next = Some(rhythm.next.map_or(until, |next| next.max(until)));
    }

    fn rhythm(&self) -> MutexGuard<'_, Rhythm> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of so many turns begins, in milliseconds, if each is asked for as soon as it may begin.
    fn beginnings(patience: &Patience, turns: usize, now: Instant) -> Vec<u128> {
        let mut at = now;
        let begins = |_| {
            at += patience.wait(at);
            patience.begun(at);
            (at - now).as_millis()
        };
        (0..turns).map(begins).collect()
    }

    #[test]
    fn without_trouble_nobody_waits() {
        let (patience, now) = (Patience::default(), Instant::now());
        patience.well();
        assert_eq!(beginnings(&patience, 3, now), [0, 0, 0]);
    }

    #[test]
    fn in_trouble_few_turns_begin_however_many_are_asked_for() {
        let (patience, now) = (Patience::default(), Instant::now());
        for _ in 0..1000 {
            patience.trouble();
        }
        assert_eq!(beginnings(&patience, 4, now), [0, 250, 500, 750]);
    }

    #[test]
    fn a_few_turns_that_went_well_end_it() {
        let (patience, now) = (Patience::default(), Instant::now());
        for _ in 0..1000 {
            patience.trouble();
        }
        for _ in 0..5 {
            patience.well();
        }
        assert_eq!(beginnings(&patience, 3, now), [0, 0, 0]);
    }

    #[test]
    fn one_in_trouble_among_many_that_went_well_costs_nothing_much() {
        let (patience, now) = (Patience::default(), Instant::now());
        patience.trouble();
        assert_eq!(beginnings(&patience, 3, now), [0, 10, 20]);
        patience.well();
        assert_eq!(beginnings(&patience, 3, now + LONGEST), [0, 0, 0]);
    }

    #[test]
    fn what_the_server_asks_for_is_granted_within_reason() {
        let (patience, now) = (Patience::default(), Instant::now());
        patience.pause(Duration::from_secs(2), now);
        patience.pause(Duration::from_secs(1), now);
        // a turn that was chosen before it asked
        patience.begun(now);
        assert_eq!(patience.wait(now), Duration::from_secs(2));
        patience.pause(Duration::from_secs(3600), now);
        assert_eq!(patience.wait(now), LONGEST_PAUSE);
        assert_eq!(patience.wait(now + LONGEST_PAUSE), Duration::ZERO);
    }
}

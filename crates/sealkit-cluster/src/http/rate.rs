//! How often one client may ask: the generic cell rate algorithm, one cell for each client and path.
//!
//! Which client it is comes from a header that a client inside the cluster writes itself, so this keeps honest clients
//! from one another; what hostile ones may use up together is bounded elsewhere. Knows no clock.
//!
//! Source: throttled v2.2.5 `rate.go`, `GCRARateLimiter`, and `http.go` for the headers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

/// How many clients are remembered, as with the peer.
const CELLS: usize = 65_536;
/// How much of a name is looked at; longer ones share a cell.
const NAME_BYTES: usize = 256;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

pub(super) struct RateLimit {
    /// Between two requests of a client that never waits.
    interval: Duration,
    /// How far ahead of that a client may be.
    tolerance: Duration,
    limit: u32,
    /// When each client's next request would be due, since the beginning.
    cells: Mutex<HashMap<(String, &'static str), Duration>>,
}

/// What is said to a client, allowed or not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    limit: u32,
    remaining: u32,
    reset: Duration,
    /// When it may ask again, if it may not now.
    pub(super) retry: Option<Duration>,
}

impl RateLimit {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        let limit = burst.saturating_add(1);
        Self {
            interval,
            tolerance: interval.saturating_mul(limit),
            limit,
            cells: Mutex::default(),
        }
    }

    /// Counts one request at `now`, a time since the beginning.
    pub(super) fn ask(&self, client: &str, path: &'static str, now: Duration) -> Verdict {
        let client: String = client
            .chars()
            .take(NAME_BYTES)
            .flat_map(char::to_lowercase)
            .collect();
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (client, path);
        let due = cells.get(&key).copied().unwrap_or(now).max(now);
        let next = due + self.interval;
        let ahead = next - now;
        if ahead > self.tolerance {
            return self.verdict(due - now, Some(ahead - self.tolerance));
        }
        if cells.len() >= CELLS && !cells.contains_key(&key) {
            make_room(&mut cells, now);
        }
        cells.insert(key, next);
        self.verdict(ahead, None)
    }

    fn verdict(&self, ahead: Duration, retry: Option<Duration>) -> Verdict {
        let left = self.tolerance.saturating_sub(ahead).as_nanos() / self.interval.as_nanos().max(1);
        Verdict {
            limit: self.limit,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset: ahead,
            retry,
        }
    }
}

/// Forgets those who would start afresh anyway, or if there are none, anybody.
fn make_room(cells: &mut HashMap<(String, &'static str), Duration>, now: Duration) {
    cells.retain(|_, due| *due > now);
    if cells.len() >= CELLS {
        let any = cells.keys().next().cloned();
        any.and_then(|key| cells.remove(&key));
    }
}

impl Verdict {
    /// Writes it into an answer.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(whole_seconds(self.reset)));
        if let Some(retry) = self.retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(retry)));
        }
    }
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/v1/verify";

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn three_at_once_then_two_a_second_by_default() {
        let limit = RateLimit::new(2, 2);
        let remaining: Vec<_> = (0..3).map(|_| limit.ask("a", PATH, at(0)).remaining).collect();
        assert_eq!(remaining, [2, 1, 0]);
        let refused = limit.ask("a", PATH, at(0));
        assert_eq!(
            (refused.retry, refused.reset, refused.limit),
            (Some(at(500)), at(1500), 3)
        );
        assert_eq!(limit.ask("a", PATH, at(499)).retry, Some(at(1)));
        assert_eq!(limit.ask("a", PATH, at(500)).retry, None);
        assert_eq!(limit.ask("a", PATH, at(600)).retry, Some(at(400)));
        assert_eq!(limit.ask("a", PATH, at(60_000)).remaining, 2);
    }

    #[test]
    fn clients_and_paths_have_cells_of_their_own() {
        let limit = RateLimit::new(1, 0);
        assert_eq!(limit.ask("a", PATH, at(0)).retry, None);
        assert_eq!(limit.ask("A", PATH, at(0)).retry, Some(at(1000)));
        assert_eq!(limit.ask("b", PATH, at(0)).retry, None);
        assert_eq!(limit.ask("a", "/v1/rotate", at(0)).retry, None);
    }

    #[test]
    fn headers_are_whole_seconds() {
        let limit = RateLimit::new(2, 0);
        let mut headers = HeaderMap::new();
        limit.ask("a", PATH, at(0)).tell(&mut headers);
        assert_eq!(
            (&headers[LIMIT], &headers[REMAINING], &headers[RESET]),
            (
                &HeaderValue::from(1),
                &HeaderValue::from(0),
                &HeaderValue::from(1)
            )
        );
        assert!(!headers.contains_key(RETRY_AFTER));
        limit.ask("a", PATH, at(0)).tell(&mut headers);
        assert_eq!(headers[RETRY_AFTER], HeaderValue::from(1));
    }

    #[test]
    fn a_crowd_of_names_takes_bounded_room() {
        let limit = RateLimit::new(1, 0);
        for client in 0..CELLS + 100 {
            limit.ask(&client.to_string(), PATH, at(0));
        }
        let held = || limit.cells.lock().expect("nobody panicked").len();
        assert_eq!(held(), CELLS);
        limit.ask("later", PATH, at(5000));
        assert_eq!(held(), 1);
    }

    #[test]
    fn no_setting_divides_by_zero() {
        for (rate, burst) in [(0, 0), (u32::MAX, u32::MAX), (1, u32::MAX)] {
            RateLimit::new(rate, burst).ask("a", PATH, at(0));
        }
    }
}

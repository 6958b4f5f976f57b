//! What all talk to the API server shares: how its refusals read, and how fast it may be asked.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use kube::Error;

/// What went wrong, in the API server's own words where it has any.
#[must_use]
pub fn said(error: &Error) -> String {
    match error {
        Error::Api(status) => status.message.clone(),
        other => {
            let mut text = other.to_string();
            let mut source = std::error::Error::source(other);
            while let Some(inner) = source {
                let inner_text = inner.to_string();
                if !text.contains(&inner_text) {
                    text = format!("{text}: {inner_text}");
                }
                source = inner.source();
            }
            text
        }
    }
}

/// The status code of a refusal; 0 where there was no answer.
#[must_use]
pub fn code(error: &Error) -> u16 {
    match error {
        Error::Api(status) => status.code,
        _ => 0,
    }
}

/// What stands in the way for the moment, and is neither the object's fault nor that of the controller's rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It did not answer, or has no time. What was asked may have been done, and nothing else will be done now either.
    Away,
    /// It failed, or what it had to ask did: etcd, or a webhook that may concern this object alone.
    Failed,
    /// Somebody else wrote in between.
    Raced,
}

impl Trouble {
    /// Whether the server itself is in trouble, so that the same stands in the way of others.
    #[must_use]
    pub fn is_the_servers(self) -> bool {
        self != Self::Raced
    }

    /// Tells it from a refusal, which will be the same in a moment.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        match code(error) {
            0 | 429 | 502..=504 => Some(Self::Away),
            500..=599 => Some(Self::Failed),
            409 => Some(Self::Raced),
            _ => None,
        }
    }
}

/// A limit of requests in a second: so many at once, then evenly. Without one nobody waits.
#[derive(Debug)]
pub struct Pace(Option<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    interval: Duration,
    burst: u32,
    /// When the next request would be due if all had come evenly.
    next: Option<Instant>,
}

impl Pace {
    /// A limit; none for a negative or zero rate.
    #[must_use]
    pub fn new(per_second: f64, burst: u32) -> Self {
        if per_second <= 0.0 || !per_second.is_finite() {
            return Self(None);
        }
        Self(Some(Mutex::new(Bucket {
            interval: Duration::from_secs_f64((1.0 / per_second).min(3600.0)),
            burst: burst.max(1),
            next: None,
        })))
    }

    /// Waits for the next request's turn.
    pub async fn turn(&self) {
        let wait = self.wait(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    fn wait(&self, now: Instant) -> Duration {
        let Some(bucket) = &self.0 else {
            return Duration::ZERO;
        };
        let mut bucket = bucket.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let next = bucket.next.map_or(now, |next| next.max(now));
        bucket.next = Some(next + bucket.interval);
        let ahead = bucket.interval * (bucket.burst - 1);
        (next - now).saturating_sub(ahead)
    }
}

/// Whether the server refuses a Secret, in these words, because the one that is there is immutable.
#[must_use]
pub fn is_immutable(refusal: &str) -> bool {
    refusal.contains("field is immutable when `immutable` is set")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_from_refusals() {
        let trouble = |code: u16| {
            let status = kube::core::Status::failure("why", "").with_code(code);
            Trouble::of(&Error::Api(Box::new(status)))
        };
        let refusals = [400, 401, 403, 404, 410, 413, 422].map(trouble);
        assert_eq!(refusals, [None; 7]);
        assert_eq!(trouble(409), Some(Trouble::Raced));
        assert_eq!([429, 502, 503, 504].map(trouble), [Some(Trouble::Away); 4]);
        assert_eq!([500, 501].map(trouble), [Some(Trouble::Failed); 2]);
        assert_eq!(Trouble::of(&Error::TlsRequired), Some(Trouble::Away));
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_evenly() {
        let (pace, now) = (Pace::new(5.0, 3), Instant::now());
        let waits: Vec<_> = (0..5).map(|_| pace.wait(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 200, 400]);
        assert_eq!(pace.wait(now + Duration::from_secs(60)).as_millis(), 0);
    }

    #[test]
    fn a_negative_rate_is_no_limit() {
        let (pace, now) = (Pace::new(-1.0, 1), Instant::now());
        assert!((0..1000).all(|_| pace.wait(now).is_zero()));
    }
}

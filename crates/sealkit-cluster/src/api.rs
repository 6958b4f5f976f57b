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

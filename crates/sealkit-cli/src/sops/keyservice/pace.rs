//! Whether anything happens on a connection.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};

/// How long a connection may take to its first request.
const FIRST: Duration = Duration::from_secs(5);

/// How long it may stay without a request afterwards. A client connects again where it must.
const IDLE: Duration = Duration::from_secs(10);

/// How many requests a connection has in hand, and until when it may have none.
pub(super) struct Pace(Mutex<(usize, Instant)>);

impl Pace {
    pub(super) fn new() -> Self {
        Self(Mutex::new((0, Instant::now() + FIRST)))
    }

    fn change(&self, change: impl FnOnce(usize) -> usize) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (change(now.0), Instant::now() + IDLE);
    }

    /// Ends when there was no request for too long. One that is in hand has a time of its own.
    pub(super) async fn idle(&self) {
        loop {
            let (in_hand, end) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match in_hand {
                0 if end <= Instant::now() => return,
                0 => sleep_until(end).await,
                _ => sleep(IDLE).await,
            }
        }
    }
}

/// A request in hand, however it ends.
pub(super) struct Busy(Arc<Pace>);

impl Busy {
    pub(super) fn begin(pace: &Arc<Pace>) -> Self {
        pace.change(|count| count + 1);
        Self(Arc::clone(pace))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.change(|count| count - 1);
    }
}

//! Whether this replica works, by its own clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

/// Tells whether this replica leads, to everybody who is about to write. Clones are the same.
#[derive(Clone, Debug)]
pub struct Lead(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    always: bool,
    until: Mutex<Option<Instant>>,
    leads: watch::Sender<bool>,
}

impl Lead {
    /// Leads: there is no election.
    #[must_use]
    pub fn always() -> Self {
        Self::new(true)
    }

    /// Follows until it is told otherwise.
    #[must_use]
    pub fn elected() -> Self {
        Self::new(false)
    }

    fn new(always: bool) -> Self {
        Self(Arc::new(Inner {
            always,
            until: Mutex::new(None),
            leads: watch::channel(always).0,
        }))
    }

    /// Whether there is no election.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.0.always
    }

    /// Whether this replica may write at this moment.
    #[must_use]
    pub fn holds(&self, now: Instant) -> bool {
        self.0.always || self.until().is_some_and(|until| now < until)
    }

    /// It leads until then. Returns whether it did not before.
    pub fn extend(&self, until: Instant) -> bool {
        *self.until() = Some(until);
        !self.0.leads.send_replace(true)
    }

    /// It leads no more. Returns whether it did before.
    pub fn end(&self) -> bool {
        *self.until() = None;
        self.0.leads.send_replace(false)
    }

    /// Until when it leads.
    #[must_use]
    pub fn ends(&self) -> Option<Instant> {
        *self.until()
    }

    /// Waits until this replica leads.
    pub async fn gained(&self) {
        let mut changes = self.0.leads.subscribe();
        while !self.holds(Instant::now()) {
            // the sender is here, so there is always another change
            let _ = changes.changed().await;
        }
    }

    /// Waits until this replica does not lead.
    pub async fn lost(&self) {
        let mut changes = self.0.leads.subscribe();
        let _ = changes.wait_for(|leads| !leads).await;
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_alone_ends_it() {
        let (lead, now) = (Lead::elected(), Instant::now());
        assert!(!lead.holds(now));
        assert!(lead.extend(now + Duration::from_secs(10)), "newly");
        assert!(!lead.extend(now + Duration::from_secs(10)), "still");
        assert!(lead.holds(now) && lead.holds(now + Duration::from_secs(9)));
        assert!(!lead.holds(now + Duration::from_secs(10)));
        assert!(lead.end() && !lead.end());
        assert!(!lead.holds(now));
        assert!(Lead::always().holds(now + Duration::from_secs(1_000_000)));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let lead = Lead::elected();
        let waiting = tokio::spawn({
            let lead = lead.clone();
            async move {
                lead.gained().await;
                lead.lost().await;
            }
        });
        lead.extend(Instant::now() + Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waiting.is_finished());
        lead.end();
        waiting.await.expect("it was woken twice");
    }
}

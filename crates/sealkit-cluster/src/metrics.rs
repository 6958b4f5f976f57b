//! What the controller counts, under the peer's names.

use std::time::Duration;

/// Why an object was not opened, as the label `reason` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It could not be read.
    Fetch,
    /// Its values or templates did not open.
    Unseal,
    /// A Secret of its name belongs to somebody else.
    Unmanaged,
    /// Its Secret could not be written.
    Update,
    /// Its status could not be written.
    Status,
}

/// All counters and gauges; shared by reference.
#[derive(Debug, Default)]
pub struct Metrics {}

impl Metrics {
    /// One reconcile begins.
    pub fn unseal_requested(&self) {}

    /// One reconcile failed.
    pub fn unseal_failed(&self, reason: Reason, namespace: &str) {
        let _ = (reason, namespace);
    }

    /// The condition `Synced` of an object is known: true, false or unknown.
    pub fn condition(&self, namespace: &str, name: &str, instance: &str, synced: Option<bool>) {
        let _ = (namespace, name, instance, synced);
    }

    /// An object is gone.
    pub fn forget(&self, namespace: &str, name: &str) {
        let _ = (namespace, name);
    }

    /// One reconcile took this long.
    pub fn reconciled(&self, took: Duration) {
        let _ = took;
    }

    /// So many objects wait.
    pub fn queued(&self, objects: usize) {
        let _ = objects;
    }
}

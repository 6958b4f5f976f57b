//! What a reconcile's end says: in the status, and as an event. Pure; the time is an argument.
//!
//! Source: sealed-secrets v0.40.0 `controller.go`, `updateSealedSecretStatus`; events of `unseal`.

use super::Failure;
use crate::metrics::Reason;
use crate::resource::{Condition, SYNCED, SealedSecret, Status};
use crate::sealed::Settled;

/// How an event is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// As it should be.
    Normal,
    /// Somebody should look.
    Warning,
}

/// An event to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    /// How it is shown.
    pub severity: Severity,
    /// One word.
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

/// Settles an object at `now`, RFC 3339. `wrote` tells whether its Secret was written.
#[must_use]
pub fn settle(
    object: &SealedSecret,
    outcome: Result<(), &Failure>,
    wrote: bool,
    now: &str,
) -> Settled<Status> {
    let status = status(object, outcome.err(), now);
    let notice = match outcome {
        Err(failure) => Some(Notice {
            severity: Severity::Warning,
            reason: match failure.reason {
                Reason::Unseal => "ErrUnsealFailed",
                _ => "ErrUpdateFailed",
            },
            message: failure.event.clone(),
        }),
        // the peer says so at every restart too, for every object
        Ok(()) if !wrote && status.is_none() => None,
        Ok(()) => Some(Notice {
            severity: Severity::Normal,
            reason: "Unsealed",
            message: "SealedSecret unsealed successfully".to_owned(),
        }),
    };
    Settled { status, notice }
}

/// The status that has to be written: where the condition's status, its message or the generation are others.
fn status(object: &SealedSecret, failure: Option<&Failure>, now: &str) -> Option<Status> {
    let word = if failure.is_some() { "False" } else { "True" };
    let message = failure.map(|failure| failure.message.clone());
    let old = object.synced();
    let observed = object
        .status
        .as_ref()
        .and_then(|status| status.observed_generation);
    let changed = old.is_none_or(|old| old.status != word);
    let says = old
        .and_then(|old| old.message.as_deref())
        .filter(|text| !text.is_empty());
    if !changed && observed == object.metadata.generation && says == message.as_deref() {
        return None;
    }
    let transition = old
        .filter(|_| !changed)
        .and_then(|old| old.last_transition_time.clone());
    let synced = Condition {
        kind: SYNCED.to_owned(),
        status: word.to_owned(),
        last_update_time: Some(now.to_owned()),
        last_transition_time: transition.or_else(|| Some(now.to_owned())),
        reason: None,
        message,
    };
    let others = object.status.iter().flat_map(|status| &status.conditions);
    let others = others.filter(|condition| condition.kind != SYNCED).cloned();
    Some(Status {
        observed_generation: object.metadata.generation,
        conditions: std::iter::once(synced).chain(others).collect(),
    })
}

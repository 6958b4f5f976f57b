//! What a turn's end says: in the status, as conditions that generic tools wait on, and as an event. Pure.
//!
//! `Ready` says whether the Secret is as the object says. Where it is not, either `Reconciling` is true (time can mend it,
//! and it is tried again) or `Stalled` (a person has to do something), as kstatus reads them. All three are always there,
//! so that their absence always means that the controller has not looked yet.

use super::resource::{Condition, DataKey, Item, READY};
use super::{EncryptedSecret, Report, Status};
use crate::decide::{Failure, Notice, Severity};
use crate::metrics::Reason;
use crate::sealed::Settled;

const RECONCILING: &str = "Reconciling";
const STALLED: &str = "Stalled";
/// What a condition's message may have, in bytes; the resource allows 32768 characters.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Settles an object at `now`, RFC 3339. `wrote` tells whether its Secret was written.
#[must_use]
pub fn settle(
    object: &EncryptedSecret,
    outcome: Result<(), &Failure>,
    report: Option<&Report>,
    wrote: bool,
    now: &str,
) -> Settled<Status> {
    let status = status(object, outcome.err(), report, now);
    let notice = match outcome {
        Err(failure) => Some(Notice {
            severity: Severity::Warning,
            reason: word(failure, report),
            message: cut(&failure.event),
        }),
        Ok(()) if !wrote && status.is_none() => None,
        Ok(()) => Some(Notice {
            severity: Severity::Normal,
            reason: "Opened",
            message: "the Secret is as the EncryptedSecret says".to_owned(),
        }),
    };
    Settled { status, notice }
}

/// A failure as a word for programs.
fn word(failure: &Failure, report: Option<&Report>) -> &'static str {
    match failure.reason {
        Reason::Unseal => report.and_then(|report| report.closed).unwrap_or("NotOpened"),
        Reason::Unmanaged => "NotOwned",
        Reason::Update if !failure.again => "Immutable",
        _ => "ServerRefused",
    }
}

/// The status that has to be written, if it says anything that the present one does not.
fn status(
    object: &EncryptedSecret,
    failure: Option<&Failure>,
    report: Option<&Report>,
    now: &str,
) -> Option<Status> {
    let old = object.status.clone().unwrap_or_default();
    let mut new = Status {
        observed_generation: object.metadata.generation,
        conditions: conditions(object, &old, failure, report, now),
        ..old.clone()
    };
    if let Some(report) = report {
        new.items = report
            .items
            .iter()
            .map(|item| Item {
                key: item.key.clone(),
                data_key: item.data_key.clone(),
                opens: item.closed.is_none(),
                reason: item.closed.map(str::to_owned),
            })
            .collect();
        new.data_keys = report
            .data_keys
            .iter()
            .map(|(id, recipient)| DataKey {
                id: id.clone(),
                recipient: recipient.clone(),
            })
            .collect();
        new.reseal = report.reseal.is_some();
        new.reseal_reason = report.reseal.map(str::to_owned);
    }
    (object.status.as_ref() != Some(&new)).then_some(new)
}

fn conditions(
    object: &EncryptedSecret,
    old: &Status,
    failure: Option<&Failure>,
    report: Option<&Report>,
    now: &str,
) -> Vec<Condition> {
    let mended_by_time = failure.map(|failure| failure.reason == Reason::Update && failure.again);
    let reason = failure.map_or("Opened", |failure| word(failure, report));
    let message = failure.map_or_else(
        || "the Secret is as this object says".to_owned(),
        |failure| cut(&failure.message),
    );
    let ours = [
        (READY, failure.is_none()),
        (RECONCILING, mended_by_time == Some(true)),
        (STALLED, mended_by_time == Some(false)),
    ];
    let mut conditions: Vec<Condition> = ours
        .into_iter()
        .map(|(kind, holds)| {
            let status = if holds { "True" } else { "False" };
            let before = old.conditions.iter().find(|condition| condition.kind == kind);
            let since = before
                .filter(|before| before.status == status)
                .map(|before| before.last_transition_time.clone());
            Condition {
                kind: kind.to_owned(),
                status: status.to_owned(),
                observed_generation: object.metadata.generation,
                last_transition_time: since.unwrap_or_else(|| now.to_owned()),
                reason: reason.to_owned(),
                message: if holds || kind == READY {
                    message.clone()
                } else {
                    String::new()
                },
            }
        })
        .collect();
    let others = old
        .conditions
        .iter()
        .filter(|condition| !ours.iter().any(|(kind, _)| condition.kind == *kind));
    conditions.extend(others.cloned());
    conditions
}

fn cut(text: &str) -> String {
    let mut end = MAX_MESSAGE_BYTES.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

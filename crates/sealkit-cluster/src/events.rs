//! Events as `kubectl describe` shows them. The same one again only counts up; an object that has too much to say is cut.
//!
//! Sent in the background: no object waits for its event, and an event that cannot be sent is not worth a second try.
//!
//! Source: client-go v0.36 `tools/record/events_cache.go`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::sync::mpsc;

use crate::api::{Pace, said};
use crate::decide::{Notice, Severity};
use crate::log::Log;
use crate::sealed::Sealed;

/// Events that wait to be sent; beyond that they are dropped.
const WAITING: usize = 100_000;
/// Events that are remembered in order to be counted up.
const REMEMBERED: usize = 4096;
/// Events of one object at once, and how often one more.
const BURST: u32 = 25;
const ONE_MORE: Duration = Duration::from_secs(300);
const COMPONENT: &str = "sealed-secrets";

type Core = k8s_openapi::api::core::v1::Event;

/// An event about an object.
#[derive(Clone, Debug)]
pub struct Event {
    object: Reference,
    notice: Notice,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reference {
    api_version: &'static str,
    kind: &'static str,
    namespace: String,
    name: String,
    uid: String,
    version: String,
}

impl Event {
    /// An event about a sealed object.
    #[must_use]
    pub fn about<O: Sealed>(object: &O, notice: Notice) -> Self {
        Self {
            object: Reference {
                api_version: O::API_VERSION,
                kind: O::KIND,
                namespace: object.namespace().to_owned(),
                name: object.name().to_owned(),
                uid: object.uid().to_owned(),
                version: object.meta().resource_version.clone().unwrap_or_default(),
            },
            notice,
        }
    }
}

/// Where events are left to be sent.
#[derive(Clone, Debug)]
pub struct Events(mpsc::Sender<Event>);

impl Events {
    /// A place for events, and what [`send_all`] takes from it.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Leaves an event. Nobody waits: what does not fit is dropped.
    pub fn send(&self, event: Event) {
        let _ = self.0.try_send(event);
    }
}

/// Sends events one after the other until nobody can leave any more.
pub async fn send_all(mut events: mpsc::Receiver<Event>, client: Client, pace: Arc<Pace>, log: Log) {
    let mut memory = Memory::default();
    while let Some(event) = events.recv().await {
        let api = Api::<Core>::namespaced(client.clone(), &event.object.namespace);
        let now = Timestamp::now();
        let step = memory.step(&event, now, Instant::now());
        pace.turn().await;
        let outcome = match step {
            Step::Drop => Ok(()),
            Step::Create(name) => create(&api, &event, &name, now).await,
            Step::Count(name, count) => {
                let patch = json!({"count": count, "lastTimestamp": seconds(now)});
                let patch = Patch::Merge(patch);
                api.patch(&name, &PatchParams::default(), &patch).await.map(drop)
            }
        };
        if let Err(error) = outcome {
            memory.forget(&event);
            log.debug("cannot send an event", &[("error", &said(&error))]);
        }
    }
}

async fn create(api: &Api<Core>, event: &Event, name: &str, now: Timestamp) -> Result<(), kube::Error> {
    let object = &event.object;
    let body = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": object.namespace},
        "involvedObject": {
            "apiVersion": object.api_version, "kind": object.kind, "namespace": object.namespace, "name": object.name,
            "uid": object.uid, "resourceVersion": object.version,
        },
        "type": match event.notice.severity {
            Severity::Normal => "Normal",
            Severity::Warning => "Warning",
        },
        "reason": event.notice.reason,
        "message": event.notice.message,
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "firstTimestamp": seconds(now),
        "lastTimestamp": seconds(now),
        "count": 1,
    });
    let core = serde_json::from_value(body).expect("an event of the API's own shape");
    api.create(&PostParams::default(), &core).await.map(drop)
}

fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Create(String),
    Count(String, u32),
    Drop,
}

/// What was sent before.
#[derive(Default)]
struct Memory {
    sent: HashMap<(String, Notice), (String, u32)>,
    budgets: HashMap<String, (u32, Instant)>,
}

impl Memory {
    fn step(&mut self, event: &Event, now: Timestamp, instant: Instant) -> Step {
        if !self.affords(&event.object.uid, instant) {
            return Step::Drop;
        }
        let place = (event.object.uid.clone(), event.notice.clone());
        if let Some((name, count)) = self.sent.get_mut(&place) {
            *count += 1;
            return Step::Count(name.clone(), *count);
        }
        if self.sent.len() >= REMEMBERED {
            self.sent.clear();
        }
        let name = format!("{}.{:x}", event.object.name, now.as_nanosecond());
        self.sent.insert(place, (name.clone(), 1));
        Step::Create(name)
    }

    fn forget(&mut self, event: &Event) {
        self.sent
            .remove(&(event.object.uid.clone(), event.notice.clone()));
    }

    fn affords(&mut self, uid: &str, now: Instant) -> bool {
        if self.budgets.len() >= REMEMBERED {
            self.budgets.clear();
        }
        let (left, since) = self.budgets.entry(uid.to_owned()).or_insert((BURST, now));
        let earned = now.duration_since(*since).as_secs() / ONE_MORE.as_secs();
        if earned > 0 {
            *left = BURST.min(left.saturating_add(u32::try_from(earned).unwrap_or(BURST)));
            *since = now;
        }
        let affords = *left > 0;
        *left = left.saturating_sub(1);
        affords
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::SealedSecret;

    fn event(uid: &str, message: &str) -> Event {
        let mut object = SealedSecret::default();
        object.metadata.name = Some("db".to_owned());
        object.metadata.uid = Some(uid.to_owned());
        let notice = Notice {
            severity: Severity::Warning,
            reason: "ErrUnsealFailed",
            message: message.to_owned(),
        };
        Event::about(&object, notice)
    }

    #[test]
    fn the_same_event_again_counts_up_and_another_is_another() {
        let (mut memory, now, instant) = (Memory::default(), Timestamp::UNIX_EPOCH, Instant::now());
        let mut step = |event| memory.step(&event, now, instant);
        let name = "db.0".to_owned();
        assert_eq!(step(event("a", "x")), Step::Create(name.clone()));
        assert_eq!(step(event("a", "x")), Step::Count(name.clone(), 2));
        assert_eq!(step(event("a", "y")), Step::Create(name.clone()));
        assert_eq!(step(event("b", "x")), Step::Create(name.clone()));
        assert_eq!(step(event("a", "x")), Step::Count(name, 3));
    }

    #[test]
    fn an_object_that_says_too_much_is_cut_and_may_speak_again_later() {
        let (mut memory, now, instant) = (Memory::default(), Timestamp::UNIX_EPOCH, Instant::now());
        let steps: Vec<_> = (0..30)
            .map(|_| memory.step(&event("a", "x"), now, instant))
            .collect();
        assert_eq!(steps.iter().filter(|step| **step == Step::Drop).count(), 5);
        assert_ne!(memory.step(&event("b", "x"), now, instant), Step::Drop);
        let later = instant + ONE_MORE;
        assert_ne!(memory.step(&event("a", "x"), now, later), Step::Drop);
        assert_eq!(memory.step(&event("a", "x"), now, later), Step::Drop);
    }
}

//! Events as `kubectl describe` shows them. The same one again only counts up, many similar ones become one, and an object
//! that has too much to say is cut.
//!
//! Sent in the background: no object waits for its event, and an event that cannot be sent is not worth a second try.

mod correlate;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::api::{Pace, Trouble, code, said};
use crate::decide::{Notice, Severity};
use crate::log::Log;
use crate::sealed::Sealed;
use correlate::{Correlator, Message, Step};

/// Events that wait to be sent; beyond that they are dropped.
const WAITING: usize = 100_000;
/// How long nothing is sent after the server failed to take an event.
const REST: Duration = Duration::from_secs(1);
const COMPONENT: &str = "sealed-secrets";
const NOT_FOUND: u16 = 404;

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
    let mut correlator = Correlator::default();
    while let Some(event) = events.recv().await {
        let api = Api::<Core>::namespaced(client.clone(), &event.object.namespace);
        let now = Timestamp::now();
        let step = correlator.step(&event, now, Instant::now());
        let Step::Send(message) = step else { continue };
        pace.turn().await;
        let outcome = match message.count {
            1 => create(&api, &event, &message, now).await,
            count => {
                let patch = json!({"count": count, "lastTimestamp": seconds(now), "message": message.text});
                let patch = Patch::Merge(patch);
                match api.patch(&message.name, &PatchParams::default(), &patch).await {
                    // the server keeps events for an hour
                    Err(error) if code(&error) == NOT_FOUND => {
                        pace.turn().await;
                        create(&api, &event, &message, now).await
                    }
                    answer => answer.map(drop),
                }
            }
        };
        if let Err(error) = outcome {
            correlator.forget(&message);
            log.debug("cannot send an event", &[("error", &said(&error))]);
            if Trouble::of(&error).is_some_and(Trouble::is_the_servers) {
                sleep(REST).await;
            }
        }
    }
}

async fn create(
    api: &Api<Core>,
    event: &Event,
    message: &Message,
    now: Timestamp,
) -> Result<(), kube::Error> {
    let object = &event.object;
    let body = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": message.name, "namespace": object.namespace},
        "involvedObject": {
            "apiVersion": object.api_version, "kind": object.kind, "namespace": object.namespace, "name": object.name,
            "uid": object.uid, "resourceVersion": object.version,
        },
        "type": match event.notice.severity {
            Severity::Normal => "Normal",
            Severity::Warning => "Warning",
        },
        "reason": event.notice.reason,
        "message": message.text,
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "firstTimestamp": seconds(message.first),
        "lastTimestamp": seconds(now),
        "count": message.count,
    });
    let core = serde_json::from_value(body).expect("an event of the API's own shape");
    api.create(&PostParams::default(), &core).await.map(drop)
}

fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

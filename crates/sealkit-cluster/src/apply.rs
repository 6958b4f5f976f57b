//! One turn of one object: open, look, decide, write, tell. Short, because deciding is [`decide`](mod@crate::decide)'s.

mod secret;

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use k8s_openapi::api::core::v1::Secret;
use kube::api::{DeleteParams, PostParams};
use kube::{Api, Client};
use sealkit_formats::sealed_secrets::{API_VERSION, KIND};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};

use crate::api::{Pace, code, said};
use crate::decide::{Failure, Settled, settle};
use crate::events::{Event, Events};
use crate::keys::Keys;
use crate::log::Log;
use crate::metrics::{Metrics, Reason};
use crate::resource::{SealedSecret, Status};
use crate::state::{Ended, Key, State};
use crate::templates::Templates;

const CONFLICT: u16 = 409;
const NOT_FOUND: u16 = 404;

/// What decides how turns go.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions {
    /// Whether the deprecated form is read.
    pub accept_deprecated_data: bool,
    /// Whether statuses are written.
    pub update_status: bool,
}

/// Everything that a turn needs.
pub struct Applier {
    /// The API server.
    pub client: Client,
    /// How fast it may be asked.
    pub pace: Arc<Pace>,
    /// The sealing keys.
    pub keys: Keys,
    /// The renderer.
    pub templates: Arc<dyn Templates>,
    /// How turns go.
    pub options: ApplyOptions,
    /// What is known.
    pub state: Mutex<State>,
    /// Rings when the queue has more.
    pub more: Notify,
    /// So many objects are opened at the same time: one for each core.
    pub cores: Semaphore,
    /// Where events go.
    pub events: Events,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What is said.
    pub log: Log,
}

impl Applier {
    /// The state, for one short look or change.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Gives an object its turn.
    pub async fn turn(&self, key: &Key) {
        let begun = Instant::now();
        self.metrics.unseal_requested();
        let (object, known) = self.state().turn(key);
        let ended = match object {
            Some(object) if object.metadata.deletion_timestamp.is_none() => self.sealed(&object, known).await,
            Some(_) => Ended::default(),
            None => self.collect(key).await,
        };
        self.metrics.reconciled(begun.elapsed());
        self.state().ended(key, ended, Instant::now());
        self.more.notify_one();
    }

    /// A defect of ours: the object is tried again like one that failed, and the others go on.
    pub fn turn_panicked(&self, key: &Key) {
        self.metrics.unseal_failed(Reason::Update, key.namespace());
        self.log
            .error("a turn has panicked, will retry", &[("sealed-secret", key)]);
        let ended = Ended {
            failure: Some((Reason::Update, true)),
            ..Ended::default()
        };
        self.state().ended(key, ended, Instant::now());
        self.more.notify_one();
    }

    async fn sealed(&self, object: &Arc<SealedSecret>, known: Option<bool>) -> Ended {
        let Some(written) = self.write(object, known).await else {
            return Ended {
                unfinished: true,
                ..Ended::default()
            };
        };
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let settled = settle(object, written.outcome.as_ref().map(|_| ()), written.wrote, &now);
        self.tell(object, &written.outcome, &settled);
        let status = match settled.status {
            Some(status) if self.options.update_status => self.write_status(object, status).await,
            _ => Ok(()),
        };
        if status.is_ok() {
            let (namespace, name) = (object.namespace(), object.name());
            let synced = Some(written.outcome.is_ok());
            self.metrics.condition(namespace, name, object.instance(), synced);
        }
        let failure = match (&written.outcome, status) {
            (Err(failure), status) => Some((failure.reason, failure.again || status.is_err())),
            (Ok(()), Err(())) => Some((Reason::Status, true)),
            (Ok(()), Ok(())) => None,
        };
        Ended {
            secret_version: written.version,
            failure,
            unfinished: false,
        }
    }

    /// Only the status is taken from what is sent; the rest says which object of which version it is about.
    async fn write_status(&self, object: &SealedSecret, status: Status) -> Result<(), ()> {
        let api = Api::<SealedSecret>::namespaced(self.client.clone(), object.namespace());
        let metadata = &object.metadata;
        let body = json!({
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {
                "name": metadata.name, "namespace": metadata.namespace, "uid": metadata.uid,
                "resourceVersion": metadata.resource_version,
            },
            "spec": {"encryptedData": {}},
            "status": status,
        });
        self.pace.turn().await;
        let params = PostParams::default();
        match api
            .replace_subresource("status", object.name(), &params, &body)
            .await
        {
            Ok(answer) => {
                self.state().status_written(answer);
                Ok(())
            }
            // it is gone, and so is the need
            Err(error) if code(&error) == NOT_FOUND => Ok(()),
            Err(error) => {
                self.metrics.unseal_failed(Reason::Status, object.namespace());
                self.say("Error updating SealedSecret status", object, &said(&error));
                Err(())
            }
        }
    }

    fn tell(&self, object: &SealedSecret, outcome: &Result<(), Failure>, settled: &Settled) {
        if let Err(failure) = outcome {
            self.metrics.unseal_failed(failure.reason, object.namespace());
            self.say("Error updating, will retry", object, &failure.message);
        } else if settled.notice.is_some() {
            let name = Key::of(&object.metadata);
            self.log
                .info("SealedSecret unsealed", &[("sealed-secret", &name)]);
        }
        if let Some(notice) = &settled.notice {
            self.events.send(Event::about(object, notice.clone()));
        }
    }

    fn say(&self, message: &str, object: &SealedSecret, error: &dyn Display) {
        let name = Key::of(&object.metadata);
        self.log
            .error(message, &[("sealed-secret", &name), ("err", error)]);
    }

    /// Removes the Secret of a sealed object that is gone, where the old behaviour is asked for.
    async fn collect(&self, key: &Key) -> Ended {
        let mut ended = Ended::default();
        if !self.state().collects() {
            return ended;
        }
        let api = Api::<Secret>::namespaced(self.client.clone(), key.namespace());
        self.pace.turn().await;
        match api.delete(key.name(), &DeleteParams::default()).await {
            Err(error) if code(&error) != NOT_FOUND => {
                self.log.error(
                    "cannot delete a Secret",
                    &[("secret", key), ("err", &said(&error))],
                );
                ended.failure = Some((Reason::Update, true));
            }
            _ => {}
        }
        ended
    }
}

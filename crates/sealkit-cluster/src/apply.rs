//! One turn of one object: open, look, decide, write, tell. Short, because deciding is [`decide`](mod@crate::decide)'s.

mod secret;

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use k8s_openapi::api::core::v1::Secret;
use kube::api::{DeleteParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};

use crate::api::{Pace, Trouble, code, said};
use crate::decide::{Failure, Notice};
use crate::events::{Event, Events};
use crate::lease::Lead;
use crate::log::Log;
use crate::metrics::{Metrics, Reason};
use crate::patience::Patience;
use crate::resource::SealedSecret;
use crate::sealed::Sealed;
use crate::state::{Ended, Key, State};

const CONFLICT: u16 = 409;
const NOT_FOUND: u16 = 404;

/// Everything that a turn of one kind of objects needs.
pub struct Applier<O: Sealed = SealedSecret> {
    /// The API server.
    pub client: Client,
    /// How fast it may be asked.
    pub pace: Arc<Pace>,
    /// How fast turns may begin while it is in trouble.
    pub patience: Arc<Patience>,
    /// Whether this replica works.
    pub lead: Lead,
    /// What opens objects.
    pub opener: Arc<O::Opener>,
    /// Whether statuses are written.
    pub update_status: bool,
    /// What is known.
    pub state: Mutex<State<O>>,
    /// Rings when the queue has more.
    pub more: Notify,
    /// So many objects are opened at the same time: one for each core.
    pub cores: Arc<Semaphore>,
    /// Where events go.
    pub events: Events,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What is said.
    pub log: Log,
}

impl<O: Sealed> Applier<O> {
    /// The state, for one short look or change.
    pub fn state(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Gives an object its turn.
    pub async fn turn(&self, key: &Key) {
        let begun = Instant::now();
        self.metrics.unseal_requested();
        let (object, known) = self.state().turn(key);
        let ended = match object {
            Some(object) if object.meta().deletion_timestamp.is_none() => self.sealed(&object, known).await,
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
            .error("a turn has panicked, will retry", &[(O::FIELD, key)]);
        let ended = Ended {
            failure: Some((Reason::Update, true)),
            ..Ended::default()
        };
        self.state().ended(key, ended, Instant::now());
        self.more.notify_one();
    }

    async fn sealed(&self, object: &Arc<O>, known: Option<bool>) -> Ended {
        let Some(written) = self.write(object, known).await else {
            return Ended {
                unfinished: true,
                ..Ended::default()
            };
        };
        if let (Some(Trouble::Away), Err(failure)) = (written.trouble, &written.outcome) {
            // neither a status nor an event would be taken, and it is not the object that is wrong
            self.tell(object, &written.outcome, None);
            self.patience.trouble();
            return Ended {
                failure: Some((failure.reason, true)),
                trouble: true,
                ..Ended::default()
            };
        }
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let outcome = written.outcome.as_ref().copied();
        let settled = object.settle(outcome, written.report.as_ref(), written.wrote, &now);
        self.tell(object, &written.outcome, settled.notice);
        let status = match settled.status {
            Some(status) if self.update_status => self.write_status(object, status).await,
            _ => Ok(()),
        };
        if status.is_ok() {
            object.count(&self.metrics, written.outcome.is_ok());
        }
        let trouble = written.trouble.or(status.err().flatten());
        if trouble.is_some_and(Trouble::is_the_servers) {
            self.patience.trouble();
        } else if written.version.is_some() {
            self.patience.well();
        }
        let failure = match (&written.outcome, status) {
            (Err(failure), status) => Some((failure.reason, failure.again || status.is_err())),
            (Ok(()), Err(_)) => Some((Reason::Status, true)),
            (Ok(()), Ok(())) => None,
        };
        Ended {
            secret_version: written.version,
            failure,
            trouble: trouble.is_some(),
            unfinished: false,
        }
    }

    /// Only the status is taken from what is sent; the rest says which object of which version it is about.
    /// An error tells what stood in the way, where it was not the status.
    async fn write_status(&self, object: &O, status: O::Status) -> Result<(), Option<Trouble>> {
        let api = Api::<O>::namespaced(self.client.clone(), object.namespace());
        let metadata = object.meta();
        let body = json!({
            "apiVersion": O::API_VERSION,
            "kind": O::KIND,
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
                let message = format!("Error updating {} status", O::KIND);
                self.say(&message, object, &said(&error));
                Err(Trouble::of(&error))
            }
        }
    }

    fn tell(&self, object: &O, outcome: &Result<(), Failure>, notice: Option<Notice>) {
        if let Err(failure) = outcome {
            self.metrics.unseal_failed(failure.reason, object.namespace());
            self.say("Error updating, will retry", object, &failure.message);
        } else if notice.is_some() {
            let name = Key::of(object.meta());
            self.log
                .info(&format!("{} unsealed", O::KIND), &[(O::FIELD, &name)]);
        }
        if let Some(notice) = notice {
            self.events.send(Event::about(object, notice));
        }
    }

    fn say(&self, message: &str, object: &O, error: &dyn Display) {
        let name = Key::of(object.meta());
        self.log.error(message, &[(O::FIELD, &name), ("err", error)]);
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

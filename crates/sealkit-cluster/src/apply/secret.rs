//! Bringing one Secret to what its sealed object says: at most two rounds of look, decide, write.

use std::sync::Arc;
use std::time::Instant;

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::PostParams;

use super::{Applier, CONFLICT};
use crate::api::{code, said};
use crate::decide::{Action, Decision, Failure, decide};
use crate::open::{Closed, Opened};
use crate::resource::SealedSecret;
use crate::state::Key;

/// How a Secret was left.
pub(super) struct Written {
    pub(super) outcome: Result<(), Failure>,
    /// Its version, where it is known.
    pub(super) version: Option<String>,
    /// Whether it was written.
    pub(super) wrote: bool,
}

impl Written {
    fn not(failure: Failure) -> Self {
        Self {
            outcome: Err(failure),
            version: None,
            wrote: false,
        }
    }
}

enum Round {
    Done(Written),
    /// The Secret was not as it was believed to be.
    Lost,
    /// It went a moment ago.
    Away,
}

impl Applier {
    /// Opens the object and brings its Secret to what opened. Where no Secret is known one is made without a look; if
    /// there is one after all, the server says so, and the second round looks. Nothing is returned where the Secret has
    /// just gone: whose it was decides when it comes back, and the next turn knows.
    pub(super) async fn write(&self, object: &Arc<SealedSecret>, known: Option<bool>) -> Option<Written> {
        let api = Api::<Secret>::namespaced(self.client.clone(), object.namespace());
        let first = match known {
            Some(false) => self.round(&api, object, None).await,
            _ => Round::Lost,
        };
        let round = match first {
            Round::Lost => self.look(&api, object, known).await,
            round => round,
        };
        match round {
            Round::Done(written) => Some(written),
            Round::Away => None,
            // somebody else wrote in between: the next turn sees what
            Round::Lost => Some(Written::not(Failure::refused(
                "the Secret was changed at the same time",
            ))),
        }
    }

    async fn look(&self, api: &Api<Secret>, object: &Arc<SealedSecret>, known: Option<bool>) -> Round {
        self.pace.turn().await;
        match api.get_opt(object.name()).await {
            Ok(None) if known == Some(true) => Round::Away,
            Ok(live) => self.round(api, object, live).await,
            Err(error) => Round::Done(refused(&error, object)),
        }
    }

    async fn round(&self, api: &Api<Secret>, object: &Arc<SealedSecret>, live: Option<Secret>) -> Round {
        let opened = self.open(object).await;
        let Decision { action, outcome } = decide(object, live.as_ref(), opened);
        let params = PostParams::default();
        if action != Action::Keep {
            self.pace.turn().await;
        }
        let answer = match action {
            Action::Create(_) if self.stays_away(object) => return Round::Away,
            Action::Create(secret) => api.create(&params, &secret).await,
            Action::Replace(secret) => api.replace(object.name(), &params, &secret).await,
            Action::Keep => {
                return Round::Done(Written {
                    outcome,
                    version: live.and_then(|live| live.metadata.resource_version),
                    wrote: false,
                });
            }
        };
        match answer {
            Ok(secret) => Round::Done(Written {
                outcome,
                version: secret.metadata.resource_version,
                wrote: true,
            }),
            Err(error) if code(&error) == CONFLICT => Round::Lost,
            Err(error) => Round::Done(refused(&error, object)),
        }
    }

    fn stays_away(&self, object: &SealedSecret) -> bool {
        let key = Key::of(&object.metadata);
        self.state().stays_away(&key, Instant::now())
    }

    /// One object at a time for each core, on a thread that nobody else waits for.
    async fn open(&self, object: &Arc<SealedSecret>) -> Result<Opened, Closed> {
        let _core = self.cores.acquire().await;
        let (object, keys) = (Arc::clone(object), self.keys.now());
        let templates = Arc::clone(&self.templates);
        let accept = self.options.accept_deprecated_data;
        let work = move || crate::open::open(&object, &keys, accept, &*templates);
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|_| Err(Closed("opening ended unexpectedly".to_owned())))
    }
}

fn refused(error: &kube::Error, object: &SealedSecret) -> Written {
    let text = said(error);
    Written::not(
        match text.contains("field is immutable when `immutable` is set") {
            true => Failure::immutable(object.namespace(), object.name()),
            false => Failure::refused(&text),
        },
    )
}

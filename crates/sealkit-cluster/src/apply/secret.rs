//! Bringing one Secret to what its sealed object says: at most two rounds of look, decide, write.

use std::sync::Arc;
use std::time::Instant;

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::PostParams;

use super::{Applier, CONFLICT};
use crate::api::{Trouble, code, said};
use crate::decide::{Action, Decision, Failure};
use crate::sealed::Sealed;
use crate::state::Key;

/// How a Secret was left.
pub(super) struct Written<R> {
    pub(super) outcome: Result<(), Failure>,
    /// Its version, where it is known.
    pub(super) version: Option<String>,
    /// Whether it was written.
    pub(super) wrote: bool,
    /// What opening found, where it came to that.
    pub(super) report: Option<R>,
    /// What stood in the way, where that is why.
    pub(super) trouble: Option<Trouble>,
}

impl<R> Written<R> {
    fn not(failure: Failure) -> Self {
        Self {
            outcome: Err(failure),
            version: None,
            wrote: false,
            report: None,
            trouble: None,
        }
    }

    fn refused<O: Sealed<Report = R>>(object: &O, error: &kube::Error) -> Self {
        Self {
            trouble: Trouble::of(error),
            ..Self::not(object.refused(&said(error)))
        }
    }
}

enum Round<R> {
    Done(Written<R>),
    /// The Secret was not as it was believed to be.
    Lost,
    /// It went a moment ago.
    Away,
}

impl<O: Sealed> Applier<O> {
    /// Opens the object and brings its Secret to what opened. Where no Secret is known one is made without a look; if
    /// there is one after all, the server says so, and the second round looks. Nothing is returned where the Secret has
    /// just gone: whose it was decides when it comes back, and the next turn knows.
    pub(super) async fn write(&self, object: &Arc<O>, known: Option<bool>) -> Option<Written<O::Report>> {
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
            Round::Lost => Some(Written {
                trouble: Some(Trouble::Raced),
                ..Written::not(Failure::refused("the Secret was changed at the same time"))
            }),
        }
    }

    async fn look(&self, api: &Api<Secret>, object: &Arc<O>, known: Option<bool>) -> Round<O::Report> {
        self.pace.turn().await;
        match api.get_opt(object.name()).await {
            Ok(None) if known == Some(true) => Round::Away,
            Ok(live) => self.round(api, object, live).await,
            Err(error) => Round::Done(Written::refused(&**object, &error)),
        }
    }

    async fn round(&self, api: &Api<Secret>, object: &Arc<O>, live: Option<Secret>) -> Round<O::Report> {
        let Some((found, report)) = self.open(object).await else {
            return Round::Done(Written::not(Failure::refused("opening ended unexpectedly")));
        };
        let Decision { action, outcome } = object.decide(live.as_ref(), found);
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
                    report: Some(report),
                    trouble: None,
                });
            }
        };
        match answer {
            Ok(secret) => Round::Done(Written {
                outcome,
                version: secret.metadata.resource_version,
                wrote: true,
                report: Some(report),
                trouble: None,
            }),
            Err(error) if code(&error) == CONFLICT => Round::Lost,
            Err(error) => Round::Done(Written::refused(&**object, &error)),
        }
    }

    fn stays_away(&self, object: &O) -> bool {
        let key = Key::of(object.meta());
        self.state().stays_away(&key, Instant::now())
    }

    /// One object at a time for each core, on a thread that nobody else waits for.
    async fn open(&self, object: &Arc<O>) -> Option<(O::Found, O::Report)> {
        let _core = self.cores.acquire().await;
        let (object, opener) = (Arc::clone(object), Arc::clone(&self.opener));
        let done = tokio::task::spawn_blocking(move || object.open(&opener)).await;
        done.ok()
    }
}

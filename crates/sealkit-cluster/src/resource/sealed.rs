//! A SealedSecret in the loop.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use kube::core::ObjectMeta;
use sealkit_formats::sealed_secrets::{API_VERSION, KIND};
use tokio::sync::watch;

use super::{MANAGED_ANNOTATION, PATCH_ANNOTATION, SealedSecret, Status, asks};
use crate::api::is_immutable;
use crate::decide::{self, Decision, Failure};
use crate::keys::Keys;
use crate::metrics::{Condition, Metrics};
use crate::open::{Closed, Opened, open};
use crate::sealed::{Sealed, Settled};
use crate::templates::Templates;

/// What opens SealedSecrets.
pub struct Opener {
    /// The sealing keys.
    pub keys: Keys,
    /// The renderer.
    pub templates: Arc<dyn Templates>,
    /// Whether the deprecated form is read.
    pub accept_deprecated_data: bool,
}

impl Sealed for SealedSecret {
    type Opener = Opener;
    type Found = Result<Opened, Closed>;
    type Report = ();
    type Status = Status;

    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = KIND;
    const FIELD: &'static str = "sealed-secret";
    const FOLLOWS_KEYS: bool = false;

    fn says_the_same(&self, newer: &Self) -> bool {
        self.scope() == newer.scope()
    }

    fn went_well(&self) -> Option<bool> {
        let observed = self.status.as_ref().and_then(|status| status.observed_generation);
        let synced = self.synced().filter(|_| observed == self.metadata.generation);
        synced.map(|synced| synced.status != "False")
    }

    fn concerns(secret: &ObjectMeta) -> bool {
        let mut owners = secret.owner_references.iter().flatten();
        let asks = asks(secret, MANAGED_ANNOTATION) || asks(secret, PATCH_ANNOTATION);
        asks || owners.any(|owner| owner.kind == KIND)
    }

    fn was_ours(&self, secret: &ObjectMeta) -> bool {
        asks(secret, MANAGED_ANNOTATION) || self.controls(secret)
    }

    fn open(&self, opener: &Opener) -> (Self::Found, ()) {
        let keys = opener.keys.now();
        let found = open(self, &keys, opener.accept_deprecated_data, &*opener.templates);
        (found, ())
    }

    fn decide(&self, live: Option<&Secret>, found: Self::Found) -> Decision {
        decide::decide(self, live, found)
    }

    fn refused(&self, error: &str) -> Failure {
        match is_immutable(error) {
            true => Failure::immutable(self.namespace(), self.name()),
            false => Failure::refused(error),
        }
    }

    fn settle(
        &self,
        outcome: Result<(), &Failure>,
        _: Option<&()>,
        wrote: bool,
        now: &str,
    ) -> Settled<Status> {
        decide::settle(self, outcome, wrote, now)
    }

    fn count(&self, metrics: &Metrics, right: bool) {
        let (namespace, name) = (self.namespace(), self.name());
        metrics.condition(Condition::Synced, namespace, name, self.instance(), Some(right));
    }

    fn forget(metrics: &Metrics, namespace: &str, name: &str) {
        metrics.forget(Condition::Synced, namespace, name);
    }

    fn key_changes(opener: &Opener) -> watch::Receiver<u64> {
        opener.keys.changes()
    }
}

//! EncryptedSecrets, the native format's objects, in the loop: the resource, opening, deciding, settling.
//!
//! Off unless `--encrypted-secrets` asks for them: then nothing that the peer does, needs or says is different.

mod decide;
mod open;
mod resource;
mod settle;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use kube::core::ObjectMeta;
use sealkit_formats::native::{API_VERSION, KIND};
use tokio::sync::watch;

pub use decide::{ADOPT_ANNOTATION, adopted_by, decide};
pub use open::{Closed, ItemReport, Opened, Report, open};
pub use resource::{EncryptedSecret, Status};
pub use settle::settle;

use crate::decide::{Decision, Failure};
use crate::identities::Ring;
use crate::metrics::{Condition, Metrics};
use crate::sealed::{Sealed, Settled};

impl Sealed for EncryptedSecret {
    type Opener = Arc<Ring>;
    type Found = Result<Opened, Closed>;
    type Report = Report;
    type Status = Status;

    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = KIND;
    const FIELD: &'static str = "encrypted-secret";
    // another current recipient makes every object due to be sealed again
    const FOLLOWS_KEYS: bool = true;

    fn went_well(&self) -> Option<bool> {
        Some(self.ready()? == "True")
    }

    fn concerns(secret: &ObjectMeta) -> bool {
        let mut owners = secret.owner_references.iter().flatten();
        let name = secret.name.as_deref().unwrap_or_default();
        adopted_by(secret, name) || owners.any(|owner| owner.kind == KIND)
    }

    fn was_ours(&self, secret: &ObjectMeta) -> bool {
        self.controls(secret) || adopted_by(secret, self.name())
    }

    fn open(&self, opener: &Arc<Ring>) -> (Self::Found, Report) {
        open(self, &opener.now())
    }

    fn decide(&self, live: Option<&Secret>, found: Self::Found) -> Decision {
        decide(self, live, found)
    }

    fn refused(&self, error: &str) -> Failure {
        decide::refused(error)
    }

    fn settle(
        &self,
        outcome: Result<(), &Failure>,
        report: Option<&Report>,
        wrote: bool,
        now: &str,
    ) -> Settled<Status> {
        settle(self, outcome, report, wrote, now)
    }

    fn count(&self, metrics: &Metrics, right: bool) {
        metrics.condition(Condition::Ready, self.namespace(), self.name(), "", Some(right));
    }

    fn forget(metrics: &Metrics, namespace: &str, name: &str) {
        metrics.forget(Condition::Ready, namespace, name);
    }

    fn key_changes(opener: &Arc<Ring>) -> watch::Receiver<u64> {
        opener.changes()
    }
}

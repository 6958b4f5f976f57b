//! What the loop needs of a kind of sealed object. Everything else about a kind stays in its own files.
//!
//! Two kinds are known: [`SealedSecret`](crate::resource::SealedSecret), and [`EncryptedSecret`](crate::native::EncryptedSecret).

use std::fmt::Debug;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::core::{NamespaceResourceScope, ObjectMeta};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::decide::{Decision, Failure, Notice};
use crate::metrics::Metrics;

/// A kind of sealed object.
pub trait Sealed:
    kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + Debug
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// What opens objects of this kind.
    type Opener: Send + Sync + 'static;
    /// What opening yields: values, or why there are none.
    type Found: Send + 'static;
    /// What a status says of that beyond success and failure; nothing secret.
    type Report: Send + Sync + 'static;
    /// The status.
    type Status: Serialize + Send + Sync;

    /// `apiVersion`.
    const API_VERSION: &'static str;
    /// `kind`.
    const KIND: &'static str;
    /// The field of the log that names an object of this kind.
    const FIELD: &'static str;
    /// Whether other keys mean a turn for every object, or only for those that did not open.
    const FOLLOWS_KEYS: bool;

    /// Its name.
    fn name(&self) -> &str {
        self.meta().name.as_deref().unwrap_or_default()
    }

    /// Its namespace.
    fn namespace(&self) -> &str {
        self.meta().namespace.as_deref().unwrap_or_default()
    }

    /// Its uid.
    fn uid(&self) -> &str {
        self.meta().uid.as_deref().unwrap_or_default()
    }

    /// The reference by which it owns its Secret.
    fn owner_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: Self::API_VERSION.to_owned(),
            kind: Self::KIND.to_owned(),
            name: self.name().to_owned(),
            uid: self.uid().to_owned(),
            controller: Some(true),
            block_owner_deletion: None,
        }
    }

    /// Whether it is the Secret's controller.
    fn controls(&self, secret: &ObjectMeta) -> bool {
        controller_of(secret).is_some_and(|owner| owner.uid == self.uid())
    }

    /// Whether what it says beyond its generation is what `newer` says.
    fn says_the_same(&self, newer: &Self) -> bool {
        let _ = newer;
        true
    }

    /// Whether it went well the last time, as it is now, if its own status says how.
    fn went_well(&self) -> Option<bool>;

    /// Whether a Secret is, or asks to be, one of this kind's.
    fn concerns(secret: &ObjectMeta) -> bool;

    /// Whether a Secret that is gone was this object's to bring back at once.
    fn was_ours(&self, secret: &ObjectMeta) -> bool;

    /// Opens it. Takes a while; who calls knows on which thread.
    fn open(&self, opener: &Self::Opener) -> (Self::Found, Self::Report);

    /// Decides what is to be done; pure.
    fn decide(&self, live: Option<&Secret>, found: Self::Found) -> Decision;

    /// What the server's refusal of the Secret means.
    fn refused(&self, error: &str) -> Failure;

    /// Settles it; pure. There is no report where it was not opened.
    fn settle(
        &self,
        outcome: Result<(), &Failure>,
        report: Option<&Self::Report>,
        wrote: bool,
        now: &str,
    ) -> Settled<Self::Status>;

    /// Counts that it is as it should be, or not.
    fn count(&self, metrics: &Metrics, right: bool);

    /// Its counts go with it.
    fn forget(metrics: &Metrics, namespace: &str, name: &str);

    /// Tells when there are other keys.
    fn key_changes(opener: &Self::Opener) -> watch::Receiver<u64>;
}

/// The owner that a Secret calls its controller.
#[must_use]
pub fn controller_of(secret: &ObjectMeta) -> Option<&OwnerReference> {
    let mut owners = secret.owner_references.iter().flatten();
    owners.find(|owner| owner.controller == Some(true))
}

/// How an object is left.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled<S> {
    /// The status to write; nothing where the present one says it already.
    pub status: Option<S>,
    /// The event to send; nothing where nothing happened.
    pub notice: Option<Notice>,
}

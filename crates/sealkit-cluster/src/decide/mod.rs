//! From a sealed object, its live Secret and what opened, to what is to be done: a pure function.
//!
//! Nothing here talks to the API server, so what only the server can refuse comes back through [`Failure`]. What a status
//! and an event then say is [`settle`]'s.
//!
//! Source: sealed-secrets v0.40.0 `pkg/controller/controller.go`, `unseal` and `updateSecret`.

mod settle;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::core::ObjectMeta;
use sealkit_formats::native::KIND as ENCRYPTED_SECRET;

pub use settle::{Notice, Severity, settle};

use crate::metrics::Reason;
use crate::native::adopted_by;
use crate::open::{Closed, Opened};
use crate::resource::{MANAGED_ANNOTATION, PATCH_ANNOTATION, SealedSecret, asks};
use crate::sealed::{Sealed as _, controller_of};

/// The type that the API server gives a Secret without one.
const DEFAULT_TYPE: &str = "Opaque";

/// The peer's words for a Secret that cannot be changed any more.
const IMMUTABLE: &str = "the target Secret is immutable. Once a Secret is marked as immutable, it is not possible to \
                         revert this change nor to mutate the contents of the data field. You can only delete and \
                         recreate the Secret.";

/// What is to be done with the Secret.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// There is none: make this one.
    Create(Box<Secret>),
    /// It differs: put this in its place.
    Replace(Box<Secret>),
    /// It is as it should be, or not to be touched.
    Keep,
}

/// What is to be done, and what is wrong although it is done.
#[derive(Debug, PartialEq)]
pub struct Decision {
    /// Done first.
    pub action: Action,
    /// How it ends if that succeeds.
    pub outcome: Result<(), Failure>,
}

/// Why an object has not its Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure, as metrics name it.
    pub reason: Reason,
    /// What the status says.
    pub message: String,
    /// What the event says.
    pub event: String,
    /// Whether trying again without a change can help.
    pub again: bool,
}

impl Failure {
    /// Its values or templates did not open: another key or another object is needed.
    #[must_use]
    pub fn closed(closed: &Closed) -> Self {
        Self {
            reason: Reason::Unseal,
            message: closed.to_string(),
            event: format!("Failed to unseal: {closed}"),
            again: true,
        }
    }

    /// A Secret of its name is somebody else's.
    #[must_use]
    pub fn unmanaged(name: &str) -> Self {
        let event = format!("Resource \"{name}\" already exists and is not managed by SealedSecret");
        Self {
            reason: Reason::Unmanaged,
            message: format!("failed update: {event}"),
            event,
            again: true,
        }
    }

    /// Its Secret is immutable and would have to change.
    #[must_use]
    pub fn immutable(namespace: &str, name: &str) -> Self {
        let event = format!("Error updating {namespace}/{name}: {IMMUTABLE}");
        Self {
            reason: Reason::Update,
            message: event.clone(),
            event,
            again: false,
        }
    }

    /// The API server did not take a Secret, or did not answer.
    #[must_use]
    pub fn refused(error: &str) -> Self {
        Self {
            reason: Reason::Update,
            message: error.to_owned(),
            event: error.to_owned(),
            again: true,
        }
    }
}

/// Decides. `live` is the Secret of the object's name as the API server has it; `None` where it has none.
#[must_use]
pub fn decide(object: &SealedSecret, live: Option<&Secret>, opened: Result<Opened, Closed>) -> Decision {
    let desired = match opened {
        Ok(opened) => desired(object, opened),
        Err(closed) => return fail(Failure::closed(&closed)),
    };
    let Some(live) = live else {
        // a Secret that nobody owns is not ours the next time either, and the peer says so at once
        let ours = may_write(object, &desired);
        return Decision {
            action: Action::Create(Box::new(desired)),
            outcome: if ours {
                Ok(())
            } else {
                Err(Failure::unmanaged(object.name()))
            },
        };
    };
    if let Some(why) = handed_over(object, live) {
        return fail(why);
    }
    if !may_write(object, live) {
        return fail(Failure::unmanaged(object.name()));
    }
    let wanted = merged(live, desired);
    if same(live, &wanted) {
        return Decision {
            action: Action::Keep,
            outcome: Ok(()),
        };
    }
    if live.immutable == Some(true) && (data(live) != data(&wanted)) {
        return fail(Failure::immutable(object.namespace(), object.name()));
    }
    Decision {
        action: Action::Replace(Box::new(wanted)),
        outcome: Ok(()),
    }
}

/// The Secret is an EncryptedSecret's, or is about to be: then it is not to be fought for. The peer knows of neither.
fn handed_over(object: &SealedSecret, live: &Secret) -> Option<Failure> {
    let (metadata, name) = (&live.metadata, object.name());
    let state = match adopted_by(metadata, name) {
        true => "is handed over to",
        false if may_write(object, live) => return None,
        false => (controller_of(metadata)?.kind == ENCRYPTED_SECRET).then_some("belongs to")?,
    };
    let mut failure = Failure::unmanaged(name);
    for text in [&mut failure.message, &mut failure.event] {
        text.push_str(&format!(": it {state} the {ENCRYPTED_SECRET} of the same name"));
    }
    Some(failure)
}

fn may_write(object: &SealedSecret, secret: &Secret) -> bool {
    let metadata = &secret.metadata;
    object.controls(metadata) || asks(metadata, MANAGED_ANNOTATION) || asks(metadata, PATCH_ANNOTATION)
}

/// Nothing is written.
pub(crate) fn fail(failure: Failure) -> Decision {
    Decision {
        action: Action::Keep,
        outcome: Err(failure),
    }
}

/// The Secret as it would be made where there is none.
fn desired(object: &SealedSecret, opened: Opened) -> Secret {
    let template = &object.spec.template;
    let owners = match object.sets_owner() || opened.legacy.is_some() {
        true => vec![object.owner_reference()],
        false => template.metadata.owner_references.clone(),
    };
    let (secret_type, immutable, labels, annotations, finalizers) = match opened.legacy {
        Some(legacy) => (
            legacy.secret_type,
            legacy.immutable,
            legacy.labels,
            legacy.annotations,
            Vec::new(),
        ),
        None => (
            template.secret_type.clone(),
            template.immutable,
            template.metadata.labels.clone(),
            template.metadata.annotations.clone(),
            template.metadata.finalizers.clone(),
        ),
    };
    let items = opened.data.into_iter();
    let items = items.map(|(key, value)| (key, ByteString(value.expose().to_vec())));
    Secret {
        metadata: ObjectMeta {
            name: Some(object.name().to_owned()),
            namespace: Some(object.namespace().to_owned()),
            labels: filled(labels),
            annotations: filled(annotations),
            finalizers: Some(finalizers).filter(|finalizers| !finalizers.is_empty()),
            owner_references: Some(owners).filter(|owners| !owners.is_empty()),
            ..ObjectMeta::default()
        },
        type_: secret_type.filter(|text| !text.is_empty()),
        immutable,
        data: filled(items.collect()),
        string_data: None,
    }
}

/// The live Secret with what the sealed object says of it: added to it where it asks to be patched, in the place of its
/// own otherwise. `immutable` and finalizers are the live one's.
fn merged(live: &Secret, desired: Secret) -> Secret {
    let mut wanted = live.clone();
    wanted.type_ = desired.type_;
    let (metadata, new) = (&mut wanted.metadata, desired.metadata);
    if asks(&live.metadata, PATCH_ANNOTATION) {
        wanted.data = filled(both(wanted.data.take(), desired.data));
        metadata.labels = filled(both(metadata.labels.take(), new.labels));
        metadata.annotations = filled(both(metadata.annotations.take(), new.annotations));
        if asks(&live.metadata, MANAGED_ANNOTATION) {
            metadata.owner_references = new.owner_references;
        }
    } else {
        wanted.data = desired.data;
        metadata.labels = new.labels;
        metadata.annotations = new.annotations;
        metadata.owner_references = new.owner_references;
    }
    wanted
}

fn both<T>(old: Option<BTreeMap<String, T>>, new: Option<BTreeMap<String, T>>) -> BTreeMap<String, T> {
    let mut all = old.unwrap_or_default();
    all.extend(new.unwrap_or_default());
    all
}

fn filled<T>(map: BTreeMap<String, T>) -> Option<BTreeMap<String, T>> {
    Some(map).filter(|map| !map.is_empty())
}

/// Whether a write would change nothing: no map and an empty one are the same, and so are no type and the default.
pub(crate) fn same(live: &Secret, wanted: &Secret) -> bool {
    let owners = |secret: &Secret| -> Vec<OwnerReference> {
        secret.metadata.owner_references.clone().unwrap_or_default()
    };
    let (a, b) = (&live.metadata, &wanted.metadata);
    data(live) == data(wanted)
        && kind(live) == kind(wanted)
        && texts(a.labels.as_ref()) == texts(b.labels.as_ref())
        && texts(a.annotations.as_ref()) == texts(b.annotations.as_ref())
        && owners(live) == owners(wanted)
}

/// Its type, or the one that the API server would give it.
pub(crate) fn kind(secret: &Secret) -> &str {
    let kind = secret.type_.as_deref().filter(|kind| !kind.is_empty());
    kind.unwrap_or(DEFAULT_TYPE)
}

fn data(secret: &Secret) -> Vec<(&String, &[u8])> {
    let items = secret.data.iter().flatten();
    items.map(|(key, value)| (key, value.0.as_slice())).collect()
}

fn texts(map: Option<&BTreeMap<String, String>>) -> Vec<(&String, &String)> {
    map.into_iter().flatten().collect()
}

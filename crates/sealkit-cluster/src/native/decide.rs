//! From an EncryptedSecret, its live Secret and what opened, to what is to be done: a pure function.
//!
//! A Secret that is there is changed only if its controller is this object, or if it says itself that this object may
//! adopt it. Everything about it is the object's then, in one write: whoever had it before, a SealedSecret, Flux, Argo CD
//! or a person, has neither an owner reference nor a label in it any more by which it would be pruned.
//!
//! Source: the native format, section 6.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::core::ObjectMeta;
use sealkit_formats::sealed_secrets::KIND as SEALED_SECRET;

use super::{Closed, EncryptedSecret, Opened};
use crate::api::is_immutable;
use crate::decide::{Action, Decision, Failure, fail, same};
use crate::metrics::Reason;
use crate::resource::{MANAGED_ANNOTATION, asks};
use crate::sealed::{Sealed as _, controller_of};

/// The Secret's annotation that lets the EncryptedSecret of its name, which it says, take it over.
pub const ADOPT_ANNOTATION: &str = "sealkit.dev/adopt";

const IMMUTABLE: &str = "the Secret is immutable and would have to change; delete it, and it is made again";

/// Decides. `live` is the Secret of the object's name as the API server has it; `None` where it has none.
#[must_use]
pub fn decide(object: &EncryptedSecret, live: Option<&Secret>, found: Result<Opened, Closed>) -> Decision {
    let opened = match found {
        Ok(opened) => opened,
        Err(closed) => return fail(not_opened(&closed)),
    };
    let desired = desired(object, opened);
    let Some(live) = live else {
        return Decision {
            action: Action::Create(Box::new(desired)),
            outcome: Ok(()),
        };
    };
    if let Some(owner) = foreign(object, live) {
        return fail(unmanaged(object, &owner));
    }
    let wanted = merged(live, desired);
    if same(live, &wanted) && frozen(live) == frozen(&wanted) {
        return Decision {
            action: Action::Keep,
            outcome: Ok(()),
        };
    }
    if frozen(live) && live.data != wanted.data {
        return fail(immutable());
    }
    Decision {
        action: Action::Replace(Box::new(wanted)),
        outcome: Ok(()),
    }
}

/// Whether the Secret asks to be taken over by the EncryptedSecret of this name.
#[must_use]
pub fn adopted_by(secret: &ObjectMeta, name: &str) -> bool {
    let annotation = secret
        .annotations
        .as_ref()
        .and_then(|all| all.get(ADOPT_ANNOTATION));
    annotation.is_some_and(|wanted| wanted == name)
}

/// What the server's refusal means.
pub(super) fn refused(error: &str) -> Failure {
    match is_immutable(error) {
        true => immutable(),
        false => Failure::refused(error),
    }
}

fn not_opened(closed: &Closed) -> Failure {
    Failure {
        reason: Reason::Unseal,
        message: closed.message.clone(),
        event: closed.message.clone(),
        again: true,
    }
}

fn immutable() -> Failure {
    Failure {
        reason: Reason::Update,
        message: IMMUTABLE.to_owned(),
        event: IMMUTABLE.to_owned(),
        again: false,
    }
}

fn unmanaged(object: &EncryptedSecret, owner: &str) -> Failure {
    let name = object.name();
    let message = format!(
        "the Secret {name} is there already and {owner}; to hand it over, annotate it with {ADOPT_ANNOTATION}: {name}"
    );
    Failure {
        reason: Reason::Unmanaged,
        event: message.clone(),
        message,
        again: true,
    }
}

/// Whose the Secret is, if it is not this object's to write.
fn foreign(object: &EncryptedSecret, live: &Secret) -> Option<String> {
    let metadata = &live.metadata;
    if adopted_by(metadata, object.name()) {
        return None;
    }
    if object.controls(metadata) {
        // handing it back works the same way: whoever it is handed to must not be raced
        return asks(metadata, MANAGED_ANNOTATION)
            .then(|| format!("asks to be a {SEALED_SECRET}'s ({MANAGED_ANNOTATION})"));
    }
    if let Some(owner) = controller_of(metadata) {
        return Some(format!("belongs to the {} {}", owner.kind, owner.name));
    }
    let labels = metadata.labels.as_ref();
    let label = |name| labels.and_then(|labels| labels.get(name));
    if let Some(name) = label("kustomize.toolkit.fluxcd.io/name") {
        return Some(format!("was applied by the Flux Kustomization {name}"));
    }
    if let Some(name) = label("helm.toolkit.fluxcd.io/name") {
        return Some(format!("was applied by the Flux HelmRelease {name}"));
    }
    let annotations = metadata.annotations.as_ref();
    if annotations.is_some_and(|all| all.contains_key("argocd.argoproj.io/tracking-id")) {
        return Some("was applied by Argo CD".to_owned());
    }
    Some("belongs to nobody that it names".to_owned())
}

/// The Secret as it would be made where there is none.
fn desired(object: &EncryptedSecret, opened: Opened) -> Secret {
    let template = opened.template;
    let data: BTreeMap<_, _> = opened
        .data
        .into_iter()
        .map(|(key, value)| (key, ByteString(value.expose().to_vec())))
        .collect();
    let texts = |pairs: Vec<(String, String)>| -> Option<BTreeMap<String, String>> {
        Some(pairs.into_iter().collect()).filter(|map: &BTreeMap<_, _>| !map.is_empty())
    };
    Secret {
        metadata: ObjectMeta {
            name: Some(object.name().to_owned()),
            namespace: Some(object.namespace().to_owned()),
            labels: texts(template.labels),
            annotations: texts(template.annotations),
            owner_references: Some(vec![object.owner_reference()]),
            ..ObjectMeta::default()
        },
        type_: template.secret_type.filter(|text| !text.is_empty()),
        immutable: template.immutable.filter(|immutable| *immutable),
        data: Some(data).filter(|map| !map.is_empty()),
        string_data: None,
    }
}

/// The live Secret with all that the object says of it. Finalizers are the live one's, and what is immutable stays so.
fn merged(live: &Secret, desired: Secret) -> Secret {
    let mut wanted = live.clone();
    wanted.type_ = desired.type_;
    wanted.data = desired.data;
    wanted.immutable = Some(frozen(live) || desired.immutable == Some(true)).filter(|immutable| *immutable);
    wanted.metadata.labels = desired.metadata.labels;
    wanted.metadata.annotations = desired.metadata.annotations;
    wanted.metadata.owner_references = desired.metadata.owner_references;
    wanted
}

fn frozen(secret: &Secret) -> bool {
    secret.immutable == Some(true)
}

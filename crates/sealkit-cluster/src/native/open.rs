//! Opening one EncryptedSecret: all or nothing, and a report of what each item and data key came to.
//!
//! Pure but for the work: one private-key operation for each data key that an item names. What is said is made of item
//! keys, ids, names of recipients and fixed sentences; nothing that came out of a value or a key is ever in it.

use std::collections::BTreeMap;

use sealkit_crypto::Plaintext;
use sealkit_crypto::recipient::Recipient;
use sealkit_formats::native::limits::MANY_DATA_KEYS;
use sealkit_formats::native::{DataKeyId, Envelope, OpenError, Template, open_object};
use sealkit_manifest::Stream;

use super::EncryptedSecret;
use crate::identities::Identities;

/// Types that give power over the cluster to whoever can seal a value.
const REFUSED_TYPES: [&str; 2] = [
    "kubernetes.io/service-account-token",
    "bootstrap.kubernetes.io/token",
];
/// Labels and annotations that would plant a key, or hand a Secret over.
const REFUSED_DOMAINS: [&str; 2] = ["sealedsecrets.bitnami.com/", "sealkit.dev/"];

/// What opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// Item keys and values.
    pub data: BTreeMap<String, Plaintext>,
    /// What the Secret gets beside them.
    pub template: Template,
}

/// Why an object did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Closed {
    /// A word for programs.
    pub reason: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// What a status says of the object beyond that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Why it did not open, as a word.
    pub closed: Option<&'static str>,
    /// Every item.
    pub items: Vec<ItemReport>,
    /// Data keys that opened, and through which recipient.
    pub data_keys: Vec<(String, String)>,
    /// Why it should be sealed again.
    pub reseal: Option<&'static str>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemReport {
    /// Its key.
    pub key: String,
    /// The data key that it names.
    pub data_key: String,
    /// Why it does not open.
    pub closed: Option<&'static str>,
}

/// Opens an object.
pub fn open(object: &EncryptedSecret, identities: &Identities) -> (Result<Opened, Closed>, Report) {
    let document = object.document();
    let Ok(stream) = Stream::parse("object", document.as_bytes()) else {
        return closed(
            "Malformed",
            "the object is nested too deeply or is too large".to_owned(),
        );
    };
    let Some(manifest) = stream.objects().next() else {
        return closed("Malformed", "it is no object".to_owned());
    };
    let outcome = open_object(&manifest, &identities.all());
    let envelope = match &outcome {
        Ok(opened) => Some(opened.envelope().clone()),
        Err(_) => Envelope::read(&manifest).ok(),
    };
    let mut report = Report::default();
    if let Some(envelope) = &envelope {
        report.reseal = reseal(envelope, identities.current());
        report.items = items(envelope, outcome.as_ref().err());
    }
    let found = outcome.map_err(|error| said(&error)).and_then(|opened| {
        report.data_keys = opened
            .used()
            .map(|(id, recipient)| (id.to_string(), recipient.to_owned()))
            .collect();
        allowed(opened.envelope().template())?;
        Ok(Opened {
            template: opened.envelope().template().clone(),
            data: opened
                .items()
                .map(|(key, value)| (key.to_owned(), Plaintext::from(value.expose().to_vec())))
                .collect(),
        })
    });
    report.closed = found.as_ref().err().map(|closed| closed.reason);
    (found, report)
}

fn closed(reason: &'static str, message: String) -> (Result<Opened, Closed>, Report) {
    let report = Report {
        closed: Some(reason),
        ..Report::default()
    };
    (Err(Closed { reason, message }), report)
}

fn allowed(template: &Template) -> Result<(), Closed> {
    let refuse = |message| {
        Err(Closed {
            reason: "Refused",
            message,
        })
    };
    let secret_type = template.secret_type.as_deref().unwrap_or_default();
    if REFUSED_TYPES.contains(&secret_type) {
        return refuse(format!(
            "no EncryptedSecret may become a Secret of type {secret_type}"
        ));
    }
    let names = template.labels.iter().chain(&template.annotations);
    let refused = |name: &&String| REFUSED_DOMAINS.iter().any(|domain| name.starts_with(domain));
    match names.map(|(name, _)| name).find(refused) {
        Some(name) => refuse(format!(
            "the template may not give the label or annotation {name}: it belongs to a sealing tool"
        )),
        None => Ok(()),
    }
}

/// Why an object that opens should be sealed again all the same.
fn reseal(envelope: &Envelope, current: Option<&Recipient>) -> Option<&'static str> {
    let current = current.map(Recipient::name);
    let lacks = |name: &String| {
        let mut keys = envelope.data_keys().iter();
        keys.any(|key| key.recipients().all(|recipient| recipient != name))
    };
    if current.is_some_and(|name| lacks(&name)) {
        return Some("OlderRecipient");
    }
    (envelope.data_keys().len() > MANY_DATA_KEYS).then_some("ManyDataKeys")
}

fn items(envelope: &Envelope, error: Option<&OpenError>) -> Vec<ItemReport> {
    let key_failed = match error {
        Some(OpenError::Commitment { id, .. }) => Some((*id, "Tampered")),
        Some(OpenError::NotNamed { id, .. }) => Some((*id, "NoIdentity")),
        Some(OpenError::Unwrap { id, .. }) => Some((*id, "NotUnwrapped")),
        _ => None,
    };
    let why = |key: &str, data_key: DataKeyId| match (error, key_failed) {
        (None, _) => None,
        (Some(OpenError::Values(values)), _) => {
            let closed = values.iter().any(|value| value.item == key);
            closed.then_some("Tampered")
        }
        (_, Some((id, reason))) if id == data_key => Some(reason),
        _ => Some("NotTried"),
    };
    envelope
        .items()
        .iter()
        .map(|item| ItemReport {
            key: item.key().to_owned(),
            data_key: item.data_key().to_string(),
            closed: why(item.key(), item.data_key()),
        })
        .collect()
}

/// What is wrong, with what to do about it. Places are left out: they are those of a text that nobody sees.
fn said(error: &OpenError) -> Closed {
    let reason = match error {
        OpenError::Commitment { .. } | OpenError::Values(_) => "Tampered",
        OpenError::NotNamed { .. } => "NoIdentity",
        OpenError::Unwrap { .. } => "NotUnwrapped",
        _ => "Malformed",
    };
    let more = match error {
        // its source may be another program's words
        OpenError::Unwrap { .. } => {
            let why = "what the object holds for it was changed, or the object was moved, renamed or given another scope";
            [Some(why.to_owned()), None]
        }
        error => [error.why(), error.hint()],
    };
    let mut message = error.to_string();
    for more in more.into_iter().flatten() {
        message = format!("{message}; {more}");
    }
    Closed { reason, message }
}

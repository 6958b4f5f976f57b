//! The keys of a controller as Secrets: what a cluster and a backup say of them, and the text of a backup.
//!
//! A backup is one YAML list of Secrets without what a server wrote into them, oldest first: `kubectl apply -f` takes it,
//! and `--identity` reads it. Nothing here knows a cluster or a file; whether a key can be used is the keyring's to say.

mod read;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

pub(crate) use read::{NotABackup, from_server, from_text, one_from_server};
pub(crate) use write::{for_server, list};

/// A name that the controller takes for a sealing key without a label, unless it was started with another.
pub(crate) const UNLABELLED: &str = "sealed-secrets-key";

/// What kubectl keeps beside an object: the whole of it, values included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What a key opens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// SealedSecrets.
    SealingKey,
    /// EncryptedSecrets.
    Identity,
}

impl Kind {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::SealingKey, Self::Identity];

    /// The label of their Secrets; its value says whether the key is in use.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::SealingKey => "sealedsecrets.bitnami.com/sealed-secrets-key",
            Self::Identity => "sealkit.dev/identity",
        }
    }

    /// The item with the private half.
    fn item(self) -> &'static str {
        match self {
            Self::SealingKey => "tls.key",
            Self::Identity => "identity",
        }
    }

    /// As people call it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::SealingKey => "sealing key",
            Self::Identity => "identity",
        }
    }
}

/// A key: its Secret without what the server wrote.
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// When its Secret was made, as the server writes times; a backup of ours has none, and is in order.
    created: Option<String>,
    secret: Secret,
}

impl Key {
    /// The value of its label: `active`, or why it is out of use. Nothing where only its name makes it a key.
    pub(crate) fn state(&self) -> Option<&str> {
        let state = self.secret.metadata.labels.get(self.kind.label())?;
        Some(state)
    }

    /// Whether both have the same private half.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.private() == other.private()
    }

    fn private(&self) -> Option<&str> {
        let item = self.secret.data.get(self.kind.item())?;
        Some(&item.0)
    }
}

/// A Secret as far as it is kept.
#[derive(Deserialize, Serialize)]
struct Secret {
    metadata: Metadata,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    immutable: Option<bool>,
    #[serde(default)]
    data: BTreeMap<String, Hidden>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default, skip_serializing)]
    creation_timestamp: Option<String>,
}

/// A value in base64: wiped, and without a way to print it.
struct Hidden(Zeroizing<String>);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // a null stands for no bytes
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(Self(Zeroizing::new(text.unwrap_or_default())))
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A Secret becomes a key: by its label, or by its name if it has none.
fn key(mut secret: Secret) -> Option<Key> {
    let labels = &secret.metadata.labels;
    let labelled = Kind::ALL
        .into_iter()
        .find(|kind| labels.contains_key(kind.label()));
    let named = (secret.metadata.name == UNLABELLED).then_some(Kind::SealingKey);
    let kind = labelled.or(named)?;
    secret.data.get(kind.item())?;
    secret.metadata.annotations.remove(LAST_APPLIED);
    Some(Key {
        kind,
        name: secret.metadata.name.clone(),
        created: secret.metadata.creation_timestamp.take(),
        secret,
    })
}

/// Oldest first, each kind in its own order; those without a time stay where they are.
fn sort(keys: &mut [Key]) {
    keys.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.created.cmp(&b.created)));
}

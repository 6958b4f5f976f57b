//! An EncryptedSecret as the API server hands it out. Its spec stays text: the format's own reader reads it.

use std::borrow::Cow;
use std::sync::Arc;

use kube::core::{NamespaceResourceScope, ObjectMeta};
use sealkit_formats::native::{API_VERSION, KIND};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::sealed::Sealed as _;

/// The condition that says whether the Secret is right.
pub(super) const READY: &str = "Ready";

/// An EncryptedSecret. `managedFields` are dropped when it is read.
#[derive(Clone, Debug, Default)]
pub struct EncryptedSecret {
    /// Name, namespace, uid, generation and what else the server says.
    pub metadata: ObjectMeta,
    /// What is sealed, as JSON.
    spec: Arc<str>,
    /// What was found the last time.
    pub status: Option<Status>,
}

/// `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    /// The generation that the rest speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Ready`, `Reconciling`, `Stalled`, and whatever others put there.
    pub conditions: Vec<Condition>,
    /// Data keys that opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_keys: Vec<DataKey>,
    /// All items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Whether it should be sealed again.
    pub reseal: bool,
    /// Why, as a word for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reseal_reason: Option<String>,
}

/// One of `status.conditions`, as every tool expects one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// The generation that it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When its status changed, RFC 3339.
    pub last_transition_time: String,
    /// A word for programs.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
}

/// One of `status.dataKeys`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct DataKey {
    /// Its id.
    pub id: String,
    /// The recipient through which it opened, by short name.
    pub recipient: String,
}

/// One of `status.items`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Item {
    /// Its key.
    pub key: String,
    /// The data key that it is sealed under.
    pub data_key: String,
    /// Whether it opens.
    pub opens: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl EncryptedSecret {
    /// The object with its name, its namespace and its spec alone, as the format's reader takes it.
    #[must_use]
    pub fn document(&self) -> String {
        let head = json!({
            "apiVersion": API_VERSION, "kind": KIND,
            "metadata": {"name": self.name(), "namespace": self.namespace()},
        });
        let head = head.to_string();
        let open = head.strip_suffix('}').expect("an object ends with a brace");
        format!("{open},\"spec\":{}}}", self.spec)
    }

    /// The status of the condition `Ready`, where it speaks of the object as it is.
    pub(super) fn ready(&self) -> Option<&str> {
        let status = self.status.as_ref()?;
        if status.observed_generation != self.metadata.generation {
            return None;
        }
        let ready = status.conditions.iter().find(|condition| condition.kind == READY);
        ready.map(|ready| ready.status.as_str())
    }
}

/// Whatever the spec is, the object is read: what is wrong with it is its own status's to say.
impl<'de> Deserialize<'de> for EncryptedSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(default)]
        #[derive(Default)]
        struct Raw {
            metadata: ObjectMeta,
            spec: Value,
            status: Value,
        }
        let raw = Raw::deserialize(deserializer)?;
        Ok(Self {
            metadata: raw.metadata,
            spec: raw.spec.to_string().into(),
            status: serde_json::from_value(raw.status).ok(),
        })
    }
}

impl kube::Resource for EncryptedSecret {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        KIND.into()
    }
    fn group((): &()) -> Cow<'_, str> {
        "sealkit.dev".into()
    }
    fn version((): &()) -> Cow<'_, str> {
        "v1alpha1".into()
    }
    fn plural((): &()) -> Cow<'_, str> {
        "encryptedsecrets".into()
    }
    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

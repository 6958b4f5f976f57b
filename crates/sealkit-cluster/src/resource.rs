//! A SealedSecret as the API server hands it out, read so leniently that no strange object hides the others.
//!
//! What is not a string where a string belongs reads as empty and then fails under its own key alone; a map of another
//! type reads as an empty one. Knows fields, not what they lead to.
//!
//! Source: sealed-secrets v0.40.0 `pkg/apis/sealedsecrets/v1alpha1/types.go`.

mod sealed;

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::core::{NamespaceResourceScope, ObjectMeta};
use sealkit_formats::Scope;
use sealkit_formats::sealed_secrets::{KIND, SKIP_OWNER_ANNOTATION, label, scope_of};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::sealed::Sealed as _;

pub use sealed::Opener;

/// The only condition there is.
pub const SYNCED: &str = "Synced";
/// The Secret's annotation that lets a SealedSecret overwrite it and own it.
pub const MANAGED_ANNOTATION: &str = "sealedsecrets.bitnami.com/managed";
/// The Secret's annotation that lets a SealedSecret add to it.
pub const PATCH_ANNOTATION: &str = "sealedsecrets.bitnami.com/patch";
/// The label of a SealedSecret that its metrics carry.
pub const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";

/// A SealedSecret. `managedFields` are dropped when it is read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct SealedSecret {
    /// Name, namespace, uid, generation and what else the server says.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is sealed. Never written: only the status is ours.
    #[serde(default, deserialize_with = "spec", skip_serializing)]
    pub spec: Spec,
    /// What was found the last time.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<Status>,
}

/// `spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Spec {
    /// Item keys and their sealed values, base64 as written.
    #[serde(deserialize_with = "texts")]
    pub encrypted_data: BTreeMap<String, String>,
    /// The deprecated form: one value that holds a whole Secret.
    #[serde(deserialize_with = "present")]
    pub data: Option<String>,
    /// What the Secret gets beside its values.
    #[serde(deserialize_with = "lenient")]
    pub template: Template,
    /// It is none: there is something else in its place.
    #[serde(skip)]
    pub is_none: bool,
}

/// `spec.template`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Its metadata.
    #[serde(deserialize_with = "lenient")]
    pub metadata: TemplateMetadata,
    /// The Secret's type.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub secret_type: Option<String>,
    /// Whether the Secret is immutable.
    #[serde(deserialize_with = "lenient")]
    pub immutable: Option<bool>,
    /// Templates by item key; null removes the item.
    #[serde(deserialize_with = "nullable_texts")]
    pub data: BTreeMap<String, Option<String>>,
}

/// `spec.template.metadata`, as far as a Secret can have it from there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TemplateMetadata {
    /// The Secret's labels.
    #[serde(deserialize_with = "texts")]
    pub labels: BTreeMap<String, String>,
    /// The Secret's annotations.
    #[serde(deserialize_with = "texts")]
    pub annotations: BTreeMap<String, String>,
    /// The Secret's finalizers.
    #[serde(deserialize_with = "list")]
    pub finalizers: Vec<String>,
    /// The Secret's owners, where the SealedSecret is not to be one.
    #[serde(deserialize_with = "list")]
    pub owner_references: Vec<OwnerReference>,
}

/// `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    /// The generation that the conditions speak of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Conditions, `Synced` first: the printed columns show the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// One of `status.conditions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// When it was written, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<String>,
    /// When its status changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<String>,
    /// A word for programs; the peer sets none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl SealedSecret {
    /// What its values are bound to, by its own annotations.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let annotations = self.metadata.annotations.iter().flatten();
        scope_of(annotations.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The bytes that its values are bound to.
    #[must_use]
    pub fn label(&self) -> Vec<u8> {
        label(self.scope(), self.namespace(), self.name())
    }

    /// The label that its metrics carry; empty where it has none.
    #[must_use]
    pub fn instance(&self) -> &str {
        let labels = self.metadata.labels.as_ref();
        labels
            .and_then(|labels| labels.get(INSTANCE_LABEL))
            .map_or("", String::as_str)
    }

    /// Whether it is to own its Secret.
    #[must_use]
    pub fn sets_owner(&self) -> bool {
        !is_true(&self.spec.template.metadata.annotations, SKIP_OWNER_ANNOTATION)
    }

    /// The condition `Synced`.
    #[must_use]
    pub fn synced(&self) -> Option<&Condition> {
        let conditions = self.status.iter().flat_map(|status| &status.conditions);
        conditions.into_iter().find(|condition| condition.kind == SYNCED)
    }
}

/// Whether an annotation says exactly `true`.
#[must_use]
pub fn is_true(annotations: &BTreeMap<String, String>, name: &str) -> bool {
    annotations.get(name).is_some_and(|value| value == "true")
}

/// Whether an object's own annotation says exactly `true`.
#[must_use]
pub fn asks(metadata: &ObjectMeta, name: &str) -> bool {
    let annotations = metadata.annotations.as_ref();
    annotations.is_some_and(|annotations| is_true(annotations, name))
}

impl kube::Resource for SealedSecret {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        KIND.into()
    }
    fn group((): &()) -> Cow<'_, str> {
        "bitnami.com".into()
    }
    fn version((): &()) -> Cow<'_, str> {
        "v1alpha1".into()
    }
    fn plural((): &()) -> Cow<'_, str> {
        "sealedsecrets".into()
    }
    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// Reads a value of the right shape, and any other as the default. A list is no object, although serde would take its
/// entries for the fields in their order.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(_) => T::default(),
        value => serde_json::from_value(value).unwrap_or_default(),
    })
}

fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

fn spec<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Spec, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => Spec::default(),
        value @ Value::Object(_) => serde_json::from_value(value).unwrap_or_default(),
        _ => Spec {
            is_none: true,
            ..Spec::default()
        },
    })
}

fn map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(map) => map,
        _ => Map::new(),
    })
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let text = |value| match value {
        Value::String(text) => text,
        _ => String::new(),
    };
    Ok(map(deserializer)?
        .into_iter()
        .map(|(key, value)| (key, text(value)))
        .collect())
}

fn nullable_texts<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeMap<String, Option<String>>, D::Error> {
    let text = |value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        _ => Some(String::new()),
    };
    Ok(map(d)?
        .into_iter()
        .map(|(key, value)| (key, text(value)))
        .collect())
}

/// Null is absent, anything else is there: a string as it is, the rest as an empty one.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        _ => Some(String::new()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(spec: Value) -> SealedSecret {
        let object = json!({"metadata": {"name": "db", "namespace": "shop"}, "spec": spec});
        serde_json::from_value(object).expect("nothing in a spec stops an object from being read")
    }

    #[test]
    fn values_that_are_no_strings_read_as_empty_ones() {
        let object = read(json!({"encryptedData": {"a": 1, "b": null, "c": {"d": []}, "e": "AgA"}}));
        let values: Vec<_> = object.spec.encrypted_data.values().map(String::as_str).collect();
        assert_eq!(values, ["", "", "", "AgA"]);
    }

    #[test]
    fn parts_of_another_type_read_as_absent() {
        for spec in [
            json!(null),
            json!({"encryptedData": [1]}),
            json!({"template": 3}),
            json!({"template": {"metadata": "x", "type": 1, "immutable": "yes", "data": []}}),
            json!({"template": {"metadata": {"labels": [], "finalizers": {}, "ownerReferences": [1]}}}),
        ] {
            assert_eq!(read(spec.clone()).spec, Spec::default(), "{spec}");
        }
        let odd = json!({"metadata": {}, "spec": {}, "status": {"conditions": 5}});
        let object: SealedSecret = serde_json::from_value(odd).expect("nor does a status");
        assert_eq!(object.status, None);
    }

    #[test]
    fn a_list_is_no_object_whatever_its_entries_are() {
        for spec in [json!([{"a": "AgA"}]), json!([1]), json!("x"), json!(3)] {
            let read = read(spec.clone()).spec;
            assert!(read.is_none && read.encrypted_data.is_empty(), "{spec}");
        }
        let template = json!({"template": [{"labels": {"a": "b"}}, "Opaque"]});
        assert_eq!(read(template).spec, Spec::default());
    }

    #[test]
    fn only_null_is_no_deprecated_data() {
        assert_eq!(read(json!({"data": null})).spec.data, None);
        assert_eq!(read(json!({"data": ""})).spec.data, Some(String::new()));
        assert_eq!(read(json!({"data": 7})).spec.data, Some(String::new()));
    }

    #[test]
    fn a_null_template_stays_null() {
        let object = read(json!({"template": {"data": {"gone": null, "kept": "{{ .a }}"}}}));
        let data = &object.spec.template.data;
        assert_eq!(data["gone"], None);
        assert_eq!(data["kept"].as_deref(), Some("{{ .a }}"));
    }
}

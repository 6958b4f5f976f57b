//! A SealedSecret as it stands in the text: still closed, read as leniently as the API server and the peer read it.
//!
//! Needs no key and can therefore say no value; this is what `inspect` prints. The API server stores anything below
//! `spec.encryptedData`, so one strange value must never hide the others: it reads as an empty string, which then fails
//! to open under its own key alone.
//!
//! Source: sealed-secrets v0.40.0 `pkg/apis/sealedsecrets/v1alpha1/types.go`.

use sealkit_manifest::{Node, Object, Path, Place, Value};

use super::label::{label, scope_of};
use super::value::claimed_key_bits;
use crate::Scope;
use crate::secret::is_null;

/// The `apiVersion` of SealedSecrets.
pub const API_VERSION: &str = "bitnami.com/v1alpha1";
/// The `kind` of SealedSecrets.
pub const KIND: &str = "SealedSecret";
/// Put `true` by authors on a Secret that is to have no owner; the controller looks for it in the template.
pub const SKIP_OWNER_ANNOTATION: &str = "sealedsecrets.bitnami.com/skip-set-owner-references";

/// A SealedSecret, read without a key.
#[derive(Clone, Debug)]
pub struct Envelope {
    name: String,
    namespace: String,
    scope: Scope,
    items: Vec<SealedItem>,
    legacy: Option<LegacyData>,
    template: Template,
    place: Place,
}

/// One entry of `spec.encryptedData`.
#[derive(Clone, Debug)]
pub struct SealedItem {
    /// Its key.
    pub key: String,
    /// Base64 as written; empty where no string stands there.
    pub value: String,
    /// Where the value stands.
    pub place: Place,
}

/// `spec.data`: a whole Secret in one value, as producers older than 0.7.0 wrote it.
#[derive(Clone, Debug)]
pub struct LegacyData {
    /// Base64 as written; empty where no string stands there.
    pub value: String,
    /// Where the value stands.
    pub place: Place,
}

/// What `spec.template` gives the Secret beside its sealed values; none of it is authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The Secret's `type`.
    pub secret_type: Option<String>,
    /// The Secret's `immutable`.
    pub immutable: Option<bool>,
    /// The Secret's labels, in the order of the text.
    pub labels: Vec<(String, String)>,
    /// The Secret's annotations, in the order of the text.
    pub annotations: Vec<(String, String)>,
    /// The entries of `spec.template.data`, in the order of the text.
    pub data: Vec<TemplateEntry>,
}

/// One entry of `spec.template.data`: a Go template that the controller renders over the opened values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateEntry {
    /// The key that the result gets in the Secret.
    pub key: String,
    /// Its text; nothing where no text stands there.
    pub text: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// Whether it is null, which removes the key from the Secret (peer 0.40 and later).
    pub removes: bool,
}

/// The object is not a SealedSecret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the object is not a SealedSecret of apiVersion {API_VERSION}")]
pub struct NotASealedSecret {
    /// Where the object begins.
    pub place: Place,
}

/// Whether the object says that it is a SealedSecret.
#[must_use]
pub fn is_sealed_secret(object: &Object<'_>) -> bool {
    object.api_version().as_deref() == Some(API_VERSION) && object.kind().as_deref() == Some(KIND)
}

impl Envelope {
    /// Reads a SealedSecret. Plaintext that waits beside `spec` to be sealed is not looked at; `status` is ignored.
    ///
    /// # Errors
    /// [`NotASealedSecret`]. Whatever is strange further in reads as absent or empty.
    pub fn read(object: &Object<'_>) -> Result<Self, NotASealedSecret> {
        if !is_sealed_secret(object) {
            return Err(NotASealedSecret {
                place: object.place(),
            });
        }
        let spec = object.root().get("spec");
        let of = |field| spec.and_then(|spec| spec.get(field));
        Ok(Self {
            name: object.name().unwrap_or_default().into_owned(),
            namespace: object.namespace().unwrap_or_default().into_owned(),
            scope: scope_in(object),
            items: of("encryptedData").map(sealed_items).unwrap_or_default(),
            legacy: of("data").filter(|data| !is_null(*data)).map(legacy_data),
            template: of("template").map(template).unwrap_or_default(),
            place: object.place(),
        })
    }

    /// The object's own name; empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The object's own namespace; empty where it has none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What the values are bound to, by the annotations of the SealedSecret itself.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The bytes that every value of this object is bound to.
    #[must_use]
    pub fn label(&self) -> Vec<u8> {
        label(self.scope, &self.namespace, &self.name)
    }

    /// The sealed items, in the order of the text.
    #[must_use]
    pub fn items(&self) -> &[SealedItem] {
        &self.items
    }

    /// One sealed item.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&SealedItem> {
        self.items.iter().find(|item| item.key == key)
    }

    /// The deprecated form, where the object uses it.
    #[must_use]
    pub fn legacy(&self) -> Option<&LegacyData> {
        self.legacy.as_ref()
    }

    /// What the Secret gets beside its sealed values.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Where the object begins.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl SealedItem {
    /// The size in bits of the RSA key that the value says it was sealed for; nothing where it is no sealed value.
    ///
    /// Which key it is the format does not say.
    #[must_use]
    pub fn claimed_key_bits(&self) -> Option<usize> {
        claimed_key_bits(&self.value)
    }
}

impl Template {
    /// Whether the controller makes the SealedSecret the owner of its Secret.
    #[must_use]
    pub fn sets_owner(&self) -> bool {
        !self
            .annotations
            .iter()
            .any(|(name, value)| name == SKIP_OWNER_ANNOTATION && value == "true")
    }

    /// The scope that the template's annotations would choose: the Secret's, if it were sealed again.
    #[must_use]
    pub fn scope(&self) -> Scope {
        scope_of(pairs(&self.annotations))
    }
}

/// The scope that an object's own annotations choose, of a Secret to be sealed as well as of a SealedSecret.
#[must_use]
pub fn scope_in(object: &Object<'_>) -> Scope {
    let annotations = object
        .at(&["metadata", "annotations"])
        .map(strings)
        .unwrap_or_default();
    scope_of(pairs(&annotations))
}

/// Where the sealed items stand.
pub(super) fn items_path() -> Path {
    Path::keys(["spec", "encryptedData"])
}

/// The entries that a reader sees: those written here, and those that merge keys bring in.
pub(super) fn fields(node: Node<'_>) -> Vec<(String, Node<'_>)> {
    if !node.entries().any(|entry| entry.key_node.is_merge_key()) {
        return node
            .entries()
            .map(|entry| (entry.key.into_owned(), entry.value))
            .collect();
    }
    let Ok(Value::Mapping(merged)) = node.value() else {
        return Vec::new();
    };
    merged
        .into_iter()
        .filter_map(|(key, _)| node.get(&key).map(|value| (key, value)))
        .collect()
}

fn sealed_items(node: Node<'_>) -> Vec<SealedItem> {
    fields(node)
        .into_iter()
        .map(|(key, value)| SealedItem {
            key,
            value: text(value),
            place: value.place(),
        })
        .collect()
}

fn legacy_data(node: Node<'_>) -> LegacyData {
    LegacyData {
        value: text(node),
        place: node.place(),
    }
}

fn template(node: Node<'_>) -> Template {
    let metadata = node.get("metadata");
    let map = |field| {
        metadata
            .and_then(|metadata| metadata.get(field))
            .map(strings)
            .unwrap_or_default()
    };
    Template {
        secret_type: node
            .get("type")
            .and_then(|node| node.as_str())
            .map(|text| text.into_owned()),
        immutable: node.get("immutable").and_then(|node| node.as_bool()),
        labels: map("labels"),
        annotations: map("annotations"),
        data: node.get("data").map(template_entries).unwrap_or_default(),
    }
}

fn template_entries(node: Node<'_>) -> Vec<TemplateEntry> {
    let entry = |(key, value): (String, Node<'_>)| TemplateEntry {
        key,
        text: value.as_str().map(|text| text.into_owned()),
        place: value.place(),
        removes: is_null(value),
    };
    fields(node).into_iter().map(entry).collect()
}

/// The entries of a mapping whose values kubectl reads as strings.
fn strings(node: Node<'_>) -> Vec<(String, String)> {
    let string = |(key, value): (String, Node<'_>)| Some((key, value.as_str()?.into_owned()));
    fields(node).into_iter().filter_map(string).collect()
}

fn pairs(map: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    map.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

fn text(node: Node<'_>) -> String {
    node.as_str().map(|text| text.into_owned()).unwrap_or_default()
}

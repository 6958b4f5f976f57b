//! A sealed object as it stands in the text, read strictly and still closed.
//!
//! Everything the format's page demands before a private-key operation is checked here: shape, limits, ids against their
//! commitments, nothing twice. Needs no key and can therefore say no value; this is what `inspect` prints.
//!
//! Source: the native format, sections 1, 3 and 4.

use std::collections::HashSet;

use sealkit_crypto::wrap::WrappedKey;
use sealkit_manifest::{Entry, Node, NodeKind, Object, Path, Place};

use super::{
    binding::Binding,
    error::{EnvelopeError, Malformed},
    id::DataKeyId,
    limits::{
        Limit, MAX_DATA_KEYS, MAX_ITEMS, MAX_OBJECT_BYTES, MAX_PLAINTEXT_BYTES, MAX_WRAPPED_KEY_BYTES,
        MAX_WRAPS,
    },
    value::{Token, decode_canonical},
};
use crate::{Scope, secret};

/// The `apiVersion` of sealed objects.
pub const API_VERSION: &str = "sealkit.dev/v1alpha1";
/// The `kind` of sealed objects.
pub const KIND: &str = "EncryptedSecret";

/// A sealed object, read and checked as far as that goes without a key.
#[derive(Clone, Debug)]
pub struct Envelope {
    name: String,
    namespace: Option<String>,
    scope: Scope,
    data_keys: Vec<DataKeyEntry>,
    items: Vec<SealedItem>,
    template: Template,
    place: Place,
    binding: Binding,
}

/// One entry of `spec.dataKeys`.
#[derive(Clone, Debug)]
pub struct DataKeyEntry {
    pub(super) id: DataKeyId,
    pub(super) commitment: [u8; 32],
    pub(super) wrapped: Vec<Wrap>,
    pub(super) place: Place,
}

/// A data key, encrypted to one recipient.
#[derive(Clone, Debug)]
pub struct Wrap {
    pub(super) wrapped: WrappedKey,
    pub(super) place: Place,
}

/// One entry of `spec.encryptedData`.
#[derive(Clone, Debug)]
pub struct SealedItem {
    pub(super) key: String,
    pub(super) token: Token,
    pub(super) place: Place,
}

/// What `spec.template` gives the Secret beside its data; none of it is authenticated.
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
}

/// Whether the object says that it is one of this format.
pub fn is_encrypted_secret(object: &Object<'_>) -> bool {
    object.is(API_VERSION, KIND)
}

impl Envelope {
    /// Reads a sealed object. Plaintext that waits beside `spec` to be sealed is not looked at; `status` is ignored.
    ///
    /// # Errors
    /// [`EnvelopeError`] at the first thing that is not as the format demands.
    pub fn read(object: &Object<'_>) -> Result<Self, EnvelopeError> {
        let root = object.root();
        if !is_encrypted_secret(object) {
            return Err(EnvelopeError::at(root, Malformed::NotEncryptedSecret));
        }
        if root.raw().len() > MAX_OBJECT_BYTES {
            return Err(EnvelopeError::at(root, Malformed::Limit(Limit::Object)));
        }
        let root_fields = [
            "apiVersion",
            "kind",
            "metadata",
            "spec",
            "status",
            "data",
            "stringData",
        ];
        only(root, &root_fields)?;
        let name = secret::object_name(object)?;
        let spec = mapping(required(root, "spec")?)?;
        // `signatures` is reserved and additive: a reader of version 1 passes over it.
        only(
            spec,
            &["scope", "dataKeys", "encryptedData", "template", "signatures"],
        )?;
        let scope = spec.get("scope").map(scope).transpose()?.unwrap_or_default();
        let binding = Binding::new(scope, name.namespace.as_deref(), &name.name).ok_or_else(|| {
            EnvelopeError::at(
                root.get("metadata").unwrap_or(root),
                Malformed::NamespaceNeeded(scope),
            )
        })?;
        let data_keys = spec
            .get("dataKeys")
            .map(data_keys)
            .transpose()?
            .unwrap_or_default();
        let items = items(mapping(required(spec, "encryptedData")?)?, &data_keys)?;
        let template = spec
            .get("template")
            .map(template)
            .transpose()?
            .unwrap_or_default();
        Ok(Self {
            name: name.name,
            namespace: name.namespace,
            scope,
            data_keys,
            items,
            template,
            place: root.place(),
            binding,
        })
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The object's namespace.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// What its values are bound to.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Its data keys, in the order of the text.
    pub fn data_keys(&self) -> &[DataKeyEntry] {
        &self.data_keys
    }

    /// Its items, in the order of the text.
    pub fn items(&self) -> &[SealedItem] {
        &self.items
    }

    /// What the Secret gets beside its data.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Where the object begins.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The keys of the items that one data key encrypts.
    pub fn items_under(&self, id: DataKeyId) -> impl Iterator<Item = &str> {
        self.items
            .iter()
            .filter(move |item| item.token.id == id)
            .map(|item| item.key.as_str())
    }

    /// The short names of all recipients, each once, in the order in which they first occur.
    pub fn recipients(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let all = self.data_keys.iter().flat_map(DataKeyEntry::recipients);
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// The data keys that values name; only these are ever unwrapped.
    pub(super) fn named(&self) -> impl Iterator<Item = &DataKeyEntry> {
        self.data_keys
            .iter()
            .filter(|key| self.items.iter().any(|item| item.token.id == key.id))
    }

    pub(super) fn binding(&self) -> &Binding {
        &self.binding
    }

    pub(super) fn item(&self, key: &str) -> Option<&SealedItem> {
        self.items.iter().find(|item| item.key == key)
    }
}

impl DataKeyEntry {
    /// Its name inside the object.
    pub fn id(&self) -> DataKeyId {
        self.id
    }

    /// The 32 bytes that bind the key to the object. Public.
    pub fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// Who can open it, by short name, in the order of the text. An entry proves nothing: it may hold junk until
    /// somebody opens it.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.wrapped.iter().map(|wrap| wrap.wrapped.recipient.as_str())
    }

    /// Where the entry begins.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl SealedItem {
    /// The item's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The data key that encrypts it.
    pub fn data_key(&self) -> DataKeyId {
        self.token.id
    }

    /// Where the value stands.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// The path of `spec.dataKeys`.
pub(super) fn data_keys_path() -> Path {
    Path::keys(["spec", "dataKeys"])
}

/// The path of `spec.encryptedData`.
pub(super) fn items_path() -> Path {
    Path::keys(["spec", "encryptedData"])
}

fn data_keys(node: Node<'_>) -> Result<Vec<DataKeyEntry>, EnvelopeError> {
    let entries = sequence(node)?;
    if entries.len() > MAX_DATA_KEYS {
        return Err(EnvelopeError::at(
            entries[MAX_DATA_KEYS],
            Malformed::Limit(Limit::DataKeys),
        ));
    }
    let mut ids = HashSet::new();
    entries
        .into_iter()
        .map(|node| {
            let entry = data_key(mapping(node)?)?;
            if !ids.insert(entry.id) {
                return Err(EnvelopeError::at(required(node, "id")?, Malformed::DuplicateId));
            }
            Ok(entry)
        })
        .collect()
}

fn data_key(node: Node<'_>) -> Result<DataKeyEntry, EnvelopeError> {
    only(node, &["id", "commitment", "wrapped"])?;
    let id_node = required(node, "id")?;
    let id: DataKeyId = text(id_node)?
        .parse()
        .map_err(|_| EnvelopeError::at(id_node, Malformed::NotAnId))?;
    let commitment_node = required(node, "commitment")?;
    let commitment = decode_canonical(&text(commitment_node)?)
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or_else(|| EnvelopeError::at(commitment_node, Malformed::Commitment))?;
    // An id that a file chose could make two readers see two different keys behind one name.
    if id != DataKeyId::of(&commitment) {
        return Err(EnvelopeError::at(id_node, Malformed::IdMismatch));
    }
    let wrapped_node = required(node, "wrapped")?;
    let entries = sequence(wrapped_node)?;
    if entries.is_empty() {
        return Err(EnvelopeError::at(wrapped_node, Malformed::NoRecipient));
    }
    if entries.len() > MAX_WRAPS {
        return Err(EnvelopeError::at(
            entries[MAX_WRAPS],
            Malformed::Limit(Limit::Wraps),
        ));
    }
    let mut recipients = HashSet::new();
    let wrapped = entries
        .into_iter()
        .map(|node| {
            let wrap = wrap(mapping(node)?)?;
            if !recipients.insert(wrap.wrapped.recipient.clone()) {
                return Err(EnvelopeError::at(
                    required(node, "recipient")?,
                    Malformed::DuplicateRecipient,
                ));
            }
            Ok(wrap)
        })
        .collect::<Result<_, _>>()?;
    Ok(DataKeyEntry {
        id,
        commitment,
        wrapped,
        place: node.place(),
    })
}

fn wrap(node: Node<'_>) -> Result<Wrap, EnvelopeError> {
    only(node, &["recipient", "key"])?;
    let recipient_node = required(node, "recipient")?;
    let recipient = text(recipient_node)?;
    // The name is printed and compared: what cannot be seen, or fills the screen, is no name.
    if !(1..=MAX_RECIPIENT_BYTES).contains(&recipient.len())
        || !recipient.bytes().all(|b| (b' '..=b'~').contains(&b))
    {
        return Err(EnvelopeError::at(recipient_node, Malformed::RecipientName));
    }
    let key_node = required(node, "key")?;
    let key = decode_canonical(&text(key_node)?)
        .filter(|key| !key.is_empty())
        .ok_or_else(|| EnvelopeError::at(key_node, Malformed::WrappedKey))?;
    if key.len() > MAX_WRAPPED_KEY_BYTES {
        return Err(EnvelopeError::at(key_node, Malformed::Limit(Limit::WrappedKey)));
    }
    Ok(Wrap {
        wrapped: WrappedKey { recipient, key },
        place: node.place(),
    })
}

/// The longest recipient that a file names in full, in bytes; longer ones are named by digest.
///
/// Source: the native format, section 5.
pub(super) const MAX_RECIPIENT_BYTES: usize = 128;

fn items(node: Node<'_>, data_keys: &[DataKeyEntry]) -> Result<Vec<SealedItem>, EnvelopeError> {
    let ids: HashSet<DataKeyId> = data_keys.iter().map(DataKeyEntry::id).collect();
    let mut keys = HashSet::new();
    let mut items = Vec::new();
    let mut least_plaintext_bytes = 0;
    for Entry {
        key, key_node, value, ..
    } in node.entries()
    {
        if items.len() == MAX_ITEMS {
            return Err(EnvelopeError::at(value, Malformed::Limit(Limit::Items)));
        }
        // An unquoted `on` is the key `true`: which of the two was bound to the value is not for a reader to guess.
        if key_node.scalar_text() != Some(key.as_ref()) {
            return Err(EnvelopeError::at(value, Malformed::KeyReadDifferently));
        }
        if !secret::names::is_item_key(&key) {
            return Err(EnvelopeError::at(value, Malformed::ItemKey));
        }
        if !keys.insert(key.to_string()) {
            return Err(EnvelopeError::at(value, Malformed::DuplicateItem));
        }
        let token =
            Token::parse(&text(value)?).map_err(|error| EnvelopeError::at(value, Malformed::Value(error)))?;
        if !ids.contains(&token.id) {
            return Err(EnvelopeError::at(value, Malformed::UnknownDataKey));
        }
        // Padding hides up to 31 bytes, so this is what the plaintext has at least; `open` counts exactly.
        least_plaintext_bytes += token.least_plaintext_bytes();
        if least_plaintext_bytes > MAX_PLAINTEXT_BYTES {
            return Err(EnvelopeError::at(value, Malformed::Limit(Limit::Plaintext)));
        }
        items.push(SealedItem {
            key: key.to_string(),
            token,
            place: value.place(),
        });
    }
    Ok(items)
}

fn template(node: Node<'_>) -> Result<Template, EnvelopeError> {
    let node = mapping(node)?;
    // Looked for first, so that the refusal that the format names is the one that is given.
    if let Some(data) = node.get("data") {
        return Err(EnvelopeError::at(data, Malformed::TemplateData));
    }
    only(node, &["type", "immutable", "metadata"])?;
    let mut template = Template {
        secret_type: node.get("type").map(text).transpose()?,
        ..Template::default()
    };
    if let Some(immutable) = node.get("immutable") {
        let value = immutable.as_bool();
        template.immutable =
            Some(value.ok_or_else(|| EnvelopeError::at(immutable, Malformed::Expected("true or false")))?);
    }
    if let Some(metadata) = node.get("metadata") {
        only(mapping(metadata)?, &["labels", "annotations"])?;
        template.labels = secret::string_map(metadata.get("labels"))?;
        template.annotations = secret::string_map(metadata.get("annotations"))?;
    }
    Ok(template)
}

fn scope(node: Node<'_>) -> Result<Scope, EnvelopeError> {
    text(node)?
        .parse()
        .map_err(|_| EnvelopeError::at(node, Malformed::Scope))
}

fn required<'a>(node: Node<'a>, field: &'static str) -> Result<Node<'a>, EnvelopeError> {
    node.get(field)
        .ok_or_else(|| EnvelopeError::at(node, Malformed::Missing(field)))
}

fn only(node: Node<'_>, known: &[&str]) -> Result<(), EnvelopeError> {
    match node.entries().find(|entry| !known.contains(&entry.key.as_ref())) {
        None => Ok(()),
        Some(entry) => Err(EnvelopeError::at(entry.value, Malformed::UnknownField)),
    }
}

fn mapping(node: Node<'_>) -> Result<Node<'_>, EnvelopeError> {
    match node.resolved().kind() {
        NodeKind::Mapping => Ok(node),
        _ => Err(EnvelopeError::at(node, Malformed::Expected("a mapping"))),
    }
}

fn sequence(node: Node<'_>) -> Result<Vec<Node<'_>>, EnvelopeError> {
    match node.resolved().kind() {
        NodeKind::Sequence => Ok(node.items().collect()),
        _ => Err(EnvelopeError::at(node, Malformed::Expected("a list"))),
    }
}

fn text(node: Node<'_>) -> Result<String, EnvelopeError> {
    node.as_str()
        .map(|text| text.to_string())
        .ok_or_else(|| EnvelopeError::at(node, Malformed::Expected("a string")))
}

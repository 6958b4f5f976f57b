//! Reading an [`Envelope`]: shape, limits, ids against their commitments, nothing twice, nothing unknown.
//!
//! Everything that the format's page demands before a private-key operation is checked here.

use std::collections::HashSet;

use sealkit_crypto::wrap::WrappedKey;
use sealkit_manifest::{Entry, Node, NodeKind, Object};

use super::{DataKeyEntry, Envelope, MAX_RECIPIENT_BYTES, SealedItem, Template, Wrap, is_encrypted_secret};
use crate::{
    Scope,
    native::{
        binding::Binding,
        error::{EnvelopeError, Malformed},
        id::DataKeyId,
        limits::{
            Limit, MAX_DATA_KEYS, MAX_ITEMS, MAX_OBJECT_BYTES, MAX_PLAINTEXT_BYTES, MAX_WRAPPED_KEY_BYTES,
            MAX_WRAPS,
        },
        value::{Token, decode_canonical},
    },
    secret,
};

/// Reads and checks the whole object.
pub(super) fn envelope(object: &Object<'_>) -> Result<Envelope, EnvelopeError> {
    let root = object.root();
    if !is_encrypted_secret(object) {
        return Err(EnvelopeError::at(root, Malformed::NotEncryptedSecret));
    }
    if root.raw().len() > MAX_OBJECT_BYTES {
        return Err(EnvelopeError::at(root, Malformed::Limit(Limit::Object)));
    }
    secret::readable(object)?;
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
    Ok(Envelope {
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

//! A plain Secret as a room sees it: its name, and its items with the place where each plaintext stands.
//!
//! Knows Kubernetes' rules for Secrets and nothing about sealing. Base64 and what kubectl reads where are the manifest
//! crate's business.

use sealkit_crypto::secret::Plaintext;
use sealkit_manifest::{ItemSource, Node, NodeKind, Object, Path, Place, secret_items};

use super::{
    error::{SecretError, Unfit},
    names,
};

/// Fields that a Secret may have at the top. `status` is none, but tools leave it behind and sealing removes it.
const SECRET_FIELDS: [&str; 8] = [
    "apiVersion",
    "kind",
    "metadata",
    "type",
    "immutable",
    "data",
    "stringData",
    "status",
];

/// Name and namespace of an object, checked against Kubernetes' grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; `None` where it is absent, null or empty.
    pub namespace: Option<String>,
}

/// One item whose plaintext stands in the text.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its key.
    pub key: String,
    /// Its decoded bytes.
    pub value: Plaintext,
    /// In which field it stands.
    pub from: ItemSource,
    /// Where the value stands.
    pub place: Place,
    /// The value's path in the object: `stringData.password`.
    pub path: Path,
    /// Where an entry of `data` stands that this one of `stringData` overrides: Kubernetes never stores it.
    pub overrides: Option<Place>,
}

/// Reads name and namespace.
///
/// # Errors
/// [`SecretError::Field`] with [`Unfit::NoName`], [`Unfit::GeneratedName`], [`Unfit::Name`], [`Unfit::Namespace`] or
/// [`Unfit::NotAString`].
pub fn object_name(object: &Object<'_>) -> Result<ObjectName, SecretError> {
    let namespace = object_namespace(object)?;
    match own_name(object)? {
        Some(name) => Ok(ObjectName { name, namespace }),
        None => {
            let metadata = object
                .root()
                .get("metadata")
                .filter(|metadata| !is_null(*metadata));
            let generated = object.at(&["metadata", "generateName"]).is_some();
            Err(SecretError::Field {
                place: metadata.unwrap_or(object.root()).place(),
                path: "metadata.name".to_owned(),
                kind: if generated {
                    Unfit::GeneratedName
                } else {
                    Unfit::NoName
                },
            })
        }
    }
}

/// Reads `metadata.name`; `None` where it is absent or null.
///
/// # Errors
/// [`SecretError::Field`] with [`Unfit::Name`] or [`Unfit::NotAString`].
pub fn own_name(object: &Object<'_>) -> Result<Option<String>, SecretError> {
    let Some(node) = object.at(&["metadata", "name"]).filter(|node| !is_null(*node)) else {
        return Ok(None);
    };
    let name = string(node)?;
    if !names::is_name(&name) {
        return Err(SecretError::at(node, Unfit::Name));
    }
    Ok(Some(name))
}

/// Reads `metadata.namespace`; `None` where it is absent, null or empty.
///
/// # Errors
/// [`SecretError::Field`] with [`Unfit::Namespace`] or [`Unfit::NotAString`].
pub fn object_namespace(object: &Object<'_>) -> Result<Option<String>, SecretError> {
    let Some(node) = object
        .at(&["metadata", "namespace"])
        .filter(|node| !is_null(*node))
    else {
        return Ok(None);
    };
    let namespace = string(node)?;
    if namespace.is_empty() {
        return Ok(None);
    }
    if !names::is_namespace(&namespace) {
        return Err(SecretError::at(node, Unfit::Namespace));
    }
    Ok(Some(namespace))
}

/// Whether the object is a `v1` `Secret`.
pub fn is_secret(object: &Object<'_>) -> bool {
    object.is("v1", "Secret")
}

/// Checks that the object is a Secret with known fields only, and reads its items.
///
/// A field that Kubernetes does not know is refused because of `stringdata:`: it would stay in the file in the open, and
/// the API server would never have stored it.
///
/// # Errors
/// [`SecretError::Field`] if it is no Secret or a field is malformed; [`SecretError::Unreadable`] if kubectl would refuse
/// the object; [`SecretError::Items`] for its values.
pub fn read(object: &Object<'_>) -> Result<Vec<Item>, SecretError> {
    read_beside(object, &[])
}

/// The same, where the caller knows what to do with some other fields.
pub(crate) fn read_beside(object: &Object<'_>, known: &[&str]) -> Result<Vec<Item>, SecretError> {
    let root = object.root();
    if !is_secret(object) {
        return Err(SecretError::at(root, Unfit::NotASecret));
    }
    readable(object)?;
    for entry in root.entries() {
        if !SECRET_FIELDS.contains(&entry.key.as_ref()) && !known.contains(&entry.key.as_ref()) {
            return Err(SecretError::at(entry.value, Unfit::UnknownField));
        }
    }
    if let Some(node) = root.get("type") {
        string(node)?;
    }
    if let Some(node) = root.get("immutable").filter(|node| node.as_bool().is_none()) {
        return Err(SecretError::at(node, Unfit::NotABoolean));
    }
    plaintext(object)
}

/// Reads the plaintext in top-level `data` and `stringData`, of a Secret or of a sealed object that somebody added to, in
/// the order of the text. An item in both is the one in `stringData`, as in Kubernetes.
///
/// # Errors
/// [`SecretError::Items`].
pub fn plaintext(object: &Object<'_>) -> Result<Vec<Item>, SecretError> {
    let items = secret_items(object)?.into_iter().map(|item| Item {
        key: item.key,
        value: Plaintext::from(item.value),
        from: item.from,
        place: item.place,
        path: item.path,
        overrides: item.overrides,
    });
    Ok(items.collect())
}

/// Refuses what kubectl would refuse anywhere in the object. A key that is no scalar has no name, so that no list of known
/// fields would miss what stands under it.
///
/// # Errors
/// [`SecretError::Unreadable`].
pub fn readable(object: &Object<'_>) -> Result<(), SecretError> {
    object.root().value()?;
    Ok(())
}

/// Reads a mapping of strings, such as `metadata.labels`, in the order of the text. Absent and null are empty.
///
/// # Errors
/// [`SecretError::Field`] with [`Unfit::NotAMapping`], [`Unfit::NotAString`] or [`Unfit::MergeKey`].
pub fn string_map(node: Option<Node<'_>>) -> Result<Vec<(String, String)>, SecretError> {
    let Some(node) = node.filter(|node| !is_null(*node)) else {
        return Ok(Vec::new());
    };
    if node.resolved().kind() != NodeKind::Mapping {
        return Err(SecretError::at(node, Unfit::NotAMapping));
    }
    if let Some((key, _)) = node.raw_entries().find(|(key, _)| key.is_merge_key()) {
        return Err(SecretError::Field {
            place: key.place(),
            path: node.path().to_string(),
            kind: Unfit::MergeKey,
        });
    }
    node.entries()
        .map(|entry| Ok((entry.key.to_string(), string(entry.value)?)))
        .collect()
}

pub(crate) fn string(node: Node<'_>) -> Result<String, SecretError> {
    node.as_str()
        .map(|text| text.to_string())
        .ok_or_else(|| SecretError::at(node, Unfit::NotAString))
}

pub(crate) fn is_null(node: Node<'_>) -> bool {
    node.resolved().kind() == NodeKind::Null
}

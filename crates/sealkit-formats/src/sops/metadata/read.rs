//! Metadata from a tree, leniently: any order, old spellings, strings where numbers belong.

use super::{KeyGroup, KeyKind, MasterKey, Metadata, MetadataError};
use crate::sops::rules::Selector;
use crate::sops::tree::{Item, Mapping, Node};
use crate::sops::value::{Value, float_text};

/// Most groups that Shamir's scheme can number.
const MAX_GROUPS: usize = 255;

impl Metadata {
    /// Reads what stands under `sops`. Comments are ignored, unknown fields too.
    ///
    /// # Errors
    /// [`MetadataError`], which names the field.
    pub fn read<A: Clone>(mapping: &Mapping<A>) -> Result<Self, MetadataError> {
        let groups = groups(mapping)?;
        if groups.is_empty() || groups.iter().any(|group| group.0.is_empty()) {
            return Err(MetadataError::NoKeys);
        }
        if groups.len() > MAX_GROUPS {
            return Err(MetadataError::Field { field: "key_groups" });
        }
        Ok(Self {
            groups,
            shamir_threshold: number(mapping, "shamir_threshold")?,
            last_modified: text(mapping, "lastmodified")?.unwrap_or_default(),
            mac: text(mapping, "mac")?.unwrap_or_default(),
            selector: selector(mapping)?,
            mac_only_encrypted: boolean(mapping, "mac_only_encrypted")?,
            version: text(mapping, "version")?.unwrap_or_default(),
        })
    }
}

fn groups<A: Clone>(mapping: &Mapping<A>) -> Result<Vec<KeyGroup>, MetadataError> {
    let group = group(mapping)?;
    if !group.0.is_empty() {
        return Ok(vec![group]);
    }
    let elements = list(mapping, "key_groups")?;
    let group_of = |node: &Node<A>| match node {
        Node::Mapping(mapping) => Some(self::group(mapping)),
        Node::Comment(_) => None,
        _ => Some(Err(MetadataError::Field { field: "key_groups" })),
    };
    elements.iter().filter_map(group_of).collect()
}

fn group<A: Clone>(mapping: &Mapping<A>) -> Result<KeyGroup, MetadataError> {
    let mut keys = Vec::new();
    for kind in KeyKind::ALL {
        for element in list(mapping, kind.as_str())? {
            match element {
                Node::Mapping(fields) => keys.push(master_key(kind, fields)?),
                Node::Comment(_) => {}
                _ => return Err(MetadataError::Field { field: kind.as_str() }),
            }
        }
    }
    Ok(KeyGroup(keys))
}

/// Values become strings, as the peer's decoder makes them; nested mappings (a KMS context) are kept.
fn master_key<A: Clone>(kind: KeyKind, fields: &Mapping<A>) -> Result<MasterKey, MetadataError> {
    let mut items = Vec::new();
    for (key, node) in fields.entries() {
        let node = match node {
            Node::Leaf(leaf) => match printed(&leaf.value) {
                Some(text) => Node::string(&text),
                None => continue,
            },
            other => other.clone().bare(),
        };
        items.push(Item::Entry(key.to_lowercase(), node));
    }
    let key = MasterKey {
        kind,
        fields: Mapping(items),
    };
    if key.enc().is_empty() && kind == KeyKind::Age {
        return Err(MetadataError::Field { field: "age" });
    }
    Ok(key)
}

fn selector<A>(mapping: &Mapping<A>) -> Result<Option<Selector>, MetadataError> {
    let mut found = None;
    for field in Selector::FIELDS {
        let Some(expression) = text(mapping, field)?.filter(|text| !text.is_empty()) else {
            continue;
        };
        if found.is_some() {
            return Err(MetadataError::SeveralSelectors);
        }
        found = Selector::from_field(field, &expression);
    }
    Ok(found)
}

fn field<'m, A>(mapping: &'m Mapping<A>, name: &str) -> Option<&'m Node<A>> {
    mapping.get(name).or_else(|| {
        mapping
            .entries()
            .find_map(|(key, node)| key.eq_ignore_ascii_case(name).then_some(node))
    })
}

fn list<'m, A>(mapping: &'m Mapping<A>, name: &'static str) -> Result<&'m [Node<A>], MetadataError> {
    match field(mapping, name) {
        None => Ok(&[]),
        Some(Node::List(nodes)) => Ok(nodes),
        Some(Node::Leaf(leaf)) if leaf.value.is_empty() => Ok(&[]),
        Some(_) => Err(MetadataError::Field { field: name }),
    }
}

fn text<A>(mapping: &Mapping<A>, name: &'static str) -> Result<Option<String>, MetadataError> {
    match field(mapping, name) {
        None => Ok(None),
        Some(Node::Leaf(leaf)) => Ok(printed(&leaf.value)),
        Some(_) => Err(MetadataError::Field { field: name }),
    }
}

fn number<A>(mapping: &Mapping<A>, name: &'static str) -> Result<usize, MetadataError> {
    match text(mapping, name)?.as_deref() {
        None | Some("") => Ok(0),
        // Up to 3.9 the peer wrote the threshold of an INI file as `2.000000`, which it could not read again.
        Some(text) => text
            .trim_end_matches('0')
            .strip_suffix('.')
            .unwrap_or(text)
            .parse()
            .map_err(|_| MetadataError::Field { field: name }),
    }
}

fn boolean<A>(mapping: &Mapping<A>, name: &'static str) -> Result<bool, MetadataError> {
    match text(mapping, name)?.as_deref() {
        None | Some("" | "0" | "false" | "f" | "F" | "False" | "FALSE") => Ok(false),
        Some("1" | "true" | "t" | "T" | "True" | "TRUE") => Ok(true),
        Some(_) => Err(MetadataError::Field { field: name }),
    }
}

/// A scalar as text; `None` for null.
fn printed(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Str(text) => text.expose_str()?.to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => float_text(*value),
        Value::Bool(value) => value.to_string(),
        Value::Time(time) => time.to_string(),
    })
}

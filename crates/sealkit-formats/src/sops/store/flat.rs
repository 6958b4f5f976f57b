//! dotenv and INI: trees of one and of two levels, and metadata as flattened keys among the others.
//!
//! Source: `stores/dotenv/store.go`, `stores/ini/store.go`, `stores/flatten.go` of getsops/sops 3.13.3.

use sealkit_manifest::{dotenv, flat, ini};
use zeroize::Zeroizing;

use super::{StoreError, text_of};
use crate::sops::document::{Closed, TreeError};
use crate::sops::metadata::Metadata;
use crate::sops::tree::{Comment, Item, Mapping, Node};
use crate::sops::value::Value;
use crate::sops::yaml::METADATA_KEY;

/// How metadata keys of dotenv files begin.
pub(super) const PREFIX: &str = "sops_";

/// What the peer says of a value that is no section.
pub(super) const NO_SECTION: &str =
    "Error marshaling to INI: Error encoding section: Section values should always be TreeBranches";

fn comment(text: &str) -> Item {
    Item::Comment(Comment {
        text: Zeroizing::new(text.to_owned()),
        inline: false,
        at: (),
    })
}

pub(super) fn read_dotenv(name: &str, bytes: &[u8]) -> Result<Vec<Mapping>, StoreError> {
    let file = dotenv::Dotenv::parse(name, bytes)?;
    let item = |item: dotenv::Item<'_>| match (item.key(), item.value(), item.comment()) {
        (Some(key), Some(value), _) => Item::Entry(key.to_owned(), Node::string(&value)),
        (_, _, text) => comment(text.unwrap_or_default()),
    };
    Ok(vec![Mapping(file.items().map(item).collect())])
}

/// Takes the metadata of a dotenv file out. An entry named `sops` is none of it.
pub(super) fn closed_dotenv(mut documents: Vec<Mapping>) -> Result<Closed, StoreError> {
    let document = documents.first_mut().ok_or(TreeError::NoMetadata)?;
    let is_metadata = |item: &Item| matches!(item, Item::Entry(key, _) if key.starts_with(PREFIX));
    let (metadata, items): (Vec<Item>, Vec<Item>) =
        std::mem::take(&mut document.0).into_iter().partition(is_metadata);
    document.0 = items;
    if metadata.is_empty() {
        return Err(TreeError::NoMetadata.into());
    }
    let metadata = Metadata::read(&unflattened(&metadata, PREFIX)?).map_err(TreeError::from)?;
    Ok(Closed { metadata, documents })
}

/// Takes the flattened section of an INI file apart.
pub(super) fn unflatten_ini(mut documents: Vec<Mapping>) -> Result<Vec<Mapping>, StoreError> {
    for document in &mut documents {
        for item in &mut document.0 {
            if let Item::Entry(key, node) = item
                && key == METADATA_KEY
                && let Node::Mapping(section) = node
            {
                *node = Node::Mapping(unflattened(&section.0, "")?);
            }
        }
    }
    Ok(documents)
}

fn unflattened(items: &[Item], prefix: &str) -> Result<Mapping, StoreError> {
    let mut pairs: Vec<(&str, Zeroizing<String>)> = Vec::new();
    for item in items {
        if let Item::Entry(key, node) = item {
            let text = text_of(node).unwrap_or_default();
            // Line breaks stand as two characters where the text layer does not know them.
            pairs.push((
                key.strip_prefix(prefix).unwrap_or(key),
                Zeroizing::new(text.replace("\\n", "\n")),
            ));
        }
    }
    let tree = flat::unflatten(pairs.iter().map(|(key, text)| (*key, text.as_str())))?;
    Ok(from_values(&tree))
}

fn from_values(entries: &[(String, sealkit_manifest::Value)]) -> Mapping {
    let entry =
        |(key, value): &(String, sealkit_manifest::Value)| Item::Entry(key.clone(), from_value(value));
    Mapping(entries.iter().map(entry).collect())
}

fn from_value(value: &sealkit_manifest::Value) -> Node {
    use sealkit_manifest::Value as Plain;
    match value {
        Plain::Bool(value) => Node::leaf(Value::Bool(*value)),
        Plain::Number(text) => Node::string(text),
        Plain::String(text) => Node::string(text),
        Plain::Sequence(items) => Node::List(items.iter().map(from_value).collect()),
        Plain::Mapping(entries) => Node::Mapping(from_values(entries)),
        _ => Node::leaf(Value::Null),
    }
}

fn to_values(mapping: &Mapping) -> Vec<(String, sealkit_manifest::Value)> {
    mapping
        .entries()
        .map(|(key, node)| (key.to_owned(), to_value(node)))
        .collect()
}

fn to_value(node: &Node) -> sealkit_manifest::Value {
    use sealkit_manifest::Value as Plain;
    match node {
        Node::Mapping(mapping) => Plain::Mapping(to_values(mapping)),
        Node::List(nodes) => Plain::Sequence(nodes.iter().map(to_value).collect()),
        Node::Comment(_) => Plain::Null,
        leaf => Plain::String(text_of(leaf).unwrap_or_default()),
    }
}

pub(super) fn flattened(metadata: &Metadata) -> Vec<(String, Zeroizing<String>)> {
    flat::flatten(&to_values(&metadata.tree()))
}

/// The metadata as entries of their own.
pub(super) fn flatten_dotenv(closed: Closed) -> Vec<Mapping> {
    let metadata = flattened(&closed.metadata);
    let with = |mut document: Mapping| {
        for (key, text) in &metadata {
            document
                .0
                .push(Item::Entry(format!("{PREFIX}{key}"), Node::string(text)));
        }
        document
    };
    closed.documents.into_iter().map(with).collect()
}

/// The metadata as a section of its own.
pub(super) fn flatten_ini(closed: Closed) -> Vec<Mapping> {
    let metadata = flattened(&closed.metadata);
    let entry = |(key, text): &(String, Zeroizing<String>)| {
        Item::Entry(key.clone(), Node::string(&text.replace('\n', "\\n")))
    };
    let section = Mapping(metadata.iter().map(entry).collect());
    let with = |mut document: Mapping| {
        document.0.push(Item::Entry(
            METADATA_KEY.to_owned(),
            Node::Mapping(section.clone()),
        ));
        document
    };
    closed.documents.into_iter().map(with).collect()
}

pub(super) fn print_dotenv(document: &Mapping) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut texts = Vec::new();
    for item in &document.0 {
        texts.push(match item {
            Item::Comment(comment) => (None, comment.text.clone()),
            Item::Entry(key, node) => match text_of(node) {
                Some(text) => (Some(key.as_str()), text),
                None => return Err(StoreError::Complex(key.clone())),
            },
        });
    }
    let items: Vec<dotenv::New<'_>> = texts
        .iter()
        .map(|(key, text)| match key {
            Some(key) => dotenv::New::Entry { key, value: text },
            None => dotenv::New::Comment(text),
        })
        .collect();
    let text = dotenv::emit(&items)?;
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

pub(super) fn read_ini(name: &str, bytes: &[u8]) -> Result<Vec<Mapping>, StoreError> {
    let file = ini::Ini::parse(name, bytes)?;
    let section = |section: ini::Section<'_>| {
        let mut items: Vec<Item> = section
            .comment()
            .map(|text| comment(&text.text()))
            .into_iter()
            .collect();
        for entry in section.entries() {
            items.push(Item::Entry(
                entry.key().into_owned(),
                Node::string(&entry.value()),
            ));
            items.extend(entry.comment().map(|text| comment(&text.text())));
        }
        Item::Entry(section.name().to_owned(), Node::Mapping(Mapping(items)))
    };
    Ok(vec![Mapping(file.sections().map(section).collect())])
}

/// One section of an INI file on its way out: the comment before it, and its entries with the comments behind them.
struct Section<'a> {
    name: &'a str,
    comment: Option<&'a str>,
    entries: Vec<(&'a str, Zeroizing<String>, Option<&'a str>)>,
}

pub(super) fn print_ini(documents: &[Mapping]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut sections = Vec::new();
    for (name, node) in documents.iter().flat_map(Mapping::entries) {
        let Node::Mapping(mapping) = node else {
            return Err(StoreError::Shape(NO_SECTION));
        };
        sections.push(section(name, mapping)?);
    }
    let new: Vec<ini::NewSection<'_>> = sections
        .iter()
        .map(|section| ini::NewSection {
            name: section.name,
            comment: section.comment,
            entries: section
                .entries
                .iter()
                .map(|(key, value, comment)| ini::New {
                    key,
                    value,
                    comment: *comment,
                })
                .collect(),
        })
        .collect();
    let text = ini::emit(&new)?;
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

fn section<'a>(name: &'a str, mapping: &'a Mapping) -> Result<Section<'a>, StoreError> {
    let mut section = Section {
        name,
        comment: None,
        entries: Vec::new(),
    };
    for (at, item) in mapping.0.iter().enumerate() {
        match item {
            Item::Comment(comment) if at == 0 => section.comment = Some(&comment.text),
            Item::Comment(comment) => {
                if let Some(last) = section.entries.last_mut() {
                    last.2 = Some(&comment.text);
                }
            }
            Item::Entry(key, node) => {
                let text = text_of(node).ok_or(StoreError::Shape("an INI value must be a scalar"))?;
                section.entries.push((key, text, None));
            }
        }
    }
    Ok(section)
}

#[cfg(test)]
mod tests {
    use crate::sops::store::Store;

    #[test]
    fn an_entry_named_sops_is_no_metadata_of_a_dotenv_file() {
        let text =
            b"sops=x\na=1\nsops_age__list_0__map_enc=e\nsops_age__list_0__map_recipient=r\nsops_mac=m\n\
                     sops_version=3.13.3\n";
        let closed = Store::Dotenv.read_closed("t.env", text).expect("it has metadata");
        let keys: Vec<_> = closed.documents[0].entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["sops", "a"]);
        assert_eq!(closed.metadata.version, "3.13.3");
    }

    #[test]
    fn reads_the_threshold_as_older_versions_wrote_it() {
        let text = b"[a]\nk = v\n[sops]\nkey_groups__list_0__map_age__list_0__map_enc = e\n\
                     key_groups__list_0__map_age__list_0__map_recipient = r\n\
                     shamir_threshold = 2.000000\nversion = 3.9.4\n";
        let closed = Store::Ini.read_closed("t.ini", text).expect("it has metadata");
        assert_eq!(closed.metadata.shamir_threshold, 2);
    }
}

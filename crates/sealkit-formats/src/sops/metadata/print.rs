//! Metadata as a tree, in the order that the peer writes: the alphabet's, at every level.

use super::{KeyGroup, KeyKind, MasterKey, Metadata};
use crate::sops::tree::{Item, Mapping, Node};
use crate::sops::value::Value;

impl Metadata {
    /// What stands under `sops` in a file that is written anew.
    pub fn tree(&self) -> Mapping {
        let mut fields: Vec<(&str, Node)> = Vec::new();
        match self.groups.as_slice() {
            [group] => fields.extend(lists(group, false)),
            groups => {
                let group = |group: &KeyGroup| Node::Mapping(sorted(lists(group, true)));
                fields.push(("key_groups", Node::List(groups.iter().map(group).collect())));
            }
        }
        fields.push(("lastmodified", Node::string(&self.last_modified)));
        fields.push(("mac", Node::string(&self.mac)));
        if self.mac_only_encrypted {
            fields.push(("mac_only_encrypted", Node::leaf(Value::Bool(true))));
        }
        if self.shamir_threshold != 0 {
            let threshold = i64::try_from(self.shamir_threshold).unwrap_or(i64::MAX);
            fields.push(("shamir_threshold", Node::leaf(Value::Int(threshold))));
        }
        if let Some(selector) = &self.selector {
            let (field, text) = selector.field();
            fields.push((field, Node::string(text)));
        }
        fields.push(("version", Node::string(&self.version)));
        sorted(fields)
    }
}

/// The lists of a group. Inside `key_groups` the peer writes two of them even when they are empty.
fn lists(group: &KeyGroup, inside: bool) -> Vec<(&'static str, Node)> {
    let mut lists = Vec::new();
    for kind in KeyKind::ALL {
        let keys = group.0.iter().filter(|key| key.kind == kind);
        let entries: Vec<Node> = keys.map(|key| Node::Mapping(fields(key))).collect();
        if !entries.is_empty() || (inside && matches!(kind, KeyKind::HcVault | KeyKind::Age)) {
            lists.push((kind.as_str(), Node::List(entries)));
        }
    }
    lists
}

fn fields(key: &MasterKey) -> Mapping {
    let mut items = key.fields.0.clone();
    items.sort_by(|a, b| name(a).cmp(name(b)));
    Mapping(items)
}

fn name(item: &Item) -> &str {
    match item {
        Item::Entry(key, _) => key,
        Item::Comment(_) => "",
    }
}

fn sorted(mut fields: Vec<(&str, Node)>) -> Mapping {
    fields.sort_by_key(|(key, _)| *key);
    Mapping(
        fields
            .into_iter()
            .map(|(key, node)| Item::Entry(key.to_owned(), node))
            .collect(),
    )
}

//! How long a text will be, roughly.

use crate::sops::tree::{Item, Mapping, Node};
use crate::sops::value::Value;

/// About how many bytes a mapping takes, so that the text is written into one allocation.
pub(super) fn size(mapping: &Mapping, depth: usize) -> usize {
    let node = |node: &Node| node_size(node, depth + 1);
    let item = |item: &Item| match item {
        Item::Entry(key, value) => key.len() + 8 + depth * 9 + node(value),
        Item::Comment(comment) => comment.text.len() + 8 + depth * 9,
    };
    mapping.0.iter().map(item).sum()
}

fn node_size(node: &Node, depth: usize) -> usize {
    match node {
        Node::Mapping(mapping) => size(mapping, depth),
        Node::List(nodes) => nodes
            .iter()
            .map(|node| 8 + depth * 9 + node_size(node, depth + 1))
            .sum(),
        Node::Comment(comment) => comment.text.len() + 8,
        Node::Leaf(leaf) => match &leaf.value {
            Value::Str(text) => {
                let lines = text.expose().iter().filter(|byte| **byte == b'\n').count();
                text.expose().len() + text.expose().len() / 8 + lines * (depth + 1) * 9
            }
            _ => 40,
        },
    }
}

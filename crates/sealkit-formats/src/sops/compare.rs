//! Whether two documents are the same to SOPS: keys, order, plaintexts, comments.
//!
//! Types may differ where the text cannot tell them apart: an integral float is written without its point, JSON has no
//! dates.

use super::tree::{Item, Mapping, Node};
use super::value::Value;

/// The first document that differs.
pub(super) fn difference<A, B>(left: &[Mapping<A>], right: &[Mapping<B>]) -> Option<usize> {
    let shorter = left.len().min(right.len());
    (0..shorter)
        .find(|at| !same_mapping(&left[*at], &right[*at]) || comments(&left[*at]) != comments(&right[*at]))
        .or((left.len() != right.len()).then_some(shorter.saturating_sub(1)))
}

/// Whether two documents have the same keys and values, comments aside.
pub(super) fn same_mapping<A, B>(left: &Mapping<A>, right: &Mapping<B>) -> bool {
    let mut right = right.entries();
    let equal = left.entries().all(|(key, node)| {
        right
            .next()
            .is_some_and(|(other, value)| key == other && same(node, value))
    });
    equal && right.next().is_none()
}

fn same<A, B>(left: &Node<A>, right: &Node<B>) -> bool {
    match (left, right) {
        (Node::Mapping(left), Node::Mapping(right)) => same_mapping(left, right),
        (Node::List(left), Node::List(right)) => {
            let values = |node: &&Node<A>| !matches!(node, Node::Comment(_));
            let mut right = right.iter().filter(|node| !matches!(node, Node::Comment(_)));
            left.iter()
                .filter(values)
                .all(|node| right.next().is_some_and(|other| same(node, other)))
                && right.next().is_none()
        }
        (Node::Leaf(left), Node::Leaf(right)) => same_value(&left.value, &right.value),
        _ => false,
    }
}

fn same_value(left: &Value, right: &Value) -> bool {
    let number = |value: &Value| matches!(value, Value::Int(_) | Value::Float(_));
    let text = |value: &Value| matches!(value, Value::Str(_) | Value::Time(_));
    let alike = left.kind() == right.kind() || (number(left) && number(right)) || (text(left) && text(right));
    alike && left.plaintext() == right.plaintext()
}

/// All comments in order, wherever they hang.
fn comments<A>(mapping: &Mapping<A>) -> Vec<&str> {
    let mut found = Vec::new();
    of_mapping(mapping, &mut found);
    found
}

fn of_mapping<'t, A>(mapping: &'t Mapping<A>, found: &mut Vec<&'t str>) {
    for item in &mapping.0 {
        match item {
            Item::Comment(comment) => found.push(&comment.text),
            Item::Entry(_, node) => of_node(node, found),
        }
    }
}

fn of_node<'t, A>(node: &'t Node<A>, found: &mut Vec<&'t str>) {
    match node {
        Node::Mapping(mapping) => of_mapping(mapping, found),
        Node::List(nodes) => nodes.iter().for_each(|node| of_node(node, found)),
        Node::Comment(comment) => found.push(&comment.text),
        Node::Leaf(_) => {}
    }
}

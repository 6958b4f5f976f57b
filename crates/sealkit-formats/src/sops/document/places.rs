//! A tree with something else in the places of its leaves and comments.

use zeroize::Zeroizing;

use crate::sops::token::Token;
use crate::sops::tree::{Comment, Item, Mapping, Node};
use crate::sops::value::Value;

/// What stands in the place of a leaf or comment afterwards.
pub(super) enum New {
    Value(Value),
    Comment(Zeroizing<String>),
}

/// A document with the results of a walk in their places, in the order of the walk; `None` keeps what is there.
///
/// Takes the old one, so that a large file never stands in memory twice.
pub(super) fn mapping(old: Mapping, results: &mut dyn Iterator<Item = Option<New>>) -> Mapping {
    let item = |item: Item| match item {
        Item::Entry(key, value) => Item::Entry(key, node(value, results)),
        Item::Comment(old) => Item::Comment(comment(old, results)),
    };
    Mapping(old.0.into_iter().map(item).collect())
}

fn node(old: Node, results: &mut dyn Iterator<Item = Option<New>>) -> Node {
    match old {
        Node::Mapping(old) => Node::Mapping(mapping(old, results)),
        Node::List(nodes) => Node::List(nodes.into_iter().map(|old| node(old, results)).collect()),
        Node::Comment(old) => Node::Comment(comment(old, results)),
        Node::Leaf(leaf) => match results.next().flatten() {
            None => Node::Leaf(leaf),
            Some(New::Value(value)) => Node::leaf(value),
            Some(New::Comment(text)) => Node::Comment(Comment {
                text,
                inline: false,
                at: (),
            }),
        },
    }
}

fn comment(old: Comment, results: &mut dyn Iterator<Item = Option<New>>) -> Comment {
    match results.next().flatten() {
        // Where a comment was opened, the peer forgets that it stood behind something; a token keeps its place.
        Some(New::Comment(text)) => Comment {
            inline: old.inline && Token::begins(&text),
            text,
            at: (),
        },
        _ => old,
    }
}

//! The last look: the edited text, parsed again, held against the draft node by node.
//!
//! Knows nothing of how the text was made, which is the point.

use std::collections::HashMap;

use crate::edit::draft::{Content, Draft};
use crate::read::{self, Typed};
use crate::scalar::Scalar;
use crate::stream::Stream;
use crate::tree::{NodeId, Shape, Style, Tree};

/// The first original node at which the edited stream differs from what was meant.
pub(crate) fn difference(draft: &Draft<'_>, edited: &Stream) -> Option<NodeId> {
    let old = draft.stream;
    let first = old.tree().documents.first().map_or(0, |document| document.root);
    if old.tree().documents.len() != edited.tree().documents.len() || (old.tree().json && !edited.tree().json)
    {
        return Some(first);
    }
    let mut verifier = Verifier {
        draft,
        old,
        new: edited,
        counterpart: HashMap::new(),
        aliases: Vec::new(),
    };
    for (before, after) in old.tree().documents.iter().zip(&edited.tree().documents) {
        if !verifier.node(before.root, after.root) {
            return Some(before.root);
        }
    }
    // Every alias still names the node it named.
    let wrong = verifier
        .aliases
        .iter()
        .find(|(_, target, named)| verifier.counterpart.get(target) != Some(named));
    wrong.map(|(alias, ..)| *alias)
}

struct Verifier<'a> {
    draft: &'a Draft<'a>,
    old: &'a Stream,
    new: &'a Stream,
    /// Anchored nodes of the old stream and where they are in the new one.
    counterpart: HashMap<NodeId, NodeId>,
    /// Alias, what it named, what its counterpart names.
    aliases: Vec<(NodeId, NodeId, NodeId)>,
}

impl Verifier<'_> {
    /// Whether a node of the draft and a node of the new stream are the same.
    fn node(&mut self, draft: NodeId, new: NodeId) -> bool {
        let tree = self.new.tree();
        if !self.properties(draft, new) {
            return false;
        }
        match self.draft.content(draft) {
            Content::Set(value) | Content::Scalar(value) => self.scalar(&value, new),
            Content::Mapping => {
                matches!(tree.node(new).shape, Shape::Mapping(_)) && self.children(draft, new)
            }
            Content::Sequence => {
                matches!(tree.node(new).shape, Shape::Sequence(_)) && self.children(draft, new)
            }
            Content::Kept => match (&self.old.tree().node(draft).shape, &tree.node(new).shape) {
                (Shape::Scalar(_), Shape::Scalar(_)) => self.same_scalar(draft, new),
                (Shape::Alias(target), Shape::Alias(named)) => {
                    self.aliases.push((draft, *target, *named));
                    true
                }
                (Shape::Mapping(_), Shape::Mapping(_)) | (Shape::Sequence(_), Shape::Sequence(_)) => {
                    self.children(draft, new)
                }
                _ => false,
            },
        }
    }

    fn children(&mut self, draft: NodeId, new: NodeId) -> bool {
        let children = self.draft.living(draft);
        let tree = self.new.tree();
        match &tree.node(new).shape {
            Shape::Mapping(pairs) => {
                children.len() == pairs.len()
                    && children
                        .into_iter()
                        .zip(pairs)
                        .all(|(child, pair)| self.key(child, pair.key) && self.node(child, pair.value))
            }
            Shape::Sequence(items) => {
                children.len() == items.len()
                    && children
                        .into_iter()
                        .zip(items)
                        .all(|(child, item)| self.node(child, item.node))
            }
            Shape::Scalar(_) | Shape::Alias(_) => false,
        }
    }

    fn key(&mut self, child: NodeId, new: NodeId) -> bool {
        if let Some(key) = self.draft.new_key(child) {
            let read = read::key_text(self.new.source(), self.new.tree(), new);
            let string = matches!(typed(self.new, new), Some(Typed::String(_)));
            return string && read.as_deref() == Some(key);
        }
        match self.draft.pair(child) {
            Some(pair) => self.node(pair.key, new),
            None => false,
        }
    }

    /// Anchors stay; tags stay unless a new value took their place.
    fn properties(&mut self, draft: NodeId, new: NodeId) -> bool {
        let new_node = self.new.tree().node(new);
        let name = |tree: &Tree, stream: &Stream, id: NodeId| {
            tree.node(id)
                .anchor()
                .map(|span| stream.source().slice(span).to_owned())
        };
        if !self.draft.is_original(draft) {
            return new_node.props.is_none();
        }
        let kept = self.draft.is_kept(draft);
        let old_node = self.old.tree().node(draft);
        self.counterpart.insert(draft, new);
        let anchor = name(self.old.tree(), self.old, draft) == name(self.new.tree(), self.new, new);
        let tag = if kept {
            old_node.tag() == new_node.tag()
        } else {
            new_node.tag().is_none()
        };
        anchor && tag
    }

    fn scalar(&self, value: &Scalar, new: NodeId) -> bool {
        match (typed(self.new, new), value.as_str()) {
            (Some(Typed::String(text)), Some(expected)) => text == expected,
            (Some(Typed::Null), None) => value.word() == "null",
            (Some(Typed::Bool(read)), None) => value.word() == read.to_string(),
            (Some(Typed::Int(read)), None) => value.word() == read.to_string(),
            _ => false,
        }
    }

    /// The same text, and the same type.
    fn same_scalar(&self, old: NodeId, new: NodeId) -> bool {
        let text = |stream: &Stream, id: NodeId| match &stream.tree().node(id).shape {
            Shape::Scalar(text) => Some(zeroize::Zeroizing::new(
                stream.tree().text(text, stream.as_str()).to_owned(),
            )),
            _ => None,
        };
        let plain = |stream: &Stream, id: NodeId| stream.tree().node(id).style == Style::Plain;
        if plain(self.old, old) && plain(self.new, new) {
            return text(self.old, old) == text(self.new, new)
                || matches!(
                    (typed(self.old, old), typed(self.new, new)),
                    (Some(Typed::Null), Some(Typed::Null))
                );
        }
        let string = |stream: &Stream, id: NodeId| matches!(typed(stream, id), Some(Typed::String(_)));
        text(self.old, old) == text(self.new, new) && string(self.old, old) == string(self.new, new)
    }
}

fn typed(stream: &Stream, id: NodeId) -> Option<Typed<'_>> {
    read::scalar(stream.source(), stream.tree(), id).ok().flatten()
}

//! Views of a parsed stream: nodes that can be read, located and traced back to their bytes.

use std::borrow::Cow;
use std::fmt;

use crate::error::ReadError;
use crate::path::{Path, Segment};
use crate::read::{self, Typed};
use crate::source::{Place, Span};
use crate::stream::Stream;
use crate::tree::{NodeId, Shape, Slot, Style};
use crate::value::Value;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NodeKind {
    /// Nothing: `~`, `null`, or a value that was left out.
    Null,
    /// A string, number or boolean.
    Scalar,
    /// A sequence.
    Sequence,
    /// A mapping.
    Mapping,
    /// `*name`. Reading goes through to what it names; editing is refused.
    Alias,
}

/// One node of a [`Stream`]. Copying it is free; `Debug` shows its kind and place only.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(crate) stream: &'a Stream,
    pub(crate) id: NodeId,
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The key as kubectl reads it, `off` being `false`.
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub key_place: Place,
    /// The key itself, with its style and raw text.
    pub key_node: Node<'a>,
    /// The value.
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    /// What the node is; aliases are not followed.
    pub fn kind(&self) -> NodeKind {
        match &self.data().shape {
            Shape::Sequence(_) => NodeKind::Sequence,
            Shape::Mapping(_) => NodeKind::Mapping,
            Shape::Alias(_) => NodeKind::Alias,
            Shape::Scalar(_) => match read::scalar(self.source(), self.tree(), self.id) {
                Ok(Some(Typed::Null)) => NodeKind::Null,
                _ => NodeKind::Scalar,
            },
        }
    }

    /// The node itself, or what it names if it is an alias.
    #[must_use]
    pub fn resolved(&self) -> Node<'a> {
        Node {
            stream: self.stream,
            id: self.tree().resolve(self.id),
        }
    }

    /// The value that kubectl would read under a key: through aliases and merge keys, which is why the answer may stand
    /// elsewhere in the text.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let id = read::get(self.source(), self.tree(), self.id, key)?;
        Some(Node {
            stream: self.stream,
            id,
        })
    }

    /// The node under a path, by [`Node::get`] and by index.
    pub fn at(&self, path: &Path) -> Option<Node<'a>> {
        path.segments()
            .iter()
            .try_fold(*self, |node, segment| match segment {
                Segment::Key(key) => node.get(key),
                Segment::Index(index) => node.items().nth(*index),
            })
    }

    /// The entries of a mapping as written, merge keys among them under the key `<<`. Entries whose key kubectl refuses
    /// (collections, null) are passed over; [`Node::value`] reports them.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry<'a>> + use<'a> {
        let stream = self.stream;
        stream
            .tree()
            .pairs(stream.tree().resolve(self.id))
            .iter()
            .filter_map(move |pair| {
                let key_node = Node { stream, id: pair.key };
                let key = read::key_text(stream.source(), stream.tree(), pair.key)?;
                Some(Entry {
                    key,
                    key_place: key_node.place(),
                    key_node,
                    value: Node {
                        stream,
                        id: pair.value,
                    },
                })
            })
    }

    /// Every key with its value, also the keys that kubectl refuses.
    pub fn raw_entries(&self) -> impl DoubleEndedIterator<Item = (Node<'a>, Node<'a>)> + use<'a> {
        let stream = self.stream;
        let pairs = stream.tree().pairs(stream.tree().resolve(self.id));
        pairs.iter().map(move |pair| {
            (
                Node { stream, id: pair.key },
                Node {
                    stream,
                    id: pair.value,
                },
            )
        })
    }

    /// The items of a sequence.
    pub fn items(&self) -> impl DoubleEndedIterator<Item = Node<'a>> + use<'a> {
        let stream = self.stream;
        let items = stream.tree().items(stream.tree().resolve(self.id));
        items.iter().map(move |item| Node {
            stream,
            id: item.node,
        })
    }

    /// The value as kubectl reads it, aliases and merge keys resolved.
    ///
    /// # Errors
    ///
    /// [`ReadError`] with its place for what kubectl would refuse too: keys that are no scalars, values that do not fit
    /// their tag, infinities.
    pub fn value(&self) -> Result<Value, ReadError> {
        read::value(self.source(), self.tree(), self.id)
    }

    /// The text, only if kubectl reads a string: a quoted `"on"` is one, a plain `on` is not.
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        match read::scalar(self.stream.source(), self.stream.tree(), self.id) {
            Ok(Some(Typed::String(text))) => Some(text),
            _ => None,
        }
    }

    /// The boolean, only if kubectl reads one.
    pub fn as_bool(&self) -> Option<bool> {
        match read::scalar(self.source(), self.tree(), self.id) {
            Ok(Some(Typed::Bool(value))) => Some(value),
            _ => None,
        }
    }

    /// The decoded text of a scalar, whatever type kubectl would make of it: `on` for a plain `on`.
    pub fn scalar_text(&self) -> Option<&'a str> {
        match &self.stream.tree().node(self.resolved().id).shape {
            Shape::Scalar(text) => Some(self.stream.tree().text(text, self.stream.as_str())),
            _ => None,
        }
    }

    /// The bytes of the node without anchor and tag; empty where a value was left out.
    pub fn span(&self) -> Span {
        self.data().span
    }

    /// The bytes of the node with anchor and tag.
    pub fn outer_span(&self) -> Span {
        self.data().outer()
    }

    /// The text as written, without anchor and tag.
    pub fn raw(&self) -> &'a str {
        self.stream.source().slice(self.span())
    }

    /// Where the node begins.
    pub fn place(&self) -> Place {
        self.source().place(self.span().start)
    }

    /// Keys and indices from the document's root to this node. A key's path is that of its entry.
    pub fn path(&self) -> Path {
        let mut segments = Vec::new();
        let mut id = self.id;
        loop {
            let node = self.tree().node(id);
            match node.slot {
                Slot::Root => break,
                Slot::Item(at) => segments.push(Segment::Index(at as usize)),
                Slot::Key(at) | Slot::Value(at) => {
                    let key = self.tree().pairs(node.parent)[at as usize].key;
                    let key = read::key_text(self.source(), self.tree(), key);
                    segments.push(Segment::Key(key.unwrap_or_default().into_owned()));
                }
            }
            id = node.parent;
        }
        segments.reverse();
        Path::from(segments)
    }

    /// How the node is written.
    pub fn style(&self) -> Style {
        self.data().style
    }

    /// Whether the node is an alias.
    pub fn is_alias(&self) -> bool {
        matches!(self.data().shape, Shape::Alias(_))
    }

    /// Whether the node carries an anchor.
    pub fn has_anchor(&self) -> bool {
        self.data().anchor().is_some()
    }

    /// The name of the node's anchor, without `&`.
    pub fn anchor_name(&self) -> Option<&'a str> {
        Some(
            self.stream
                .source()
                .slice(self.stream.tree().node(self.id).anchor()?),
        )
    }

    /// The node's tag in full, `tag:yaml.org,2002:binary` for `!!binary`.
    pub fn tag(&self) -> Option<&'a str> {
        self.stream.tree().node(self.id).tag()
    }

    /// Whether this is the merge key `<<`, unquoted.
    pub fn is_merge_key(&self) -> bool {
        read::is_merge(self.source(), self.tree(), self.id)
    }

    fn data(&self) -> &'a crate::tree::NodeData {
        self.stream.tree().node(self.id)
    }

    fn source(&self) -> &'a crate::source::Source {
        self.stream.source()
    }

    fn tree(&self) -> &'a crate::tree::Tree {
        self.stream.tree()
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({:?} at {})", self.kind(), self.place())
    }
}

//! The span tree: what the parser saw, as nodes that remember which bytes they were read from.
//!
//! An arena of plain data. It knows where every node, colon and dash stands, and nothing of Kubernetes or of editing.

use zeroize::Zeroizing;

use crate::source::Span;

/// Index of a node in its [`Tree`].
pub(crate) type NodeId = u32;

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// An unquoted scalar; also the empty text of a value that was left out.
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
    /// A mapping or sequence by indentation.
    Block,
    /// A mapping or sequence in braces or brackets, and everything in JSON.
    Flow,
    /// The mapping of one entry without braces inside a flow sequence, `[a: b]`.
    FlowPair,
    /// `*name`.
    Alias,
}

/// Decoded text of a scalar: part of the source where the two are equal, its own copy where they are not.
#[derive(Clone)]
pub(crate) enum Text {
    Source(Span),
    Owned(Zeroizing<String>),
}

/// A tag as resolved by the parser, `!!int` being `tag:yaml.org,2002:int`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
}

/// Anchor and tag in front of a node.
#[derive(Clone, Debug)]
pub(crate) struct Props {
    /// From the first of them to the end of the last.
    pub(crate) span: Span,
    /// The anchor's name without `&`.
    pub(crate) anchor: Option<Span>,
    pub(crate) tag: Option<Tag>,
}

/// An entry of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// First byte of the entry: of `?`, of the key's properties or of the key.
    pub(crate) start: usize,
    pub(crate) key: NodeId,
    /// The byte of `:`; `None` where it was left out (`{a}`, `? a`).
    pub(crate) colon: Option<usize>,
    pub(crate) value: NodeId,
    /// Written with `?`, or with no key at all.
    pub(crate) complex: bool,
}

/// An item of a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// The byte of `-`; in flow style the item's first byte.
    pub(crate) start: usize,
    pub(crate) node: NodeId,
}

/// What a node is.
#[derive(Clone)]
pub(crate) enum Shape {
    Scalar(Text),
    Sequence(Vec<Item>),
    Mapping(Vec<Pair>),
    /// The node that the alias names.
    Alias(NodeId),
}

/// Where a node hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Root,
    Key(u32),
    Value(u32),
    Item(u32),
}

pub(crate) struct NodeData {
    pub(crate) shape: Shape,
    pub(crate) style: Style,
    pub(crate) props: Option<Box<Props>>,
    /// The node without its properties. Block scalars from their `|` or `>`; block collections from their first child
    /// to the end of their last; values that were left out are empty.
    pub(crate) span: Span,
    pub(crate) parent: NodeId,
    pub(crate) slot: Slot,
}

impl NodeData {
    /// First byte including anchor and tag.
    pub(crate) fn outer_start(&self) -> usize {
        self.props
            .as_ref()
            .map_or(self.span.start, |props| props.span.start)
    }

    /// The span including anchor and tag.
    pub(crate) fn outer(&self) -> Span {
        let end = self
            .props
            .as_ref()
            .map_or(self.span.end, |props| self.span.end.max(props.span.end));
        Span::new(self.outer_start(), end)
    }

    pub(crate) fn is_left_out(&self) -> bool {
        self.style == Style::Plain && self.span.is_empty()
    }

    pub(crate) fn tag(&self) -> Option<&str> {
        self.props.as_ref()?.tag.as_ref().map(|tag| tag.name.as_str())
    }

    pub(crate) fn anchor(&self) -> Option<Span> {
        self.props.as_ref()?.anchor
    }
}

/// One document of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) root: NodeId,
    /// End of `---`, or where an unmarked document's content begins.
    pub(crate) content_start: usize,
}

/// All nodes of a stream, parents before children, in the order of the text.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) documents: Vec<Document>,
    /// Comments from `#` to the end of their line, in the order of the text.
    pub(crate) comments: Vec<Span>,
    /// Whether the text is JSON, not merely YAML that looks like it.
    pub(crate) json: bool,
}

impl Tree {
    pub(crate) fn node(&self, id: NodeId) -> &NodeData {
        &self.nodes[id as usize]
    }

    pub(crate) fn pairs(&self, id: NodeId) -> &[Pair] {
        match &self.node(id).shape {
            Shape::Mapping(pairs) => pairs,
            _ => &[],
        }
    }

    pub(crate) fn items(&self, id: NodeId) -> &[Item] {
        match &self.node(id).shape {
            Shape::Sequence(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text<'a>(&'a self, text: &'a Text, source: &'a str) -> &'a str {
        match text {
            Text::Source(span) => &source[span.start..span.end],
            Text::Owned(text) => text,
        }
    }

    /// Follows an alias to the node that it names; other nodes are themselves.
    pub(crate) fn resolve(&self, mut id: NodeId) -> NodeId {
        while let Shape::Alias(target) = self.node(id).shape {
            id = target;
        }
        id
    }
}

//! The edited tree: changes applied to what the parser saw, without a byte of text being made.
//!
//! Only touched nodes exist here; everything else is still the span tree's. Original children keep their slots in their
//! collection even when they are gone, so that the text around them keeps its owner; what is new hangs in the gaps
//! between them. `find` answers which node a path means, `apply` makes the changes, `anchors` guards aliases.

mod anchors;
mod apply;
mod find;

use std::collections::{BTreeMap, HashMap};

use crate::node::Node;
use crate::path::Path;
use crate::read;
use crate::scalar::Scalar;
use crate::stream::Stream;
use crate::tree::{NodeId, Pair, Shape, Slot};

/// The tree as it is going to be.
pub(crate) struct Draft<'a> {
    pub(crate) stream: &'a Stream,
    touched: HashMap<NodeId, Touched>,
    /// Original children of large mappings by key, made when first asked for.
    indices: HashMap<NodeId, HashMap<String, usize>>,
    next: NodeId,
}

/// What has become of a node.
#[derive(Default)]
struct Touched {
    content: Content,
    /// The collection it hangs in, if that is not the original one.
    parent: Option<NodeId>,
    /// Its key, if that is not the original one.
    key: Option<String>,
    state: State,
    /// Something in it, or it itself, has changed.
    dirty: bool,
    children: Option<Children>,
}

/// What a node holds.
#[derive(Clone, Default)]
pub(crate) enum Content {
    /// What it held before; a collection may have lost and won children.
    #[default]
    Kept,
    /// A scalar, in the style of the one before.
    Set(Scalar),
    /// A scalar freshly written.
    Scalar(Scalar),
    /// A mapping freshly written.
    Mapping,
    /// A sequence freshly written.
    Sequence,
}

/// Where a node has gone.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Where it was.
    #[default]
    InPlace,
    /// Somewhere else, or made here.
    Placed,
    /// Nowhere.
    Removed,
}

/// What hangs in the gaps of a collection: gap `i` lies in front of the original child `i`.
#[derive(Default)]
struct Children {
    gaps: BTreeMap<usize, Gap>,
    /// Children under keys that they did not have here before.
    extra: HashMap<String, NodeId>,
}

/// New children of one gap.
#[derive(Default)]
struct Gap {
    /// Directly behind the child in front of the gap.
    behind: Vec<Placed>,
    /// Directly in front of the child after the gap.
    ahead: Vec<Placed>,
}

#[derive(Clone, Copy)]
struct Placed {
    node: NodeId,
    /// The new sibling behind which it was put, if it was.
    after: Option<NodeId>,
}

/// A child of a collection as it is going to be, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Child {
    /// The original child with this index, still there.
    Original(usize, NodeId),
    /// The original child with this index, gone.
    Gone(usize, NodeId),
    /// New here.
    New(NodeId),
}

impl<'a> Draft<'a> {
    pub(crate) fn new(stream: &'a Stream) -> Self {
        let next = NodeId::try_from(stream.tree().nodes.len()).unwrap_or(NodeId::MAX);
        Self {
            stream,
            touched: HashMap::new(),
            indices: HashMap::new(),
            next,
        }
    }

    pub(crate) fn is_original(&self, id: NodeId) -> bool {
        (id as usize) < self.stream.tree().nodes.len()
    }

    pub(crate) fn content(&self, id: NodeId) -> Content {
        self.touched
            .get(&id)
            .map_or(Content::Kept, |touched| touched.content.clone())
    }

    pub(crate) fn is_kept(&self, id: NodeId) -> bool {
        matches!(
            self.touched.get(&id).map(|touched| &touched.content),
            None | Some(Content::Kept)
        )
    }

    pub(crate) fn is_dirty(&self, id: NodeId) -> bool {
        self.touched.get(&id).is_some_and(|touched| touched.dirty)
    }

    pub(crate) fn state(&self, id: NodeId) -> State {
        self.touched
            .get(&id)
            .map_or(State::InPlace, |touched| touched.state)
    }

    /// The key that a child got by being renamed, moved or made.
    pub(crate) fn new_key(&self, id: NodeId) -> Option<&str> {
        self.touched.get(&id)?.key.as_deref()
    }

    /// The collection in which a node hangs now.
    pub(crate) fn parent(&self, id: NodeId) -> NodeId {
        match self.touched.get(&id).and_then(|touched| touched.parent) {
            Some(parent) => parent,
            None => self.stream.tree().node(id).parent,
        }
    }

    /// Whether a node of the draft is a mapping; `None` for scalars and aliases.
    pub(crate) fn is_mapping(&self, id: NodeId) -> Option<bool> {
        match self.touched.get(&id).map(|touched| &touched.content) {
            Some(Content::Mapping) => Some(true),
            Some(Content::Sequence) => Some(false),
            Some(Content::Set(_) | Content::Scalar(_)) => None,
            Some(Content::Kept) | None => match self.stream.tree().node(id).shape {
                Shape::Mapping(_) => Some(true),
                Shape::Sequence(_) => Some(false),
                Shape::Scalar(_) | Shape::Alias(_) => None,
            },
        }
    }

    /// The original children of a collection whose content is kept.
    pub(crate) fn originals(&self, id: NodeId) -> Vec<NodeId> {
        if !self.is_original(id) || !self.is_kept(id) {
            return Vec::new();
        }
        match &self.stream.tree().node(id).shape {
            Shape::Mapping(pairs) => pairs.iter().map(|pair| pair.value).collect(),
            Shape::Sequence(items) => items.iter().map(|item| item.node).collect(),
            Shape::Scalar(_) | Shape::Alias(_) => Vec::new(),
        }
    }

    /// All children in their order, the gone ones at their old slots.
    pub(crate) fn children(&self, id: NodeId) -> Vec<Child> {
        let originals = self.originals(id);
        let mut out = Vec::with_capacity(originals.len());
        let gaps = self
            .touched
            .get(&id)
            .and_then(|touched| touched.children.as_ref())
            .map(|c| &c.gaps);
        let add_gap = |out: &mut Vec<Child>, at: usize| {
            if let Some(gap) = gaps.and_then(|gaps| gaps.get(&at)) {
                out.extend(
                    gap.behind
                        .iter()
                        .chain(&gap.ahead)
                        .map(|placed| Child::New(placed.node)),
                );
            }
        };
        for (at, node) in originals.iter().enumerate() {
            add_gap(&mut out, at);
            let here = self.state(*node) == State::InPlace;
            out.push(if here {
                Child::Original(at, *node)
            } else {
                Child::Gone(at, *node)
            });
        }
        add_gap(&mut out, originals.len());
        out
    }

    /// New children of a gap: those behind the child in front of it, then those ahead of the child after it.
    pub(crate) fn gap(&self, id: NodeId, at: usize) -> (Vec<NodeId>, Vec<NodeId>) {
        let gap = self
            .touched
            .get(&id)
            .and_then(|touched| touched.children.as_ref()?.gaps.get(&at));
        let nodes = |placed: &[Placed]| placed.iter().map(|placed| placed.node).collect();
        gap.map_or_else(Default::default, |gap| (nodes(&gap.behind), nodes(&gap.ahead)))
    }

    /// The new children of every gap, zone by zone.
    pub(crate) fn zones(&self) -> impl Iterator<Item = Vec<NodeId>> {
        let gaps = self
            .touched
            .values()
            .filter_map(|touched| touched.children.as_ref())
            .flat_map(|c| c.gaps.values());
        gaps.flat_map(|gap| [&gap.behind, &gap.ahead])
            .map(|zone| zone.iter().map(|placed| placed.node).collect())
    }

    /// The original nodes that changes reached.
    pub(crate) fn touched_originals(&self) -> impl Iterator<Item = NodeId> {
        self.touched.keys().copied().filter(|id| self.is_original(*id))
    }

    /// Whether an original node's text is that of a collection with children, whatever it holds now.
    pub(crate) fn has_children_in_text(&self, id: NodeId) -> bool {
        match &self.stream.tree().node(id).shape {
            Shape::Mapping(pairs) => !pairs.is_empty(),
            Shape::Sequence(items) => !items.is_empty(),
            Shape::Scalar(_) | Shape::Alias(_) => false,
        }
    }

    /// The original path of an original node.
    pub(crate) fn path_of(&self, id: NodeId) -> Path {
        Node {
            stream: self.stream,
            id,
        }
        .path()
    }

    /// The children that are there, in order.
    pub(crate) fn living(&self, id: NodeId) -> Vec<NodeId> {
        let living = |child| match child {
            Child::Original(_, node) | Child::New(node) => Some(node),
            Child::Gone(..) => None,
        };
        self.children(id).into_iter().filter_map(living).collect()
    }

    /// The pair of an original mapping entry, by its value.
    pub(crate) fn pair(&self, value: NodeId) -> Option<&'a Pair> {
        if !self.is_original(value) {
            return None;
        }
        let tree = self.stream.tree();
        let node = tree.node(value);
        match node.slot {
            Slot::Value(at) => tree.pairs(node.parent).get(at as usize),
            _ => None,
        }
    }

    /// The key of a mapping entry as it is going to be.
    pub(crate) fn key(&self, value: NodeId) -> Option<String> {
        if let Some(key) = self.new_key(value) {
            return Some(key.to_owned());
        }
        let pair = self.pair(value)?;
        let key = read::key_text(self.stream.source(), self.stream.tree(), pair.key)?;
        Some(key.into_owned())
    }

    /// The place of a node, or of the nearest original collection around it.
    pub(crate) fn place_of(&self, mut id: NodeId) -> crate::source::Place {
        while !self.is_original(id) {
            id = self.parent(id);
        }
        self.stream.source().place(self.stream.tree().node(id).span.start)
    }

    fn touch(&mut self, id: NodeId) -> &mut Touched {
        self.touched.entry(id).or_default()
    }

    fn children_mut(&mut self, id: NodeId) -> &mut Children {
        self.touch(id).children.get_or_insert_default()
    }

    /// Marks a node and everything around it as changed.
    fn soil(&mut self, mut id: NodeId) {
        loop {
            let was = std::mem::replace(&mut self.touch(id).dirty, true);
            let has_parent = self.is_original(id) || self.touch(id).parent.is_some();
            if !has_parent {
                return;
            }
            let parent = self.parent(id);
            if parent == id || was && self.is_dirty(parent) {
                return;
            }
            id = parent;
        }
    }
}

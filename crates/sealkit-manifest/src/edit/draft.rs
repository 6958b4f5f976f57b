//! The edited tree: changes applied to what the parser saw, without a byte of text being made.
//!
//! Only touched nodes exist here; everything else is still the span tree's. Original children keep their slots in their
//! collection even when they are gone, so that the text around them keeps its owner; what is new hangs in the gaps
//! between them.

use std::collections::{BTreeMap, HashMap};

use crate::change::{Change, New, Position, Target};
use crate::edit::error::EditError;
use crate::node::Node;
use crate::path::{Path, Segment};
use crate::read::{self, Typed};
use crate::scalar::Scalar;
use crate::stream::Stream;
use crate::tree::{NodeId, Pair, Shape, Slot, Style};

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

    /// Applies one change.
    ///
    /// # Errors
    ///
    /// [`EditError`]; the draft is then half changed and must be thrown away.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), EditError> {
        match change {
            Change::Set { target, value } => self.set(target, value),
            Change::Insert {
                parent,
                key,
                value,
                at,
            } => {
                let mapping = self.mapping(parent)?;
                let node = self.plant(value);
                self.put(mapping, node, key, at, parent)
            }
            Change::Append { sequence, value } => {
                let id = self.sequence(sequence)?;
                let node = self.plant(value);
                let end = self.original_len(id);
                self.place_in_gap(id, node, end, false, None);
                Ok(())
            }
            Change::InsertItem {
                sequence,
                index,
                value,
            } => {
                let id = self.sequence(sequence)?;
                let node = self.plant(value);
                let gap = (*index).min(self.original_len(id));
                self.place_in_gap(id, node, gap, false, None);
                Ok(())
            }
            Change::Replace { target, value } => self.replace(target, value),
            Change::Remove { target } => {
                let id = self.entry(target)?;
                self.detach(id);
                self.touch(id).state = State::Removed;
                Ok(())
            }
            Change::Rename { target, key } => self.rename(target, key),
            Change::Move {
                target,
                parent,
                at,
                key,
            } => self.relocate(target, parent, at, key.as_deref()),
        }
    }

    // What the renderers ask.

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

    // How changes are applied.

    fn set(&mut self, target: &Target, value: &Scalar) -> Result<(), EditError> {
        let id = self.find(target)?;
        self.refuse_alias(id, target)?;
        if self.is_mapping(id).is_some() {
            return Err(self.wrong_kind(id, target, "a scalar"));
        }
        self.refuse_complex(id, target)?;
        let fresh = !self.is_original(id) || !matches!(self.content(id), Content::Kept | Content::Set(_));
        self.touch(id).content = if fresh {
            Content::Scalar(value.clone())
        } else {
            Content::Set(value.clone())
        };
        self.soil(id);
        Ok(())
    }

    fn replace(&mut self, target: &Target, value: &New) -> Result<(), EditError> {
        let id = self.find(target)?;
        self.refuse_alias(id, target)?;
        self.refuse_complex(id, target)?;
        if target.path.is_root() {
            return Err(self.misplaced(id, target));
        }
        self.fill(id, value);
        self.soil(id);
        Ok(())
    }

    fn rename(&mut self, target: &Target, key: &str) -> Result<(), EditError> {
        let id = self.entry(target)?;
        let parent = self.parent(id);
        if self.is_mapping(parent) != Some(true) {
            return Err(self.wrong_kind(id, target, "an entry of a mapping"));
        }
        self.refuse_existing(parent, key, target)?;
        self.forget_key(parent, id);
        self.touch(id).key = Some(key.to_owned());
        self.children_mut(parent).extra.insert(key.to_owned(), id);
        self.soil(id);
        Ok(())
    }

    fn relocate(
        &mut self,
        target: &Target,
        parent: &Target,
        at: &Position,
        key: Option<&str>,
    ) -> Result<(), EditError> {
        let id = self.entry(target)?;
        if self.is_mapping(self.parent(id)) != Some(true) {
            return Err(self.wrong_kind(id, target, "an entry of a mapping"));
        }
        let mapping = self.mapping(parent)?;
        let mut above = mapping;
        loop {
            if above == id {
                return Err(self.misplaced(id, target));
            }
            let next = self.parent(above);
            if next == above {
                break;
            }
            above = next;
        }
        let old = self.key(id);
        let Some(key) = key.map(str::to_owned).or_else(|| old.clone()) else {
            return Err(self.complex(id, target));
        };
        self.detach(id);
        self.touch(id).state = State::Placed;
        // A key written by the author is kept as written.
        if self.new_key(id).is_some() || old.as_deref() != Some(key.as_str()) {
            self.touch(id).key = Some(key.clone());
        }
        self.put(mapping, id, &key, at, parent)
    }

    /// Hangs a node into a mapping.
    fn put(
        &mut self,
        mapping: NodeId,
        node: NodeId,
        key: &str,
        at: &Position,
        parent: &Target,
    ) -> Result<(), EditError> {
        self.refuse_existing(mapping, key, parent)?;
        if !self.is_original(node) {
            self.touch(node).key = Some(key.to_owned());
        }
        let len = self.original_len(mapping);
        match at {
            Position::First => self.place_in_gap(mapping, node, 0, true, None),
            Position::Last => self.place_in_gap(mapping, node, len, false, None),
            Position::Before(sibling) => self.beside(mapping, node, sibling, false, parent)?,
            Position::After(sibling) => self.beside(mapping, node, sibling, true, parent)?,
            Position::Sorted => {
                let greater = self
                    .living(mapping)
                    .into_iter()
                    .filter_map(|id| self.key(id))
                    .find(|k| k.as_str() > key);
                match greater {
                    Some(sibling) => self.beside(mapping, node, &sibling, false, parent)?,
                    None => self.place_in_gap(mapping, node, len, false, None),
                }
            }
        }
        self.children_mut(mapping).extra.insert(key.to_owned(), node);
        Ok(())
    }

    /// Hangs a node beside a sibling, behind others that were put there earlier.
    fn beside(
        &mut self,
        mapping: NodeId,
        node: NodeId,
        sibling: &str,
        behind: bool,
        parent: &Target,
    ) -> Result<(), EditError> {
        // A sibling that is gone still marks its place.
        if let Some(at) = self.original_index(mapping, sibling) {
            self.place_in_gap(mapping, node, if behind { at + 1 } else { at }, behind, None);
            return Ok(());
        }
        let not_found = EditError::NotFound {
            place: self.place_of(mapping),
            path: parent.path.key(sibling.to_owned()),
        };
        let other = self
            .children_mut(mapping)
            .extra
            .get(sibling)
            .copied()
            .ok_or(not_found)?;
        let found = self.children_mut(mapping).gaps.iter_mut().find_map(|(_, gap)| {
            let Gap { behind, ahead } = gap;
            [behind, ahead].into_iter().find_map(|zone| {
                let at = zone.iter().position(|placed| placed.node == other)?;
                Some((zone, at))
            })
        });
        if let Some((zone, at)) = found {
            let mut at = if behind { at + 1 } else { at };
            while behind && zone.get(at).is_some_and(|placed| placed.after == Some(other)) {
                at += 1;
            }
            zone.insert(
                at,
                Placed {
                    node,
                    after: behind.then_some(other),
                },
            );
            self.hang(mapping, node);
            return Ok(());
        }
        // Renamed where it stood.
        let at = self
            .originals(mapping)
            .iter()
            .position(|id| *id == other)
            .unwrap_or(0);
        self.place_in_gap(mapping, node, if behind { at + 1 } else { at }, behind, None);
        Ok(())
    }

    fn place_in_gap(
        &mut self,
        collection: NodeId,
        node: NodeId,
        at: usize,
        behind: bool,
        after: Option<NodeId>,
    ) {
        let gap = self.children_mut(collection).gaps.entry(at).or_default();
        let zone = if behind { &mut gap.behind } else { &mut gap.ahead };
        zone.push(Placed { node, after });
        self.hang(collection, node);
    }

    fn hang(&mut self, collection: NodeId, node: NodeId) {
        let touched = self.touch(node);
        touched.parent = Some(collection);
        touched.state = State::Placed;
        self.soil(collection);
    }

    /// Takes a node out of the collection in which it hangs.
    fn detach(&mut self, id: NodeId) {
        let parent = self.parent(id);
        self.forget_key(parent, id);
        if self.state(id) == State::Placed {
            for gap in self.children_mut(parent).gaps.values_mut() {
                gap.behind.retain(|placed| placed.node != id);
                gap.ahead.retain(|placed| placed.node != id);
            }
        }
        self.soil(parent);
    }

    fn forget_key(&mut self, parent: NodeId, id: NodeId) {
        if let Some(key) = self.key(id)
            && self.children_mut(parent).extra.get(&key) == Some(&id)
        {
            self.children_mut(parent).extra.remove(&key);
        }
    }

    /// Makes draft nodes of a new value.
    fn plant(&mut self, value: &New) -> NodeId {
        let id = self.next;
        self.next += 1;
        self.touch(id).state = State::Placed;
        self.fill(id, value);
        id
    }

    fn fill(&mut self, id: NodeId, value: &New) {
        let touched = self.touch(id);
        touched.children = None;
        touched.dirty = true;
        touched.content = match value {
            New::Scalar(scalar) => Content::Scalar(scalar.clone()),
            New::Mapping(_) => Content::Mapping,
            New::Sequence(_) => Content::Sequence,
        };
        match value {
            New::Scalar(_) => {}
            New::Mapping(entries) => {
                for (key, value) in entries {
                    let child = self.plant(value);
                    self.touch(child).key = Some(key.clone());
                    self.children_mut(id).extra.insert(key.clone(), child);
                    self.place_in_gap(id, child, 0, false, None);
                }
            }
            New::Sequence(items) => {
                for item in items {
                    let child = self.plant(item);
                    self.place_in_gap(id, child, 0, false, None);
                }
            }
        }
    }

    // How targets are found.

    fn find(&mut self, target: &Target) -> Result<NodeId, EditError> {
        let root = self
            .stream
            .try_object_root(target.object)
            .ok_or(EditError::UnknownObject)?
            .node;
        if let Some(id) = self.before(root, &target.path).filter(|id| !self.is_gone(*id)) {
            return Ok(id);
        }
        let mut id = root;
        for segment in target.path.segments() {
            if self.is_alias(id) {
                return Err(EditError::Alias {
                    place: self.place_of(id),
                    path: target.path.clone(),
                });
            }
            let child = match segment {
                Segment::Key(key) => self.child_by_key(id, key),
                Segment::Index(index) => self.child_by_index(id, *index),
            };
            id = child.ok_or_else(|| EditError::NotFound {
                place: self.place_of(root),
                path: target.path.clone(),
            })?;
        }
        Ok(id)
    }

    /// The node that stood under a path before the edit.
    fn before(&mut self, root: NodeId, path: &Path) -> Option<NodeId> {
        path.segments()
            .iter()
            .try_fold(root, |id, segment| match segment {
                Segment::Key(key) => {
                    let at = self.index_in_text(id, key)?;
                    Some(self.stream.tree().pairs(id)[at].value)
                }
                Segment::Index(index) => Some(self.stream.tree().items(id).get(*index)?.node),
            })
    }

    fn child_by_key(&mut self, id: NodeId, key: &str) -> Option<NodeId> {
        if let Some(at) = self.original_index(id, key) {
            let child = self.originals(id)[at];
            if self.state(child) != State::Removed {
                return Some(child);
            }
        }
        self.touched.get(&id)?.children.as_ref()?.extra.get(key).copied()
    }

    fn child_by_index(&self, id: NodeId, index: usize) -> Option<NodeId> {
        if self.is_mapping(id) != Some(false) {
            return None;
        }
        let originals = self.originals(id);
        match originals.get(index) {
            Some(child) => (self.state(*child) != State::Removed).then_some(*child),
            None => self.living(id).get(index).copied(),
        }
    }

    /// An entry or item that may be taken out, renamed or moved.
    fn entry(&mut self, target: &Target) -> Result<NodeId, EditError> {
        let id = self.find(target)?;
        if target.path.is_root() {
            return Err(self.misplaced(id, target));
        }
        self.refuse_complex(id, target)?;
        if self.is_original(id) {
            let parent = self.stream.tree().node(id).parent;
            if self.stream.tree().node(parent).style == Style::FlowPair {
                return Err(self.complex(id, target));
            }
        }
        Ok(id)
    }

    /// A mapping that can take entries; null becomes one.
    fn mapping(&mut self, target: &Target) -> Result<NodeId, EditError> {
        self.collection(target, true, "a mapping", &New::Mapping(Vec::new()))
    }

    /// A sequence that can take items; null becomes one.
    fn sequence(&mut self, target: &Target) -> Result<NodeId, EditError> {
        self.collection(target, false, "a sequence", &New::Sequence(Vec::new()))
    }

    fn collection(
        &mut self,
        target: &Target,
        mapping: bool,
        expected: &'static str,
        empty: &New,
    ) -> Result<NodeId, EditError> {
        let id = self.find(target)?;
        self.refuse_alias(id, target)?;
        if self.is_mapping(id) == Some(mapping) {
            if self.is_original(id) && self.stream.tree().node(id).style == Style::FlowPair {
                return Err(self.complex(id, target));
            }
            return Ok(id);
        }
        let null = self.is_original(id)
            && self.is_kept(id)
            && matches!(
                read::scalar(self.stream.source(), self.stream.tree(), id),
                Ok(Some(Typed::Null))
            );
        if !null {
            return Err(self.wrong_kind(id, target, expected));
        }
        self.refuse_complex(id, target)?;
        self.fill(id, empty);
        self.soil(id);
        Ok(id)
    }

    /// The slot of an original child by its original key, if the collection still holds original children.
    fn original_index(&mut self, id: NodeId, key: &str) -> Option<usize> {
        if !self.is_original(id) || !self.is_kept(id) {
            return None;
        }
        self.index_in_text(id, key)
    }

    /// The slot of an original node's child by its original key.
    fn index_in_text(&mut self, id: NodeId, key: &str) -> Option<usize> {
        /// Up to here a scan is cheaper than an index.
        const SCAN: usize = 16;
        let stream = self.stream;
        let pairs = stream.tree().pairs(id);
        let text = |pair: &Pair| read::key_text(stream.source(), stream.tree(), pair.key);
        if pairs.len() <= SCAN {
            return pairs.iter().position(|pair| text(pair).as_deref() == Some(key));
        }
        let index = self.indices.entry(id).or_insert_with(|| {
            let keyed = pairs
                .iter()
                .enumerate()
                .filter_map(|(at, pair)| Some((text(pair)?.into_owned(), at)));
            keyed.collect()
        });
        index.get(key).copied()
    }

    fn original_len(&self, id: NodeId) -> usize {
        if !self.is_original(id) || !self.is_kept(id) {
            return 0;
        }
        match &self.stream.tree().node(id).shape {
            Shape::Mapping(pairs) => pairs.len(),
            Shape::Sequence(items) => items.len(),
            Shape::Scalar(_) | Shape::Alias(_) => 0,
        }
    }

    fn refuse_existing(&mut self, mapping: NodeId, key: &str, parent: &Target) -> Result<(), EditError> {
        let original = self
            .original_index(mapping, key)
            .map(|at| self.originals(mapping)[at]);
        let stands =
            original.is_some_and(|id| self.state(id) == State::InPlace && self.new_key(id).is_none());
        if stands || self.children_mut(mapping).extra.contains_key(key) {
            return Err(EditError::KeyExists {
                place: self.place_of(mapping),
                path: parent.path.key(key),
            });
        }
        Ok(())
    }

    fn refuse_alias(&self, id: NodeId, target: &Target) -> Result<(), EditError> {
        if self.is_alias(id) {
            return Err(EditError::Alias {
                place: self.place_of(id),
                path: target.path.clone(),
            });
        }
        Ok(())
    }

    fn refuse_complex(&self, id: NodeId, target: &Target) -> Result<(), EditError> {
        match self.pair(id) {
            Some(pair) if pair.complex => Err(self.complex(id, target)),
            _ => Ok(()),
        }
    }

    fn complex(&self, id: NodeId, target: &Target) -> EditError {
        EditError::ComplexKey {
            place: self.place_of(id),
            path: target.path.clone(),
        }
    }

    fn misplaced(&self, id: NodeId, target: &Target) -> EditError {
        EditError::Misplaced {
            place: self.place_of(id),
            path: target.path.clone(),
        }
    }

    fn wrong_kind(&self, id: NodeId, target: &Target, expected: &'static str) -> EditError {
        EditError::WrongKind {
            place: self.place_of(id),
            path: target.path.clone(),
            expected,
        }
    }

    fn is_alias(&self, id: NodeId) -> bool {
        self.is_original(id)
            && self.is_kept(id)
            && matches!(self.stream.tree().node(id).shape, Shape::Alias(_))
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

    /// Refuses edits that would change what a surviving alias means.
    ///
    /// # Errors
    ///
    /// [`EditError::AnchorInUse`].
    pub(crate) fn check_anchors(&self) -> Result<(), EditError> {
        let tree = self.stream.tree();
        for (at, node) in tree.nodes.iter().enumerate() {
            let Shape::Alias(target) = node.shape else {
                continue;
            };
            let alias = NodeId::try_from(at).unwrap_or(NodeId::MAX);
            if self.is_gone(alias) {
                continue;
            }
            if self.is_gone(target) || self.is_changed(target) {
                return Err(EditError::AnchorInUse {
                    place: self.place_of(target),
                    alias: self.place_of(alias),
                });
            }
        }
        Ok(())
    }

    /// Whether the node's own value changed. A key that is anchored never does.
    fn is_changed(&self, id: NodeId) -> bool {
        // A renamed or moved entry is dirty without its value having changed.
        let touched = self.touched.get(&id);
        let replaced = touched.is_some_and(|touched| !matches!(touched.content, Content::Kept));
        let renamed_key = |id: NodeId| match self.stream.tree().node(id).slot {
            Slot::Key(at) => {
                let pair = &self.stream.tree().pairs(self.stream.tree().node(id).parent)[at as usize];
                self.new_key(pair.value).is_some()
            }
            _ => false,
        };
        replaced
            || renamed_key(id)
            || (self.is_mapping(id).is_some()
                && self.children(id).iter().any(|child| match child {
                    Child::New(_) | Child::Gone(..) => true,
                    Child::Original(_, node) => self.new_key(*node).is_some() || self.is_changed(*node),
                }))
    }

    /// Whether a node, or something that it still hangs in, was removed or replaced.
    pub(crate) fn is_gone(&self, mut id: NodeId) -> bool {
        loop {
            if self.state(id) == State::Removed {
                return true;
            }
            // A key goes with its value.
            let slot = self.is_original(id).then(|| self.stream.tree().node(id).slot);
            if let Some(Slot::Key(at)) = slot {
                id = self.stream.tree().pairs(self.stream.tree().node(id).parent)[at as usize].value;
                continue;
            }
            let parent = self.parent(id);
            if parent == id {
                return false;
            }
            // Original children of a collection that was written anew are gone with its old text.
            if self.state(id) == State::InPlace && !self.is_kept(parent) {
                return true;
            }
            id = parent;
        }
    }
}

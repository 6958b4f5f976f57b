//! Which node a path means, and why some nodes are no targets.
//!
//! A path names what stood under it before the edit, wherever that is now; failing that, what earlier changes put there.

use crate::change::{New, Target};
use crate::edit::draft::{Draft, State};
use crate::edit::error::EditError;
use crate::path::{Path, Segment};
use crate::read::{self, Typed};
use crate::tree::{NodeId, Pair, Shape, Style};

impl Draft<'_> {
    pub(super) fn find(&mut self, target: &Target) -> Result<NodeId, EditError> {
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
    pub(super) fn before(&mut self, root: NodeId, path: &Path) -> Option<NodeId> {
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

    pub(super) fn child_by_key(&mut self, id: NodeId, key: &str) -> Option<NodeId> {
        if let Some(at) = self.original_index(id, key) {
            let child = self.originals(id)[at];
            if self.state(child) != State::Removed {
                return Some(child);
            }
        }
        self.touched.get(&id)?.children.as_ref()?.extra.get(key).copied()
    }

    pub(super) fn child_by_index(&self, id: NodeId, index: usize) -> Option<NodeId> {
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
    pub(super) fn entry(&mut self, target: &Target) -> Result<NodeId, EditError> {
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
    pub(super) fn mapping(&mut self, target: &Target) -> Result<NodeId, EditError> {
        self.collection(target, true, "a mapping", &New::Mapping(Vec::new()))
    }

    /// A sequence that can take items; null becomes one.
    pub(super) fn sequence(&mut self, target: &Target) -> Result<NodeId, EditError> {
        self.collection(target, false, "a sequence", &New::Sequence(Vec::new()))
    }

    pub(super) fn collection(
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
    pub(super) fn original_index(&mut self, id: NodeId, key: &str) -> Option<usize> {
        if !self.is_original(id) || !self.is_kept(id) {
            return None;
        }
        self.index_in_text(id, key)
    }

    /// The slot of an original node's child by its original key.
    pub(super) fn index_in_text(&mut self, id: NodeId, key: &str) -> Option<usize> {
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

    pub(super) fn original_len(&self, id: NodeId) -> usize {
        if !self.is_original(id) || !self.is_kept(id) {
            return 0;
        }
        match &self.stream.tree().node(id).shape {
            Shape::Mapping(pairs) => pairs.len(),
            Shape::Sequence(items) => items.len(),
            Shape::Scalar(_) | Shape::Alias(_) => 0,
        }
    }

    pub(super) fn refuse_existing(
        &mut self,
        mapping: NodeId,
        key: &str,
        parent: &Target,
    ) -> Result<(), EditError> {
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

    pub(super) fn refuse_alias(&self, id: NodeId, target: &Target) -> Result<(), EditError> {
        if self.is_alias(id) {
            return Err(EditError::Alias {
                place: self.place_of(id),
                path: target.path.clone(),
            });
        }
        Ok(())
    }

    pub(super) fn refuse_complex(&self, id: NodeId, target: &Target) -> Result<(), EditError> {
        match self.pair(id) {
            Some(pair) if pair.complex => Err(self.complex(id, target)),
            _ => Ok(()),
        }
    }

    pub(super) fn complex(&self, id: NodeId, target: &Target) -> EditError {
        EditError::ComplexKey {
            place: self.place_of(id),
            path: target.path.clone(),
        }
    }

    pub(super) fn misplaced(&self, id: NodeId, target: &Target) -> EditError {
        EditError::Misplaced {
            place: self.place_of(id),
            path: target.path.clone(),
        }
    }

    pub(super) fn wrong_kind(&self, id: NodeId, target: &Target, expected: &'static str) -> EditError {
        EditError::WrongKind {
            place: self.place_of(id),
            path: target.path.clone(),
            expected,
        }
    }

    pub(super) fn is_alias(&self, id: NodeId) -> bool {
        self.is_original(id)
            && self.is_kept(id)
            && matches!(self.stream.tree().node(id).shape, Shape::Alias(_))
    }
}

//! How changes are applied to the draft: nodes get new content, leave their collection, hang somewhere else.

use crate::change::{Change, New, Position, Target};
use crate::edit::draft::{Content, Draft, Gap, Placed, State};
use crate::edit::error::EditError;
use crate::scalar::Scalar;
use crate::tree::NodeId;

impl Draft<'_> {
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

    pub(super) fn set(&mut self, target: &Target, value: &Scalar) -> Result<(), EditError> {
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

    pub(super) fn replace(&mut self, target: &Target, value: &New) -> Result<(), EditError> {
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

    pub(super) fn rename(&mut self, target: &Target, key: &str) -> Result<(), EditError> {
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

    pub(super) fn relocate(
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
    pub(super) fn put(
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
    pub(super) fn beside(
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

    pub(super) fn place_in_gap(
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

    pub(super) fn hang(&mut self, collection: NodeId, node: NodeId) {
        let touched = self.touch(node);
        touched.parent = Some(collection);
        touched.state = State::Placed;
        self.soil(collection);
    }

    /// Takes a node out of the collection in which it hangs.
    pub(super) fn detach(&mut self, id: NodeId) {
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

    pub(super) fn forget_key(&mut self, parent: NodeId, id: NodeId) {
        if let Some(key) = self.key(id)
            && self.children_mut(parent).extra.get(&key) == Some(&id)
        {
            self.children_mut(parent).extra.remove(&key);
        }
    }

    /// Makes draft nodes of a new value.
    pub(super) fn plant(&mut self, value: &New) -> NodeId {
        let id = self.next;
        self.next += 1;
        self.touch(id).state = State::Placed;
        self.fill(id, value);
        id
    }

    pub(super) fn fill(&mut self, id: NodeId, value: &New) {
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
}

//! Aliases keep meaning what they meant: what they name is neither changed nor gone while they are there.

use crate::edit::draft::{Child, Content, Draft, State};
use crate::edit::error::EditError;
use crate::tree::{NodeId, Shape, Slot};

impl Draft<'_> {
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

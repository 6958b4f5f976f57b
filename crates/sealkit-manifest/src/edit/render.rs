//! The draft as text: untouched nodes are copied, everything else is put together around them.
//!
//! Every collection that changed is assembled once from the text of its children, so that an edit costs about as much
//! as copying the file, however many changes it makes. This file holds the entrance and what block and flow style share.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::edit::draft::{Content, Draft, State};
use crate::edit::error::EditError;
use crate::edit::geometry::{Extent, Geometry};
use crate::edit::house::House;
use crate::scalar::{self, Context};
use crate::tree::{NodeId, Shape, Slot, Style};

/// Text under construction; may hold plaintext, so it is wiped.
pub(crate) type Text = Zeroizing<String>;

/// Turns a draft into text.
pub(crate) struct Renderer<'a> {
    pub(crate) draft: &'a Draft<'a>,
    pub(crate) geometry: Geometry<'a>,
    pub(crate) house: House,
    /// Moved entries whose neighbour in front moved along with them: what stood between them travels too.
    pub(crate) runs: HashSet<NodeId>,
    extents: RefCell<HashMap<NodeId, Rc<Vec<Extent>>>>,
    /// Answers of [`Renderer::all_travel`].
    emptied: RefCell<HashMap<NodeId, bool>>,
    refusal: RefCell<Option<EditError>>,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(draft: &'a Draft<'a>) -> Self {
        let geometry = Geometry {
            text: draft.stream.as_str(),
            tree: draft.stream.tree(),
        };
        Self {
            draft,
            geometry,
            house: House::observe(geometry),
            runs: runs(draft, geometry),
            extents: RefCell::default(),
            emptied: RefCell::default(),
            refusal: RefCell::default(),
        }
    }

    /// The whole stream.
    ///
    /// # Errors
    ///
    /// [`EditError::CommentIntoFlow`].
    pub(crate) fn stream(&self) -> Result<Text, EditError> {
        let text = self.geometry.text;
        let mut out = Zeroizing::new(String::with_capacity(text.len() + text.len() / 4));
        let mut at = 0;
        for document in &self.geometry.tree.documents {
            let root = document.root;
            if !self.draft.is_dirty(root) {
                continue;
            }
            let node = self.geometry.tree.node(root);
            if node.style != Style::Block {
                out.push_str(&text[at..node.span.start]);
                out.push_str(&self.flow(root));
                at = node.span.end;
                continue;
            }
            let extents = self.extents(root);
            let (Some(first), Some(last)) = (extents.first(), extents.last()) else {
                continue;
            };
            out.push_str(&text[at..first.line]);
            if self.draft.living(root).is_empty() {
                out.push_str(self.empty(root));
                out.push_str(self.house.newline);
                out.push_str(&self.leftovers(root, first.line, last.end));
            } else {
                out.push_str(&self.block(root, first.line, last.end));
            }
            at = last.end;
            if self.ends_open(root) {
                at = skip_blank_lines(text, at);
            }
        }
        if at > 0 && at < text.len() && !out.ends_with('\n') && self.geometry.line_start(at) == at {
            out.push_str(self.house.newline);
        }
        out.push_str(&text[at..]);
        match self.refusal.take() {
            Some(error) => Err(error),
            None => Ok(out),
        }
    }

    /// Remembers the first reason to refuse; the text made meanwhile is thrown away.
    pub(crate) fn refuse(&self, error: EditError) {
        self.refusal.borrow_mut().get_or_insert(error);
    }

    pub(crate) fn extents(&self, id: NodeId) -> Rc<Vec<Extent>> {
        if let Some(extents) = self.extents.borrow().get(&id) {
            return Rc::clone(extents);
        }
        let extents = Rc::new(self.geometry.extents(id));
        self.extents.borrow_mut().insert(id, Rc::clone(&extents));
        extents
    }

    /// What an empty collection is written as.
    pub(crate) fn empty(&self, id: NodeId) -> &'static str {
        if self.draft.is_mapping(id) == Some(false) {
            "[]"
        } else {
            "{}"
        }
    }

    /// How scalars and keys are written inside braces.
    pub(crate) fn flow_context(&self) -> Context {
        if self.house.json {
            Context::Json
        } else {
            Context::Flow
        }
    }

    /// Whether all children of an original block collection moved as one run, so that all text between its key and its
    /// end goes with them.
    pub(crate) fn all_travel(&self, id: NodeId) -> bool {
        if let Some(known) = self.emptied.borrow().get(&id) {
            return *known;
        }
        let originals = self.draft.originals(id);
        let all = !originals.is_empty()
            && originals
                .iter()
                .all(|child| self.draft.state(*child) == State::Placed)
            && originals.iter().skip(1).all(|child| self.runs.contains(child))
            && takes_lines(self.draft, self.geometry, self.draft.parent(originals[0]));
        self.emptied.borrow_mut().insert(id, all);
        all
    }

    /// Whether a node ends with a block scalar that would swallow blank lines put behind it.
    pub(crate) fn ends_open(&self, id: NodeId) -> bool {
        match self.draft.content(id) {
            Content::Kept if self.draft.is_mapping(id).is_none() => self.geometry.keeps(id),
            Content::Kept | Content::Mapping | Content::Sequence => {
                let kept = self.draft.is_original(id) && self.draft.is_kept(id);
                let block = !kept
                    || self.geometry.tree.node(id).style != Style::Flow
                    || is_empty_flow(self.geometry, id);
                block
                    && self
                        .draft
                        .living(id)
                        .last()
                        .is_some_and(|last| self.ends_open(*last))
            }
            Content::Set(_) if self.geometry.tree.node(id).style == Style::DoubleQuoted => false,
            Content::Set(value) | Content::Scalar(value) => {
                let literal = value
                    .as_str()
                    .and_then(|text| scalar::literal(text, self.house.step));
                literal.is_some_and(|literal| literal.open)
            }
        }
    }

    /// An original node's anchor as it must be written again in front of a new value.
    pub(crate) fn anchor(&self, id: NodeId) -> String {
        match self.geometry.tree.node(id).anchor() {
            Some(name) => format!("&{} ", self.geometry.slice(name)),
            None => String::new(),
        }
    }
}

/// Whether the children of a collection stand on lines of their own, where comments can stand between them.
fn takes_lines(draft: &Draft<'_>, geometry: Geometry<'_>, mut id: NodeId) -> bool {
    loop {
        if draft.is_original(id) && draft.is_kept(id) && !is_empty_flow(geometry, id) {
            return geometry.tree.node(id).style == Style::Block;
        }
        let parent = draft.parent(id);
        if parent == id {
            return !geometry.tree.json;
        }
        id = parent;
    }
}

/// Entries that follow, in their new place, the very neighbour they followed before.
fn runs(draft: &Draft<'_>, geometry: Geometry<'_>) -> HashSet<NodeId> {
    let mut runs = HashSet::new();
    for zone in draft.zones() {
        for pair in zone.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            if !draft.is_original(a) || !draft.is_original(b) {
                continue;
            }
            let (a, node) = (geometry.tree.node(a), geometry.tree.node(b));
            let neighbours = match (a.slot, node.slot) {
                (Slot::Value(a), Slot::Value(b)) => a + 1 == b,
                _ => false,
            };
            let block = geometry.tree.node(node.parent).style == Style::Block;
            if neighbours
                && block
                && a.parent == node.parent
                && takes_lines(draft, geometry, draft.parent(pair[0]))
            {
                runs.insert(b);
            }
        }
    }
    runs
}

/// Shifts lines from one column to another. Lines that stand further left than `from` keep their distance as far as the
/// margin allows; empty lines stay empty.
pub(crate) fn reindent(text: &str, from: usize, to: usize) -> Text {
    let mut out = Zeroizing::new(String::with_capacity(text.len() + text.len() / 4));
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let indent = content.len() - content.trim_start_matches(' ').len();
        if content.is_empty() {
            out.push_str(line);
            continue;
        }
        out.push_str(&" ".repeat((indent + to).saturating_sub(from)));
        out.push_str(&line[indent..]);
    }
    out
}

/// Replaces the blanks with which the lines after the first begin.
pub(crate) fn reprefix(text: &str, from: &str, to: &str) -> Text {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    for (at, line) in text.split_inclusive('\n').enumerate() {
        match line.strip_prefix(from) {
            Some(rest) if at > 0 && !line.trim().is_empty() => {
                out.push_str(to);
                out.push_str(rest);
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// The first line at or after a line's start that is not blank.
pub(crate) fn skip_blank_lines(text: &str, mut at: usize) -> usize {
    while let Some(newline) = text[at..].find('\n') {
        if !text[at..at + newline].trim().is_empty() {
            break;
        }
        at += newline + 1;
    }
    at
}

/// Whether an original node is a collection in braces without anything in it.
pub(crate) fn is_empty_flow(geometry: Geometry<'_>, id: NodeId) -> bool {
    let node = geometry.tree.node(id);
    let empty = match &node.shape {
        Shape::Mapping(pairs) => pairs.is_empty(),
        Shape::Sequence(items) => items.is_empty(),
        Shape::Scalar(_) | Shape::Alias(_) => false,
    };
    empty && !geometry.slice(node.span).contains('#')
}

//! Block style: collections by indentation, line by line.

use zeroize::Zeroizing;

use crate::edit::draft::State;
use crate::edit::fresh::{self, Written};
use crate::edit::geometry::Extent;
use crate::edit::lines::Lines;
use crate::edit::render::{Renderer, Text, reindent, skip_blank_lines};
use crate::scalar::Context;
use crate::tree::{NodeId, Slot, Style};

impl Renderer<'_> {
    /// A block collection in its place that has children left: the text from `from` to `to`.
    pub(crate) fn block(&self, id: NodeId, from: usize, to: usize) -> Text {
        let text = self.geometry.text;
        let extents = self.extents(id);
        let originals = self.draft.originals(id);
        let column = self.geometry.child_column(id).unwrap_or(0);
        let mut lines = self.lines();
        for gap in 0..=extents.len() {
            let (behind, ahead) = self.draft.gap(id, gap);
            let gap_from = if gap == 0 { from } else { extents[gap - 1].end };
            let gap_to = extents.get(gap).map_or(to, |extent| extent.lead);
            self.add_new(&mut lines, id, &behind, column);
            if !self.travels(id, &originals, gap) {
                lines.gap(text.get(gap_from..gap_to).unwrap_or_default());
            }
            self.add_new(&mut lines, id, &ahead, column);
            let Some(extent) = extents.get(gap) else { continue };
            let child = originals[gap];
            match self.draft.state(child) {
                State::InPlace => {
                    lines.break_line();
                    lines.text.push_str(&text[extent.lead..extent.line]);
                    lines.child(&self.child(child, extent, column), self.ends_open(child));
                }
                State::Placed => lines.hole = true,
                State::Removed => {
                    lines.gap(&text[extent.lead..extent.line]);
                    lines.hole = true;
                }
            }
        }
        let rendered = lines.finish();
        if extents.first().is_some_and(|extent| extent.inline) {
            return Zeroizing::new(rendered.trim_start().to_owned());
        }
        rendered
    }

    /// Whether the text in front of the original child `gap` went elsewhere.
    fn travels(&self, id: NodeId, originals: &[NodeId], gap: usize) -> bool {
        if gap == 0 || gap == originals.len() {
            return self.all_travel(id);
        }
        self.runs.contains(&originals[gap])
    }

    /// Comments of an emptied collection that nobody took along.
    pub(crate) fn leftovers(&self, id: NodeId, from: usize, to: usize) -> Text {
        let text = self.geometry.text;
        let extents = self.extents(id);
        let originals = self.draft.originals(id);
        let mut lines = self.lines();
        lines.hole = true;
        for gap in 0..=extents.len() {
            let gap_from = if gap == 0 { from } else { extents[gap - 1].end };
            let gap_to = extents.get(gap).map_or(to, |extent| extent.lead);
            let between = text.get(gap_from..gap_to).unwrap_or_default();
            if !self.travels(id, &originals, gap) && between.contains('#') {
                lines.gap(between);
            }
            if let Some(extent) = extents.get(gap)
                && self.draft.state(originals[gap]) == State::Removed
            {
                lines.gap(&text[extent.lead..extent.line]);
            }
        }
        lines.finish()
    }

    /// New children of a block collection, with what travels with them.
    pub(super) fn add_new(
        &self,
        lines: &mut Lines<'_>,
        collection: NodeId,
        children: &[NodeId],
        column: usize,
    ) {
        let text = self.geometry.text;
        let mapping = self.draft.is_mapping(collection) != Some(false);
        for child in children {
            let old = self.old_home(*child);
            if let Some((home, slot, old_column)) = old {
                let extents = self.extents(home);
                let whole = self.all_travel(home);
                if self.runs.contains(child) {
                    let between = &text[extents[slot - 1].end..extents[slot].lead];
                    lines.gap(&reindent(between, old_column, column));
                } else if whole && slot == 0 {
                    let from = self.geometry.floor(home, extents[0].start);
                    let above = text.get(from..extents[0].lead).unwrap_or_default();
                    if above.contains('#') {
                        lines.gap(&reindent(
                            &above[skip_blank_lines(above, 0)..],
                            old_column,
                            column,
                        ));
                    }
                }
            }
            let entry = if mapping {
                self.entry(*child, column)
            } else {
                self.item(*child, column)
            };
            lines.child(&entry, self.ends_open(*child));
            if let Some((home, slot, old_column)) = old
                && slot + 1 == self.extents(home).len()
                && self.all_travel(home)
            {
                let from = self.extents(home)[slot].end;
                let below = text.get(from..self.region_end(home)).unwrap_or_default();
                if below.contains('#') {
                    lines.gap(reindent(below, old_column, column).trim_end_matches(['\r', '\n']));
                    lines.break_line();
                }
            }
        }
    }

    /// Where an original entry stood, if that was in block style: its collection, its slot and its column.
    fn old_home(&self, child: NodeId) -> Option<(NodeId, usize, usize)> {
        if !self.draft.is_original(child) {
            return None;
        }
        let node = self.geometry.tree.node(child);
        let Slot::Value(slot) = node.slot else { return None };
        let block = self.geometry.tree.node(node.parent).style == Style::Block;
        block.then(|| {
            (
                node.parent,
                slot as usize,
                self.geometry.child_column(node.parent).unwrap_or(0),
            )
        })
    }

    /// Where the text that a block collection governs ends: with the child of its parent that holds it.
    fn region_end(&self, id: NodeId) -> usize {
        let node = self.geometry.tree.node(id);
        match node.slot {
            Slot::Value(slot) | Slot::Item(slot)
                if self.geometry.tree.node(node.parent).style == Style::Block =>
            {
                self.extents(node.parent)[slot as usize].end
            }
            _ => self.extents(id).last().map_or(node.span.end, |extent| extent.end),
        }
    }

    /// A mapping entry as complete lines at `column`.
    pub(crate) fn entry(&self, child: NodeId, column: usize) -> Text {
        if let Some((home, slot, old_column)) = self.old_home(child) {
            let extent = self.extents(home)[slot];
            let mut text = Zeroizing::new(self.geometry.text[extent.lead..extent.line].to_owned());
            text.push_str(&self.child(child, &extent, old_column));
            if !text.ends_with('\n') {
                text.push_str(self.house.newline);
            }
            return if old_column == column {
                text
            } else {
                reindent(&text, old_column, column)
            };
        }
        let mut head = Zeroizing::new(" ".repeat(column));
        head.push_str(&self.key_text(child, Context::Block));
        head.push(':');
        let written = if self.draft.is_original(child) {
            self.leaving_braces(child, column)
        } else {
            self.written(child, column, false)
        };
        self.join(head, &written)
    }

    /// A sequence item as complete lines at `column`.
    fn item(&self, child: NodeId, column: usize) -> Text {
        let mut head = Zeroizing::new(" ".repeat(column));
        head.push('-');
        let mut written = self.written(child, column, true);
        if written.inline.is_empty() && !written.lines.is_empty() {
            // Compact: the first entry stands behind the dash.
            let lines = std::mem::take(&mut *written.lines);
            head.push(' ');
            head.push_str(lines.trim_start());
            return head;
        }
        self.join(head, &written)
    }

    fn join(&self, mut head: Text, written: &Written) -> Text {
        if !written.inline.is_empty() {
            head.push(' ');
            head.push_str(&written.inline);
        }
        head.push_str(self.house.newline);
        head.push_str(&written.lines);
        head
    }

    /// An original child of a block collection at its old column, with whatever changed in it; `extent.line` to
    /// `extent.end`. A child behind a dash gets its indentation written out.
    fn child(&self, id: NodeId, extent: &Extent, column: usize) -> Text {
        let text = self.geometry.text;
        let mut out = Zeroizing::new(if extent.inline {
            " ".repeat(column)
        } else {
            String::new()
        });
        let Some(head_end) = self.geometry.head_end(id) else {
            return out;
        };
        match (self.draft.pair(id), self.draft.new_key(id)) {
            (Some(pair), Some(key)) => {
                let old = self.geometry.tree.node(pair.key).outer();
                out.push_str(&text[extent.line..old.start]);
                out.push_str(&fresh::key(key, Context::Block));
                out.push_str(&text[old.end..head_end]);
            }
            _ => out.push_str(&text[extent.line..head_end]),
        }
        out.push_str(&self.value(id, head_end, extent, column));
        out
    }

    pub(super) fn lines(&self) -> Lines<'_> {
        Lines {
            newline: self.house.newline,
            text: Text::default(),
            firm: 0,
            hole: false,
            open: false,
        }
    }
}

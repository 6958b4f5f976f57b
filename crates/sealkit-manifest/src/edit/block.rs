//! Block style: collections by indentation, line by line.

use zeroize::Zeroizing;

use crate::edit::draft::{Content, State};
use crate::edit::fresh::{self, Written};
use crate::edit::geometry::Extent;
use crate::edit::render::{Renderer, Text, is_empty_flow, reindent, reprefix, skip_blank_lines};
use crate::scalar::Context;
use crate::tree::{NodeId, Shape, Slot, Style};

/// Lines of a collection while they are put together. Keeps blank lines from piling up where a child went.
struct Lines<'a> {
    newline: &'a str,
    text: Text,
    /// Up to here the text belongs to children and is never trimmed.
    firm: usize,
    /// A child that stood here is gone and nothing has taken its place.
    hole: bool,
    /// The last child would swallow blank lines.
    open: bool,
}

impl Lines<'_> {
    fn child(&mut self, lines: &str, open: bool) {
        self.break_line();
        self.text.push_str(lines);
        self.firm = self.text.len();
        self.hole = false;
        self.open = open;
    }

    fn gap(&mut self, gap: &str) {
        let blank_above = self.text.is_empty() || ends_blank(&self.text);
        let skip = self.open || (self.hole && blank_above);
        let gap = if skip {
            &gap[skip_blank_lines(gap, 0)..]
        } else {
            gap
        };
        if gap.is_empty() {
            return;
        }
        self.break_line();
        self.text.push_str(gap);
        self.open = false;
    }

    /// Ends the region; blank lines in front of a child that is gone go with it.
    fn finish(mut self) -> Text {
        if self.hole {
            while self.text.len() > self.firm && ends_blank(&self.text) {
                let line = self.text[..self.text.len() - 1]
                    .rfind('\n')
                    .map_or(0, |newline| newline + 1);
                self.text.truncate(line.max(self.firm));
            }
        }
        self.text
    }

    fn break_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(self.newline);
        }
    }
}

/// Whether the last line is blank.
fn ends_blank(text: &str) -> bool {
    let Some(body) = text.strip_suffix('\n') else {
        return false;
    };
    body[body.rfind('\n').map_or(0, |newline| newline + 1)..]
        .trim()
        .is_empty()
}

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
    fn add_new(&self, lines: &mut Lines<'_>, collection: NodeId, children: &[NodeId], column: usize) {
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

    /// The rest of a child behind its colon or dash.
    fn value(&self, id: NodeId, head_end: usize, extent: &Extent, column: usize) -> Text {
        let text = self.geometry.text;
        let node = self.geometry.tree.node(id);
        let copy = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        if !self.draft.is_dirty(id) {
            return Zeroizing::new(copy(head_end, extent.end).to_owned());
        }
        if !self.draft.is_kept(id) || (node.style == Style::Flow && is_empty_flow(self.geometry, id)) {
            return self.replaced(id, head_end, extent, column);
        }
        let mut out = Text::default();
        match node.shape {
            Shape::Mapping(_) | Shape::Sequence(_) if node.style == Style::Block => {
                let extents = self.extents(id);
                let Some(first) = extents.first() else { return out };
                let floor = self.geometry.floor(id, first.start);
                if !self.draft.living(id).is_empty() {
                    out.push_str(copy(head_end, floor));
                    out.push_str(&self.block(id, floor, extent.end));
                    return out;
                }
                let props_end = self.geometry.props_end(id).unwrap_or(head_end);
                out.push_str(copy(head_end, props_end));
                out.push(' ');
                out.push_str(self.empty(id));
                if first.inline {
                    out.push_str(self.house.newline);
                } else {
                    out.push_str(copy(props_end, floor));
                }
                out.push_str(&self.leftovers(id, floor, extent.end));
            }
            Shape::Mapping(_) | Shape::Sequence(_) => {
                out.push_str(copy(head_end, node.span.start));
                out.push_str(&self.flow(id));
                out.push_str(copy(node.span.end, extent.end));
            }
            Shape::Scalar(_) | Shape::Alias(_) => out.push_str(copy(head_end, extent.end)),
        }
        out
    }

    /// A value that was written anew where another one stood. The comment on its line stays.
    fn replaced(&self, id: NodeId, head_end: usize, extent: &Extent, column: usize) -> Text {
        let text = self.geometry.text;
        let node = self.geometry.tree.node(id);
        let in_sequence = matches!(node.slot, Slot::Item(_));
        let mut written = self.written(id, column, in_sequence);
        let outer = node.outer();
        let block_collection = node.style == Style::Block && self.draft.has_children_in_text(id);
        // The old value on its line: where it began, where it ended, and where the lines below it end.
        let (start, end, rest) = if block_collection {
            let head = self.geometry.props_end(id).unwrap_or(head_end);
            let inline = self.extents(id).first().is_some_and(|extent| extent.inline);
            (
                head_end,
                if inline {
                    self.geometry.line_end(extent.end.saturating_sub(1))
                } else {
                    head
                },
                extent.end,
            )
        } else if self.geometry.is_block_scalar(id) {
            // Blank lines that belonged to the old value stay, unless the new one has its own.
            let rest = if self.ends_open(id) {
                node.span.end
            } else {
                self.geometry.text_end(id)
            };
            (outer.start, self.geometry.header_end(id), rest)
        } else if node.is_left_out() && node.props.is_none() {
            (head_end, head_end, self.geometry.next_line(head_end))
        } else {
            (outer.start, outer.end, self.geometry.next_line(outer.end))
        };
        let mut front = &text[head_end..start];
        let mut tail = &text[end..self.geometry.line_end(end)];
        if front.contains('\n') && !written.lines.is_empty() {
            // The old value stood below its key, perhaps with comments between; the new one begins beside it.
            if written.inline.is_empty() {
                let comments = front
                    .split('\n')
                    .skip(1)
                    .chain([tail])
                    .map(str::trim)
                    .filter(|c| !c.is_empty());
                let indent = " ".repeat(column + self.house.step);
                let comments: String = comments
                    .map(|comment| format!("{indent}{comment}{}", self.house.newline))
                    .collect();
                written.lines.insert_str(0, &comments);
                tail = &text[head_end..self.geometry.line_end(head_end)];
                front = "";
            } else {
                // Nothing may stand between the header of a block scalar and its lines.
                written = self.written_inline(id);
            }
        }
        // Deeper comments below could become part of a block scalar at the end of the new value.
        let mut below = text.get(rest..extent.end).unwrap_or_default();
        if !below.trim().is_empty() && !written.lines.is_empty() {
            if written.inline.is_empty() {
                written.lines.insert_str(0, below);
                below = "";
            } else {
                written = self.written_inline(id);
            }
        }
        let mut out = Text::default();
        let anchor = self.anchor(id);
        if !(written.inline.is_empty() && anchor.is_empty()) {
            out.push_str(if front.is_empty() { " " } else { front });
            out.push_str(&anchor);
            out.push_str(&written.inline);
        } else if in_sequence && tail.trim().is_empty() {
            out.push(' ');
            out.push_str(written.lines.trim_start());
            out.push_str(below);
            return out;
        }
        let spaced = out.ends_with(' ');
        out.push_str(if spaced { tail.trim_start() } else { tail });
        // The author's own breaks stay: the one at the end of the old value, and the one behind its first line.
        let last = self.geometry.break_before(rest);
        if written.lines.is_empty() {
            out.push_str(last);
        } else {
            let first = self.geometry.line_break(end);
            out.push_str(if first.is_empty() {
                self.house.newline
            } else {
                first
            });
            let fresh = matches!(self.draft.content(id), Content::Set(_) | Content::Scalar(_));
            match written.lines.strip_suffix(self.house.newline) {
                Some(lines) if fresh && !last.is_empty() => {
                    out.push_str(lines);
                    out.push_str(last);
                }
                _ => out.push_str(&written.lines),
            }
        }
        out.push_str(below);
        out
    }

    /// A scalar written anew where only one line will do.
    fn written_inline(&self, id: NodeId) -> Written {
        match self.draft.content(id) {
            Content::Set(value) | Content::Scalar(value) => Written {
                inline: fresh::inline_scalar(&value, Style::Plain, Context::Block),
                ..Written::default()
            },
            Content::Kept | Content::Mapping | Content::Sequence => Written::inline(self.empty(id)),
        }
    }

    /// A value written anew for a block collection at `column`.
    fn written(&self, id: NodeId, column: usize, in_sequence: bool) -> Written {
        let step = self.house.step;
        match self.draft.content(id) {
            Content::Set(value) => {
                let old = self.geometry.tree.node(id).style;
                fresh::block_scalar(&value, old, column, step, self.house.newline)
            }
            Content::Scalar(value) => {
                fresh::block_scalar(&value, Style::Plain, column, step, self.house.newline)
            }
            Content::Kept | Content::Mapping | Content::Sequence => {
                let children = self.draft.living(id);
                if children.is_empty() {
                    return Written::inline(self.empty(id));
                }
                let mapping = self.draft.is_mapping(id) != Some(false);
                let inner = match (in_sequence, mapping) {
                    (true, _) => column + 2,
                    (false, true) => column + step,
                    (false, false) => column + self.house.sequence,
                };
                let mut lines = self.lines();
                self.add_new(&mut lines, id, &children, inner);
                Written {
                    lines: lines.finish(),
                    ..Written::default()
                }
            }
        }
    }

    /// The value of an entry that leaves a mapping in braces for one by indentation.
    fn leaving_braces(&self, id: NodeId, column: usize) -> Written {
        let anew = !self.draft.is_kept(id) || is_empty_flow(self.geometry, id);
        if anew && self.draft.is_dirty(id) {
            return self.written(id, column, false);
        }
        let start = self.geometry.tree.node(id).outer_start();
        let value = self.flow_value(id);
        let to = " ".repeat(column + self.house.step);
        Written {
            inline: reprefix(&value, self.geometry.indentation(start), &to),
            ..Written::default()
        }
    }

    fn lines(&self) -> Lines<'_> {
        Lines {
            newline: self.house.newline,
            text: Text::default(),
            firm: 0,
            hole: false,
            open: false,
        }
    }
}

//! Values in block style: what follows a key's colon or an item's dash, kept, changed inside or written anew.

use zeroize::Zeroizing;

use crate::edit::draft::Content;
use crate::edit::fresh::{self, Written};
use crate::edit::geometry::Extent;
use crate::edit::render::{Renderer, Text, is_empty_flow, reprefix};
use crate::scalar::Context;
use crate::tree::{NodeId, Shape, Slot, Style};

impl Renderer<'_> {
    /// The rest of a child behind its colon or dash.
    pub(super) fn value(&self, id: NodeId, head_end: usize, extent: &Extent, column: usize) -> Text {
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
    pub(super) fn replaced(&self, id: NodeId, head_end: usize, extent: &Extent, column: usize) -> Text {
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
    pub(super) fn written_inline(&self, id: NodeId) -> Written {
        match self.draft.content(id) {
            Content::Set(value) | Content::Scalar(value) => Written {
                inline: fresh::inline_scalar(&value, Style::Plain, Context::Block),
                ..Written::default()
            },
            Content::Kept | Content::Mapping | Content::Sequence => Written::inline(self.empty(id)),
        }
    }

    /// A value written anew for a block collection at `column`.
    pub(super) fn written(&self, id: NodeId, column: usize, in_sequence: bool) -> Written {
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
    pub(super) fn leaving_braces(&self, id: NodeId, column: usize) -> Written {
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
}

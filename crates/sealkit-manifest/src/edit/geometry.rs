//! Lines and columns of what was parsed: which text belongs to which child of a block collection.
//!
//! A child owns the comments directly above it at its own column, its lines, the comment behind it, and deeper comments
//! below it. What lies between the children (blank lines, detached comments) belongs to the collection and is called a
//! gap. Looks only at the unedited text.

use crate::source::{BOM, Span};
use crate::tree::{NodeId, Shape, Slot, Style, Tree};

/// The text of one child of a block collection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Start of the first comment line that belongs to it; `line` if there is none.
    pub(crate) lead: usize,
    /// Start of the line on which it begins; for a child behind a dash (`- a: b`), its first byte.
    pub(crate) line: usize,
    /// Its first byte: key or dash.
    pub(crate) start: usize,
    /// End of its last line, deeper comments below included.
    pub(crate) end: usize,
    /// Whether something else stands in front of it on its line.
    pub(crate) inline: bool,
}

/// The unedited text with its tree.
#[derive(Clone, Copy)]
pub(crate) struct Geometry<'a> {
    pub(crate) text: &'a str,
    pub(crate) tree: &'a Tree,
}

impl<'a> Geometry<'a> {
    /// The extents of all children of a block collection, in order.
    pub(crate) fn extents(&self, id: NodeId) -> Vec<Extent> {
        let children = self.block_children(id);
        let Some((first, _)) = children.first() else {
            return Vec::new();
        };
        let column = self.column(*first);
        let mut extents: Vec<Extent> = Vec::with_capacity(children.len());
        for (at, (start, node)) in children.into_iter().enumerate() {
            let line = self.line_start(start);
            let inline = !self.text[line..start].trim_start_matches(BOM).trim().is_empty();
            let line = if inline { start } else { line };
            let floor = match extents.last() {
                Some(previous) => previous.end,
                None => self.floor(id, start),
            };
            let attached = at > 0 || self.tree.node(id).slot != Slot::Root;
            let lead = if inline || !attached {
                line
            } else {
                self.lead(line, floor, column)
            };
            let end = self.end_with_comments(self.node_end(node), start, column);
            extents.push(Extent {
                lead,
                line,
                start,
                end,
                inline,
            });
        }
        extents
    }

    /// Where the region of a block collection begins: behind the line of its key, or at its first child if that stands
    /// behind a dash. For a root, the line of the first child.
    pub(crate) fn floor(&self, id: NodeId, first: usize) -> usize {
        let line = self.line_start(first);
        if !self.text[line..first].trim_start_matches(BOM).trim().is_empty() {
            return first;
        }
        match self.head_end(id) {
            Some(head) => self.next_line(head.max(self.props_end(id).unwrap_or(0))),
            None => line,
        }
    }

    /// One past the colon or dash in front of a value or item; `None` for roots and keys.
    pub(crate) fn head_end(&self, id: NodeId) -> Option<usize> {
        let node = self.tree.node(id);
        match node.slot {
            Slot::Root | Slot::Key(_) => None,
            Slot::Value(at) => {
                let pair = &self.tree.pairs(node.parent)[at as usize];
                Some(
                    pair.colon
                        .map_or_else(|| self.tree.node(pair.key).outer().end, |colon| colon + 1),
                )
            }
            Slot::Item(at) => {
                let start = self.tree.items(node.parent)[at as usize].start;
                Some(if self.tree.node(node.parent).style == Style::Block {
                    start + 1
                } else {
                    start
                })
            }
        }
    }

    pub(crate) fn props_end(&self, id: NodeId) -> Option<usize> {
        self.tree.node(id).props.as_ref().map(|props| props.span.end)
    }

    /// The column of a block collection's children.
    pub(crate) fn child_column(&self, id: NodeId) -> Option<usize> {
        self.block_children(id)
            .first()
            .map(|(start, _)| self.column(*start))
    }

    /// Where the header of a block scalar ends.
    pub(crate) fn header_end(&self, id: NodeId) -> usize {
        let start = self.tree.node(id).span.start;
        let rest = &self.text[start..];
        start
            + rest
                .find(|c: char| !matches!(c, '|' | '>' | '+' | '-' | '0'..='9'))
                .unwrap_or(rest.len())
    }

    /// Where the last line of a block scalar ends that is not blank.
    pub(crate) fn text_end(&self, id: NodeId) -> usize {
        let span = self.tree.node(id).span;
        let text = self.text[span.start..span.end].trim_end();
        self.next_line(span.start + text.len()).min(span.end)
    }

    pub(crate) fn is_block_scalar(&self, id: NodeId) -> bool {
        matches!(self.tree.node(id).style, Style::Literal | Style::Folded)
    }

    /// Whether a block scalar keeps the blank lines behind it.
    pub(crate) fn keeps(&self, id: NodeId) -> bool {
        self.is_block_scalar(id)
            && self.text[self.tree.node(id).span.start..self.header_end(id)].contains('+')
    }

    pub(crate) fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start..span.end]
    }

    /// Start of the line; behind a byte order mark on it.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if self.text[start..].starts_with(BOM) && at >= start + BOM.len() {
            start + BOM.len()
        } else {
            start
        }
    }

    /// End of the line, without its line break.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let newline = self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |offset| at + offset);
        if newline > at && self.text.as_bytes()[newline - 1] == b'\r' {
            newline - 1
        } else {
            newline
        }
    }

    /// The line break that ends this line, as the author wrote it; empty on a last line without one.
    pub(crate) fn line_break(&self, at: usize) -> &'a str {
        &self.text[self.line_end(at)..self.next_line(at)]
    }

    /// The line break right in front of a position, as the author wrote it; empty if there is none.
    pub(crate) fn break_before(&self, at: usize) -> &'a str {
        match &self.text[..at] {
            before if before.ends_with("\r\n") => "\r\n",
            before if before.ends_with('\n') => "\n",
            _ => "",
        }
    }

    /// Start of the next line, or the end of the text.
    pub(crate) fn next_line(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |offset| at + offset + 1)
    }

    pub(crate) fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// The blanks with which a position's line begins.
    pub(crate) fn indentation(&self, at: usize) -> &'a str {
        let line = &self.text[self.line_start(at)..at];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// The end of the blank and comment lines below a line's start.
    pub(crate) fn end_below(&self, mut at: usize) -> usize {
        while at < self.text.len() {
            let next = self.next_line(at);
            let line = self.text[at..next].trim();
            if !line.is_empty() && !line.starts_with('#') {
                break;
            }
            at = next;
        }
        at
    }

    fn block_children(&self, id: NodeId) -> Vec<(usize, NodeId)> {
        match &self.tree.node(id).shape {
            Shape::Mapping(pairs) => pairs.iter().map(|pair| (pair.start, pair.value)).collect(),
            Shape::Sequence(items) => items.iter().map(|item| (item.start, item.node)).collect(),
            Shape::Scalar(_) | Shape::Alias(_) => Vec::new(),
        }
    }

    /// Where a value ends; a value that was left out ends with its key.
    fn node_end(&self, id: NodeId) -> usize {
        self.tree.node(id).outer().end
    }

    /// The first of the comment lines directly above `line` that stand at `column`.
    fn lead(&self, line: usize, floor: usize, column: usize) -> usize {
        let mut lead = line;
        while lead > floor {
            let above = self.line_start(lead - 1);
            let text = &self.text[above..lead];
            let indent = text.len() - text.trim_start_matches(' ').len();
            if above < floor || indent != column || !text[indent..].starts_with('#') {
                break;
            }
            lead = above;
        }
        lead
    }

    /// The end of the last line, then of the comment lines below that are deeper than `column`.
    fn end_with_comments(&self, content_end: usize, start: usize, column: usize) -> usize {
        let ended = content_end > start && self.text.as_bytes()[content_end - 1] == b'\n';
        let mut end = if ended {
            content_end
        } else {
            self.next_line(content_end)
        };
        let mut at = end;
        while at < self.text.len() {
            let next = self.next_line(at);
            let line = &self.text[at..next];
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            let comment = line[indent..].starts_with('#');
            if comment && indent > column {
                end = next;
            } else if comment || !line.trim().is_empty() {
                break;
            }
            at = next;
        }
        end
    }
}

//! The author's habits, read off the text: line endings, indentation, spaces in braces. New text follows them.

use crate::edit::geometry::Geometry;
use crate::tree::{Shape, Slot, Style};

/// Habits of one stream.
#[derive(Clone, Debug)]
pub(crate) struct House {
    /// The line ending.
    pub(crate) newline: &'static str,
    /// Columns by which a nested mapping is indented.
    pub(crate) step: usize,
    /// Columns by which a sequence is indented under its key; may be 0.
    pub(crate) sequence: usize,
    /// What one level of multi-line braces is indented by.
    pub(crate) unit: String,
    /// Whether a space follows colons and commas in braces.
    pub(crate) spaced: bool,
    /// Whether braces of this file are written over several lines.
    pub(crate) multi_line: bool,
    /// Strict JSON.
    pub(crate) json: bool,
}

/// Indentation where a file shows none.
const DEFAULT_STEP: usize = 2;

impl House {
    pub(crate) fn observe(geometry: Geometry<'_>) -> Self {
        let text = geometry.text;
        let newline = match text.find('\n') {
            Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
            _ => "\n",
        };
        let step = nested(geometry, true)
            .filter(|step| (1..=9).contains(step))
            .unwrap_or(DEFAULT_STEP);
        let sequence = nested(geometry, false).unwrap_or(step);
        let mut house = Self {
            newline,
            step,
            sequence,
            unit: " ".repeat(DEFAULT_STEP),
            spaced: true,
            multi_line: false,
            json: geometry.tree.json,
        };
        house.observe_braces(geometry);
        house
    }

    fn observe_braces(&mut self, geometry: Geometry<'_>) {
        let tree = geometry.tree;
        let mut flows = tree.nodes.iter().filter(|node| node.style == Style::Flow);
        let first = flows.find_map(|node| match &node.shape {
            Shape::Mapping(pairs) => Some((node, pairs.first()?)),
            _ => None,
        });
        let Some((node, pair)) = first else { return };
        let value = tree.node(pair.value);
        self.spaced = pair.colon.is_none_or(|colon| value.outer_start() > colon + 1);
        let open = geometry.indentation(node.span.start);
        if geometry.text[node.span.start..pair.start].contains('\n') {
            self.multi_line = true;
            let inner = geometry.indentation(pair.start);
            if let Some(unit) = inner.strip_prefix(open).filter(|unit| !unit.is_empty()) {
                self.unit = unit.to_owned();
            }
        }
    }
}

/// How far the first nested block mapping (or sequence) is indented under the key it belongs to.
fn nested(geometry: Geometry<'_>, mapping: bool) -> Option<usize> {
    let tree = geometry.tree;
    tree.nodes.iter().find_map(|node| {
        let Slot::Value(at) = node.slot else { return None };
        let wanted = matches!(node.shape, Shape::Mapping(_)) == mapping && node.style == Style::Block;
        if !wanted || tree.node(node.parent).style != Style::Block {
            return None;
        }
        let pair = tree.pairs(node.parent)[at as usize];
        geometry
            .column(node.span.start)
            .checked_sub(geometry.column(pair.start))
    })
}

//! The other half of the last look: comments are no part of what a text means, so they are counted.
//!
//! None may appear, and none may go except with something that was removed or replaced.

use std::collections::HashMap;

use crate::edit::draft::{Content, Draft, State};
use crate::edit::render::Renderer;
use crate::source::Span;
use crate::stream::Stream;
use crate::tree::{NodeId, Slot, Style};

/// Where a comment stood that the edited stream lacks or has once too often.
pub(crate) fn difference(renderer: &Renderer<'_>, edited: &Stream) -> Option<usize> {
    let geometry = renderer.geometry;
    let comments = &geometry.tree.comments;
    if comments.is_empty() {
        return edited.comments().next().map(|_| 0);
    }
    let mut now: HashMap<&str, usize> = HashMap::new();
    for comment in edited.comments() {
        *now.entry(comment.trim_end()).or_default() += 1;
    }
    let free = removable(renderer, renderer.draft);
    // How often each comment stood there, and how often it must still.
    let mut before: HashMap<&str, (usize, usize, usize)> = HashMap::new();
    for comment in comments {
        let (count, needed, at) = before.entry(geometry.slice(*comment).trim_end()).or_default();
        *count += 1;
        if !covers(&free, comment.start) {
            *needed += 1;
            *at = comment.start;
        }
    }
    if now
        .iter()
        .any(|(text, count)| before.get(text).is_none_or(|(most, ..)| count > most))
    {
        return comments.first().map(|comment| comment.start);
    }
    before.iter().find_map(|(text, (_, needed, at))| {
        let count = now.get(text).copied().unwrap_or_default();
        (count < *needed).then_some(*at)
    })
}

/// The text of everything that was removed or replaced, sorted and merged.
fn removable(renderer: &Renderer<'_>, draft: &Draft<'_>) -> Vec<Span> {
    let mut spans: Vec<Span> = draft
        .touched_originals()
        .filter(|id| {
            let anew = matches!(
                draft.content(*id),
                Content::Scalar(_) | Content::Mapping | Content::Sequence
            );
            anew || draft.is_gone(*id)
        })
        .map(|id| surroundings(renderer, id, draft.state(id) == State::Placed))
        .collect();
    spans.sort_unstable();
    spans.dedup_by(|next, previous| {
        let overlap = next.start <= previous.end;
        if overlap {
            previous.end = previous.end.max(next.end);
        }
        overlap
    });
    spans
}

fn covers(spans: &[Span], at: usize) -> bool {
    let after = spans.partition_point(|span| span.start <= at);
    after > 0 && at < spans[after - 1].end
}

/// A node with the comments around it that may go when it goes; more of them if it had moved before, because then they
/// had moved along.
fn surroundings(renderer: &Renderer<'_>, id: NodeId, moved: bool) -> Span {
    let geometry = renderer.geometry;
    let node = geometry.tree.node(id);
    let (Slot::Value(slot) | Slot::Item(slot)) = node.slot else {
        return node.outer();
    };
    if geometry.tree.node(node.parent).style == Style::Block {
        let (slot, extents) = (slot as usize, renderer.extents(node.parent));
        let extent = extents[slot];
        if !moved {
            return Span::new(extent.line, extent.end);
        }
        let start = slot
            .checked_sub(1)
            .map_or(geometry.floor(node.parent, extent.start), |at| extents[at].end);
        let end = extents
            .get(slot + 1)
            .map_or_else(|| geometry.end_below(extent.end), |next| next.lead);
        return Span::new(start.min(extent.lead), end.max(extent.end));
    }
    // In braces: up to the end of the line, for the comment behind.
    Span::new(node.outer_start(), geometry.line_end(node.outer().end))
}

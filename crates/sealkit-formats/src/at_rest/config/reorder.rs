//! Moves one item of a sequence to its front, with the comments that belong to it.
//!
//! The text layer moves entries of mappings, not items of sequences. In block style whole lines move; in flow style and JSON
//! the items change places between the brackets, commas and line breaks that stand. Whoever calls it compares what the new
//! text reads as; this file only knows text.

use std::ops::Range;

use sealkit_manifest::{Node, Source};
use zeroize::Zeroizing;

/// Returns the whole text with item `index` in front; `None` if the layout is one that cannot be moved line by line.
pub(super) fn to_front(
    source: &Source,
    items: &[Node<'_>],
    flow: bool,
    index: usize,
) -> Option<Zeroizing<String>> {
    if items
        .iter()
        .any(|item| item.is_alias() || item.has_anchor() || item.tag().is_some())
    {
        return None;
    }
    if flow {
        rotate_flow(source.text(), items, index)
    } else {
        move_lines(source.text(), items, index)
    }
}

fn rotate_flow(text: &str, items: &[Node<'_>], index: usize) -> Option<Zeroizing<String>> {
    let slots: Vec<Range<usize>> = items
        .iter()
        .map(|item| item.span().start..item.span().end)
        .collect();
    let mut order: Vec<usize> = (0..slots.len()).collect();
    order[..=index].rotate_right(1);
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 1));
    let mut at = 0;
    for (slot, item) in slots.iter().zip(order) {
        out.push_str(text.get(at..slot.start)?);
        out.push_str(text.get(slots[item].clone())?);
        at = slot.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

fn move_lines(text: &str, items: &[Node<'_>], index: usize) -> Option<Zeroizing<String>> {
    let first = block_of(text, items, 0)?;
    let moved = block_of(text, items, index)?;
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 2));
    out.push_str(text.get(..first.start)?);
    out.push_str(text.get(moved.clone())?);
    if !out.ends_with('\n') {
        // the last line of the file had no end; it is no longer the last
        out.push_str(if text.contains("\r\n") { "\r\n" } else { "\n" });
    }
    out.push_str(text.get(first.start..moved.start)?);
    out.push_str(text.get(moved.end..)?);
    Some(out)
}

/// The lines of an item: those above its dash that are comments without a blank line between, to the last of its own.
fn block_of(text: &str, items: &[Node<'_>], index: usize) -> Option<Range<usize>> {
    let dash = dash_of(text, items[index].span().start)?;
    let line = line_start(text, dash);
    if !text[line..dash].bytes().all(|byte| byte == b' ') {
        return None; // the dash of `- - a`, or of a key on the same line
    }
    let mut start = line;
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    let last = items[index].span().end.checked_sub(1)?.max(dash);
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
    (index + 1 == items.len() || end <= line_start(text, dash_of(text, items[index + 1].span().start)?))
        .then_some(start..end)
}

/// The dash in front of an item: only spaces, line breaks and comments stand between.
fn dash_of(text: &str, item: usize) -> Option<usize> {
    let mut line = line_start(text, item);
    let mut end = item;
    loop {
        let before = &text[line..end];
        let content = before.trim_end();
        if let Some(dash) = content.strip_suffix('-') {
            return Some(line + dash.len());
        }
        if let Some(comment) = content.find('#') {
            // `- # comment`, with the item below
            let dash = content[..comment].trim_end().strip_suffix('-');
            if let Some(dash) = dash {
                return Some(line + dash.len());
            }
        } else if !content.is_empty() {
            return None;
        }
        end = line.checked_sub(1)?;
        line = line_start(text, end);
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

//! The metadata's place in the text: the last entry of every document, found, cut out, and put in.

use sealkit_manifest::{Node, NodeKind, Span, Stream, Style, Syntax};
use zeroize::Zeroizing;

use super::metadata::Metadata;
use super::print;
use super::text::{Splices, column, line_break, line_start, next_line};
use super::write::House;
use super::yaml::METADATA_KEY;

/// The file's habits, as far as they show.
pub(super) fn house(stream: &Stream) -> House {
    let text = stream.as_str();
    House {
        json: stream.syntax() == Syntax::Json,
        step: stream
            .documents()
            .find_map(|root| first_step(&root, text))
            .unwrap_or(4),
        line_break: line_break(text),
    }
}

/// The metadata entry of a document.
fn entry<'s>(root: &Node<'s>) -> Option<(Node<'s>, Node<'s>)> {
    root.raw_entries()
        .find(|(key, _)| key.scalar_text() == Some(METADATA_KEY))
}

/// What to replace in every document, and by what, so that its metadata is gone.
pub(super) fn cuts(stream: &Stream) -> Vec<(Span, &'static str)> {
    let text = stream.as_str();
    stream
        .documents()
        .filter_map(|root| {
            let (key, value) = entry(&root)?;
            Some(region(&root, &key, &value, text))
        })
        .collect()
}

/// Takes the metadata out of every document.
pub(super) fn cut(stream: &Stream, splices: &mut Splices) {
    for (span, rest) in cuts(stream) {
        splices.replace(span, rest.to_owned());
    }
}

/// What to replace, and by what, so that the entry is gone.
fn region(root: &Node<'_>, key: &Node<'_>, value: &Node<'_>, text: &str) -> (Span, &'static str) {
    let entries: Vec<_> = root.raw_entries().collect();
    let at = entries
        .iter()
        .position(|(other, _)| other.span() == key.span())
        .unwrap_or(0);
    let span = |start, end| Span { start, end };
    if root.style() == Style::Block {
        let start = line_start(text, key.outer_span().start);
        let end = block_end(value, text);
        return (span(start, end), if entries.len() == 1 { "{}\n" } else { "" });
    }
    let region = match (entries.get(at + 1), at) {
        (Some((next, _)), _) => span(key.outer_span().start, next.outer_span().start),
        (None, 0) => span(key.outer_span().start, value.outer_span().end),
        (None, _) => span(entries[at - 1].1.outer_span().end, value.outer_span().end),
    };
    (region, "")
}

/// Behind the last line of a value; block scalars end there already.
fn block_end(value: &Node<'_>, text: &str) -> usize {
    let end = value.outer_span().end;
    if end > 0 && matches!(text.as_bytes()[end - 1], b'\n' | b'\r') {
        end
    } else {
        next_line(text, end)
    }
}

/// Puts metadata into every document; the index of the first that cannot take it. Where `before` has metadata in the same
/// document its text is used again, with another code and date in it.
pub(super) fn put(
    stream: &Stream,
    metadata: &Metadata,
    before: Option<&Stream>,
    splices: &mut Splices,
) -> Result<(), usize> {
    let house = house(stream);
    let tree = metadata.tree();
    let text = stream.as_str();
    let mut kept = before.into_iter().flat_map(Stream::documents);
    for (at, root) in stream.documents().enumerate() {
        let kept = kept
            .next()
            .and_then(|root| renewed(&root, before?.as_str(), metadata, house));
        if root.kind() != NodeKind::Mapping || root.has_anchor() {
            return Err(at);
        }
        if root.style() == Style::Block {
            let column = column(text, root.span().start);
            let end = content_end(&root, text);
            let mut new = Zeroizing::new(String::new());
            if !text[..end].ends_with(['\n', '\r']) {
                new.push_str(house.line_break);
            }
            match kept {
                Some(kept) if kept.column == Some(column) => new.push_str(&kept.text),
                _ => new.push_str(&print::yaml(METADATA_KEY, &tree, column, house)),
            }
            splices.replace(Span { start: end, end }, new);
            continue;
        }
        let last = root
            .raw_entries()
            .next_back()
            .map(|(_, value)| value.outer_span().end);
        let (end, new) = match (kept, last) {
            (Some(kept), Some(last)) if kept.column.is_none() => (last, kept.text),
            _ => flow_entry(&root, text, house, &tree),
        };
        splices.replace(Span { start: end, end }, new);
    }
    Ok(())
}

/// An entry's text that goes into another version of its file.
struct Kept {
    text: String,
    /// Of the entry's key, in block style.
    column: Option<usize>,
}

/// The metadata's text with another code and date; `None` where it has not both already, or is first in braces.
fn renewed(root: &Node<'_>, text: &str, metadata: &Metadata, house: House) -> Option<Kept> {
    let (key, value) = entry(root)?;
    let (region, _) = region(root, &key, &value, text);
    let block = root.style() == Style::Block;
    let starts_well = block || text[region.start..].starts_with(',');
    if !starts_well
        || root
            .raw_entries()
            .next_back()
            .is_none_or(|(last, _)| last.span() != key.span())
    {
        return None;
    }
    let mut splices = Splices::default();
    for (field, new) in [("lastmodified", &metadata.last_modified), ("mac", &metadata.mac)] {
        let (_, node) = value
            .raw_entries()
            .find(|(key, _)| key.scalar_text() == Some(field))?;
        let quoted = match node.style() {
            Style::Plain if field == "mac" => new.clone(),
            Style::SingleQuoted => format!("'{new}'"),
            Style::Plain | Style::DoubleQuoted => format!("\"{new}\""),
            _ => return None,
        };
        let span = node.outer_span();
        let within = |at: usize| at.checked_sub(region.start);
        splices.replace(
            Span {
                start: within(span.start)?,
                end: within(span.end)?,
            },
            quoted,
        );
    }
    let mut renewed = splices.apply(&text[region.start..region.end])?.to_string();
    if block && !renewed.ends_with(['\n', '\r']) {
        renewed.push_str(house.line_break);
    }
    let start = key.outer_span().start;
    Some(Kept {
        text: renewed,
        column: block.then(|| column(text, start)),
    })
}

/// Where the entry goes into braces, and its text.
fn flow_entry(root: &Node<'_>, text: &str, house: House, tree: &super::tree::Mapping) -> (usize, String) {
    let first = root.raw_entries().next().map(|(key, _)| key.outer_span().start);
    let last = root
        .raw_entries()
        .next_back()
        .map(|(_, value)| value.outer_span().end);
    let (open, close) = (root.span().start + 1, root.span().end - 1);
    // Entries on lines of their own get a line of their own.
    let gap = first.map_or("", |first| &text[open..first]);
    let spread = gap
        .contains('\n')
        .then(|| gap.trim_start_matches([' ', '\r']).trim_start_matches('\n'));
    let entry = match spread {
        Some(indent) if house.json => {
            let value = print::json(tree, Some(indent), 1);
            format!("{}{indent}\"{METADATA_KEY}\": {value}", house.line_break)
        }
        _ => format!("\"{METADATA_KEY}\": {}", print::json(tree, None, 1)),
    };
    match last {
        Some(end) if spread.is_some() || house.json => (end, format!(",{entry}")),
        Some(end) => (end, format!(", {entry}")),
        // What is a comment in empty braces must not become one behind the metadata, which would be its.
        None if text[open..close].contains('#') => (close, entry),
        None => (open, entry),
    }
}

/// Behind everything of a block document: its values and the comments behind them.
fn content_end(root: &Node<'_>, text: &str) -> usize {
    let mut end = root.outer_span().end;
    if !text[..end].ends_with(['\n', '\r']) {
        end = next_line(text, end);
    }
    let mut at = end;
    while at < text.len() {
        let next = next_line(text, at);
        let line = text[at..next].trim();
        let marker = text[at..].starts_with("---") || text[at..].starts_with("...");
        if marker || !(line.is_empty() || line.starts_with('#')) {
            break;
        }
        if line.starts_with('#') {
            end = next;
        }
        at = next;
    }
    end
}

/// The difference of columns between the first nested block mapping and the one around it.
fn first_step(node: &Node<'_>, text: &str) -> Option<usize> {
    let column = |node: &Node<'_>| column(text, node.span().start);
    for (_, value) in node.raw_entries() {
        if value.style() == Style::Block && node.style() == Style::Block && value.kind() == NodeKind::Mapping
        {
            return column(&value)
                .checked_sub(column(node))
                .filter(|step| (1..=9).contains(step));
        }
    }
    None
}

//! A token where a scalar stood.

use sealkit_manifest::{Node, Span, Style};

use super::text::Splices;

/// The token in the place of a scalar. A tag goes, since it would give the token another type; a block scalar's last line
/// break stays, and so does the comment of its header, which is an item of its own.
pub(super) fn in_place(node: &Node<'_>, token: String, text: &str, splices: &mut Splices) {
    let mut span = match node.tag() {
        Some(_) => without_properties(node, text, splices),
        None => node.span(),
    };
    span.end = span.start + without_last_break(&text[span.start..span.end]).len();
    match node.style() {
        Style::Literal | Style::Folded => around_comment(node, span, &token, text, splices),
        _ => splices.replace(span, token),
    }
}

/// A text in the place of a block scalar and of `span`, which begins at it or at its properties. A comment of its header
/// stays where it is: behind the text's first line.
pub(super) fn around_comment(node: &Node<'_>, span: Span, new: &str, text: &str, splices: &mut Splices) {
    let header = node.span().start;
    let line = text[header..]
        .find(['\r', '\n'])
        .map_or(text.len(), |length| header + length);
    let Some((indicators, _)) = text[header..line].split_once('#') else {
        return splices.replace(span, new.to_owned());
    };
    let (first, rest) = new.split_at(new.find(['\r', '\n']).unwrap_or(new.len()));
    let before = Span {
        start: span.start,
        end: header + indicators.trim_end().len(),
    };
    let behind = Span {
        start: line,
        end: span.end.max(line),
    };
    splices.replace(before, first.to_owned());
    splices.replace(behind, rest.to_owned());
}

/// What a tagged scalar occupies, its properties included. Where a comment stands between them and the scalar, they are
/// taken out alone.
fn without_properties(node: &Node<'_>, text: &str, splices: &mut Splices) -> Span {
    let (whole, scalar) = (node.outer_span(), node.span());
    let between = &text[whole.start..scalar.start];
    let is_comment = |at: &usize| between[..*at].ends_with([' ', '\t', '\r', '\n']);
    let Some(comment) = between.match_indices('#').map(|(at, _)| at).find(is_comment) else {
        return whole;
    };
    let properties = Span {
        start: whole.start,
        end: whole.start + between[..comment].trim_end().len(),
    };
    splices.replace(properties, String::new());
    scalar
}

/// Without the last line break; blank lines that a block scalar keeps are part of it and go too.
fn without_last_break(raw: &str) -> &str {
    raw.strip_suffix("\r\n")
        .or_else(|| raw.strip_suffix(['\n', '\r']))
        .unwrap_or(raw)
}

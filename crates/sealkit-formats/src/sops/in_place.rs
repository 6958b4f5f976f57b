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
    if matches!(node.style(), Style::Literal | Style::Folded) {
        let line = text[node.span().start..]
            .find(['\r', '\n'])
            .map_or(text.len(), |length| node.span().start + length);
        let header = &text[node.span().start..line];
        if let Some((indicators, _)) = header.split_once('#') {
            let end = node.span().start + indicators.trim_end().len();
            splices.replace(
                Span {
                    start: span.start,
                    end,
                },
                token,
            );
            let rest = Span {
                start: line,
                end: span.end.max(line),
            };
            return splices.replace(rest, String::new());
        }
    }
    splices.replace(span, token);
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

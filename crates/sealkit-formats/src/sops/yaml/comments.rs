//! Which collection a comment belongs to, which decides about the AAD of its ciphertext.
//!
//! A comment behind something on its line stands before that entry in the tree. One on a line of its own belongs to what
//! follows, or closes the collection above if it is indented at least as far.
//!
//! Source: how go-yaml v3 hands out head, line and foot comments; checked against sops 3.13.3.

use sealkit_manifest::{Node, NodeKind, Source, Span, Stream, Style};

use super::super::site::Site;
use super::super::tree::Comment;

/// A cursor over the comments of a file; every comment is handed out once, in order.
pub(super) struct Comments<'s> {
    source: &'s Source,
    lines: Vec<Line>,
    next: usize,
}

/// A comment and the line it stands on. Found once for all, since a file may be one long line.
#[derive(Clone, Copy)]
struct Line {
    comment: Span,
    start: usize,
    /// Whether nothing else stands on the line.
    own: bool,
}

impl<'s> Comments<'s> {
    pub(super) fn new(stream: &'s Stream) -> Self {
        let text = stream.as_str().as_bytes();
        let mut lines = Vec::with_capacity(stream.comment_spans().len());
        let (mut start, mut own, mut at) = (0, true, 0);
        for comment in stream.comment_spans() {
            while at < comment.start {
                match text[at] {
                    b'\n' | b'\r' => (start, own) = (at + 1, true),
                    // A byte order mark is no content.
                    b' ' | b'\t' | 0xef | 0xbb | 0xbf => {}
                    _ => own = false,
                }
                at += 1;
            }
            lines.push(Line {
                comment: *comment,
                start,
                own,
            });
        }
        Self {
            source: stream.source(),
            lines,
            next: 0,
        }
    }

    /// The comments in front of an offset.
    pub(super) fn before(&mut self, offset: usize) -> Vec<Comment<Site<'s>>> {
        self.take(|line| line.comment.start < offset)
    }

    /// The comments on the lines of an entry: behind its key, and behind its value where that is a scalar.
    pub(super) fn of_entry(&mut self, key: &Node<'s>, value: &Node<'s>) -> Vec<Comment<Site<'s>>> {
        let key_end = key.span().end;
        if is_nested(value) {
            return self.take(|line| line.start <= key_end);
        }
        // A block scalar ends behind its last line break; the comment of its header lies inside.
        let block = matches!(value.style(), Style::Literal | Style::Folded);
        let end = value.span().end;
        self.take(|line| line.start <= key_end || line.comment.start < end || (!block && line.start <= end))
    }

    /// The comments on the lines of a list's element, where that is a scalar.
    pub(super) fn of_element(&mut self, element: &Node<'s>) -> Vec<Comment<Site<'s>>> {
        if is_nested(element) {
            return Vec::new();
        }
        let block = matches!(element.style(), Style::Literal | Style::Folded);
        let end = element.span().end;
        self.take(|line| line.comment.start < end || (!block && line.start <= end))
    }

    /// The comments that close a collection: own lines, at least as far indented, before the next token outside.
    pub(super) fn at_end_of(&mut self, collection: &Node<'s>, until: usize) -> Vec<Comment<Site<'s>>> {
        if collection.style() != Style::Block {
            let end = collection.span().end;
            return self.take(|line| line.comment.start < end);
        }
        let start = collection.span().start;
        let column = start - line_start(self.source.text(), start);
        self.take(|line| line.comment.start < until && line.comment.start - line.start >= column)
    }

    fn take(&mut self, belongs: impl Fn(Line) -> bool) -> Vec<Comment<Site<'s>>> {
        let rest = &self.lines[self.next..];
        let count = rest.iter().take_while(|line| belongs(**line)).count();
        self.next += count;
        let comment = |line: &Line| super::comment(self.source, line.comment, !line.own);
        rest[..count].iter().map(comment).collect()
    }
}

/// Whether a value hands out its comments itself.
fn is_nested(node: &Node<'_>) -> bool {
    matches!(node.kind(), NodeKind::Mapping | NodeKind::Sequence)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |at| at + 1)
}

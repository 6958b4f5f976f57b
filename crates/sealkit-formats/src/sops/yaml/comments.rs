//! Which collection a comment belongs to, which decides about the AAD of its ciphertext.
//!
//! A comment behind something on its line stands before that entry in the tree. One on a line of its own belongs to what
//! follows if it stands at the same column or deeper than the innermost collection above; otherwise the first ones close
//! that collection, and those at other columns close the mappings further out. Lists are closed by none but the first.
//!
//! Source: how go-yaml v3 hands out head, line and foot comments; checked against sops 3.13.3.

use sealkit_manifest::{Node, NodeKind, Source, Span, Stream, Style};

use super::super::site::At;
use super::super::text::column;
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
    /// Whether the end of the document, `...`, stands above.
    outside: bool,
}

impl Line {
    /// Its column; what stands behind a document's end is indented by nothing.
    fn column(&self) -> usize {
        match self.outside {
            true => 0,
            false => self.comment.start - self.start,
        }
    }
}

/// What stands around the end of a collection.
#[derive(Clone, Copy)]
pub(super) struct End {
    /// Where the next token outside begins.
    pub(super) until: usize,
    /// The column of that token.
    pub(super) next_column: usize,
    /// Whether nothing is nested in its last child.
    pub(super) innermost: bool,
}

impl<'s> Comments<'s> {
    pub(super) fn new(stream: &'s Stream) -> Self {
        let text = stream.as_str().as_bytes();
        let mut lines = Vec::with_capacity(stream.comment_spans().len());
        let (mut start, mut own, mut at, mut outside) = (0, true, 0, false);
        for comment in stream.comment_spans() {
            while at < comment.start {
                match text[at] {
                    b'\n' | b'\r' => (start, own) = (at + 1, true),
                    // A byte order mark is no content.
                    b' ' | b'\t' | 0xef | 0xbb | 0xbf => {}
                    b'#' => own = false,
                    _ => {
                        if own {
                            outside = at == start && text[at..].starts_with(b"...");
                        }
                        own = false;
                    }
                }
                at += 1;
            }
            lines.push(Line {
                comment: *comment,
                start,
                own,
                outside,
            });
        }
        Self {
            source: stream.source(),
            lines,
            next: 0,
        }
    }

    /// The comments in front of an offset.
    pub(super) fn before<A: At<'s>>(&mut self, offset: usize) -> Vec<Comment<A>> {
        above(self.take(|line| line.comment.start < offset))
    }

    /// The comments on the lines of an entry: behind its key, and behind its value where that is a scalar. Only the latter
    /// stand behind something to the peer; what stands between a key and its value it writes above both. `limit` is where
    /// the collection around them ends, if it is in braces.
    pub(super) fn of_entry<A: At<'s>>(
        &mut self,
        key: &Node<'s>,
        value: &Node<'s>,
        limit: usize,
    ) -> Vec<Comment<A>> {
        let key_end = key.span().end;
        if is_nested(value) {
            let flow = value.style() != Style::Block;
            return above(self.take(|line| !flow && line.start <= key_end));
        }
        // A block scalar ends behind its last line break; the comment of its header lies inside.
        let block = matches!(value.style(), Style::Literal | Style::Folded);
        let (start, end) = (value.span().start, value.span().end);
        let between = |line: Line| line.start <= key_end && (line.comment.start < start || start == end);
        let mut comments = above(self.take(between));
        let behind =
            |line: Line| line.start <= key_end || line.comment.start < end || (!block && line.start <= end);
        comments.extend(self.take(|line| line.comment.start < limit && behind(line)));
        comments
    }

    /// The comments behind a value in braces or brackets, on its last line. They stand first inside it.
    pub(super) fn behind_flow<A: At<'s>>(&mut self, value: &Node<'s>, limit: usize) -> Vec<Comment<A>> {
        let end = value.span().end;
        let comments = self.take(|line| line.start <= end && line.comment.start < limit);
        let is_empty = value.items().next().is_none() && value.raw_entries().next().is_none();
        if is_empty { comments } else { above(comments) }
    }

    /// The comments on the lines of a list's element, where that is a scalar. Behind one that was left out they belong to
    /// what follows.
    pub(super) fn of_element<A: At<'s>>(&mut self, element: &Node<'s>, limit: usize) -> Vec<Comment<A>> {
        if is_nested(element) || element.span().start == element.span().end {
            return Vec::new();
        }
        let block = matches!(element.style(), Style::Literal | Style::Folded);
        let (start, end) = (element.span().start, element.span().end);
        let mut comments = above(self.take(|line| line.comment.start < start));
        let behind = |line: Line| line.comment.start < end || (!block && line.start <= end);
        comments.extend(self.take(|line| line.comment.start < limit && behind(line)));
        comments
    }

    /// The comments that close a collection, before the next token outside.
    pub(super) fn at_end_of<A: At<'s>>(&mut self, collection: &Node<'s>, end: End) -> Vec<Comment<A>> {
        if collection.style() != Style::Block {
            let end = collection.span().end;
            return self.take(|line| line.comment.start < end);
        }
        let column = column(self.source.text(), collection.span().start);
        let mut taken = if end.innermost {
            self.foot(column, end)
        } else {
            Vec::new()
        };
        if collection.kind() == NodeKind::Mapping {
            taken.extend(
                self.take(|line| line.own && line.comment.start < end.until && line.column() >= column),
            );
        }
        taken
    }

    /// The first comments below the innermost collection close it, unless they stand at the column of what follows.
    fn foot<A: At<'s>>(&mut self, column: usize, end: End) -> Vec<Comment<A>> {
        let rest = &self.lines[self.next..];
        let run = rest
            .iter()
            .take_while(|line| line.own && line.comment.start < end.until)
            .count();
        let Some(first) = rest[..run].first().map(Line::column) else {
            return Vec::new();
        };
        let goes_on = |other: usize| other >= column || other == first;
        let group = rest[..run]
            .iter()
            .take_while(|line| goes_on(line.column()))
            .count();
        let next = rest[..run].get(group).map_or(end.next_column, Line::column);
        if group == run && goes_on(next) {
            return Vec::new();
        }
        let last = self.lines[self.next + group - 1].comment.start;
        self.take(|line| line.comment.start <= last)
    }

    fn take<A: At<'s>>(&mut self, belongs: impl Fn(Line) -> bool) -> Vec<Comment<A>> {
        let rest = &self.lines[self.next..];
        let count = rest.iter().take_while(|line| belongs(**line)).count();
        self.next += count;
        let comment = |line: &Line| super::comment(self.source, line.comment, !line.own);
        rest[..count].iter().map(comment).collect()
    }
}

/// Comments that are written on lines of their own, wherever they stood.
fn above<A>(mut comments: Vec<Comment<A>>) -> Vec<Comment<A>> {
    for comment in &mut comments {
        comment.inline = false;
    }
    comments
}

/// Whether a value hands out its comments itself.
fn is_nested(node: &Node<'_>) -> bool {
    matches!(node.kind(), NodeKind::Mapping | NodeKind::Sequence)
}

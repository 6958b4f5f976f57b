//! The second pass over a YAML tree: what events do not report. Headers of block scalars, values that were left out,
//! dashes and colons. Knows the tree and the text, and nothing of the parser.

use crate::source::Span;
use crate::tree::{Document, NodeId, Pair, Shape, Style, Text, Tree};

/// Fills in what events leave open, walking the tree in text order with a cursor that never moves back.
pub(super) struct Layout<'a> {
    pub(super) text: &'a [u8],
    pub(super) tree: &'a mut Tree,
}

impl Layout<'_> {
    pub(super) fn run(&mut self) {
        self.tree
            .documents
            .retain(|document| document.root != NodeId::MAX);
        for at in 0..self.tree.documents.len() {
            let Document { root, content_start } = self.tree.documents[at];
            self.node(root, content_start);
        }
    }

    /// Lays out a node that begins at or after `cursor`; returns where it ends.
    fn node(&mut self, id: NodeId, cursor: usize) -> usize {
        let node = &self.tree.nodes[id as usize];
        let cursor = node
            .props
            .as_ref()
            .map_or(cursor, |props| cursor.max(props.span.end));
        match (&node.shape, node.style) {
            (Shape::Alias(_), _) => node.span.end,
            (Shape::Scalar(_), Style::Literal | Style::Folded) => self.block_scalar(id, cursor),
            (Shape::Scalar(_), Style::Plain) if node.span.is_empty() => {
                self.tree.nodes[id as usize].span = Span::new(cursor, cursor);
                cursor
            }
            (Shape::Scalar(_), _) => node.span.end,
            (Shape::Sequence(_), _) => self.sequence(id, cursor),
            (Shape::Mapping(_), _) => self.mapping(id, cursor),
        }
    }

    fn sequence(&mut self, id: NodeId, cursor: usize) -> usize {
        let node = &mut self.tree.nodes[id as usize];
        let block = node.style == Style::Block;
        let end = node.span.end;
        let Shape::Sequence(items) = &mut node.shape else {
            return cursor;
        };
        let mut items = std::mem::take(items);
        let mut cursor = if block { cursor } else { node.span.start + 1 };
        for item in &mut items {
            let at = self.skip(cursor);
            if block {
                item.start = at;
                cursor = self.node(item.node, at + 1);
            } else {
                item.start = at;
                cursor = self.node(item.node, at);
                cursor = self.skip(cursor) + 1;
            }
        }
        let first = items.first().map(|item| item.start);
        let node = &mut self.tree.nodes[id as usize];
        node.shape = Shape::Sequence(items);
        if block {
            node.span = Span::new(first.unwrap_or(cursor), cursor);
            return cursor;
        }
        end
    }

    fn mapping(&mut self, id: NodeId, cursor: usize) -> usize {
        let node = &mut self.tree.nodes[id as usize];
        if node.style == Style::Flow && self.text.get(node.span.start) != Some(&b'{') {
            node.style = Style::FlowPair;
        }
        let style = node.style;
        let end = node.span.end;
        let Shape::Mapping(pairs) = &mut node.shape else {
            return cursor;
        };
        let mut pairs = std::mem::take(pairs);
        let mut cursor = if style == Style::Flow {
            node.span.start + 1
        } else {
            cursor
        };
        for pair in &mut pairs {
            cursor = self.pair(pair, cursor);
            if style == Style::Flow {
                cursor = self.skip(cursor) + 1;
            }
        }
        let first = pairs.first().map(|pair| pair.start);
        let node = &mut self.tree.nodes[id as usize];
        node.shape = Shape::Mapping(pairs);
        if style == Style::Flow {
            return end;
        }
        node.span = Span::new(first.unwrap_or(cursor), cursor);
        cursor
    }

    fn pair(&mut self, pair: &mut Pair, cursor: usize) -> usize {
        let at = self.skip(cursor);
        let key = self.tree.node(pair.key);
        let marked = self.is_indicator(at, b'?') && (key.is_left_out() || key.outer_start() > at);
        pair.complex = marked || key.is_left_out();
        pair.start = at;
        let key_end = self.node(pair.key, if marked { at + 1 } else { at });
        let colon = self.skip(key_end);
        let found = self.text.get(colon) == Some(&b':') && (!marked || self.is_indicator(colon, b':'));
        pair.colon = found.then_some(colon);
        self.node(pair.value, if found { colon + 1 } else { key_end })
    }

    /// granit's span begins at the content; the header is the next thing after the cursor. Returns the end of the
    /// content with its line break, without the blank lines that chomping drops.
    fn block_scalar(&mut self, id: NodeId, cursor: usize) -> usize {
        let start = self.skip(cursor);
        let mut header = start;
        while self
            .text
            .get(header)
            .is_some_and(|b| matches!(b, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9'))
        {
            header += 1;
        }
        let content = self.next_line(header);
        let reported = self.tree.node(id).span.end;
        let end = self.content_end(id, content, reported.max(content));
        self.tree.nodes[id as usize].span = Span::new(start, end);
        end
    }

    /// Behind the last line that has more than blanks, and behind as many of blanks alone as the value has after it:
    /// those that are kept, and those that are indented deeper than the rest and so have blanks of their own.
    fn content_end(&self, id: NodeId, content: usize, reported: usize) -> usize {
        let Shape::Scalar(Text::Owned(value)) = &self.tree.node(id).shape else {
            return reported;
        };
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let last = self.text[content..reported].iter().rposition(|byte| !blank(byte));
        let tail = &value[value.trim_end_matches([' ', '\t', '\n']).len()..];
        let (mut end, below) = match last {
            Some(at) => (
                self.next_line(content + at),
                tail.split_once('\n').map_or("", |(_, below)| below),
            ),
            None => (content, tail),
        };
        for _ in below.lines() {
            end = self.next_line(end);
        }
        end
    }

    fn next_line(&self, mut at: usize) -> usize {
        while at < self.text.len() && !matches!(self.text[at], b'\n' | b'\r') {
            at += 1;
        }
        if self.text.get(at) == Some(&b'\r') {
            at += 1;
        }
        if self.text.get(at) == Some(&b'\n') {
            at += 1;
        }
        at
    }

    /// The next byte that is neither blank nor part of a comment.
    fn skip(&self, mut at: usize) -> usize {
        loop {
            match self.text.get(at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
                Some(0xef) if self.text[at..].starts_with(crate::source::BOM.as_bytes()) => at += 3,
                Some(b'#') => at = self.next_line(at),
                _ => return at,
            }
        }
    }

    fn is_indicator(&self, at: usize, indicator: u8) -> bool {
        self.text.get(at) == Some(&indicator)
            && self
                .text
                .get(at + 1)
                .is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b',' | b'}' | b']'))
    }
}

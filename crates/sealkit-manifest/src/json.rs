//! JSON text into a span tree: RFC 8259, any number of values one after the other, as kubectl reads them.
//!
//! Strict on purpose: what is not JSON is left to the YAML parser. No comments, no trailing commas.

use zeroize::Zeroizing;

use crate::error::ParseError;
use crate::limits::Limits;
use crate::source::{BOM, Source, Span};
use crate::tree::{Document, Item, NodeData, NodeId, Pair, Shape, Slot, Style, Text, Tree};

/// Deepest nesting whatever the limits say: reading recurses.
pub(crate) const MAX_DEPTH: usize = 255;

/// Whether kubectl would try JSON first: the first byte that is not blank opens an object or an array.
pub(crate) fn looks_like_json(text: &str) -> bool {
    matches!(
        text.strip_prefix(BOM)
            .unwrap_or(text)
            .trim_start()
            .as_bytes()
            .first(),
        Some(b'{' | b'[')
    )
}

/// Parses JSON values one after the other.
///
/// # Errors
///
/// [`ParseError::Syntax`] and [`ParseError::TooDeep`], both with their place.
pub(crate) fn parse(source: &Source, limits: &Limits) -> Result<Tree, ParseError> {
    let text = source.text();
    let at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let tree = Tree {
        json: true,
        ..Tree::default()
    };
    let mut reader = Reader {
        source,
        bytes: text.as_bytes(),
        at,
        limit: limits.max_depth.min(MAX_DEPTH),
        tree,
    };
    loop {
        reader.blank();
        if reader.at == reader.bytes.len() {
            return Ok(reader.tree);
        }
        let content_start = reader.at;
        let root = reader.next_id()?;
        reader.value(root, Slot::Root, 0)?;
        reader.tree.documents.push(Document { root, content_start });
    }
}

struct Reader<'a> {
    source: &'a Source,
    bytes: &'a [u8],
    at: usize,
    limit: usize,
    tree: Tree,
}

impl Reader<'_> {
    /// Reads one value; recursion is bounded by the depth limit.
    fn value(&mut self, parent: NodeId, slot: Slot, depth: usize) -> Result<NodeId, ParseError> {
        match self.peek() {
            Some(b'{') => self.object(parent, slot, depth),
            Some(b'[') => self.array(parent, slot, depth),
            Some(b'"') => self.string(parent, slot),
            Some(b't') => self.word("true", parent, slot),
            Some(b'f') => self.word("false", parent, slot),
            Some(b'n') => self.word("null", parent, slot),
            Some(b'-' | b'0'..=b'9') => self.number(parent, slot),
            _ => Err(self.expected("a value")),
        }
    }

    fn object(&mut self, parent: NodeId, slot: Slot, depth: usize) -> Result<NodeId, ParseError> {
        let id = self.open(Shape::Mapping(Vec::new()), parent, slot, depth)?;
        let mut pairs = Vec::new();
        self.blank();
        while self.peek() != Some(b'}') || !pairs.is_empty() {
            let slot = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
            if self.peek() != Some(b'"') {
                return Err(self.expected("a quoted key"));
            }
            let start = self.at;
            let key = self.string(id, Slot::Key(slot))?;
            self.blank();
            let colon = self.at;
            self.take(b':', "a colon after the key")?;
            self.blank();
            let value = self.value(id, Slot::Value(slot), depth + 1)?;
            pairs.push(Pair {
                start,
                key,
                colon: Some(colon),
                value,
                complex: false,
            });
            if !self.comma(b'}')? {
                break;
            }
        }
        self.take(b'}', "a comma or the closing brace")?;
        self.close(id, Shape::Mapping(pairs));
        Ok(id)
    }

    fn array(&mut self, parent: NodeId, slot: Slot, depth: usize) -> Result<NodeId, ParseError> {
        let id = self.open(Shape::Sequence(Vec::new()), parent, slot, depth)?;
        let mut items = Vec::new();
        self.blank();
        while self.peek() != Some(b']') || !items.is_empty() {
            let slot = u32::try_from(items.len()).unwrap_or(u32::MAX);
            let start = self.at;
            let node = self.value(id, Slot::Item(slot), depth + 1)?;
            items.push(Item { start, node });
            if !self.comma(b']')? {
                break;
            }
        }
        self.take(b']', "a comma or the closing bracket")?;
        self.close(id, Shape::Sequence(items));
        Ok(id)
    }

    /// Whether another element follows.
    fn comma(&mut self, close: u8) -> Result<bool, ParseError> {
        self.blank();
        match self.peek() {
            Some(b',') => self.at += 1,
            Some(byte) if byte == close => return Ok(false),
            _ => return Err(self.expected("a comma or the end of the collection")),
        }
        self.blank();
        Ok(true)
    }

    fn open(&mut self, shape: Shape, parent: NodeId, slot: Slot, depth: usize) -> Result<NodeId, ParseError> {
        if depth >= self.limit {
            return Err(ParseError::TooDeep {
                place: self.source.place(self.at),
                limit: self.limit,
            });
        }
        let span = Span::new(self.at, self.at);
        self.at += 1;
        self.add(NodeData {
            shape,
            style: Style::Flow,
            props: None,
            span,
            parent,
            slot,
        })
    }

    fn close(&mut self, id: NodeId, shape: Shape) {
        let node = &mut self.tree.nodes[id as usize];
        node.shape = shape;
        node.span.end = self.at;
    }

    fn string(&mut self, parent: NodeId, slot: Slot) -> Result<NodeId, ParseError> {
        let start = self.at;
        self.at += 1;
        let mut decoded: Option<Zeroizing<String>> = None;
        let mut run = self.at;
        loop {
            match self.peek() {
                None => return Err(self.expected("the closing quote of the string")),
                Some(b'"') => break,
                Some(b'\\') => {
                    let text = decoded.get_or_insert_default();
                    text.push_str(&self.source.text()[run..self.at]);
                    self.at += 1;
                    let c = self.escape()?;
                    text.push(c);
                    run = self.at;
                }
                Some(0..0x20) => {
                    return Err(self.expected("an escape: JSON strings hold no control characters"));
                }
                Some(_) => self.at += 1,
            }
        }
        let text = match decoded {
            Some(mut text) => {
                text.push_str(&self.source.text()[run..self.at]);
                Text::Owned(text)
            }
            None => Text::Source(Span::new(start + 1, self.at)),
        };
        self.at += 1;
        self.scalar(text, Style::DoubleQuoted, start, parent, slot)
    }

    /// The character after a backslash. Lone surrogates are refused: Go would silently replace them.
    fn escape(&mut self) -> Result<char, ParseError> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.hex4()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high).ok_or(self.expected("a pair of surrogates"));
                }
                self.take(b'\\', "a pair of surrogates")?;
                self.take(b'u', "a pair of surrogates")?;
                let low = self.hex4()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(self.expected("a pair of surrogates"));
                }
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                char::from_u32(code).ok_or(self.expected("a pair of surrogates"))?
            }
            _ => {
                self.at -= 1;
                return Err(self.expected("one of the escapes that JSON knows"));
            }
        })
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        let digits = self
            .bytes
            .get(self.at..self.at + 4)
            .filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or(self.expected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    fn word(&mut self, word: &str, parent: NodeId, slot: Slot) -> Result<NodeId, ParseError> {
        let start = self.at;
        if !self.bytes[start..].starts_with(word.as_bytes()) {
            return Err(self.expected("true, false or null"));
        }
        self.at += word.len();
        self.scalar(
            Text::Source(Span::new(start, self.at)),
            Style::Plain,
            start,
            parent,
            slot,
        )
    }

    fn number(&mut self, parent: NodeId, slot: Slot) -> Result<NodeId, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.expected("a digit")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        if self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'.')
        {
            return Err(self.expected("the end of the number"));
        }
        self.scalar(
            Text::Source(Span::new(start, self.at)),
            Style::Plain,
            start,
            parent,
            slot,
        )
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if start == self.at {
            Err(self.expected("a digit"))
        } else {
            Ok(())
        }
    }

    fn scalar(
        &mut self,
        text: Text,
        style: Style,
        start: usize,
        parent: NodeId,
        slot: Slot,
    ) -> Result<NodeId, ParseError> {
        let span = Span::new(start, self.at);
        self.add(NodeData {
            shape: Shape::Scalar(text),
            style,
            props: None,
            span,
            parent,
            slot,
        })
    }

    fn add(&mut self, node: NodeData) -> Result<NodeId, ParseError> {
        let id = self.next_id()?;
        self.tree.nodes.push(node);
        Ok(id)
    }

    fn next_id(&self) -> Result<NodeId, ParseError> {
        NodeId::try_from(self.tree.nodes.len()).map_err(|_| self.expected("fewer nodes"))
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8, what: &str) -> Result<(), ParseError> {
        if self.peek() != Some(byte) {
            return Err(self.expected(what));
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn expected(&self, what: &str) -> ParseError {
        ParseError::Syntax {
            place: self.source.place(self.at),
            problem: format!("expected {what}"),
        }
    }
}

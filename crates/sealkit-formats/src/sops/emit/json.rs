//! JSON in the peer's layout. Comments have no place in it and are left out.
//!
//! Source: `encodeTree` in `stores/json/store.go` of getsops/sops 3.13.3; strings and numbers as Go's `encoding/json`.

use zeroize::Zeroizing;

use super::EmitError;
use super::number::json_text;
use crate::sops::tree::{Mapping, Node};
use crate::sops::value::Value;

/// How a level of nesting is indented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Indent {
    /// One tab.
    #[default]
    Tab,
    /// This many blanks; none keeps the line breaks.
    Blanks(usize),
}

impl Indent {
    /// -1 is a tab; less is nothing.
    pub fn new(columns: i64) -> Option<Self> {
        match columns {
            -1 => Some(Self::Tab),
            columns => usize::try_from(columns).ok().map(Self::Blanks),
        }
    }
}

/// Prints a document, with a line break at its end.
///
/// # Errors
/// [`EmitError`]
pub fn document(document: &Mapping, indent: Indent) -> Result<Zeroizing<Vec<u8>>, EmitError> {
    let mut printer = Printer {
        out: Zeroizing::new(Vec::with_capacity(size(document))),
        indent,
        depth: 0,
    };
    printer.mapping(document)?;
    printer.out.push(b'\n');
    Ok(printer.out)
}

/// Prints one value, without a line break.
///
/// # Errors
/// [`EmitError`]
pub fn value(node: &Node, indent: Indent) -> Result<Zeroizing<Vec<u8>>, EmitError> {
    let mut printer = Printer {
        out: Zeroizing::new(Vec::with_capacity(64)),
        indent,
        depth: 0,
    };
    printer.node(node)?;
    Ok(printer.out)
}

struct Printer {
    out: Zeroizing<Vec<u8>>,
    indent: Indent,
    depth: usize,
}

impl Printer {
    fn mapping(&mut self, mapping: &Mapping) -> Result<(), EmitError> {
        self.collection(b"{}", mapping.entries(), |printer, (key, node)| {
            printer.string(key.as_bytes());
            printer.out.extend_from_slice(b": ");
            printer.node(node)
        })
    }

    fn node(&mut self, node: &Node) -> Result<(), EmitError> {
        match node {
            Node::Mapping(mapping) => self.mapping(mapping),
            Node::List(nodes) => {
                let elements = nodes.iter().filter(|node| !matches!(node, Node::Comment(_)));
                self.collection(b"[]", elements, Self::node)
            }
            Node::Comment(_) => Ok(()),
            Node::Leaf(leaf) => self.leaf(&leaf.value),
        }
    }

    fn collection<T>(
        &mut self,
        brackets: &[u8; 2],
        elements: impl Iterator<Item = T>,
        print: impl Fn(&mut Self, T) -> Result<(), EmitError>,
    ) -> Result<(), EmitError> {
        self.out.push(brackets[0]);
        self.depth += 1;
        let mut is_empty = true;
        for element in elements {
            if !is_empty {
                self.out.push(b',');
            }
            is_empty = false;
            self.break_line();
            print(self, element)?;
        }
        self.depth -= 1;
        if !is_empty {
            self.break_line();
        }
        self.out.push(brackets[1]);
        Ok(())
    }

    fn break_line(&mut self) {
        self.out.push(b'\n');
        for _ in 0..self.depth {
            match self.indent {
                Indent::Tab => self.out.push(b'\t'),
                Indent::Blanks(columns) => self.out.extend(std::iter::repeat_n(b' ', columns)),
            }
        }
    }

    fn leaf(&mut self, value: &Value) -> Result<(), EmitError> {
        let text = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) if !value.is_finite() => return Err(EmitError::NotFinite),
            Value::Float(value) => json_text(*value),
            Value::Time(time) => format!("\"{time}\""),
            Value::Str(bytes) => {
                self.string(bytes.expose());
                return Ok(());
            }
        };
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn string(&mut self, bytes: &[u8]) {
        self.out.push(b'"');
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                self.character(c);
            }
            // Go replaces every byte that is no text, one by one.
            for _ in chunk.invalid() {
                self.out.extend_from_slice(b"\\ufffd");
            }
        }
        self.out.push(b'"');
    }

    fn character(&mut self, c: char) {
        let escape = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let code = format!("\\u{:04x}", u32::from(c));
                return self.out.extend_from_slice(code.as_bytes());
            }
            c => return self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        };
        self.out.extend_from_slice(escape.as_bytes());
    }
}

/// About how many bytes a document takes.
fn size(mapping: &Mapping) -> usize {
    mapping
        .entries()
        .map(|(key, node)| key.len() + 16 + node_size(node))
        .sum()
}

fn node_size(node: &Node) -> usize {
    match node {
        Node::Mapping(mapping) => size(mapping),
        Node::List(nodes) => nodes.iter().map(|node| node_size(node) + 16).sum(),
        Node::Comment(_) => 0,
        Node::Leaf(leaf) => match &leaf.value {
            Value::Str(text) => text.expose().len() * 5 / 4 + 2,
            _ => 40,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sops::tree::Item;

    #[test]
    fn prints_as_gos_encoder_does() {
        let entry = |key: &str, node| Item::Entry(key.to_owned(), node);
        let list = Node::List(vec![Node::leaf(Value::Int(1)), Node::List(vec![])]);
        let tree = Mapping(vec![
            entry("a", Node::string("<\u{2028}\u{1}\n☃\">")),
            entry("l", list),
            entry("o", Node::Mapping(Mapping(vec![]))),
            entry("f", Node::leaf(Value::Float(1e21))),
        ]);
        let text = document(&tree, Indent::Tab).expect("it is finite");
        let expected = "{\n\t\"a\": \"\\u003c\\u2028\\u0001\\n☃\\\"\\u003e\",\n\t\"l\": [\n\t\t1,\n\t\t[]\n\t],\n\t\"o\": {},\n\t\"f\": 1e+21\n}\n";
        assert_eq!(&**text, expected.as_bytes());
        let infinite = Node::leaf(Value::Float(f64::INFINITY));
        assert_eq!(value(&infinite, Indent::Tab), Err(EmitError::NotFinite));
    }
}

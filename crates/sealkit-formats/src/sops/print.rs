//! Metadata as text: YAML by indentation or JSON, in the peer's layout.
//!
//! Source: `stores/yaml`, `stores/json` of getsops/sops 3.13; the marker `mac: ENC[` that other tools search for.

use sealkit_manifest::Style;
use sealkit_manifest::write::{Context, literal, one_line};

use super::tree::{Item, Mapping, Node};
use super::value::Value;
use super::write::House;

/// `key:` and a mapping under it, in block style.
pub(super) fn yaml(key: &str, mapping: &Mapping, column: usize, house: House) -> String {
    let mut out = String::new();
    let mut printer = Printer { out: &mut out, house };
    printer.entry(key, &Node::Mapping(mapping.clone()), column);
    out
}

struct Printer<'o> {
    out: &'o mut String,
    house: House,
}

impl Printer<'_> {
    fn entry(&mut self, key: &str, node: &Node, column: usize) {
        self.indent(column);
        self.entry_here(key, node, column);
    }

    /// An entry whose key begins where the text ends now.
    fn entry_here(&mut self, key: &str, node: &Node, column: usize) {
        self.out.push_str(&one_line(key, Style::Plain, Context::Block));
        self.out.push(':');
        // Nesting goes on at the next multiple, wherever an element's dash has put the key.
        let inner = (column / self.house.step + 1) * self.house.step;
        match node {
            Node::Mapping(mapping) if mapping.0.is_empty() => self.end(" {}"),
            Node::List(nodes) if nodes.is_empty() => self.end(" []"),
            Node::Mapping(mapping) => {
                self.end("");
                for (key, node) in mapping.entries() {
                    self.entry(key, node, inner);
                }
            }
            Node::List(nodes) => {
                self.end("");
                nodes.iter().for_each(|node| self.element(node, inner));
            }
            Node::Leaf(leaf) => self.leaf(key, &leaf.value, inner, inner - column),
            Node::Comment(_) => self.end(""),
        }
    }

    fn element(&mut self, node: &Node, column: usize) {
        self.indent(column);
        self.out.push_str("- ");
        match node {
            Node::Mapping(mapping) => {
                for (at, (key, node)) in mapping.entries().enumerate() {
                    if at > 0 {
                        self.indent(column + 2);
                    }
                    self.entry_here(key, node, column + 2);
                }
            }
            Node::Leaf(leaf) => self.leaf("", &leaf.value, column + 2, 2),
            _ => self.end("[]"),
        }
    }

    fn leaf(&mut self, key: &str, value: &Value, column: usize, step: usize) {
        let Value::Str(text) = value else {
            let text = String::from_utf8_lossy(&value.plaintext()).to_lowercase();
            return self.end(&format!(" {text}"));
        };
        let text = text.expose_str().unwrap_or_default();
        if let Some(block) = literal(text, step) {
            self.end(&format!(" {}", block.header));
            for line in block.lines {
                self.indent(column);
                self.end(line);
            }
            return;
        }
        // Peers take an unquoted instant for another type and refuse it.
        let style = match key {
            "lastmodified" | "created_at" => Style::DoubleQuoted,
            _ => Style::Plain,
        };
        // Other tools search for a bare `mac: ENC[`, and three numbers with dots between them are no number to anybody.
        if key == "mac" || (key == "version" && is_version(text)) {
            return self.end(&format!(" {text}"));
        }
        let text = one_line(text, style, Context::Block);
        self.end(&format!(" {}", text.as_str()));
    }

    fn indent(&mut self, column: usize) {
        self.out.extend(std::iter::repeat_n(' ', column));
    }

    fn end(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push_str(self.house.line_break);
    }
}

fn is_version(text: &str) -> bool {
    text.split('.').count() == 3 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A mapping as JSON at a depth; `unit` indents one level, `None` puts everything on one line.
pub(super) fn json(mapping: &Mapping, unit: Option<&str>, depth: usize) -> String {
    let mut out = String::new();
    json_mapping(mapping, unit, depth, &mut out);
    out
}

fn json_mapping(mapping: &Mapping, unit: Option<&str>, depth: usize, out: &mut String) {
    out.push('{');
    let entries = mapping.0.iter().filter_map(|item| match item {
        Item::Entry(key, node) => Some((key, node)),
        Item::Comment(_) => None,
    });
    for (at, (key, node)) in entries.enumerate() {
        separate(at, unit, depth + 1, out);
        out.push_str(&one_line(key, Style::DoubleQuoted, Context::Json));
        out.push_str(": ");
        json_node(node, unit, depth + 1, out);
    }
    close('}', mapping.0.is_empty(), unit, depth, out);
}

fn json_node(node: &Node, unit: Option<&str>, depth: usize, out: &mut String) {
    match node {
        Node::Mapping(mapping) => json_mapping(mapping, unit, depth, out),
        Node::List(nodes) => {
            out.push('[');
            for (at, node) in nodes.iter().enumerate() {
                separate(at, unit, depth + 1, out);
                json_node(node, unit, depth + 1, out);
            }
            close(']', nodes.is_empty(), unit, depth, out);
        }
        Node::Leaf(leaf) => match &leaf.value {
            Value::Str(text) => {
                let text = text.expose_str().unwrap_or_default();
                out.push_str(&one_line(text, Style::DoubleQuoted, Context::Json));
            }
            other => out.push_str(&String::from_utf8_lossy(&other.plaintext()).to_lowercase()),
        },
        Node::Comment(_) => out.push_str("null"),
    }
}

fn separate(at: usize, unit: Option<&str>, depth: usize, out: &mut String) {
    if at > 0 {
        out.push(',');
        if unit.is_none() {
            out.push(' ');
        }
    }
    new_line(unit, depth, out);
}

fn close(bracket: char, empty: bool, unit: Option<&str>, depth: usize, out: &mut String) {
    if !empty {
        new_line(unit, depth, out);
    }
    out.push(bracket);
}

fn new_line(unit: Option<&str>, depth: usize, out: &mut String) {
    if let Some(unit) = unit {
        out.push('\n');
        for _ in 0..depth {
            out.push_str(unit);
        }
    }
}

//! Fields of a mapping by kind, with the conversions that the peer's reader makes: null is nothing, a number is also
//! text.

use sealkit_manifest::{Node, NodeKind, Style};

use super::SopsConfigError;

/// A mapping, or nothing.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(Option<Node<'a>>);

impl<'a> Fields<'a> {
    pub(super) fn of(node: Option<Node<'a>>, field: &str) -> Result<Self, SopsConfigError> {
        match node.map(|node| node.resolved()) {
            Some(node) if node.kind() == NodeKind::Mapping => Ok(Self(Some(node))),
            Some(node) if node.kind() != NodeKind::Null => Err(wrong(&node, field, "a mapping")),
            _ => Ok(Self(None)),
        }
    }

    /// A field that is there and not null.
    pub(super) fn get(&self, field: &str) -> Option<Node<'a>> {
        let node = self.0?.get(field)?.resolved();
        (node.kind() != NodeKind::Null).then_some(node)
    }

    pub(super) fn fields(&self, field: &str) -> Result<Self, SopsConfigError> {
        Self::of(self.get(field), field)
    }

    pub(super) fn text(&self, field: &str) -> Result<String, SopsConfigError> {
        self.get(field)
            .map_or(Ok(String::new()), |node| text(&node, field))
    }

    /// The items of a list; those that are null are nothing.
    pub(super) fn list(&self, field: &str) -> Result<Option<Vec<Node<'a>>>, SopsConfigError> {
        match self.get(field) {
            None => Ok(None),
            Some(node) if node.kind() == NodeKind::Sequence => {
                let items = node.items().map(|item| item.resolved());
                Ok(Some(items.filter(|item| item.kind() != NodeKind::Null).collect()))
            }
            Some(node) => Err(wrong(&node, field, "a list")),
        }
    }

    pub(super) fn integer(&self, field: &str, absent: i64) -> Result<i64, SopsConfigError> {
        let Some(node) = self.get(field) else {
            return Ok(absent);
        };
        let plain = node.style() == Style::Plain;
        let parsed = node
            .scalar_text()
            .filter(|_| plain)
            .and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| wrong(&node, field, "a whole number"))
    }

    pub(super) fn boolean(&self, field: &str) -> Result<bool, SopsConfigError> {
        let Some(node) = self.get(field) else {
            return Ok(false);
        };
        let plain = node.style() == Style::Plain;
        match node.scalar_text() {
            Some("true" | "True" | "TRUE") if plain => Ok(true),
            Some("false" | "False" | "FALSE") if plain => Ok(false),
            Some("y" | "Y" | "yes" | "on") => Ok(true),
            Some("n" | "N" | "no" | "off") => Ok(false),
            _ => Err(wrong(&node, field, "`true` or `false`")),
        }
    }

    /// The names and values of a mapping of texts.
    pub(super) fn texts(&self, field: &str) -> Result<Vec<(String, String)>, SopsConfigError> {
        let Some(node) = self.fields(field)?.0 else {
            return Ok(Vec::new());
        };
        let entries = node.entries();
        entries
            .map(|entry| Ok((entry.key.into_owned(), text(&entry.value.resolved(), field)?)))
            .collect()
    }
}

/// A scalar as text, whatever type it has.
pub(super) fn text(node: &Node<'_>, field: &str) -> Result<String, SopsConfigError> {
    match node.scalar_text() {
        Some(text) if node.kind() != NodeKind::Null => Ok(text.to_owned()),
        Some(_) => Ok(String::new()),
        None => Err(wrong(node, field, "a text")),
    }
}

pub(super) fn wrong(node: &Node<'_>, field: &str, expected: &'static str) -> SopsConfigError {
    SopsConfigError::WrongKind {
        place: node.place(),
        field: field.to_owned(),
        expected,
    }
}

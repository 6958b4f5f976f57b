//! Fields of a policy's text, each with its place when it is not what it should be. Knows no field by name.

use sealkit_manifest::{Node, NodeKind, Place};

use super::PolicyError;

pub(super) fn refuse_unknown_fields(
    node: &Node<'_>,
    known: &'static [&'static str],
) -> Result<(), PolicyError> {
    for entry in node.entries() {
        if !known.contains(&&*entry.key) {
            return Err(PolicyError::UnknownField {
                place: entry.key_place,
                field: entry.key.into_owned(),
                known,
            });
        }
    }
    Ok(())
}

pub(super) fn required<'a>(node: &Node<'a>, field: &'static str) -> Result<Node<'a>, PolicyError> {
    node.get(field).ok_or_else(|| PolicyError::MissingField {
        place: node.place(),
        field,
    })
}

pub(super) fn mapping<'a>(
    node: &Node<'a>,
    field: &str,
) -> Result<Vec<(String, Place, Node<'a>)>, PolicyError> {
    if node.kind() != NodeKind::Mapping {
        return Err(PolicyError::WrongKind {
            place: node.place(),
            field: field.to_owned(),
            expected: "a mapping of names",
        });
    }
    Ok(node
        .entries()
        .map(|entry| (entry.key.into_owned(), entry.key_place, entry.value))
        .collect())
}

pub(super) fn items<'a>(node: &Node<'a>, field: &str) -> Result<Vec<Node<'a>>, PolicyError> {
    if node.kind() != NodeKind::Sequence {
        return Err(PolicyError::WrongKind {
            place: node.place(),
            field: field.to_owned(),
            expected: "a list",
        });
    }
    Ok(node.items().collect())
}

pub(super) fn text(
    node: &Node<'_>,
    field: impl Fn() -> String,
    expected: &'static str,
) -> Result<String, PolicyError> {
    match node.as_str() {
        Some(text) => Ok(text.into_owned()),
        None => Err(PolicyError::WrongKind {
            place: node.place(),
            field: field(),
            expected,
        }),
    }
}

pub(super) fn one_of<T>(
    node: &Node<'_>,
    field: &str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, PolicyError> {
    let wrong = || PolicyError::WrongKind {
        place: node.place(),
        field: field.to_owned(),
        expected,
    };
    match node.kind() {
        NodeKind::Scalar => {
            let text = node
                .as_str()
                .map_or_else(|| node.raw().to_owned(), |text| text.into_owned());
            parse(&text).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

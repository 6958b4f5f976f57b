//! The block scalar that stays in the open and ends with the file, without a line break.
//!
//! It gets one when the metadata goes below it, which would make it another value; so it is written anew.

use sealkit_manifest::{Span, Stream, Style};
use zeroize::Zeroizing;

use super::encrypt::Placed;
use super::site::Site;
use super::tree::{Leaf, Mapping, Node};
use super::write::{self, House};

/// Its place and its new text. `tokens` are what was encrypted.
pub(super) fn anew(
    stream: &Stream,
    documents: &[Mapping<Site<'_>>],
    tokens: &[Placed<'_>],
    house: House,
) -> Option<(Span, Zeroizing<String>)> {
    let text = stream.as_str();
    if text.ends_with(['\n', '\r']) {
        return None;
    }
    let leaf = last_leaf(documents.last()?)?;
    let Site::Node {
        node, surroundings, ..
    } = &leaf.at
    else {
        return None;
    };
    let sealed = tokens.iter().any(|placed| placed.site.span() == leaf.at.span());
    let block = matches!(node.style(), Style::Literal | Style::Folded);
    if sealed || !block || node.span().end < text.len() {
        return None;
    }
    let new = write::value(&leaf.value, node, *surroundings, house, ["", ""])?;
    Some((node.span(), new))
}

fn last_leaf<'a, 's>(document: &'a Mapping<Site<'s>>) -> Option<&'a Leaf<Site<'s>>> {
    let (_, mut node) = document.entries().last()?;
    loop {
        node = match node {
            Node::Leaf(leaf) => return Some(leaf),
            Node::Mapping(mapping) => mapping.entries().last()?.1,
            Node::List(items) => items.last()?,
            Node::Comment(_) => return None,
        };
    }
}

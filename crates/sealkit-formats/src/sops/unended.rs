//! The block scalar that stays in the open and ends with the file, without a line break.
//!
//! It gets one when the metadata goes below it, which would make it another value; so it is written anew.

use sealkit_manifest::{Node as TextNode, Stream, Style};
use zeroize::Zeroizing;

use super::encrypt::Placed;
use super::in_place::around_comment;
use super::site::Site;
use super::text::Splices;
use super::tree::{Leaf, Mapping, Node};
use super::write::{self, House};

/// Puts its new text in its place. `tokens` are what was encrypted.
pub(super) fn write_anew(
    stream: &Stream,
    documents: &[Mapping<Site<'_>>],
    tokens: &[Placed<'_>],
    house: House,
    splices: &mut Splices,
) {
    if !stream.as_str().ends_with(['\n', '\r'])
        && let Some((node, new)) = anew(stream.as_str(), documents, tokens, house)
    {
        around_comment(&node, node.span(), &new, stream.as_str(), splices);
    }
}

/// The scalar and its new text.
fn anew<'s>(
    text: &str,
    documents: &[Mapping<Site<'s>>],
    tokens: &[Placed<'_>],
    house: House,
) -> Option<(TextNode<'s>, Zeroizing<String>)> {
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
    Some((*node, new))
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

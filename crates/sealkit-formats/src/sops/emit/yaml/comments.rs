//! Which comment goes to which node: to the collection before its first element, to the element behind it, to the end.

use zeroize::Zeroizing;

use crate::sops::emit::writer::wait;
use crate::sops::tree::{Comment, Item, Mapping, Node};

/// A collection that is about to be written.
pub(super) enum Around<'a> {
    Mapping(&'a Mapping),
    List(&'a [Node]),
}

impl Around<'_> {
    /// The comments before the first element; in a collection without elements, all of them.
    pub(super) fn head(&self) -> Zeroizing<String> {
        let mut own = Zeroizing::new(String::new());
        let mut inline = Vec::new();
        let mut has_elements = false;
        let mut take = |comment: &Comment, inline: &mut Vec<Zeroizing<String>>| match comment.inline {
            true => inline.push(comment.text.clone()),
            false => note(&mut own, &comment.text),
        };
        match self {
            Around::Mapping(mapping) => {
                for item in &mapping.0 {
                    match item {
                        Item::Comment(comment) => take(comment, &mut inline),
                        Item::Entry(..) => {
                            has_elements = true;
                            break;
                        }
                    }
                }
            }
            Around::List(nodes) => {
                for node in *nodes {
                    match node {
                        Node::Comment(comment) => take(comment, &mut inline),
                        _ => {
                            has_elements = true;
                            break;
                        }
                    }
                }
            }
        }
        if !has_elements {
            for text in &inline {
                note(&mut own, text);
            }
        }
        own
    }
}

/// The comments that the collection around a node gave to it.
#[derive(Default)]
pub(super) struct Comments {
    pub(super) head: Zeroizing<String>,
    pub(super) line: Zeroizing<String>,
    pub(super) foot: Zeroizing<String>,
}

impl Comments {
    /// Those before the first element were taken by `open`, unless they are inline.
    pub(super) fn take(&mut self, comment: &Comment, before_first: bool) {
        match (comment.inline, before_first) {
            (true, _) => note(&mut self.line, &comment.text),
            (false, true) => {}
            (false, false) => note(&mut self.head, &comment.text),
        }
    }

    /// At the end, inline comments without a value stand below the others.
    pub(super) fn leave(&mut self) {
        let line = std::mem::take(&mut self.line);
        wait(&mut self.head, &line);
    }
}

/// What stands behind the last element of a list.
pub(super) fn trailing(nodes: &[Node]) -> Zeroizing<String> {
    let mut comments = Comments::default();
    for node in nodes {
        if let Node::Comment(comment) = node {
            comments.take(comment, false);
        }
    }
    comments.leave();
    comments.head
}

fn note(place: &mut Zeroizing<String>, text: &str) {
    let line = Zeroizing::new(format!("#{text}"));
    wait(place, &line);
}

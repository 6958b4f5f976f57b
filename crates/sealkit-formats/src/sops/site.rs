//! Where a leaf or a comment of a document stands in its file.

use sealkit_manifest::{Node, Place, Source, Span};

/// A place in the text, small enough to hang at every leaf.
#[derive(Clone, Copy, Debug)]
pub(super) enum Site<'s> {
    /// A scalar of a YAML or JSON stream.
    Node {
        node: Node<'s>,
        /// The outermost alias through which it was reached.
        alias: Option<Node<'s>>,
        surroundings: Surroundings,
    },
    /// A comment from its `#` to the end of the line.
    Comment(Span),
}

/// What decides how a scalar may be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Inside braces or brackets.
    pub(super) flow: bool,
    /// The column of the block collection around it.
    pub(super) column: usize,
}

/// What hangs at the leaves and comments of a tree that is read from a text: a [`Site`], or nothing.
pub(super) trait At<'s>: Sized {
    /// For a scalar, and the outermost alias through which it was reached.
    fn node(node: Node<'s>, alias: Option<Node<'s>>, surroundings: Surroundings) -> Self;

    /// For a comment from its `#` to the end of the line.
    fn comment(span: Span) -> Self;
}

impl<'s> At<'s> for Site<'s> {
    fn node(node: Node<'s>, alias: Option<Node<'s>>, surroundings: Surroundings) -> Self {
        Self::Node {
            node,
            alias,
            surroundings,
        }
    }

    fn comment(span: Span) -> Self {
        Self::Comment(span)
    }
}

impl At<'_> for () {
    fn node(_: Node<'_>, _: Option<Node<'_>>, _: Surroundings) -> Self {}

    fn comment(_: Span) -> Self {}
}

impl Site<'_> {
    /// The bytes it occupies.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Node { node, .. } => node.span(),
            Self::Comment(span) => *span,
        }
    }

    /// The same for people.
    pub(super) fn place(&self, source: &Source) -> Place {
        match self {
            Self::Node {
                alias: Some(alias), ..
            } => alias.place(),
            other => source.place(other.span().start),
        }
    }
}

//! Documents as SOPS sees them, whatever store they came from: ordered, typed, comments among the items.
//!
//! `A` says where a leaf or comment stands in its text; a tree that was made, not read, says `()`. Knows no text and no
//! cipher.
//!
//! Source: `TreeBranch` in `sops.go` of getsops/sops 3.13.

use zeroize::Zeroizing;

use super::value::Value;

/// An ordered mapping; a document is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping<A = ()>(pub Vec<Item<A>>);

/// What stands in a mapping.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<A = ()> {
    /// A key and its value.
    Entry(String, Node<A>),
    /// A comment between entries.
    Comment(Comment<A>),
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<A = ()> {
    /// A mapping.
    Mapping(Mapping<A>),
    /// A list; comments occupy slots of their own.
    List(Vec<Node<A>>),
    /// A scalar.
    Leaf(Leaf<A>),
    /// A comment, only inside lists.
    Comment(Comment<A>),
}

/// A scalar and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf<A = ()> {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub at: A,
}

/// One line of comment.
#[derive(Clone, PartialEq)]
pub struct Comment<A = ()> {
    /// The text behind the comment character, blanks included.
    pub text: Zeroizing<String>,
    /// Whether it stands behind something on its line.
    pub inline: bool,
    /// Where it stands.
    pub at: A,
}

impl<A> std::fmt::Debug for Comment<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Comment(..)")
    }
}

impl<A> Mapping<A> {
    /// The value of the first entry with this key.
    pub fn get(&self, key: &str) -> Option<&Node<A>> {
        self.0.iter().find_map(|item| match item {
            Item::Entry(name, node) if name == key => Some(node),
            _ => None,
        })
    }

    /// The entries without the comments.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Node<A>)> {
        self.0.iter().filter_map(|item| match item {
            Item::Entry(key, node) => Some((key.as_str(), node)),
            Item::Comment(_) => None,
        })
    }
}

impl Node {
    /// A leaf that stands nowhere yet.
    pub fn leaf(value: Value) -> Self {
        Self::Leaf(Leaf { value, at: () })
    }

    /// A string that stands nowhere yet.
    pub fn string(text: &str) -> Self {
        Self::leaf(Value::string(text))
    }
}

impl<A> Node<A> {
    /// The same tree without places.
    pub fn bare(self) -> Node {
        match self {
            Self::Mapping(mapping) => Node::Mapping(mapping.bare()),
            Self::List(nodes) => Node::List(nodes.into_iter().map(Self::bare).collect()),
            Self::Leaf(leaf) => Node::leaf(leaf.value),
            Self::Comment(comment) => Node::Comment(comment.bare()),
        }
    }
}

impl<A> Mapping<A> {
    /// The same tree without places.
    pub fn bare(self) -> Mapping {
        let item = |item: Item<A>| match item {
            Item::Entry(key, node) => Item::Entry(key, node.bare()),
            Item::Comment(comment) => Item::Comment(comment.bare()),
        };
        Mapping(self.0.into_iter().map(item).collect())
    }
}

impl<A> Comment<A> {
    fn bare(self) -> Comment {
        Comment {
            text: self.text,
            inline: self.inline,
            at: (),
        }
    }
}

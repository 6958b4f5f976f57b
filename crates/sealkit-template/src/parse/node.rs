//! The tree of a template. Every node knows where it stands, for the errors.

use super::Number;

pub(crate) enum Node {
    Text(String),
    Action {
        at: usize,
        pipe: Pipe,
    },
    If(Branch),
    With(Branch),
    Range(Branch),
    Template {
        at: usize,
        name: String,
        pipe: Option<Pipe>,
    },
    Break {
        at: usize,
    },
    Continue {
        at: usize,
    },
}

/// A pipeline that decides, and two bodies.
pub(crate) struct Branch {
    pub(crate) at: usize,
    pub(crate) pipe: Pipe,
    pub(crate) body: Vec<Node>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

pub(crate) struct Pipe {
    pub(crate) at: usize,
    pub(crate) assigns: bool,
    pub(crate) declared: Vec<Variable>,
    pub(crate) commands: Vec<Command>,
}

pub(crate) struct Variable {
    pub(crate) name: String,
}

pub(crate) struct Command {
    pub(crate) at: usize,
    pub(crate) terms: Vec<Term>,
}

pub(crate) struct Term {
    pub(crate) at: usize,
    pub(crate) kind: TermKind,
}

pub(crate) enum TermKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text {
        quoted: String,
        bytes: Vec<u8>,
    },
    Identifier(String),
    /// `$x.a.b`: the variable, then fields.
    Variable(Vec<String>),
    /// `.a.b`.
    Field(Vec<String>),
    /// `(…).a.b`.
    Chain(Box<Term>, Vec<String>),
    Pipe(Box<Pipe>),
}

impl Node {
    /// Whether a definition with only such nodes counts as empty.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

//! Where rendering is, for errors: the node that was looked at last.

use crate::Template;
use crate::parse::{Command, Node, Pipe, Term};

#[derive(Clone, Copy)]
pub(super) enum Place<'t> {
    Nowhere,
    Node(&'t Node, usize),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Term(&'t Term),
}

impl Place<'_> {
    /// The line; and, if there is a place, `NAME:LINE:COLUMN` and the text that stands there.
    pub(super) fn describe(&self, template: &Template) -> (usize, Option<(String, String)>) {
        let (at, context) = match self {
            Self::Nowhere => return (1, None),
            Self::Node(node, at) => (*at, node.to_string()),
            Self::Pipe(pipe) => (pipe.at, pipe.to_string()),
            Self::Command(command) => (command.at, command.to_string()),
            Self::Term(term) => (term.at, term.to_string()),
        };
        let before = &template.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rfind('\n').map_or(at, |newline| at - newline - 1);
        let location = format!("{}:{line}:{column}", template.name);
        (line, Some((location, context)))
    }
}

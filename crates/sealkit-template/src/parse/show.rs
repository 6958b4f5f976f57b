//! Nodes printed again, for the `<…>` in errors.

use std::fmt::{Display, Formatter, Result};

use super::node::{Command, Node, Pipe, Term, TermKind};
use crate::text;

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Action { pipe, .. } => write!(f, "{{{{{pipe}}}}}"),
            Self::If(branch) => write!(f, "{{{{if {}}}}}", branch.pipe),
            Self::With(branch) => write!(f, "{{{{with {}}}}}", branch.pipe),
            Self::Range(branch) => write!(f, "{{{{range {}}}}}", branch.pipe),
            Self::Break { .. } => f.write_str("{{break}}"),
            Self::Continue { .. } => f.write_str("{{continue}}"),
            Self::Template { name, pipe, .. } => {
                write!(f, "{{{{template {}", text::quoted(name.as_bytes()))?;
                if let Some(pipe) = pipe {
                    write!(f, " {pipe}")?;
                }
                f.write_str("}}")
            }
        }
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (index, variable) in self.declared.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{}", variable.name)?;
        }
        if !self.declared.is_empty() {
            f.write_str(if self.assigns { " = " } else { " := " })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            let bar = if index > 0 { " | " } else { "" };
            write!(f, "{bar}{command}")?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (index, term) in self.terms.iter().enumerate() {
            let space = if index > 0 { " " } else { "" };
            match &term.kind {
                TermKind::Pipe(pipe) => write!(f, "{space}({pipe})")?,
                _ => write!(f, "{space}{term}")?,
            }
        }
        Ok(())
    }
}

impl Term {
    /// Whether it is a plain value, which can be neither called nor asked for fields.
    pub(super) fn is_constant(&self) -> bool {
        matches!(
            self.kind,
            TermKind::Bool(_) | TermKind::Dot | TermKind::Nil | TermKind::Number(_) | TermKind::Text { .. }
        )
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            TermKind::Dot => f.write_str("."),
            TermKind::Nil => f.write_str("nil"),
            TermKind::Bool(value) => write!(f, "{value}"),
            TermKind::Number(number) => f.write_str(&number.text),
            TermKind::Text { quoted, .. } => f.write_str(quoted),
            TermKind::Identifier(name) => f.write_str(name),
            TermKind::Variable(names) => f.write_str(&names.join(".")),
            TermKind::Field(names) => write!(f, ".{}", names.join(".")),
            TermKind::Chain(term, names) => match &term.kind {
                TermKind::Pipe(pipe) => write!(f, "({pipe}).{}", names.join(".")),
                _ => write!(f, "{term}.{}", names.join(".")),
            },
            TermKind::Pipe(pipe) => write!(f, "{pipe}"),
        }
    }
}

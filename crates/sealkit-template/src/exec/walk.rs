//! The bodies: text, branches, loops, calls of other templates.

use super::Exec;
use super::place::Place;
use crate::error::Error;
use crate::fmt;
use crate::parse::{Branch, Node, Pipe};
use crate::text::quoted;
use crate::value::{Signed, Unsigned, Value};

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Through,
    Break,
    Continue,
}

impl<'t> Exec<'t, '_> {
    pub(super) fn root(&mut self, dot: &Value) -> Result<(), Error> {
        let Some(body) = self.trees.get(self.name) else {
            return Ok(());
        };
        self.variables.push(("$", dot.clone()));
        self.body(dot, body).map(drop)
    }

    fn body(&mut self, dot: &Value, nodes: &'t [Node]) -> Result<Flow, Error> {
        self.deeper()?;
        for node in nodes {
            let step = self.tools.step(1);
            self.lift(step)?;
            let flow = self.node(dot, node)?;
            if flow != Flow::Through {
                self.depth -= 1;
                return Ok(flow);
            }
        }
        self.depth -= 1;
        Ok(Flow::Through)
    }

    fn node(&mut self, dot: &Value, node: &'t Node) -> Result<Flow, Error> {
        match node {
            Node::Text(text) => self.write(text.as_bytes())?,
            Node::Action { at, pipe } => {
                self.place = Place::Node(node, *at);
                let value = self.pipeline(dot, pipe)?;
                if pipe.declared.is_empty() {
                    self.place = Place::Node(node, *at);
                    self.print(&value)?;
                }
            }
            Node::If(branch) => return self.branch(dot, branch, false),
            Node::With(branch) => return self.branch(dot, branch, true),
            Node::Range(branch) => {
                self.place = Place::Node(node, branch.at);
                return self.range(dot, branch);
            }
            Node::Template { at, name, pipe } => {
                self.place = Place::Node(node, *at);
                self.call_template(dot, name, pipe.as_ref())?;
            }
            Node::Break { at } => {
                self.place = Place::Node(node, *at);
                return Ok(Flow::Break);
            }
            Node::Continue { at } => {
                self.place = Place::Node(node, *at);
                return Ok(Flow::Continue);
            }
        }
        Ok(Flow::Through)
    }

    fn print(&mut self, value: &Value) -> Result<(), Error> {
        match value {
            Value::Nil => self.write(b"<no value>"),
            Value::Text(text) => self.write(text),
            other => {
                let printed = fmt::print_value(&mut self.tools, other);
                let printed = self.lift(printed)?;
                self.write(&printed)
            }
        }
    }

    fn branch(&mut self, dot: &Value, branch: &'t Branch, with: bool) -> Result<Flow, Error> {
        let visible = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = match (value.truth(), &branch.otherwise) {
            (true, _) if with => self.body(&value, &branch.body)?,
            (true, _) => self.body(dot, &branch.body)?,
            (false, Some(otherwise)) => self.body(dot, otherwise)?,
            (false, None) => Flow::Through,
        };
        self.variables.truncate(visible);
        Ok(flow)
    }

    fn range(&mut self, dot: &Value, branch: &'t Branch) -> Result<Flow, Error> {
        let visible = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let mark = self.variables.len();
        let mut ran = false;
        match &value {
            Value::Signed(..) | Value::Unsigned(..) => {
                if branch.pipe.declared.len() > 1 {
                    let shown = fmt::number(&value);
                    return self.error(format!(
                        "can't use {shown} to iterate over more than one variable"
                    ));
                }
                for index in 0.. {
                    let element = match &value {
                        Value::Signed(kind, end) if index < *end => Value::Signed(*kind, index),
                        Value::Unsigned(kind, end) if index.unsigned_abs() < *end => {
                            Value::Unsigned(*kind, index.unsigned_abs())
                        }
                        _ => break,
                    };
                    ran = true;
                    if !self.iteration(Value::Nil, element, branch, mark)? {
                        break;
                    }
                }
            }
            Value::List(list) => {
                for (index, element) in list.items.iter().enumerate() {
                    ran = true;
                    let index = Value::int(index as i64);
                    if !self.iteration(index, element.clone(), branch, mark)? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                let entries: Vec<_> = map.entries.borrow().clone().into_iter().collect();
                let paid = self.tools.memory(entries.len() * 64);
                self.lift(paid)?;
                for (key, element) in entries {
                    ran = true;
                    if !self.iteration(Value::Text(key), element, branch, mark)? {
                        break;
                    }
                }
            }
            Value::Nil => {}
            other => {
                let shown = match other {
                    Value::Text(_) => "a string".to_owned(),
                    other => format!("a {}", other.type_name()),
                };
                return self.error(format!("range can't iterate over {shown}"));
            }
        }
        if !ran && let Some(otherwise) = &branch.otherwise {
            let flow = self.body(dot, otherwise)?;
            self.variables.truncate(visible);
            return Ok(flow);
        }
        self.variables.truncate(visible);
        Ok(Flow::Through)
    }

    /// One round; `false` after a `break`.
    fn iteration(
        &mut self,
        index: Value,
        element: Value,
        branch: &'t Branch,
        mark: usize,
    ) -> Result<bool, Error> {
        let declared = &branch.pipe.declared;
        if branch.pipe.assigns {
            match &declared[..] {
                [one] => self.set_variable(&one.name, element.clone())?,
                [first, second, ..] => {
                    self.set_variable(&first.name, index)?;
                    self.set_variable(&second.name, element.clone())?;
                }
                [] => {}
            }
        } else {
            let top = self.variables.len();
            if !declared.is_empty() {
                self.variables[top - 1].1 = element.clone();
            }
            if declared.len() > 1 {
                self.variables[top - 2].1 = index;
            }
        }
        let flow = self.body(&element, &branch.body)?;
        self.variables.truncate(mark);
        Ok(flow != Flow::Break)
    }

    fn call_template(&mut self, dot: &Value, name: &'t str, pipe: Option<&'t Pipe>) -> Result<(), Error> {
        let Some(body) = self.trees.get(name) else {
            return self.error(format!("template {} not defined", quoted(name.as_bytes())));
        };
        let dot = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Nil,
        };
        let variables = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let caller = std::mem::replace(&mut self.name, name);
        self.body(&dot, body)?;
        self.name = caller;
        self.variables = variables;
        Ok(())
    }

    pub(super) fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Result<Value, Error> {
        self.deeper()?;
        self.place = Place::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?);
        }
        let value = value.unwrap_or(Value::Nil);
        for variable in &pipe.declared {
            match pipe.assigns {
                true => self.set_variable(&variable.name, value.clone())?,
                false => self.variables.push((&variable.name, value.clone())),
            }
        }
        self.depth -= 1;
        Ok(value)
    }
}

/// Whether a value is one of Go's integers; they convert into each other where a function takes one.
pub(crate) fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Signed(
            Signed::Int | Signed::Int64 | Signed::Month | Signed::Weekday | Signed::Duration,
            v,
        ) => Some((*v).into()),
        Value::Unsigned(Unsigned::Uint8 | Unsigned::Uint64, v) => Some((*v).into()),
        _ => None,
    }
}

//! Commands, constants, fields and variables.

use super::place::Place;
use super::{Exec, entry};
use crate::error::Error;
use crate::functions::{Function, methods};
use crate::parse::{Command, Number, Term, TermKind};
use crate::value::Value;

/// What a call is written as: where an error in it stands.
#[derive(Clone, Copy)]
pub(super) enum Caller<'t> {
    Command(&'t Command),
    Term(&'t Term),
}

impl<'t> Exec<'t, '_> {
    pub(super) fn command(
        &mut self,
        dot: &Value,
        command: &'t Command,
        last: Option<Value>,
    ) -> Result<Value, Error> {
        let first = &command.terms[0];
        let arguments = &command.terms[1..];
        match &first.kind {
            TermKind::Field(names) => {
                self.place = Place::Term(first);
                self.fields(dot, dot.clone(), first, names, arguments, last)
            }
            TermKind::Chain(inner, names) => {
                let receiver = self.chain(dot, first, inner)?;
                self.fields(dot, receiver, first, names, arguments, last)
            }
            TermKind::Identifier(name) => {
                self.place = Place::Term(first);
                self.function(dot, name, Caller::Command(command), arguments, last)
            }
            TermKind::Pipe(pipe) => {
                self.not_a_function(first, arguments, last.as_ref())?;
                self.pipeline(dot, pipe)
            }
            TermKind::Variable(names) => {
                self.place = Place::Term(first);
                let value = self.variable(&names[0]);
                if names.len() == 1 {
                    self.not_a_function(first, arguments, last.as_ref())?;
                    return Ok(value);
                }
                self.fields(dot, value, first, &names[1..], arguments, last)
            }
            constant => {
                self.place = Place::Term(first);
                self.not_a_function(first, arguments, last.as_ref())?;
                match constant {
                    TermKind::Bool(value) => Ok(Value::Bool(*value)),
                    TermKind::Dot => Ok(dot.clone()),
                    TermKind::Number(number) => self.constant(number),
                    TermKind::Text { bytes, .. } => Ok(Value::text(bytes.as_slice())),
                    _ => self.error("nil is not a command"),
                }
            }
        }
    }

    fn not_a_function(&self, first: &Term, arguments: &[Term], last: Option<&Value>) -> Result<(), Error> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        self.error(format!("can't give argument to non-function {first}"))
    }

    /// A number whose type nobody asks for.
    pub(super) fn constant(&self, number: &Number) -> Result<Value, Error> {
        let text = number.text.as_str();
        if let Some((real, imaginary)) = number.complex {
            return Ok(Value::Complex(real, imaginary));
        }
        let hexadecimal = text.len() > 2
            && (text.starts_with("0x") || text.starts_with("0X"))
            && !text.contains(['p', 'P']);
        let looks_float = !hexadecimal && !text.starts_with('\'') && text.contains(['.', 'e', 'E', 'p', 'P']);
        match (number.float, number.int) {
            (Some(value), _) if looks_float => Ok(Value::Float(value)),
            (_, Some(value)) => Ok(Value::int(value)),
            _ => self.error(format!("{text} overflows int")),
        }
    }

    fn chain(&mut self, dot: &Value, term: &'t Term, inner: &'t Term) -> Result<Value, Error> {
        self.place = Place::Term(term);
        self.untyped(dot, inner)
    }

    /// A term that is asked for fields.
    fn untyped(&mut self, dot: &Value, term: &'t Term) -> Result<Value, Error> {
        self.place = Place::Term(term);
        match &term.kind {
            TermKind::Pipe(pipe) => self.pipeline(dot, pipe),
            _ => self.term(dot, term),
        }
    }

    /// A term that has a value of its own accord.
    pub(super) fn term(&mut self, dot: &Value, term: &'t Term) -> Result<Value, Error> {
        self.place = Place::Term(term);
        match &term.kind {
            TermKind::Dot => Ok(dot.clone()),
            TermKind::Field(names) => self.fields(dot, dot.clone(), term, names, &[], None),
            TermKind::Variable(names) => {
                let value = self.variable(&names[0]);
                match names.len() {
                    1 => Ok(value),
                    _ => self.fields(dot, value, term, &names[1..], &[], None),
                }
            }
            TermKind::Pipe(pipe) => self.pipeline(dot, pipe),
            TermKind::Identifier(name) => self.function(dot, name, Caller::Term(term), &[], None),
            TermKind::Chain(inner, names) => {
                let receiver = self.chain(dot, term, inner)?;
                self.fields(dot, receiver, term, names, &[], None)
            }
            TermKind::Bool(value) => Ok(Value::Bool(*value)),
            TermKind::Number(number) => self.constant(number),
            TermKind::Text { bytes, .. } => Ok(Value::text(bytes.as_slice())),
            TermKind::Nil => Ok(Value::Nil),
        }
    }

    fn fields(
        &mut self,
        dot: &Value,
        mut receiver: Value,
        term: &'t Term,
        names: &'t [String],
        arguments: &'t [Term],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        let (final_name, before) = names.split_last().expect("a field term names a field");
        for name in before {
            receiver = self.field(dot, &receiver, term, name, &[], None)?;
        }
        self.field(dot, &receiver, term, final_name, arguments, last)
    }

    fn field(
        &mut self,
        dot: &Value,
        receiver: &Value,
        term: &'t Term,
        name: &'t str,
        arguments: &'t [Term],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        let step = self.tools.step(1);
        self.lift(step)?;
        if let Some(method) = methods::find(receiver, name) {
            let method: &'static Function = method;
            let caller = Caller::Term(term);
            return self.call(dot, method, name, caller, Some(receiver.clone()), arguments, last);
        }
        let has_arguments = !arguments.is_empty() || last.is_some();
        match receiver {
            Value::Nil => Ok(Value::Nil),
            Value::Map(_) if has_arguments => self.error(format!("{name} is not a method but has arguments")),
            Value::Map(map) => Ok(entry(map, name.as_bytes()).unwrap_or(Value::Nil)),
            Value::Certificate(certificate) if matches!(name, "Cert" | "Key") => match has_arguments {
                true => self.error(format!("{name} has arguments but cannot be invoked as function")),
                false => Ok(Value::Text(match name {
                    "Cert" => certificate.certificate.clone(),
                    _ => certificate.key.clone(),
                })),
            },
            other => self.error(format!(
                "can't evaluate field {name} in type {}",
                other.type_name()
            )),
        }
    }
}

//! Calling functions: counting arguments, and holding them against the types that the function takes.

use super::Exec;
use super::field::Caller;
use super::place::Place;
use crate::error::{Error, ErrorKind, Fault};
use crate::functions::{self, Function, Param};
use crate::parse::{Term, TermKind};
use crate::text::quoted;
use crate::value::{Element, Signed, Unsigned, Value};

impl<'t> Exec<'t, '_> {
    pub(super) fn function(
        &mut self,
        dot: &Value,
        name: &'t str,
        caller: Caller<'t>,
        arguments: &'t [Term],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        let Some(function) = functions::find(name) else {
            return self.error(format!("{} is not a defined function", quoted(name.as_bytes())));
        };
        if matches!(name, "and" | "or") {
            return self.short_circuit(dot, name, arguments, last);
        }
        self.call(dot, function, name, caller, None, arguments, last)
    }

    fn short_circuit(
        &mut self,
        dot: &Value,
        name: &str,
        arguments: &'t [Term],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        if arguments.is_empty() && last.is_none() {
            return self.error(format!("wrong number of args for {name}: want at least 1 got 0"));
        }
        let mut value = Value::Nil;
        for argument in arguments {
            value = self.argument(dot, Param::Reflect, argument)?;
            if value.truth() == (name == "or") {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    #[expect(clippy::too_many_arguments, reason = "a call is written with all of these")]
    pub(super) fn call(
        &mut self,
        dot: &Value,
        function: &'static Function,
        name: &str,
        caller: Caller<'t>,
        receiver: Option<Value>,
        arguments: &'t [Term],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        let (params, variadic) = function.params();
        let given = arguments.len() + usize::from(last.is_some());
        match variadic {
            Some(_) if given < params.len() => {
                return self.error(format!(
                    "wrong number of args for {name}: want at least {} got {}",
                    params.len(),
                    arguments.len()
                ));
            }
            None if given != params.len() => {
                return self.error(format!(
                    "wrong number of args for {name}: want {} got {given}",
                    params.len()
                ));
            }
            _ => {}
        }
        let param = |index: usize| {
            let beyond = || variadic.expect("only a variadic function is given more than it names");
            params.get(index).copied().unwrap_or_else(beyond)
        };
        let mut values: Vec<Value> = receiver.into_iter().collect();
        for (index, argument) in arguments.iter().enumerate() {
            values.push(self.argument(dot, param(index), argument)?);
        }
        if let Some(last) = last {
            values.push(self.typed(last, param(arguments.len()))?);
        }
        let step = self.tools.step(1);
        self.lift(step)?;
        (function.run)(&mut self.tools, &values).map_err(|fault| {
            self.place = match caller {
                Caller::Command(command) => Place::Command(command),
                Caller::Term(term) => Place::Term(term),
            };
            let (kind, message) = match fault {
                Fault::Failed(message) => (ErrorKind::Execution, message),
                Fault::Limit(message) => (ErrorKind::Limit, message),
            };
            self.failure(kind, &format!("error calling {name}: {message}"))
        })
    }

    fn argument(&mut self, dot: &Value, param: Param, term: &'t Term) -> Result<Value, Error> {
        self.place = Place::Term(term);
        match &term.kind {
            TermKind::Nil => match param {
                Param::Any | Param::Reflect => Ok(Value::Nil),
                Param::Dict => Ok(self.tools.nil_map()),
                Param::List => Ok(Value::nil_list(Element::Any)),
                _ => self.error(format!("cannot assign nil to {}", param.type_name())),
            },
            TermKind::Bool(_) | TermKind::Number(_) | TermKind::Text { .. } => self.literal(param, term),
            _ => {
                let value = self.term(dot, term)?;
                self.typed(value, param)
            }
        }
    }

    /// A constant takes the type that is asked for.
    fn literal(&mut self, param: Param, term: &'t Term) -> Result<Value, Error> {
        let wanted = match (param, &term.kind) {
            (Param::Any | Param::Reflect, TermKind::Bool(value)) => return Ok(Value::Bool(*value)),
            (Param::Any | Param::Reflect, TermKind::Number(number)) => return self.constant(number),
            (Param::Any | Param::Reflect | Param::Text, TermKind::Text { bytes, .. }) => {
                return Ok(Value::text(bytes.as_slice()));
            }
            (Param::Bool, TermKind::Bool(value)) => return Ok(Value::Bool(*value)),
            (Param::Float, TermKind::Number(number)) if number.float.is_some() => {
                return Ok(Value::Float(number.float.unwrap_or_default()));
            }
            (Param::Int | Param::Duration, TermKind::Number(number)) if number.int.is_some() => {
                return Ok(Value::int(number.int.unwrap_or_default()));
            }
            (Param::Uint32, TermKind::Number(number)) if number.uint.is_some() => {
                let value = number.uint.unwrap_or_default() & u64::from(u32::MAX);
                return Ok(Value::Unsigned(Unsigned::Uint64, value));
            }
            (Param::Text, _) => "string",
            (Param::Bool, _) => "bool",
            (Param::Float, _) => "float",
            (Param::Int | Param::Duration, _) => "integer",
            (Param::Uint32, _) => "unsigned integer",
            _ => {
                return self.error(format!(
                    "can't handle {term} for arg of type {}",
                    param.type_name()
                ));
            }
        };
        self.error(format!("expected {wanted}; found {term}"))
    }

    /// Holds a value against a type; nothing is converted.
    fn typed(&mut self, value: Value, param: Param) -> Result<Value, Error> {
        let fits = match (&value, param) {
            (_, Param::Any | Param::Reflect) => true,
            (Value::Nil, Param::Dict) => return Ok(self.tools.nil_map()),
            (Value::Nil, Param::List) => return Ok(Value::nil_list(Element::Any)),
            (Value::Nil, _) => {
                return self.error(format!("invalid value; expected {}", param.type_name()));
            }
            (Value::Text(_), Param::Text)
            | (Value::Bool(_), Param::Bool)
            | (Value::Float(_), Param::Float)
            | (Value::Time(_), Param::Time)
            | (Value::Version(_), Param::Version)
            | (Value::Certificate(_), Param::Certificate)
            | (Value::Signed(Signed::Int, _), Param::Int)
            | (Value::Signed(Signed::Duration, _), Param::Duration) => true,
            (Value::List(list), Param::List) => list.element == Element::Any,
            (Value::Map(map), Param::Dict) => map.element == Element::Any,
            _ => false,
        };
        match fits {
            true => Ok(value),
            false => self.error(format!(
                "wrong type for value; expected {}; got {}",
                param.type_name(),
                value.type_name()
            )),
        }
    }
}

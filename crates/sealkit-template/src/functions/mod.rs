//! The functions by name, and what each takes. One file for each family; none reads anything but its arguments and
//! what the host gives.

mod builtin;
mod cases;
pub(crate) mod certificates;
mod compare;
mod crypto;
pub(crate) mod dates;
mod decimal;
mod defaults;
mod der;
mod dicts;
pub(crate) mod duration;
mod encoding;
mod json_read;
mod json_write;
mod keys;
pub(crate) mod layout;
mod lists;
mod math;
pub(crate) mod methods;
mod parse_date;
mod password;
mod paths;
mod regexes;
pub(crate) mod semver;
mod strings;
mod url;
mod wrap;

use crate::error::Fault;
use crate::exec::Tools;
use crate::value::{List, Map, Value};

pub(crate) type Answer = Result<Value, Fault>;

/// A function that templates may call.
pub(crate) struct Function {
    name: &'static str,
    /// One letter for each parameter, as [`Param`] reads them; a star behind the last means any number of it.
    takes: &'static str,
    pub(crate) run: fn(&mut Tools<'_>, &[Value]) -> Answer,
}

/// The types of parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param {
    /// Anything, as the author of the function meant it.
    Any,
    /// Anything, in the functions of Go's template package.
    Reflect,
    Text,
    Int,
    Float,
    Bool,
    Uint32,
    Dict,
    Time,
    Duration,
    Version,
    List,
    Certificate,
}

impl Param {
    fn read(letter: u8) -> Self {
        match letter {
            b'a' => Self::Any,
            b's' => Self::Text,
            b'i' => Self::Int,
            b'f' => Self::Float,
            b'b' => Self::Bool,
            b'u' => Self::Uint32,
            b'm' => Self::Dict,
            b't' => Self::Time,
            b'd' => Self::Duration,
            b'v' => Self::Version,
            b'l' => Self::List,
            b'c' => Self::Certificate,
            _ => Self::Reflect,
        }
    }

    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Text => "string",
            Self::Int => "int",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Uint32 => "uint32",
            Self::Dict => "map[string]interface {}",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
            Self::Version => "*semver.Version",
            Self::List => "[]interface {}",
            Self::Certificate => "sprig.certificate",
        }
    }
}

pub(crate) const fn function(
    name: &'static str,
    takes: &'static str,
    run: fn(&mut Tools<'_>, &[Value]) -> Answer,
) -> Function {
    Function { name, takes, run }
}

impl Function {
    /// The fixed parameters, and the type of any further ones.
    pub(crate) fn params(&self) -> (Vec<Param>, Option<Param>) {
        let letters = self.takes.strip_suffix('*');
        let mut params: Vec<Param> = letters.unwrap_or(self.takes).bytes().map(Param::read).collect();
        let variadic = letters.and_then(|_| params.pop());
        (params, variadic)
    }
}

const TABLES: &[&[Function]] = &[
    builtin::TABLE,
    cases::TABLE,
    certificates::TABLE,
    compare::TABLE,
    crypto::TABLE,
    dates::TABLE,
    defaults::TABLE,
    dicts::TABLE,
    encoding::TABLE,
    json_read::TABLE,
    json_write::TABLE,
    keys::TABLE,
    lists::TABLE,
    math::TABLE,
    password::TABLE,
    paths::TABLE,
    regexes::TABLE,
    semver::TABLE,
    strings::TABLE,
    url::TABLE,
    wrap::TABLE,
];

pub(crate) fn find(name: &str) -> Option<&'static Function> {
    let all = TABLES.iter().flat_map(|table| table.iter());
    all.into_iter().find(|function| function.name == name)
}

// What a function finds in its arguments. Their types were checked against `takes`, so that a mismatch reads as nothing.

pub(crate) fn text(arguments: &[Value], index: usize) -> &[u8] {
    match arguments.get(index) {
        Some(Value::Text(text)) => text,
        _ => b"",
    }
}

pub(crate) fn int(arguments: &[Value], index: usize) -> i64 {
    match arguments.get(index) {
        Some(Value::Signed(_, value)) => *value,
        Some(Value::Unsigned(_, value)) => *value as i64,
        _ => 0,
    }
}

pub(crate) fn dict(arguments: &[Value], index: usize) -> Option<&Map> {
    match arguments.get(index) {
        Some(Value::Map(map)) => Some(map),
        _ => None,
    }
}

/// A list, or the message of sprig's functions for lists.
pub(crate) fn list_of<'a>(arguments: &'a [Value], index: usize, verb: &str) -> Result<&'a List, Fault> {
    match arguments.get(index) {
        Some(Value::List(list)) => Ok(list),
        Some(Value::Nil) | None => {
            Err("runtime error: invalid memory address or nil pointer dereference".into())
        }
        Some(other) => Err(format!("Cannot {verb} type {}", other.kind_name()).into()),
    }
}

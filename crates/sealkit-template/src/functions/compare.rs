//! `eq` and its relatives: basic types only, and only of one kind.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Answer, Function, function};
use crate::error::Fault;
use crate::exec::Tools;
use crate::exec::walk_integer as integer;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("eq", "rr*", eq),
    function("ne", "rr", |tools, a| not(eq(tools, a))),
    function("lt", "rr", lt),
    function("le", "rr", le),
    function("gt", "rr", |tools, a| not(le(tools, a))),
    function("ge", "rr", |tools, a| not(lt(tools, a))),
];

fn not(answer: Answer) -> Answer {
    answer.map(|value| Value::Bool(!value.truth()))
}

fn incompatible(left: &Value, right: &Value) -> Fault {
    let (left, right) = (left.type_name(), right.type_name());
    format!("incompatible types for comparison: {left} and {right}").into()
}

fn eq(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let (first, others) = (&a[0], &a[1..]);
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        tools.step(1)?;
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn equal(left: &Value, right: &Value) -> Result<bool, Fault> {
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return Ok(left == right);
    }
    Ok(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
        (Value::Version(left), Value::Version(right)) => Rc::ptr_eq(left, right),
        (Value::Time(left), Value::Time(right)) => left == right,
        (left, right) if is_nil(left) || is_nil(right) => {
            let basic = |value: &Value| !matches!(value, Value::List(_) | Value::Map(_) | Value::Nil);
            if (basic(left) || basic(right)) && !matches!((left, right), (Value::Nil, _) | (_, Value::Nil)) {
                return Err(incompatible(left, right));
            }
            is_nil(left) == is_nil(right)
        }
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
            // Go prints the values here; their types say enough
            return Err(format!("non-comparable type {}", right.type_name()).into());
        }
        _ => return Err(incompatible(left, right)),
    })
}

fn is_nil(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::List(list) => list.nil,
        Value::Map(map) => map.nil,
        _ => false,
    }
}

fn order(a: &[Value]) -> Result<Option<Ordering>, Fault> {
    let (left, right) = (&a[0], &a[1]);
    let basic = |value: &Value| {
        integer(value).is_some()
            || matches!(
                value,
                Value::Bool(_) | Value::Float(_) | Value::Text(_) | Value::Complex(..)
            )
    };
    if !basic(left) || !basic(right) {
        return Err("invalid type for comparison".into());
    }
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return Ok(Some(left.cmp(&right)));
    }
    match (left, right) {
        (Value::Float(left), Value::Float(right)) => Ok(left.partial_cmp(right)),
        (Value::Text(left), Value::Text(right)) => Ok(Some(left.cmp(right))),
        (Value::Bool(_), Value::Bool(_)) | (Value::Complex(..), Value::Complex(..)) => {
            Err("invalid type for comparison".into())
        }
        _ => Err(incompatible(left, right)),
    }
}

fn lt(_: &mut Tools<'_>, a: &[Value]) -> Answer {
    Ok(Value::Bool(order(a)? == Some(Ordering::Less)))
}

fn le(_: &mut Tools<'_>, a: &[Value]) -> Answer {
    let order = order(a)?;
    Ok(Value::Bool(matches!(
        order,
        Some(Ordering::Less | Ordering::Equal)
    )))
}

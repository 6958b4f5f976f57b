//! Printing values as Go's `fmt` does: `%v` and its relatives.

mod format;
mod number;
mod verb;

use crate::error::Fault;
use crate::exec::Tools;
use crate::functions::{duration, layout};
use crate::value::{Signed, Value};
pub(crate) use format::sprintf;
pub(crate) use number::float;

/// `print` of one value.
pub(crate) fn print_value(tools: &mut Tools<'_>, value: &Value) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    write(tools, value, &mut out, 0)?;
    Ok(out)
}

/// `print`: a space between two operands that are both no strings.
pub(crate) fn sprint(tools: &mut Tools<'_>, values: &[Value]) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let mut before: Option<&Value> = None;
    for value in values {
        let is_text = |value: &Value| matches!(value, Value::Text(_));
        if before.is_some_and(|before| !is_text(before) && !is_text(value)) {
            out.push(b' ');
        }
        write(tools, value, &mut out, 0)?;
        before = Some(value);
    }
    Ok(out)
}

/// `println`: a space between all operands.
pub(crate) fn sprintln(tools: &mut Tools<'_>, values: &[Value]) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write(tools, value, &mut out, 0)?;
    }
    out.push(b'\n');
    Ok(out)
}

/// An integer, for messages.
pub(crate) fn number(value: &Value) -> String {
    match value {
        Value::Signed(Signed::Duration, nanoseconds) => duration::show(*nanoseconds),
        Value::Signed(_, value) => value.to_string(),
        Value::Unsigned(_, value) => value.to_string(),
        _ => String::new(),
    }
}

/// What the type's own `String` method says.
pub(super) fn named(value: &Value) -> Option<String> {
    Some(match value {
        Value::Signed(Signed::Month, month) => layout::month_name(*month),
        Value::Signed(Signed::Weekday, day) => layout::weekday_name(*day),
        Value::Signed(Signed::Duration, nanoseconds) => duration::show(*nanoseconds),
        Value::Time(time) => layout::string(time),
        Value::Version(version) => version.to_string(),
        _ => return None,
    })
}

/// `%v`.
pub(crate) fn write(
    tools: &mut Tools<'_>,
    value: &Value,
    out: &mut Vec<u8>,
    depth: u32,
) -> Result<(), Fault> {
    tools.visit(depth)?;
    let start = out.len();
    match value {
        Value::Nil => out.extend(b"<nil>"),
        Value::Bool(value) => out.extend(value.to_string().as_bytes()),
        Value::Text(text) => {
            tools.memory(text.len())?;
            out.extend_from_slice(text);
            return Ok(());
        }
        Value::Float(value) => out.extend(float(*value, 'g', None).as_bytes()),
        Value::Complex(real, imaginary) => {
            let (real, imaginary) = (float(*real, 'g', None), float(*imaginary, 'g', None));
            let plus = if imaginary.starts_with(['-', '+']) {
                ""
            } else {
                "+"
            };
            out.extend(format!("({real}{plus}{imaginary}i)").as_bytes());
        }
        Value::List(list) => {
            out.push(b'[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(tools, item, out, depth + 1)?;
            }
            out.push(b']');
            return tools.memory(2 + list.items.len());
        }
        Value::Map(map) => {
            out.extend(b"map[");
            let entries = map.entries.borrow();
            for (index, (key, item)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key);
                out.push(b':');
                tools.memory(key.len() + 2)?;
                write(tools, item, out, depth + 1)?;
            }
            out.push(b']');
        }
        Value::Certificate(certificate) => {
            out.push(b'{');
            out.extend_from_slice(&certificate.certificate);
            out.push(b' ');
            out.extend_from_slice(&certificate.key);
            out.push(b'}');
        }
        other => match named(other) {
            Some(name) => out.extend(name.as_bytes()),
            None => out.extend(number(other).as_bytes()),
        },
    }
    tools.memory(out.len().saturating_sub(start).min(256))
}

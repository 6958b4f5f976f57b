//! The functions of `text/template` itself, but for the comparisons.

use super::{Answer, Function, function, text};
use crate::error::Fault;
use crate::exec::walk_integer as integer;
use crate::exec::{Tools, entry};
use crate::fmt;
use crate::text::{chars, runes};
use crate::value::{Unsigned, Value};

pub(super) const TABLE: &[Function] = &[
    // these two are evaluated by the executor, which stops at the first argument that decides
    function("and", "rr*", |_, _| Ok(Value::Nil)),
    function("or", "rr*", |_, _| Ok(Value::Nil)),
    function("not", "r", |_, a| Ok(Value::Bool(!a[0].truth()))),
    function("len", "r", length),
    function("index", "rr*", index),
    function("call", "rr*", call),
    function("print", "a*", |tools, a| {
        let out = fmt::sprint(tools, a)?;
        Ok(Value::text(out))
    }),
    function("println", "a*", |tools, a| {
        let out = fmt::sprintln(tools, a)?;
        Ok(Value::text(out))
    }),
    function("printf", "sa*", |tools, a| {
        let out = fmt::sprintf(tools, text(a, 0), &a[1..])?;
        Ok(Value::text(out))
    }),
    function("html", "a*", |tools, a| {
        let out = joined(tools, a)?;
        let out = escape(&out, html);
        tools.text(out)
    }),
    function("js", "a*", |tools, a| {
        let out = joined(tools, a)?;
        let out = escape(&out, js);
        tools.text(out)
    }),
    function("urlquery", "a*", |tools, a| {
        let out = joined(tools, a)?;
        let mut query = Vec::with_capacity(out.len());
        for byte in out {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => query.push(byte),
                b' ' => query.push(b'+'),
                _ => query.extend(format!("%{byte:02X}").as_bytes()),
            }
        }
        tools.text(query)
    }),
];

fn length(_: &mut Tools<'_>, a: &[Value]) -> Answer {
    let length = match &a[0] {
        Value::Text(text) => text.len(),
        Value::List(list) => list.items.len(),
        Value::Map(map) => map.entries.borrow().len(),
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        other => return Err(format!("len of type {}", other.type_name()).into()),
    };
    Ok(Value::int(length as i64))
}

fn index(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut item = a[0].clone();
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".into());
    }
    for index in &a[1..] {
        tools.step(1)?;
        item = match &item {
            Value::Text(text) => {
                let at = position(index, text.len(), "string")?;
                Value::Unsigned(Unsigned::Uint8, text[at].into())
            }
            Value::List(list) => list.items[position(index, list.items.len(), "slice")?].clone(),
            Value::Map(map) => match index {
                Value::Text(key) => entry(map, key).unwrap_or_else(|| Value::zero(map.element)),
                Value::Nil => return Err("value is nil; should be of type string".into()),
                other => {
                    let found = other.type_name();
                    return Err(format!("value has type {found}; should be string").into());
                }
            },
            Value::Nil => return Err("index of nil pointer".into()),
            other => return Err(format!("can't index item of type {}", other.type_name()).into()),
        };
    }
    Ok(item)
}

fn position(index: &Value, length: usize, what: &str) -> Result<usize, Fault> {
    let Some(at) = integer(index) else {
        return Err(match index {
            Value::Nil => "cannot index slice/array with nil".into(),
            other => format!("cannot index slice/array with type {}", other.type_name()).into(),
        });
    };
    match usize::try_from(at) {
        Ok(at) if at < length => Ok(at),
        // Go lets one past the end through its own check, and its runtime complains instead
        Ok(at) if at == length => Err(format!("reflect: {what} index out of range").into()),
        _ => Err(format!("index out of range: {at}").into()),
    }
}

/// There are no function values here, so that every call fails.
fn call(_: &mut Tools<'_>, a: &[Value]) -> Answer {
    match &a[0] {
        Value::Nil => Err("call of nil".into()),
        other => Err(format!("non-function of type {}", other.type_name()).into()),
    }
}

/// One string as it is, anything else as `print` prints it; what a missing value prints, too.
fn joined(tools: &mut Tools<'_>, a: &[Value]) -> Result<Vec<u8>, Fault> {
    match a {
        [Value::Text(text)] => Ok(text.to_vec()),
        _ => {
            let shown: Vec<Value> = a
                .iter()
                .map(|value| match value {
                    Value::Nil => Value::text("<no value>"),
                    other => other.clone(),
                })
                .collect();
            // spaces go where they would go between the values themselves
            match a.iter().any(|value| matches!(value, Value::Nil)) {
                true => fmt::sprint(tools, &shown),
                false => fmt::sprint(tools, a),
            }
        }
    }
}

fn escape(bytes: &[u8], with: fn(char, &mut Vec<u8>) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for ((_, raw), c) in runes(bytes).zip(chars(bytes)) {
        if !with(c, &mut out) {
            out.extend_from_slice(raw);
        }
    }
    out
}

fn html(c: char, out: &mut Vec<u8>) -> bool {
    out.extend(match c {
        '\0' => "\u{fffd}".as_bytes(),
        '"' => b"&#34;",
        '\'' => b"&#39;",
        '&' => b"&amp;",
        '<' => b"&lt;",
        '>' => b"&gt;",
        _ => return false,
    });
    true
}

fn js(c: char, out: &mut Vec<u8>) -> bool {
    let escaped = match c {
        '\\' => "\\\\".to_owned(),
        '\'' => "\\'".to_owned(),
        '"' => "\\\"".to_owned(),
        '<' => "\\u003C".to_owned(),
        '>' => "\\u003E".to_owned(),
        '&' => "\\u0026".to_owned(),
        '=' => "\\u003D".to_owned(),
        c if c < ' ' || !c.is_ascii() && !crate::text::is_printable(c) => {
            format!("\\u{:04X}", u32::from(c))
        }
        _ => return false,
    };
    out.extend(escaped.as_bytes());
    true
}

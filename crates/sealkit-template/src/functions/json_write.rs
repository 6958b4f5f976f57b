//! JSON as Go writes it: keys in order, `<`, `>` and `&` escaped unless asked for raw.

use super::{Answer, Function, function, layout};
use crate::error::Fault;
use crate::exec::Tools;
use crate::fmt::float;
use crate::text::runes;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("toJson", "a", |tools, a| {
        lenient(write(tools, &a[0], &Form::PLAIN))
    }),
    function("mustToJson", "a", |tools, a| write(tools, &a[0], &Form::PLAIN)),
    function("toPrettyJson", "a", |tools, a| {
        lenient(write(tools, &a[0], &Form::PRETTY))
    }),
    function("mustToPrettyJson", "a", |tools, a| {
        write(tools, &a[0], &Form::PRETTY)
    }),
    function("toRawJson", "a", |tools, a| write(tools, &a[0], &Form::RAW)),
    function("mustToRawJson", "a", |tools, a| write(tools, &a[0], &Form::RAW)),
];

struct Form {
    pretty: bool,
    raw: bool,
}

impl Form {
    const PLAIN: Self = Self {
        pretty: false,
        raw: false,
    };
    const PRETTY: Self = Self {
        pretty: true,
        raw: false,
    };
    const RAW: Self = Self {
        pretty: false,
        raw: true,
    };
}

/// What cannot be written is an empty string; a bound stays a bound.
fn lenient(answer: Answer) -> Answer {
    match answer {
        Err(Fault::Failed(_)) => Ok(Value::text("")),
        other => other,
    }
}

fn write(tools: &mut Tools<'_>, value: &Value, form: &Form) -> Answer {
    let mut out = Vec::new();
    any(tools, value, form, &mut out, 0)?;
    Ok(Value::text(out))
}

fn any(
    tools: &mut Tools<'_>,
    value: &Value,
    form: &Form,
    out: &mut Vec<u8>,
    depth: u32,
) -> Result<(), Fault> {
    tools.visit(depth)?;
    tools.memory(8 + if form.pretty { depth as usize * 2 } else { 0 })?;
    match value {
        Value::Nil => out.extend(b"null"),
        Value::Bool(value) => out.extend(value.to_string().as_bytes()),
        Value::Signed(_, value) => out.extend(value.to_string().as_bytes()),
        Value::Unsigned(_, value) => out.extend(value.to_string().as_bytes()),
        Value::Float(value) => out.extend(number(*value)?.as_bytes()),
        Value::Complex(..) => return Err("json: unsupported type: complex128".into()),
        Value::Text(text) => string(tools, text, form, out)?,
        Value::List(list) if list.nil => out.extend(b"null"),
        Value::List(list) => {
            out.push(b'[');
            for (index, item) in list.items.iter().enumerate() {
                separate(index, form, out, depth + 1);
                any(tools, item, form, out, depth + 1)?;
            }
            close(b']', list.items.is_empty(), form, out, depth);
        }
        Value::Map(map) if map.nil => out.extend(b"null"),
        Value::Map(map) => {
            out.push(b'{');
            let entries = map.entries.borrow();
            for (index, (key, item)) in entries.iter().enumerate() {
                separate(index, form, out, depth + 1);
                string(tools, key, form, out)?;
                out.extend(if form.pretty { b": ".as_slice() } else { b":" });
                any(tools, item, form, out, depth + 1)?;
            }
            close(b'}', entries.is_empty(), form, out, depth);
        }
        Value::Time(time) => string(tools, layout::rfc3339(time).as_bytes(), form, out)?,
        Value::Version(version) => string(tools, version.to_string().as_bytes(), form, out)?,
        Value::Certificate(certificate) => {
            out.push(b'{');
            for (index, (name, text)) in [("Cert", &certificate.certificate), ("Key", &certificate.key)]
                .into_iter()
                .enumerate()
            {
                separate(index, form, out, depth + 1);
                string(tools, name.as_bytes(), form, out)?;
                out.extend(if form.pretty { b": ".as_slice() } else { b":" });
                string(tools, text, form, out)?;
            }
            close(b'}', false, form, out, depth);
        }
    }
    Ok(())
}

fn separate(index: usize, form: &Form, out: &mut Vec<u8>, depth: u32) {
    if index > 0 {
        out.push(b',');
    }
    new_line(form, out, depth);
}

fn close(bracket: u8, empty: bool, form: &Form, out: &mut Vec<u8>, depth: u32) {
    if !empty {
        new_line(form, out, depth);
    }
    out.push(bracket);
}

fn new_line(form: &Form, out: &mut Vec<u8>, depth: u32) {
    if form.pretty {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', depth as usize * 2));
    }
}

fn number(value: f64) -> Result<String, Fault> {
    if !value.is_finite() {
        return Err(format!("json: unsupported value: {}", float(value, 'g', None)).into());
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        // one digit of a negative exponent is enough for JSON
        let text = float(value, 'e', None);
        return Ok(match text.split_once("e-0") {
            Some((mantissa, digit)) => format!("{mantissa}e-{digit}"),
            None => text,
        });
    }
    Ok(float(value, 'f', None))
}

fn string(tools: &mut Tools<'_>, bytes: &[u8], form: &Form, out: &mut Vec<u8>) -> Result<(), Fault> {
    tools.memory(bytes.len() + 2)?;
    out.push(b'"');
    for (c, raw) in runes(bytes) {
        let escaped = match c {
            None => "\\ufffd".to_owned(),
            Some('"') => "\\\"".to_owned(),
            Some('\\') => "\\\\".to_owned(),
            Some('\x08') => "\\b".to_owned(),
            Some('\x0c') => "\\f".to_owned(),
            Some('\n') => "\\n".to_owned(),
            Some('\r') => "\\r".to_owned(),
            Some('\t') => "\\t".to_owned(),
            Some(c @ ('\0'..='\x1f' | '\u{2028}' | '\u{2029}')) => format!("\\u{:04x}", u32::from(c)),
            Some(c @ ('<' | '>' | '&')) if !form.raw => format!("\\u{:04x}", u32::from(c)),
            Some(_) => {
                out.extend_from_slice(raw);
                continue;
            }
        };
        out.extend(escaped.as_bytes());
    }
    out.push(b'"');
    Ok(())
}

//! One operand under one verb.

use super::number::float;
use super::{named, write as write_plain};
use crate::error::Fault;
use crate::exec::Tools;
use crate::text;
use crate::value::{Element, Value};

/// What stands between `%` and the verb.
#[derive(Default)]
pub(super) struct Spec {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

pub(super) fn write(
    tools: &mut Tools<'_>,
    out: &mut Vec<u8>,
    value: &Value,
    verb: char,
    spec: &Spec,
    depth: u32,
) -> Result<(), Fault> {
    tools.visit(depth)?;
    // the plus of %+v is about the fields of structs
    let spec = &Spec {
        plus: spec.plus && verb != 'v',
        ..*spec
    };
    match verb {
        'T' => {
            pad(out, value.type_name().as_bytes(), spec);
            return Ok(());
        }
        'p' => return bad(tools, out, value, verb, spec),
        'v' if spec.sharp => {
            let mut source = Vec::new();
            go_syntax(tools, value, &mut source, depth)?;
            pad(out, &source, spec);
            return Ok(());
        }
        _ => {}
    }
    if let Some(name) = named(value).filter(|_| matches!(verb, 'v' | 's' | 'q' | 'x' | 'X')) {
        return string(tools, out, name.as_bytes(), verb, spec);
    }
    match value {
        Value::Nil if verb == 'v' => pad(out, b"<nil>", spec),
        Value::Nil => out.extend(format!("%!{verb}(<nil>)").as_bytes()),
        Value::Bool(value) if matches!(verb, 't' | 'v') => pad(out, value.to_string().as_bytes(), spec),
        Value::Signed(_, number) if is_integer(verb) => integer(out, (*number).into(), verb, spec),
        Value::Unsigned(_, number) if is_integer(verb) => integer(out, (*number).into(), verb, spec),
        Value::Float(number) if is_float(verb) => floating(out, *number, verb, spec),
        Value::Complex(real, imaginary) if is_float(verb) => {
            let part = |plus| Spec {
                plus,
                precision: spec.precision,
                ..Spec::default()
            };
            out.push(b'(');
            floating(out, *real, verb, &part(spec.plus));
            floating(out, *imaginary, verb, &part(true));
            out.extend(b"i)");
        }
        Value::Text(bytes) if matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') => {
            return string(tools, out, bytes, verb, spec);
        }
        Value::List(list) => {
            out.push(b'[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(tools, out, item, verb, spec, depth + 1)?;
            }
            out.push(b']');
        }
        Value::Map(map) => {
            out.extend(b"map[");
            for (index, (key, item)) in map.entries.borrow().iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(tools, out, &Value::Text(key.clone()), verb, spec, depth + 1)?;
                out.push(b':');
                write(tools, out, item, verb, spec, depth + 1)?;
            }
            out.push(b']');
        }
        Value::Certificate(_) if matches!(verb, 'v' | 's') => write_plain(tools, value, out, depth)?,
        other => return bad(tools, out, other, verb, spec),
    }
    Ok(())
}

fn is_integer(verb: char) -> bool {
    matches!(verb, 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U')
}

fn is_float(verb: char) -> bool {
    matches!(verb, 'v' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G')
}

fn bad(
    tools: &mut Tools<'_>,
    out: &mut Vec<u8>,
    value: &Value,
    verb: char,
    spec: &Spec,
) -> Result<(), Fault> {
    out.extend(format!("%!{verb}({}=", value.type_name()).as_bytes());
    write(tools, out, value, 'v', spec, 0)?;
    out.push(b')');
    Ok(())
}

/// Pads with spaces to the width, counted in characters.
fn pad(out: &mut Vec<u8>, bytes: &[u8], spec: &Spec) {
    let missing = spec.width.unwrap_or(0).saturating_sub(text::runes(bytes).count());
    if !spec.minus {
        out.extend(std::iter::repeat_n(b' ', missing));
    }
    out.extend_from_slice(bytes);
    if spec.minus {
        out.extend(std::iter::repeat_n(b' ', missing));
    }
}

fn string(
    tools: &mut Tools<'_>,
    out: &mut Vec<u8>,
    bytes: &[u8],
    verb: char,
    spec: &Spec,
) -> Result<(), Fault> {
    tools.memory(bytes.len())?;
    let cut = match (spec.precision, verb) {
        (Some(count), 'x' | 'X') => &bytes[..count.min(bytes.len())],
        (Some(count), _) => {
            let length: usize = text::runes(bytes).take(count).map(|(_, raw)| raw.len()).sum();
            &bytes[..length]
        }
        (None, _) => bytes,
    };
    match verb {
        'q' => {
            let raw = spec.sharp
                && !cut.contains(&b'`')
                && text::chars(cut).all(|c| text::is_printable(c) || c == '\t');
            let quoted = match raw {
                true => format!("`{}`", text::lossy(cut)),
                false => text::quote(cut, '"', spec.plus),
            };
            pad(out, quoted.as_bytes(), spec);
        }
        'x' | 'X' => {
            let prefix = if spec.sharp { "0x" } else { "" };
            let separator = if spec.space { " " } else { "" };
            let mut digits: Vec<String> = cut.iter().map(|byte| format!("{byte:02x}")).collect();
            match spec.space {
                true => digits.iter_mut().for_each(|pair| pair.insert_str(0, prefix)),
                false if !digits.is_empty() => digits[0].insert_str(0, prefix),
                false => {}
            }
            let mut text = digits.join(separator);
            if verb == 'X' {
                text.make_ascii_uppercase();
            }
            pad(out, text.as_bytes(), spec);
        }
        _ => pad(out, cut, spec),
    }
    Ok(())
}

fn integer(out: &mut Vec<u8>, value: i128, verb: char, spec: &Spec) {
    let character = || u32::try_from(value).ok().and_then(char::from_u32);
    match verb {
        'c' => {
            let c = character().unwrap_or(char::REPLACEMENT_CHARACTER);
            return pad(out, c.to_string().as_bytes(), spec);
        }
        'q' => {
            let c = character().unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut quoted = String::from('\'');
            text::escape(c, '\'', spec.plus, &mut quoted);
            quoted.push('\'');
            return pad(out, quoted.as_bytes(), spec);
        }
        'U' => {
            let mut text = format!("U+{value:04X}");
            if let Some(c) = character().filter(|c| spec.sharp && text::is_printable(*c)) {
                text.push_str(&format!(" '{c}'"));
            }
            return pad(out, text.as_bytes(), spec);
        }
        _ => {}
    }
    let magnitude = value.unsigned_abs();
    let (prefix, mut digits) = match verb {
        'b' => (if spec.sharp { "0b" } else { "" }, format!("{magnitude:b}")),
        'o' => (if spec.sharp { "0" } else { "" }, format!("{magnitude:o}")),
        'O' => ("0o", format!("{magnitude:o}")),
        'x' => (if spec.sharp { "0x" } else { "" }, format!("{magnitude:x}")),
        'X' => (if spec.sharp { "0X" } else { "" }, format!("{magnitude:X}")),
        _ => ("", magnitude.to_string()),
    };
    if spec.precision == Some(0) && value == 0 {
        return pad(out, b"", spec);
    }
    let sign = sign(value < 0, spec);
    let mut wanted = spec.precision.unwrap_or(0);
    if spec.zero && !spec.minus && spec.precision.is_none() {
        wanted = spec.width.unwrap_or(0).saturating_sub(sign.len());
    }
    let missing = wanted.saturating_sub(digits.len());
    digits.insert_str(0, &"0".repeat(missing));
    pad(out, format!("{sign}{prefix}{digits}").as_bytes(), spec);
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn floating(out: &mut Vec<u8>, value: f64, verb: char, spec: &Spec) {
    let (form, precision) = match verb {
        'v' => ('g', spec.precision),
        'F' | 'f' => ('f', Some(spec.precision.unwrap_or(6))),
        'e' | 'E' => (verb, Some(spec.precision.unwrap_or(6))),
        _ => (verb, spec.precision),
    };
    let text = float(value.abs(), form, precision);
    let digits = text.trim_start_matches('+');
    let negative = value.is_sign_negative() && !value.is_nan();
    let sign = match value.is_infinite() && !negative {
        true => "+",
        false => sign(negative, spec),
    };
    let width = spec.width.unwrap_or(0);
    if spec.zero && !spec.minus && value.is_finite() {
        let missing = width.saturating_sub(sign.len() + digits.len());
        out.extend(format!("{sign}{}{digits}", "0".repeat(missing)).as_bytes());
    } else {
        pad(out, format!("{sign}{digits}").as_bytes(), spec);
    }
}

/// `%#v`: as Go source.
fn go_syntax(tools: &mut Tools<'_>, value: &Value, out: &mut Vec<u8>, depth: u32) -> Result<(), Fault> {
    tools.visit(depth)?;
    match value {
        Value::Nil if depth > 0 => out.extend(b"interface {}(nil)"),
        Value::Nil => out.extend(b"<nil>"),
        Value::Text(bytes) => out.extend(text::quoted(bytes).as_bytes()),
        Value::Unsigned(_, number) => out.extend(format!("0x{number:x}").as_bytes()),
        Value::Signed(_, number) => out.extend(number.to_string().as_bytes()),
        Value::List(list) => {
            out.extend(value.type_name().as_bytes());
            if list.nil {
                out.extend(b"(nil)");
                return Ok(());
            }
            out.push(b'{');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.extend(b", ");
                }
                go_syntax(tools, item, out, depth + 1)?;
            }
            out.push(b'}');
        }
        Value::Map(map) => {
            out.extend(value.type_name().as_bytes());
            if map.nil && map.element == Element::Any {
                out.extend(b"(nil)");
                return Ok(());
            }
            out.push(b'{');
            for (index, (key, item)) in map.entries.borrow().iter().enumerate() {
                if index > 0 {
                    out.extend(b", ");
                }
                out.extend(text::quoted(key).as_bytes());
                out.push(b':');
                go_syntax(tools, item, out, depth + 1)?;
            }
            out.push(b'}');
        }
        other => write_plain(tools, other, out, depth)?,
    }
    Ok(())
}

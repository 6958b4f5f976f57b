//! Strings: cutting, padding, replacing, quoting, and random ones.

use super::lists::{as_text, texts_of};
use super::{Answer, Function, function, int, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::fmt;
use crate::text::{chars, lower, quoted, runes, upper};
use crate::value::{Element, Entries, Value};

pub(super) const TABLE: &[Function] = &[
    function("trunc", "is", |tools, a| {
        let (count, s) = (int(a, 0), text(a, 1));
        let length = s.len() as i64;
        let cut = match count {
            _ if count < 0 && length + count > 0 => &s[(length + count) as usize..],
            _ if count >= 0 && length > count => &s[..count as usize],
            _ => s,
        };
        tools.text(cut)
    }),
    function("trim", "s", |tools, a| {
        let trimmed = trim(text(a, 0), |c| c.is_some_and(char::is_whitespace));
        tools.text(trimmed)
    }),
    function("trimAll", "ss", trim_all),
    function("trimall", "ss", trim_all),
    function("trimSuffix", "ss", |tools, a| {
        let s = text(a, 1);
        tools.text(s.strip_suffix(text(a, 0)).unwrap_or(s))
    }),
    function("trimPrefix", "ss", |tools, a| {
        let s = text(a, 1);
        tools.text(s.strip_prefix(text(a, 0)).unwrap_or(s))
    }),
    function("upper", "s", |tools, a| {
        let out: String = chars(text(a, 0)).map(upper).collect();
        tools.text(out)
    }),
    function("lower", "s", |tools, a| {
        let out: String = chars(text(a, 0)).map(lower).collect();
        tools.text(out)
    }),
    function("substr", "iis", substr),
    function("repeat", "is", |tools, a| {
        let (count, s) = (int(a, 0), text(a, 1));
        let Ok(count) = usize::try_from(count) else {
            return Err("strings: negative Repeat count".into());
        };
        tools.memory(s.len().saturating_mul(count))?;
        Ok(Value::text(s.repeat(count)))
    }),
    function("contains", "ss", |_, a| {
        Ok(Value::Bool(find(text(a, 1), text(a, 0)).is_some()))
    }),
    function("hasPrefix", "ss", |_, a| {
        Ok(Value::Bool(text(a, 1).starts_with(text(a, 0))))
    }),
    function("hasSuffix", "ss", |_, a| {
        Ok(Value::Bool(text(a, 1).ends_with(text(a, 0))))
    }),
    function("quote", "a*", |tools, a| {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for value in a.iter().filter(|value| !matches!(value, Value::Nil)) {
            let s = as_text(tools, value)?;
            tools.memory(s.len() * 4)?;
            out.push(quoted(&s).into_bytes());
        }
        tools.text(out.join(&b' '))
    }),
    function("squote", "a*", |tools, a| {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for value in a.iter().filter(|value| !matches!(value, Value::Nil)) {
            let s = fmt::print_value(tools, value)?;
            out.push([b"'", &s[..], b"'"].concat());
        }
        tools.text(out.join(&b' '))
    }),
    function("cat", "a*", |tools, a| {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for value in a.iter().filter(|value| !matches!(value, Value::Nil)) {
            out.push(fmt::print_value(tools, value)?);
        }
        tools.text(out.join(&b' '))
    }),
    function("indent", "is", |tools, a| {
        indent(tools, int(a, 0), text(a, 1), "")
    }),
    function("nindent", "is", |tools, a| {
        indent(tools, int(a, 0), text(a, 1), "\n")
    }),
    function("replace", "sss", |tools, a| {
        let out = replace(tools, text(a, 2), text(a, 0), text(a, 1))?;
        Ok(Value::text(out))
    }),
    function("plural", "ssi", |_, a| {
        let chosen = if int(a, 2) == 1 { &a[0] } else { &a[1] };
        Ok(chosen.clone())
    }),
    function("toString", "a", |tools, a| {
        let s = as_text(tools, &a[0])?;
        Ok(Value::text(s))
    }),
    function("split", "ss", |tools, a| {
        let parts = split(text(a, 1), text(a, 0), -1);
        numbered(tools, parts)
    }),
    function("splitn", "sis", |tools, a| {
        let parts = split(text(a, 2), text(a, 0), int(a, 1));
        numbered(tools, parts)
    }),
    function("splitList", "ss", |tools, a| {
        let parts = split(text(a, 1), text(a, 0), -1);
        tools.texts(parts)
    }),
    function("join", "sa", |tools, a| {
        let parts = texts_of(tools, &a[1])?;
        tools.memory(parts.len() * text(a, 0).len())?;
        tools.text(parts.join(text(a, 0)))
    }),
    function("toStrings", "a", |tools, a| {
        let parts = texts_of(tools, &a[0])?;
        tools.texts(parts)
    }),
    function("sortAlpha", "a", |tools, a| {
        let mut parts = match &a[0] {
            list @ Value::List(_) => texts_of(tools, list)?,
            other => vec![as_text(tools, other)?],
        };
        tools.step(parts.len() * 16)?;
        parts.sort();
        tools.texts(parts)
    }),
];

fn trim(s: &[u8], mut cut: impl FnMut(Option<char>) -> bool) -> &[u8] {
    let pieces: Vec<(Option<char>, &[u8])> = runes(s).collect();
    let length = |raw: &&(Option<char>, &[u8])| raw.1.len();
    let front = pieces.iter().take_while(|piece| cut(piece.0));
    let start: usize = front.map(|piece| length(&piece)).sum();
    let back = pieces.iter().rev().take_while(|piece| cut(piece.0));
    let end = s.len() - back.map(|piece| length(&piece)).sum::<usize>();
    if start >= end { b"" } else { &s[start..end] }
}

fn trim_all(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let set: Vec<Option<char>> = runes(text(a, 0)).map(|(c, _)| c).collect();
    tools.step(text(a, 1).len() / 16)?;
    let trimmed = trim(text(a, 1), |c| set.contains(&c));
    tools.text(trimmed)
}

fn substr(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let (start, end, s) = (int(a, 0), int(a, 1), text(a, 2));
    let length = s.len() as i64;
    let outside = |from: i64, to: Option<i64>| -> Fault {
        let message = match to {
            Some(to) if to > length || to < 0 => format!("[:{to}] with length {length}"),
            Some(to) => format!("[{from}:{to}]"),
            None => format!("[{from}:{length}]"),
        };
        format!("runtime error: slice bounds out of range {message}").into()
    };
    let (from, to) = match (start, end) {
        (..0, end) if end > length || end < 0 => return Err(outside(0, Some(end))),
        (..0, end) => (0, end),
        (start, end) if end < 0 || end > length => {
            if start > length {
                return Err(outside(start, None));
            }
            (start, length)
        }
        (start, end) if start > end => return Err(outside(start, Some(end))),
        (start, end) => (start, end),
    };
    tools.text(&s[from as usize..to as usize])
}

pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn indent(tools: &mut Tools<'_>, spaces: i64, s: &[u8], before: &str) -> Answer {
    let Ok(spaces) = usize::try_from(spaces) else {
        return Err("strings: negative Repeat count".into());
    };
    let lines = s.iter().filter(|byte| **byte == b'\n').count() + 1;
    tools.memory(spaces.saturating_mul(lines).saturating_add(s.len()))?;
    let pad = vec![b' '; spaces];
    let mut out = before.as_bytes().to_vec();
    for line in s.split_inclusive(|byte| *byte == b'\n') {
        out.extend(&pad);
        out.extend(line);
    }
    if s.is_empty() || s.ends_with(b"\n") {
        out.extend(&pad);
    }
    Ok(Value::text(out))
}

fn replace(tools: &mut Tools<'_>, s: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>, Fault> {
    let parts: Vec<Vec<u8>> = if old.is_empty() {
        let letters = runes(s).map(|(_, raw)| raw.to_vec());
        std::iter::once(Vec::new())
            .chain(letters)
            .chain(std::iter::once(Vec::new()))
            .collect()
    } else {
        split(s, old, -1)
    };
    tools.memory(s.len().saturating_add(new.len().saturating_mul(parts.len())))?;
    if old.is_empty() && s.is_empty() {
        return Ok(new.to_vec());
    }
    Ok(parts.join(new))
}

/// Go's `strings.SplitN`.
pub(super) fn split(s: &[u8], separator: &[u8], count: i64) -> Vec<Vec<u8>> {
    if count == 0 {
        return Vec::new();
    }
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let mut parts: Vec<Vec<u8>> = Vec::new();
    if separator.is_empty() {
        for (_, raw) in runes(s) {
            let full = parts.len() == limit;
            match parts.last_mut() {
                Some(last) if full => last.extend(raw),
                _ => parts.push(raw.to_vec()),
            }
        }
        return parts;
    }
    let mut rest = s;
    while parts.len() + 1 < limit
        && let Some(at) = find(rest, separator)
    {
        parts.push(rest[..at].to_vec());
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest.to_vec());
    parts
}

fn numbered(tools: &mut Tools<'_>, parts: Vec<Vec<u8>>) -> Answer {
    let mut entries = Entries::new();
    for (index, part) in parts.into_iter().enumerate() {
        let part = tools.text(part)?;
        entries.insert(format!("_{index}").into_bytes().into(), part);
    }
    tools.map(Element::Text, entries)
}

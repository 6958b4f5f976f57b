//! Wrapping and abbreviating, by bytes as sprig's helper does.

use super::{Function, function, int, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("wrap", "is", |tools, a| {
        let out = wrap(tools, text(a, 1), int(a, 0), b"", false)?;
        Ok(Value::text(out))
    }),
    function("wrapWith", "iss", |tools, a| {
        let out = wrap(tools, text(a, 2), int(a, 0), text(a, 1), true)?;
        Ok(Value::text(out))
    }),
    function("abbrev", "is", |tools, a| {
        let (width, s) = (int(a, 0), text(a, 1));
        let out = if width < 4 {
            s.to_vec()
        } else {
            abbreviate(s, 0, width)
        };
        tools.text(out)
    }),
    function("abbrevboth", "iis", |tools, a| {
        let (left, right, s) = (int(a, 0), int(a, 1), text(a, 2));
        let out = match right < 4 || left > 0 && right < 7 {
            true => s.to_vec(),
            false => abbreviate(s, left, right),
        };
        tools.text(out)
    }),
];

fn wrap(
    tools: &mut Tools<'_>,
    s: &[u8],
    width: i64,
    newline: &[u8],
    cut_words: bool,
) -> Result<Vec<u8>, Fault> {
    let newline = if newline.is_empty() { b"\n" } else { newline };
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let lines = s.len() / width + s.iter().filter(|byte| **byte == b' ').count() + 1;
    tools.memory(s.len().saturating_add(lines.saturating_mul(newline.len())))?;
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let space = rest[..=width].iter().rposition(|byte| *byte == b' ');
        let (line, next) = match space {
            Some(at) => (at, at + 1),
            None if cut_words => (width, width),
            None => match rest[width..].iter().position(|byte| *byte == b' ') {
                Some(at) => (width + at, width + at + 1),
                None => break,
            },
        };
        out.extend(&rest[..line]);
        out.extend(newline);
        rest = &rest[next..];
    }
    out.extend(rest);
    Ok(out)
}

fn abbreviate(s: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = s.len() as i64;
    if s.is_empty() || width < 4 {
        return Vec::new();
    }
    if length <= width {
        return s.to_vec();
    }
    let kept = width - 3;
    let mut offset = offset.min(length);
    if length - offset < kept {
        offset = length - kept;
    }
    let dots = b"...".as_slice();
    if offset <= 4 {
        return [&s[..kept as usize], dots].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + kept < length {
        return [dots, &abbreviate(&s[offset as usize..], 0, kept)].concat();
    }
    [dots, &s[(length - kept) as usize..]].concat()
}

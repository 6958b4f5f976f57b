//! Regular expressions of RE2, in linear time. Expressions are compiled for each call; the budget pays for that.

#[path = "re2.rs"]
mod re2;

use regex::bytes::Regex;

use super::{Answer, Function, function, int, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::value::{Element, Value};

pub(super) const TABLE: &[Function] = &[
    function("regexMatch", "ss", |tools, a| match compile(tools, a) {
        Ok(regex) => Ok(Value::Bool(regex.is_match(text(a, 1)))),
        Err(Fault::Failed(_)) => Ok(Value::Bool(false)),
        Err(limit) => Err(limit),
    }),
    function("mustRegexMatch", "ss", |tools, a| {
        Ok(Value::Bool(compile(tools, a)?.is_match(text(a, 1))))
    }),
    function("regexFind", "ss", find),
    function("mustRegexFind", "ss", find),
    function("regexFindAll", "ssi", find_all),
    function("mustRegexFindAll", "ssi", find_all),
    function("regexReplaceAll", "sss", |tools, a| replace(tools, a, true)),
    function("mustRegexReplaceAll", "sss", |tools, a| replace(tools, a, true)),
    function("regexReplaceAllLiteral", "sss", |tools, a| {
        replace(tools, a, false)
    }),
    function("mustRegexReplaceAllLiteral", "sss", |tools, a| {
        replace(tools, a, false)
    }),
    function("regexSplit", "ssi", split),
    function("mustRegexSplit", "ssi", split),
    function("regexQuoteMeta", "s", |tools, a| {
        let mut out = Vec::new();
        for byte in text(a, 0) {
            if b"\\.+*?()|[]{}^$".contains(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        tools.text(out)
    }),
];

fn compile(tools: &mut Tools<'_>, a: &[Value]) -> Result<Regex, Fault> {
    let expression = text(a, 0);
    tools.step(500 + expression.len() * 8 + text(a, 1).len() / 16)?;
    let Ok(expression) = std::str::from_utf8(expression) else {
        return Err("error parsing regexp: invalid UTF-8".into());
    };
    re2::compile(expression).map_err(|message| format!("error parsing regexp: {message}").into())
}

fn find(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let found = compile(tools, a)?.find(text(a, 1)).map(|found| found.as_bytes());
    tools.text(found.unwrap_or_default())
}

fn find_all(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let regex = compile(tools, a)?;
    let limit = usize::try_from(int(a, 2)).unwrap_or(usize::MAX);
    let found: Vec<Vec<u8>> = regex
        .find_iter(text(a, 1))
        .take(limit)
        .map(|found| found.as_bytes().to_vec())
        .collect();
    match found.is_empty() {
        true => Ok(Value::nil_list(Element::Text)),
        false => tools.texts(found),
    }
}

fn replace(tools: &mut Tools<'_>, a: &[Value], expands: bool) -> Answer {
    let regex = compile(tools, a)?;
    let (s, with) = (text(a, 1), text(a, 2));
    let mut out = Vec::new();
    let mut last = 0;
    for found in regex.captures_iter(s) {
        let whole = found.get_match();
        out.extend(&s[last..whole.start()]);
        let before = out.len();
        match expands {
            true => found.expand(with, &mut out),
            false => out.extend(with),
        }
        tools.memory(out.len() - before)?;
        last = whole.end();
    }
    out.extend(&s[last..]);
    tools.text(out)
}

fn split(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let regex = compile(tools, a)?;
    let (s, count) = (text(a, 1), int(a, 2));
    if count == 0 {
        return Ok(Value::nil_list(Element::Text));
    }
    if !text(a, 0).is_empty() && s.is_empty() {
        return tools.texts(vec![Vec::new()]);
    }
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(s) {
        if parts.len() + 1 == limit {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(s[start..end].to_vec());
        }
        start = found.end();
    }
    if end != s.len() {
        parts.push(s[start..].to_vec());
    }
    tools.texts(parts)
}

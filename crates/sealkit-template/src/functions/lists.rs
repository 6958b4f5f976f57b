//! Lists: made, cut, joined, searched.

use super::dicts::deep_equal;
use super::math::to_int;
use super::{Answer, Function, Value, function, int, list_of};
use crate::error::Fault;
use crate::exec::{Tools, items};
use crate::fmt;
use crate::value::{Element, List};

pub(super) const TABLE: &[Function] = &[
    function("list", "a*", |tools, a| tools.list(a.to_vec())),
    function("tuple", "a*", |tools, a| tools.list(a.to_vec())),
    function("append", "aa", append),
    function("push", "aa", append),
    function("mustAppend", "aa", append),
    function("mustPush", "aa", append),
    function("prepend", "aa", prepend),
    function("mustPrepend", "aa", prepend),
    function("first", "a", first),
    function("mustFirst", "a", first),
    function("last", "a", last),
    function("mustLast", "a", last),
    function("rest", "a", rest),
    function("mustRest", "a", rest),
    function("initial", "a", initial),
    function("mustInitial", "a", initial),
    function("reverse", "a", reverse),
    function("mustReverse", "a", reverse),
    function("compact", "a", compact),
    function("mustCompact", "a", compact),
    function("uniq", "a", uniq),
    function("mustUniq", "a", uniq),
    function("without", "aa*", without),
    function("mustWithout", "aa*", without),
    function("has", "aa", has),
    function("mustHas", "aa", has),
    function("slice", "aa*", slice),
    function("mustSlice", "aa*", slice),
    function("concat", "a*", concat),
    function("chunk", "ia", chunk),
    function("mustChunk", "ia", chunk),
];

/// What sprig makes of any value where it wants a string.
pub(super) fn as_text(tools: &mut Tools<'_>, value: &Value) -> Result<Vec<u8>, Fault> {
    fmt::print_value(tools, value)
}

/// The strings of a list; of anything else the one string; of nothing none.
pub(super) fn texts_of(tools: &mut Tools<'_>, value: &Value) -> Result<Vec<Vec<u8>>, Fault> {
    match value {
        Value::Nil => Ok(Vec::new()),
        Value::List(list) => {
            let present = list.items.iter().filter(|item| !matches!(item, Value::Nil));
            present.map(|item| as_text(tools, item)).collect()
        }
        other => Ok(vec![as_text(tools, other)?]),
    }
}

fn append(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut out = items(list_of(a, 0, "push on")?);
    out.push(a[1].clone());
    tools.list(out)
}

fn prepend(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut out = vec![a[1].clone()];
    out.extend(items(list_of(a, 0, "prepend on")?));
    tools.list(out)
}

fn first(_: &mut Tools<'_>, a: &[Value]) -> Answer {
    Ok(list_of(a, 0, "find first on")?
        .items
        .first()
        .cloned()
        .unwrap_or(Value::Nil))
}

fn last(_: &mut Tools<'_>, a: &[Value]) -> Answer {
    Ok(list_of(a, 0, "find last on")?
        .items
        .last()
        .cloned()
        .unwrap_or(Value::Nil))
}

fn rest(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    match list_of(a, 0, "find rest on")?.items.split_first() {
        Some((_, rest)) => tools.list(rest.to_vec()),
        None => Ok(Value::nil_list(Element::Any)),
    }
}

fn initial(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    match list_of(a, 0, "find initial on")?.items.split_last() {
        Some((_, initial)) => tools.list(initial.to_vec()),
        None => Ok(Value::nil_list(Element::Any)),
    }
}

fn reverse(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut out = items(list_of(a, 0, "find reverse on")?);
    out.reverse();
    tools.list(out)
}

fn compact(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut out = items(list_of(a, 0, "compact on")?);
    out.retain(Value::truth);
    tools.list(out)
}

fn contains(tools: &mut Tools<'_>, haystack: &[Value], needle: &Value) -> Result<bool, Fault> {
    for item in haystack {
        if deep_equal(tools, needle, item, 0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut out = Vec::new();
    for item in items(list_of(a, 0, "find uniq on")?) {
        if !contains(tools, &out, &item)? {
            out.push(item);
        }
    }
    tools.list(out)
}

fn without(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut out = Vec::new();
    for item in items(list_of(a, 0, "find without on")?) {
        if !contains(tools, &a[1..], &item)? {
            out.push(item);
        }
    }
    tools.list(out)
}

fn has(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    if matches!(a[1], Value::Nil) {
        return Ok(Value::Bool(false));
    }
    let list = list_of(a, 1, "find has on")?;
    Ok(Value::Bool(contains(tools, &list.items, &a[0])?))
}

fn slice(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let list = match &a[0] {
        Value::List(list) => list,
        Value::Nil => return Err("runtime error: invalid memory address or nil pointer dereference".into()),
        other => {
            return Err(format!("list should be type of slice or array but {}", other.kind_name()).into());
        }
    };
    if list.items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = a.get(1).map_or(0, to_int);
    let end = a.get(2).map_or(list.items.len() as i64, to_int);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| list.items.get(start..end)) {
        Some(part) => tools.list_of(list.element, part.to_vec()),
        None => Err("reflect.Value.Slice: slice index out of bounds".into()),
    }
}

fn concat(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut out = Vec::new();
    for (index, value) in a.iter().enumerate() {
        match value {
            Value::List(list) => {
                tools.memory(list.items.len() * 16)?;
                out.extend(items(list));
            }
            Value::Nil => {
                list_of(a, index, "")?;
            }
            other => return Err(format!("Cannot concat type {} as list", other.kind_name()).into()),
        }
    }
    match out.is_empty() {
        true => Ok(Value::nil_list(Element::Any)),
        false => tools.list(out),
    }
}

fn chunk(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let list: &List = list_of(a, 1, "chunk")?;
    let size = match usize::try_from(int(a, 0)) {
        Ok(size) if size > 0 => size,
        _ => return Err("runtime error: makeslice: len out of range".into()),
    };
    let mut out = Vec::new();
    for part in list.items.chunks(size) {
        out.push(tools.list(part.to_vec())?);
    }
    tools.list_of(Element::Lists, out)
}

//! Dictionaries: made, read, changed in place, merged.

use super::lists::as_text;
use super::{Answer, Function, dict, function, text};
use crate::error::Fault;
use crate::exec::{Tools, entry, items, set_entry};
use crate::value::{Element, Entries, List, Map, Text, Value};

pub(super) const TABLE: &[Function] = &[
    function("dict", "a*", make),
    function("get", "ms", |_, a| {
        let found = dict(a, 0).and_then(|map| entry(map, text(a, 1)));
        Ok(found.unwrap_or_else(|| Value::text("")))
    }),
    function("set", "msa", set),
    function("unset", "ms", |_, a| {
        if let Some(map) = dict(a, 0) {
            map.entries.borrow_mut().remove(text(a, 1));
        }
        Ok(a[0].clone())
    }),
    function("hasKey", "ms", |_, a| {
        Ok(Value::Bool(
            dict(a, 0).is_some_and(|map| entry(map, text(a, 1)).is_some()),
        ))
    }),
    function("pluck", "sm*", |tools, a| {
        let dicts = (1..a.len()).filter_map(|index| dict(a, index));
        let found = dicts.filter_map(|map| entry(map, text(a, 0))).collect();
        tools.list(found)
    }),
    function("keys", "m*", |tools, a| {
        let dicts = (0..a.len()).filter_map(|index| dict(a, index));
        let keys = dicts.flat_map(|map| {
            map.entries
                .borrow()
                .keys()
                .map(|key| key.to_vec())
                .collect::<Vec<_>>()
        });
        let keys = keys.collect();
        tools.texts(keys)
    }),
    function("values", "m", |tools, a| {
        let values = dict(a, 0).map(|map| map.entries.borrow().values().cloned().collect());
        tools.list(values.unwrap_or_default())
    }),
    function("pick", "ms*", |tools, a| filter(tools, a, true)),
    function("omit", "ms*", |tools, a| filter(tools, a, false)),
    function("merge", "mm*", |tools, a| merge_all(tools, a, false)),
    function("mustMerge", "mm*", |tools, a| merge_all(tools, a, false)),
    function("mergeOverwrite", "mm*", |tools, a| merge_all(tools, a, true)),
    function("mustMergeOverwrite", "mm*", |tools, a| merge_all(tools, a, true)),
    function("dig", "a*", dig),
];

fn make(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let mut entries = Entries::new();
    for pair in a.chunks(2) {
        let key = as_text(tools, &pair[0])?;
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::text(""));
        entries.insert(key.into(), value);
    }
    tools.map(Element::Any, entries)
}

fn set(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let Some(map) = dict(a, 0).filter(|map| !map.nil) else {
        return Err("assignment to entry in nil map".into());
    };
    tools.memory(text(a, 1).len() + 64)?;
    // a list that grows around itself is refused as any other that is too deep
    tools.list(vec![a[2].clone()])?;
    set_entry(map, text(a, 1), a[2].clone());
    Ok(a[0].clone())
}

fn filter(tools: &mut Tools<'_>, a: &[Value], keep: bool) -> Answer {
    let mut entries = Entries::new();
    if let Some(map) = dict(a, 0) {
        for (key, value) in map.entries.borrow().iter() {
            tools.step(a.len())?;
            let named = (1..a.len()).any(|index| text(a, index) == &key[..]);
            if named == keep {
                entries.insert(key.clone(), value.clone());
            }
        }
    }
    tools.map(Element::Any, entries)
}

fn merge_all(tools: &mut Tools<'_>, a: &[Value], overwrite: bool) -> Answer {
    let Some(target) = dict(a, 0) else {
        return Ok(Value::Nil);
    };
    for index in 1..a.len() {
        if let Some(source) = dict(a, index) {
            merge(tools, target, source, overwrite, 0)?;
        }
    }
    Ok(a[0].clone())
}

/// Dictionaries in both merge; elsewhere the target wins unless it is empty, or the source where it overwrites.
fn merge(
    tools: &mut Tools<'_>,
    target: &Map,
    source: &Map,
    overwrite: bool,
    depth: u32,
) -> Result<(), Fault> {
    tools.visit(depth)?;
    if std::ptr::eq(target, source) {
        return Ok(());
    }
    let entries: Vec<(Text, Value)> = source.entries.borrow().clone().into_iter().collect();
    tools.memory(entries.len() * 64)?;
    for (key, new) in entries {
        tools.step(1)?;
        let old = entry(target, &key);
        if let (Some(Value::Map(old)), Value::Map(new)) = (&old, &new) {
            merge(tools, old, new, overwrite, depth + 1)?;
            continue;
        }
        let keeps = match &old {
            _ if overwrite => false,
            None => matches!(new, Value::Nil),
            Some(old) => old.truth() || matches!(new, Value::Nil),
        };
        if !keeps {
            set_entry(target, &key, new);
        }
    }
    Ok(())
}

fn dig(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let [keys @ .., default, last] = a else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let converted = |value: &Value, wanted: &str| -> Fault {
        let found = match value {
            Value::Nil => "nil",
            other => other.type_name(),
        };
        format!("interface conversion: interface {{}} is {found}, not {wanted}").into()
    };
    let mut step = last.clone();
    for key in keys {
        let Value::Text(key) = key else {
            return Err(converted(key, "string"));
        };
        tools.step(1)?;
        let next = match &step {
            Value::Map(map) if map.element == Element::Any => entry(map, key),
            other => return Err(converted(other, "map[string]interface {}")),
        };
        match next {
            Some(value) => step = value,
            None => return Ok(default.clone()),
        }
    }
    Ok(step)
}

pub(super) fn deep_copy(tools: &mut Tools<'_>, value: &Value, depth: u32) -> Answer {
    tools.visit(depth)?;
    match value {
        Value::Map(map) if !map.nil => {
            let mut entries = Entries::new();
            for (key, value) in map.entries.borrow().iter() {
                entries.insert(key.clone(), deep_copy(tools, value, depth + 1)?);
            }
            tools.map(map.element, entries)
        }
        Value::List(list) if !list.nil => {
            let mut copies = Vec::with_capacity(list.items.len());
            for item in items(list) {
                copies.push(deep_copy(tools, &item, depth + 1)?);
            }
            tools.list_of(list.element, copies)
        }
        other => Ok(other.clone()),
    }
}

/// Go's `reflect.DeepEqual`: types count.
pub(super) fn deep_equal(
    tools: &mut Tools<'_>,
    left: &Value,
    right: &Value,
    depth: u32,
) -> Result<bool, Fault> {
    tools.visit(depth)?;
    if left.type_name() != right.type_name() {
        return Ok(false);
    }
    Ok(match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Signed(_, left), Value::Signed(_, right)) => left == right,
        (Value::Unsigned(_, left), Value::Unsigned(_, right)) => left == right,
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Time(left), Value::Time(right)) => left == right,
        (Value::Version(left), Value::Version(right)) => left == right,
        (Value::List(left), Value::List(right)) => lists_equal(tools, left, right, depth)?,
        (Value::Map(left), Value::Map(right)) => {
            let (left, right) = (left.entries.borrow(), right.entries.borrow());
            if left.len() != right.len() {
                return Ok(false);
            }
            for ((left_key, left), (right_key, right)) in left.iter().zip(right.iter()) {
                if left_key != right_key || !deep_equal(tools, left, right, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => false,
    })
}

fn lists_equal(tools: &mut Tools<'_>, left: &List, right: &List, depth: u32) -> Result<bool, Fault> {
    if left.items.len() != right.items.len() || left.nil != right.nil {
        return Ok(false);
    }
    for (left, right) in left.items.iter().zip(right.items.iter()) {
        if !deep_equal(tools, left, right, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

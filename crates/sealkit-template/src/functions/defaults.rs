//! Defaults, choices, and questions about types.

use super::dicts::{deep_copy, deep_equal};
use super::{Function, function, text};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("hello", "", |_, _| Ok(Value::text("Hello!"))),
    function("default", "aa*", |_, a| {
        let given = a.get(1).filter(|value| !is_empty(value));
        Ok(given.unwrap_or(&a[0]).clone())
    }),
    function("empty", "a", |_, a| Ok(Value::Bool(is_empty(&a[0])))),
    function("coalesce", "a*", |_, a| {
        Ok(a.iter()
            .find(|value| !is_empty(value))
            .cloned()
            .unwrap_or(Value::Nil))
    }),
    function("all", "a*", |_, a| Ok(Value::Bool(!a.iter().any(is_empty)))),
    function("any", "a*", |_, a| Ok(Value::Bool(!a.iter().all(is_empty)))),
    function("ternary", "aab", |_, a| {
        let chosen = if a[2].truth() { &a[0] } else { &a[1] };
        Ok(chosen.clone())
    }),
    function("fail", "s", |_, a| Err(crate::text::lossy(text(a, 0)).into())),
    function("typeOf", "a", |_, a| Ok(Value::text(a[0].type_name()))),
    function("typeIs", "sa", |_, a| {
        Ok(Value::Bool(text(a, 0) == a[1].type_name().as_bytes()))
    }),
    function("typeIsLike", "sa", |_, a| {
        let found = a[1].type_name();
        let pointed = found.strip_prefix('*').unwrap_or(found);
        let wanted = text(a, 0);
        Ok(Value::Bool(
            wanted == found.as_bytes() || wanted == pointed.as_bytes(),
        ))
    }),
    function("kindOf", "a", |_, a| Ok(Value::text(a[0].kind_name()))),
    function("kindIs", "sa", |_, a| {
        Ok(Value::Bool(text(a, 0) == a[1].kind_name().as_bytes()))
    }),
    function("deepEqual", "aa", |tools, a| {
        Ok(Value::Bool(deep_equal(tools, &a[0], &a[1], 0)?))
    }),
    function("deepCopy", "a", |tools, a| deep_copy(tools, &a[0], 0)),
    function("mustDeepCopy", "a", |tools, a| deep_copy(tools, &a[0], 0)),
];

/// What sprig calls empty.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.truth()
}

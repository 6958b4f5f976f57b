//! Numbers: conversions as lenient as sprig's, whole and decimal arithmetic, sequences.

use super::decimal;
use super::{Answer, Function, function, int};
use crate::error::Fault;
use crate::exec::Tools;
use crate::fmt;
use crate::parse::float;
use crate::value::{Element, Signed, Value};

pub(super) const TABLE: &[Function] = &[
    function("int", "a", |_, a| Ok(Value::int(to_int(&a[0])))),
    function("int64", "a", |_, a| Ok(Value::int64(to_int(&a[0])))),
    function("float64", "a", |_, a| Ok(Value::Float(to_float(&a[0])))),
    function("atoi", "s", |_, a| {
        let digits = std::str::from_utf8(super::text(a, 0)).ok();
        Ok(Value::int(digits.and_then(decimal_int).unwrap_or(0)))
    }),
    function("toDecimal", "a", |tools, a| {
        let printed = fmt::print_value(tools, &a[0])?;
        let digits = std::str::from_utf8(&printed).ok();
        let value = digits.and_then(|digits| i64::from_str_radix(digits, 8).ok());
        Ok(Value::int64(value.unwrap_or(0)))
    }),
    function("add", "a*", |_, a| {
        Ok(Value::int64(a.iter().map(to_int).fold(0, i64::wrapping_add)))
    }),
    function("add1", "a", |_, a| {
        Ok(Value::int64(to_int(&a[0]).wrapping_add(1)))
    }),
    function("sub", "aa", |_, a| {
        Ok(Value::int64(to_int(&a[0]).wrapping_sub(to_int(&a[1]))))
    }),
    function("mul", "aa*", |_, a| {
        Ok(Value::int64(a.iter().map(to_int).fold(1, i64::wrapping_mul)))
    }),
    function("div", "aa", |_, a| divide(a, i64::wrapping_div)),
    function("mod", "aa", |_, a| divide(a, i64::wrapping_rem)),
    function("max", "aa*", |_, a| {
        Ok(Value::int64(a.iter().map(to_int).max().unwrap_or(0)))
    }),
    function("biggest", "aa*", |_, a| {
        Ok(Value::int64(a.iter().map(to_int).max().unwrap_or(0)))
    }),
    function("min", "aa*", |_, a| {
        Ok(Value::int64(a.iter().map(to_int).min().unwrap_or(0)))
    }),
    function("maxf", "aa*", |_, a| {
        Ok(Value::Float(
            a.iter().map(to_float).fold(f64::NEG_INFINITY, f64::max),
        ))
    }),
    function("minf", "aa*", |_, a| {
        Ok(Value::Float(a.iter().map(to_float).fold(f64::INFINITY, f64::min)))
    }),
    function("floor", "a", |_, a| Ok(Value::Float(to_float(&a[0]).floor()))),
    function("ceil", "a", |_, a| Ok(Value::Float(to_float(&a[0]).ceil()))),
    function("round", "aif*", |_, a| {
        let on = a.get(2).map_or(0.5, to_float);
        let power = 10f64.powi(i32::try_from(int(a, 1)).unwrap_or(i32::MAX));
        let digit = power * to_float(&a[0]);
        let rounded = if digit.fract() >= on {
            digit.ceil()
        } else {
            digit.floor()
        };
        Ok(Value::Float(rounded / power))
    }),
    function("add1f", "a", |_, a| {
        Ok(Value::Float(decimal::add(to_float(&a[0]), 1.0)))
    }),
    function("addf", "a*", |_, a| fold(0.0, a, |x, y| Ok(x.plus(y)))),
    function("subf", "aa*", |_, a| {
        fold(to_float(&a[0]), &a[1..], |x, y| Ok(x.minus(y)))
    }),
    function("mulf", "aa*", |_, a| {
        fold(to_float(&a[0]), &a[1..], |x, y| Ok(x.times(y)))
    }),
    function("divf", "aa*", |_, a| {
        fold(to_float(&a[0]), &a[1..], |x, y| match y.is_zero() {
            true => Err("decimal division by 0".into()),
            false => Ok(x.over(y)),
        })
    }),
    function("until", "i", |tools, a| {
        let count = int(a, 0);
        let step = if count < 0 { -1 } else { 1 };
        let numbers = sequence(tools, 0, count, step)?;
        ints(tools, numbers)
    }),
    function("untilStep", "iii", |tools, a| {
        let numbers = sequence(tools, int(a, 0), int(a, 1), int(a, 2))?;
        ints(tools, numbers)
    }),
    function("seq", "i*", seq),
    function("randInt", "ii", |tools, a| {
        let (from, to) = (int(a, 0), int(a, 1));
        let Some(range) = to.checked_sub(from).filter(|range| *range > 0) else {
            return Err("invalid argument to Intn".into());
        };
        let drawn = super::password::below(tools, range.unsigned_abs());
        Ok(Value::int(from + drawn as i64))
    }),
];

fn divide(a: &[Value], with: fn(i64, i64) -> i64) -> Answer {
    match to_int(&a[1]) {
        0 => Err("runtime error: integer divide by zero".into()),
        divisor => Ok(Value::int64(with(to_int(&a[0]), divisor))),
    }
}

fn decimal_int(digits: &str) -> Option<i64> {
    digits.parse().ok()
}

/// A whole number from anything; nothing of anything that is none.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Signed(Signed::Duration, _) => 0,
        Value::Signed(_, value) => *value,
        Value::Unsigned(_, value) => *value as i64,
        Value::Float(value) => *value as i64,
        Value::Bool(value) => (*value).into(),
        Value::Text(text) => std::str::from_utf8(text).ok().and_then(based_int).unwrap_or(0),
        _ => 0,
    }
}

/// Digits with the prefix of their base, and perhaps a decimal point before nothing but zeros.
fn based_int(text: &str) -> Option<i64> {
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    };
    crate::parse::based_int(whole)
}

pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Float(value) => *value,
        Value::Text(text) => std::str::from_utf8(text).ok().and_then(float).unwrap_or(0.0),
        Value::Signed(Signed::Int | Signed::Int64, value) => *value as f64,
        Value::Unsigned(_, value) => *value as f64,
        Value::Bool(value) => f64::from(u8::from(*value)),
        _ => 0.0,
    }
}

fn sequence(tools: &mut Tools<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Fault> {
    let towards = if stop < start { step < 0 } else { step > 0 };
    if !towards || start == stop {
        return Ok(Vec::new());
    }
    let count = start.abs_diff(stop).div_ceil(step.unsigned_abs());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    tools.memory(count.saturating_mul(32))?;
    tools.step(count)?;
    Ok((0..count as i64).map(|index| start + index * step).collect())
}

fn ints(tools: &mut Tools<'_>, numbers: Vec<i64>) -> Answer {
    tools.list_of(Element::Int, numbers.into_iter().map(Value::int).collect())
}

fn seq(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let sign = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let numbers: Vec<i64> = (0..a.len()).map(|index| int(a, index)).collect();
    let found = match numbers[..] {
        [end] => {
            let step = sign(1, end);
            sequence(tools, 1, end.saturating_add(step), step)?
        }
        [start, end] => {
            let step = sign(start, end);
            sequence(tools, start, end.saturating_add(step), step)?
        }
        [start, step, end] if end >= start || step <= 0 => {
            sequence(tools, start, end.saturating_add(sign(start, end)), step)?
        }
        _ => Vec::new(),
    };
    let shown: Vec<String> = found.iter().map(i64::to_string).collect();
    tools.text(shown.join(" "))
}

fn fold(
    start: f64,
    a: &[Value],
    with: impl Fn(decimal::Decimal, decimal::Decimal) -> Result<decimal::Decimal, Fault>,
) -> Answer {
    let mut total = decimal::Decimal::new(start);
    for value in a {
        total = with(total, decimal::Decimal::new(to_float(value)))?;
    }
    Ok(Value::Float(total.float()))
}

//! Methods of the few types that have some: times, durations, versions.

use std::cmp::Ordering;
use std::rc::Rc;

use super::dates::{Civil, Time, days_from_civil, local, utc};
use super::semver::Version;
use super::{Answer, Function, function, int, layout, text};
use crate::exec::Tools;
use crate::fmt;
use crate::text::lossy;
use crate::value::{Signed, Unsigned, Value};

/// The method of that name. It takes the receiver as its first argument, which its parameters do not count.
pub(crate) fn find(receiver: &Value, name: &str) -> Option<&'static Function> {
    let table = match receiver {
        Value::Time(_) => TIME,
        Value::Version(_) => VERSION,
        Value::Signed(Signed::Duration, _) => DURATION,
        Value::Signed(Signed::Month | Signed::Weekday, _) => NAMED,
        _ => return None,
    };
    table.iter().find(|function| function.name == name)
}

fn time(a: &[Value], index: usize) -> Time {
    match &a[index] {
        Value::Time(time) => time.clone(),
        _ => Time::new(0, 0, utc()),
    }
}

fn civil(a: &[Value], part: fn(&Civil) -> i64) -> Answer {
    Ok(Value::int(part(&time(a, 0).civil())))
}

fn shown(tools: &mut Tools<'_>, a: &[Value]) -> Answer {
    let out = fmt::print_value(tools, &a[0])?;
    Ok(Value::text(out))
}

fn order(a: &[Value], wanted: Ordering) -> Answer {
    Ok(Value::Bool(time(a, 0).total().cmp(&time(a, 1).total()) == wanted))
}

const TIME: &[Function] = &[
    function("Format", "s", |tools, a| {
        tools.memory(text(a, 1).len().saturating_mul(4))?;
        tools.text(layout::format(&time(a, 0), &lossy(text(a, 1))))
    }),
    function("String", "", shown),
    function("Year", "", |_, a| civil(a, |civil| civil.year)),
    function("Month", "", |_, a| {
        Ok(Value::Signed(Signed::Month, time(a, 0).civil().month))
    }),
    function("Day", "", |_, a| civil(a, |civil| civil.day)),
    function("Hour", "", |_, a| civil(a, |civil| civil.hour)),
    function("Minute", "", |_, a| civil(a, |civil| civil.minute)),
    function("Second", "", |_, a| civil(a, |civil| civil.second)),
    function("Nanosecond", "", |_, a| Ok(Value::int(time(a, 0).nanos.into()))),
    function("YearDay", "", |_, a| civil(a, |civil| civil.year_day)),
    function("Weekday", "", |_, a| {
        Ok(Value::Signed(Signed::Weekday, time(a, 0).civil().weekday))
    }),
    function("Unix", "", |_, a| Ok(Value::int64(time(a, 0).seconds))),
    function("UnixMilli", "", |_, a| {
        Ok(Value::int64((time(a, 0).total().div_euclid(1_000_000)) as i64))
    }),
    function("UnixMicro", "", |_, a| {
        Ok(Value::int64((time(a, 0).total().div_euclid(1_000)) as i64))
    }),
    function("UnixNano", "", |_, a| Ok(Value::int64(time(a, 0).total() as i64))),
    function("UTC", "", |_, a| {
        Ok(Value::Time(Time {
            zone: utc(),
            ..time(a, 0)
        }))
    }),
    function("Local", "", |tools, a| {
        Ok(Value::Time(local(tools, time(a, 0), "Local")))
    }),
    function("IsZero", "", |_, a| Ok(Value::Bool(time(a, 0).is_zero()))),
    function("After", "t", |_, a| order(a, Ordering::Greater)),
    function("Before", "t", |_, a| order(a, Ordering::Less)),
    function("Equal", "t", |_, a| order(a, Ordering::Equal)),
    function("Add", "d", |_, a| {
        Ok(Value::Time(time(a, 0).plus(int(a, 1).into())))
    }),
    function("Sub", "t", |_, a| {
        let difference = time(a, 0).total() - time(a, 1).total();
        let bounded = difference.clamp(i64::MIN.into(), i64::MAX.into());
        Ok(Value::Signed(Signed::Duration, bounded as i64))
    }),
    function("AddDate", "iii", |_, a| {
        let time = time(a, 0);
        let civil = time.civil();
        let limit = |index| int(a, index).clamp(-1_000_000, 1_000_000);
        let days = days_from_civil(
            civil.year + limit(1),
            civil.month + limit(2),
            civil.day + limit(3),
        );
        let clock = civil.hour * 3600 + civil.minute * 60 + civil.second;
        let seconds = days * 86_400 + clock - i64::from(time.zone.offset);
        Ok(Value::Time(Time { seconds, ..time }))
    }),
];

fn per(a: &[Value], unit: f64) -> Answer {
    Ok(Value::Float(int(a, 0) as f64 / unit))
}

const DURATION: &[Function] = &[
    function("String", "", shown),
    function("Hours", "", |_, a| per(a, 3.6e12)),
    function("Minutes", "", |_, a| per(a, 6e10)),
    function("Seconds", "", |_, a| per(a, 1e9)),
    function("Milliseconds", "", |_, a| Ok(Value::int64(int(a, 0) / 1_000_000))),
    function("Microseconds", "", |_, a| Ok(Value::int64(int(a, 0) / 1_000))),
    function("Nanoseconds", "", |_, a| Ok(Value::int64(int(a, 0)))),
];

const NAMED: &[Function] = &[function("String", "", shown)];

fn version(a: &[Value], index: usize) -> Version {
    match &a[index] {
        Value::Version(version) => Version::clone(version),
        _ => Version::default(),
    }
}

fn ordered(a: &[Value], accepts: fn(Ordering) -> bool) -> Answer {
    Ok(Value::Bool(accepts(version(a, 0).order(&version(a, 1)))))
}

fn number(value: u64) -> Answer {
    Ok(Value::Unsigned(Unsigned::Uint64, value))
}

/// The next release: a prerelease becomes its own release when the patch is raised.
fn raised(a: &[Value], change: fn(&mut Version)) -> Answer {
    let mut next = version(a, 0);
    change(&mut next);
    next.prerelease.clear();
    next.metadata.clear();
    next.original = next.to_string();
    Ok(Value::Version(Rc::new(next)))
}

const VERSION: &[Function] = &[
    function("String", "", shown),
    function("Major", "", |_, a| number(version(a, 0).major)),
    function("Minor", "", |_, a| number(version(a, 0).minor)),
    function("Patch", "", |_, a| number(version(a, 0).patch)),
    function("Prerelease", "", |tools, a| tools.text(version(a, 0).prerelease)),
    function("Metadata", "", |tools, a| tools.text(version(a, 0).metadata)),
    function("Original", "", |tools, a| tools.text(version(a, 0).original)),
    function("Compare", "v", |_, a| {
        Ok(Value::int(version(a, 0).order(&version(a, 1)) as i64))
    }),
    function("Equal", "v", |_, a| ordered(a, Ordering::is_eq)),
    function("LessThan", "v", |_, a| ordered(a, Ordering::is_lt)),
    function("GreaterThan", "v", |_, a| ordered(a, Ordering::is_gt)),
    function("LessThanEqual", "v", |_, a| ordered(a, Ordering::is_le)),
    function("GreaterThanEqual", "v", |_, a| ordered(a, Ordering::is_ge)),
    function("IncMajor", "", |_, a| {
        raised(a, |next| {
            (next.major, next.minor, next.patch) = (next.major.saturating_add(1), 0, 0)
        })
    }),
    function("IncMinor", "", |_, a| {
        raised(a, |next| {
            (next.minor, next.patch) = (next.minor.saturating_add(1), 0)
        })
    }),
    function("IncPatch", "", |_, a| {
        raised(a, |next| {
            if next.prerelease.is_empty() {
                next.patch = next.patch.saturating_add(1);
            }
        })
    }),
];

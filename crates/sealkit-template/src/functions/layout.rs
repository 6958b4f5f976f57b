//! Times and durations written as Go writes them.

use super::dates::Time;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

pub(crate) fn month_name(month: i64) -> String {
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at));
    name.map_or_else(|| format!("%!Month({month})"), |name| (*name).to_owned())
}

pub(crate) fn weekday_name(day: i64) -> String {
    let name = usize::try_from(day).ok().and_then(|at| DAYS.get(at));
    name.map_or_else(|| format!("%!Weekday({day})"), |name| (*name).to_owned())
}

pub(super) fn months() -> impl Iterator<Item = &'static str> {
    MONTHS.into_iter()
}

pub(super) fn days() -> impl Iterator<Item = &'static str> {
    DAYS.into_iter()
}

/// A piece of a layout: the reference time's own spelling of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    YearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// Digits behind the sign of the zone, whether colons part them, and whether UTC is `Z`.
    Offset {
        parts: u8,
        colons: bool,
        z: bool,
    },
    /// How many digits, and whether trailing zeros are left out.
    Fraction {
        digits: usize,
        trims: bool,
    },
}

/// The spellings; where one begins another, the longer stands first.
const SPELLINGS: &[(&str, Field)] = &[
    ("January", Field::LongMonth),
    ("Jan", Field::Month),
    ("Monday", Field::LongWeekday),
    ("Mon", Field::Weekday),
    ("MST", Field::ZoneName),
    ("2006", Field::LongYear),
    ("002", Field::YearDay),
    ("01", Field::ZeroMonth),
    ("02", Field::ZeroDay),
    ("03", Field::ZeroHour12),
    ("04", Field::ZeroMinute),
    ("05", Field::ZeroSecond),
    ("06", Field::Year),
    ("15", Field::Hour),
    ("1", Field::NumMonth),
    ("_2", Field::UnderDay),
    ("2", Field::Day),
    ("3", Field::Hour12),
    ("4", Field::Minute),
    ("5", Field::Second),
    ("PM", Field::UpperHalf),
    ("pm", Field::LowerHalf),
    (
        "-07:00:00",
        Field::Offset {
            parts: 3,
            colons: true,
            z: false,
        },
    ),
    (
        "-070000",
        Field::Offset {
            parts: 3,
            colons: false,
            z: false,
        },
    ),
    (
        "-07:00",
        Field::Offset {
            parts: 2,
            colons: true,
            z: false,
        },
    ),
    (
        "-0700",
        Field::Offset {
            parts: 2,
            colons: false,
            z: false,
        },
    ),
    (
        "-07",
        Field::Offset {
            parts: 1,
            colons: false,
            z: false,
        },
    ),
    (
        "Z07:00:00",
        Field::Offset {
            parts: 3,
            colons: true,
            z: true,
        },
    ),
    (
        "Z070000",
        Field::Offset {
            parts: 3,
            colons: false,
            z: true,
        },
    ),
    (
        "Z07:00",
        Field::Offset {
            parts: 2,
            colons: true,
            z: true,
        },
    ),
    (
        "Z0700",
        Field::Offset {
            parts: 2,
            colons: false,
            z: true,
        },
    ),
    (
        "Z07",
        Field::Offset {
            parts: 1,
            colons: false,
            z: true,
        },
    ),
];

/// The first field of a layout: the text before it, the field with its spelling, the text behind.
pub(super) fn next_field(layout: &str) -> Option<(&str, Field, &str, &str)> {
    layout.char_indices().find_map(|(at, _)| {
        let rest = &layout[at..];
        let (field, length) = field_at(rest)?;
        Some((&layout[..at], field, &rest[..length], &rest[length..]))
    })
}

fn field_at(rest: &str) -> Option<(Field, usize)> {
    if let Some(digits) = rest.strip_prefix(['.', ',']) {
        let digit = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
        let length = digits.len() - digits.trim_start_matches(digit).len();
        let ends = !digits[length..].starts_with(|c: char| c.is_ascii_digit());
        let trims = digit == '9';
        return ends.then_some((
            Field::Fraction {
                digits: length,
                trims,
            },
            length + 1,
        ));
    }
    if rest.starts_with("_2006") {
        return None;
    }
    let (text, field) = SPELLINGS.iter().find(|(text, _)| rest.starts_with(text))?;
    let lower_follows = rest[text.len()..].starts_with(|c: char| c.is_ascii_lowercase());
    if matches!(field, Field::Month | Field::Weekday) && lower_follows {
        return None;
    }
    Some((*field, text.len()))
}

pub(crate) fn format(time: &Time, layout: &str) -> String {
    let civil = time.civil();
    let mut out = String::new();
    let mut rest = layout;
    while let Some((before, field, spelling, behind)) = next_field(rest) {
        out.push_str(before);
        rest = behind;
        let hour12 = match civil.hour % 12 {
            0 => 12,
            hour => hour,
        };
        let month = month_name(civil.month);
        let weekday = weekday_name(civil.weekday);
        out.push_str(&match field {
            Field::LongMonth => month,
            Field::Month => month[..3].to_owned(),
            Field::NumMonth => civil.month.to_string(),
            Field::ZeroMonth => format!("{:02}", civil.month),
            Field::LongWeekday => weekday,
            Field::Weekday => weekday[..3].to_owned(),
            Field::Day => civil.day.to_string(),
            Field::UnderDay => format!("{:2}", civil.day),
            Field::ZeroDay => format!("{:02}", civil.day),
            Field::YearDay => format!("{:03}", civil.year_day),
            Field::Hour => format!("{:02}", civil.hour),
            Field::Hour12 => hour12.to_string(),
            Field::ZeroHour12 => format!("{hour12:02}"),
            Field::Minute => civil.minute.to_string(),
            Field::ZeroMinute => format!("{:02}", civil.minute),
            Field::Second => civil.second.to_string(),
            Field::ZeroSecond => format!("{:02}", civil.second),
            Field::LongYear if civil.year < 0 => format!("-{:04}", civil.year.unsigned_abs()),
            Field::LongYear => format!("{:04}", civil.year),
            Field::Year => format!("{:02}", civil.year.rem_euclid(100)),
            Field::UpperHalf => if civil.hour >= 12 { "PM" } else { "AM" }.to_owned(),
            Field::LowerHalf => if civil.hour >= 12 { "pm" } else { "am" }.to_owned(),
            Field::ZoneName if time.zone.abbreviation.is_empty() => offset(time.zone.offset, 2, false),
            Field::ZoneName => time.zone.abbreviation.clone(),
            Field::Offset { z: true, .. } if time.zone.offset == 0 => "Z".to_owned(),
            Field::Offset { parts, colons, .. } => offset(time.zone.offset, parts, colons),
            Field::Fraction { digits, trims } => fraction(time.nanos, digits, trims, &spelling[..1]),
        });
    }
    out + rest
}

fn offset(seconds: i32, parts: u8, colons: bool) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let colon = if colons { ":" } else { "" };
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match parts {
        1 => format!("{sign}{hours:02}"),
        2 => format!("{sign}{hours:02}{colon}{minutes:02}"),
        _ => format!("{sign}{hours:02}{colon}{minutes:02}{colon}{rest:02}"),
    }
}

fn fraction(nanos: u32, digits: usize, trims: bool, point: &str) -> String {
    let all = format!("{nanos:09}");
    let kept = &all[..digits.min(9)];
    let kept = if trims { kept.trim_end_matches('0') } else { kept };
    match kept.is_empty() {
        true => String::new(),
        false => format!("{point}{kept}"),
    }
}

/// What a time prints as.
pub(crate) fn string(time: &Time) -> String {
    format(time, "2006-01-02 15:04:05.999999999 -0700 MST")
}

pub(super) fn rfc3339(time: &Time) -> String {
    format(time, "2006-01-02T15:04:05.999999999Z07:00")
}

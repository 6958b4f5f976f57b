//! Dates and durations read as Go reads them. What does not fit is not quoted.

use super::dates::{Time, days_from_civil, local, utc};
use super::layout::{self, Field};
use crate::error::Fault;
use crate::exec::Tools;
use crate::host::Zone;

/// What a text says of a date; a zone is only known when one was written.
#[derive(Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    name: Option<String>,
}

const MISMATCH: &str = "parsing time: the value does not match the layout";
const RANGE: &str = "parsing time: a part is out of range";

pub(super) fn parse(tools: &mut Tools<'_>, layout: &str, value: &str) -> Result<Time, Fault> {
    tools.step(layout.len() / 4 + value.len() / 4)?;
    let mut parts = Parts::default();
    let (mut layout_rest, mut rest) = (layout, value);
    while let Some((before, field, _, behind)) = layout::next_field(layout_rest) {
        rest = literal(rest, before)?;
        rest = parts.read(field, rest, behind)?;
        layout_rest = behind;
    }
    rest = literal(rest, layout_rest)?;
    match rest.is_empty() {
        true => parts.time(tools),
        false => Err("parsing time: extra text".into()),
    }
}

/// Text that stands in both; a space stands for any number of them.
fn literal<'v>(mut value: &'v str, mut prefix: &str) -> Result<&'v str, Fault> {
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(MISMATCH.into());
            }
            prefix = prefix.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        value = value.strip_prefix(c).ok_or(MISMATCH)?;
        prefix = &prefix[c.len_utf8()..];
    }
    Ok(value)
}

/// One or two digits, or exactly so many.
fn digits(value: &str, least: usize, most: usize) -> Result<(i64, &str), Fault> {
    let length = value.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return Err(MISMATCH.into());
    }
    let number = value[..length].parse().map_err(|_| Fault::from(MISMATCH))?;
    Ok((number, &value[length..]))
}

fn name(value: &str, names: impl Iterator<Item = &'static str>, short: bool) -> Result<(i64, &str), Fault> {
    for (index, name) in names.enumerate() {
        let name = if short { &name[..3] } else { name };
        if let Some(head) = value.get(..name.len())
            && head.eq_ignore_ascii_case(name)
        {
            return Ok((index as i64, &value[name.len()..]));
        }
    }
    Err(MISMATCH.into())
}

impl Parts {
    fn read<'v>(&mut self, field: Field, value: &'v str, behind: &str) -> Result<&'v str, Fault> {
        let (number, rest) = match field {
            Field::LongMonth | Field::Month => {
                let (index, rest) = name(value, layout::months(), field == Field::Month)?;
                (index + 1, rest)
            }
            Field::LongWeekday | Field::Weekday => name(value, layout::days(), field == Field::Weekday)?,
            Field::NumMonth | Field::Day | Field::Hour12 | Field::Minute | Field::Second => {
                digits(value, 1, 2)?
            }
            Field::UnderDay => digits(value.strip_prefix(' ').unwrap_or(value), 1, 2)?,
            Field::Hour => digits(value, 1, 2)?,
            Field::ZeroMonth
            | Field::ZeroDay
            | Field::ZeroHour12
            | Field::ZeroMinute
            | Field::ZeroSecond
            | Field::Year => digits(value, 2, 2)?,
            Field::YearDay => digits(value, 3, 3)?,
            Field::LongYear => digits(value, 4, 4)?,
            Field::UpperHalf | Field::LowerHalf => {
                let upper = field == Field::UpperHalf;
                let names = if upper { ["AM", "PM"] } else { ["am", "pm"] };
                let found = names
                    .iter()
                    .position(|name| value.starts_with(name))
                    .ok_or(MISMATCH)?;
                self.afternoon = Some(found == 1);
                return Ok(&value[2..]);
            }
            Field::ZoneName => return self.zone_name(value),
            Field::Offset { parts, colons, z } => return self.zone_offset(value, parts, colons, z),
            Field::Fraction { digits: count, trims } => return self.fraction(value, count, trims),
        };
        let bounded = |least: i64, most: i64| match (least..=most).contains(&number) {
            true => Ok(number),
            false => Err(Fault::from(RANGE)),
        };
        match field {
            Field::LongMonth | Field::Month | Field::NumMonth | Field::ZeroMonth => {
                self.month = Some(bounded(1, 12)?);
            }
            Field::Day | Field::UnderDay | Field::ZeroDay => self.day = Some(number),
            Field::YearDay => self.year_day = Some(bounded(1, 366)?),
            Field::Hour => self.hour = bounded(0, 23)?,
            Field::Hour12 | Field::ZeroHour12 => self.hour = bounded(0, 12)?,
            Field::Minute | Field::ZeroMinute => self.minute = bounded(0, 59)?,
            Field::Second | Field::ZeroSecond => {
                self.second = bounded(0, 59)?;
                // a fraction behind seconds is taken although the layout names none
                let expected = matches!(layout::next_field(behind), Some((_, Field::Fraction { .. }, ..)));
                let digits = rest
                    .get(1..)
                    .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
                if rest.starts_with(['.', ',']) && digits > 0 && !expected {
                    return self.fraction(rest, digits, false);
                }
            }
            Field::Year => {
                self.year = Some(if number >= 69 {
                    1900 + number
                } else {
                    2000 + number
                })
            }
            Field::LongYear => self.year = Some(number),
            _ => {}
        }
        Ok(rest)
    }

    fn fraction<'v>(&mut self, value: &'v str, count: usize, trims: bool) -> Result<&'v str, Fault> {
        let Some(rest) = value.strip_prefix(['.', ',']) else {
            return if trims { Ok(value) } else { Err(MISMATCH.into()) };
        };
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !trims && length < count || length == 0 {
            return Err(MISMATCH.into());
        }
        let length = if trims { length } else { count };
        let padded: String = rest[..length]
            .chars()
            .chain("000000000".chars())
            .take(9)
            .collect();
        self.nanos = padded.parse().map_err(|_| Fault::from(MISMATCH))?;
        Ok(&rest[length..])
    }

    fn zone_name<'v>(&mut self, value: &'v str) -> Result<&'v str, Fault> {
        if let Some(rest) = value.strip_prefix("UTC") {
            self.name = Some("UTC".to_owned());
            return Ok(rest);
        }
        let length = value.bytes().take_while(u8::is_ascii_uppercase).count();
        if !(3..=5).contains(&length) {
            return Err(MISMATCH.into());
        }
        self.name = Some(value[..length].to_owned());
        Ok(&value[length..])
    }

    fn zone_offset<'v>(
        &mut self,
        value: &'v str,
        parts: u8,
        colons: bool,
        z: bool,
    ) -> Result<&'v str, Fault> {
        if z && let Some(rest) = value.strip_prefix('Z') {
            self.offset = Some(0);
            self.name = Some("UTC".to_owned());
            return Ok(rest);
        }
        let negative = value.starts_with('-');
        let mut rest = value.strip_prefix(['+', '-']).ok_or(MISMATCH)?;
        let mut seconds = 0;
        for (index, unit) in [3600, 60, 1].into_iter().take(parts.into()).enumerate() {
            if index > 0 && colons {
                rest = rest.strip_prefix(':').ok_or(MISMATCH)?;
            }
            let (number, behind) = digits(rest, 2, 2)?;
            if index == 0 && number > 24 || index > 0 && number > 59 {
                return Err(RANGE.into());
            }
            seconds += number as i32 * unit;
            rest = behind;
        }
        self.offset = Some(if negative { -seconds } else { seconds });
        Ok(rest)
    }

    fn time(self, tools: &Tools<'_>) -> Result<Time, Fault> {
        let year = self.year.unwrap_or(0);
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        let in_month = days_from_civil(year, month + 1, 1) - days_from_civil(year, month, 1);
        if day < 1 || day > in_month {
            return Err("parsing time: day out of range".into());
        }
        let days = match self.year_day {
            Some(of_year) => days_from_civil(year, 1, 1) + of_year - 1,
            None => days_from_civil(year, month, day),
        };
        let wall = days * 86_400 + hour * 3600 + self.minute * 60 + self.second;
        let at = |zone: Zone| Time::new(wall - i64::from(zone.offset), self.nanos, zone);
        let known = |time: Time| local(tools, time, "Local");
        Ok(match (self.offset, self.name) {
            (Some(0), Some(_)) => at(utc()),
            (Some(offset), _) => {
                let plain = at(Zone {
                    offset,
                    abbreviation: String::new(),
                });
                let here = known(plain.clone());
                // an offset that is the host's own is its zone
                if here.zone.offset == offset { here } else { plain }
            }
            (None, Some(name)) if name == "UTC" => at(utc()),
            (None, Some(name)) => {
                let here = known(at(utc()));
                match here.zone.abbreviation == name {
                    true => at(here.zone),
                    false => at(Zone {
                        offset: 0,
                        abbreviation: name,
                    }),
                }
            }
            (None, None) => {
                let guess = known(at(utc()));
                at(known(at(guess.zone)).zone)
            }
        })
    }
}

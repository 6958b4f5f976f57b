//! Dates and durations. The clock and the zones are the host's.

use super::parse_date::parse;
use super::{Answer, Function, duration, function, layout, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::host::Zone;
use crate::text::lossy;
use crate::value::{Signed, Value};

pub(super) const TABLE: &[Function] = &[
    function("now", "", |tools, _| {
        let now = now(tools);
        Ok(Value::Time(local(tools, now, "Local")))
    }),
    function("date", "sa", |tools, a| {
        in_zone(tools, text(a, 0), &a[1], b"Local")
    }),
    function("htmlDate", "a", |tools, a| {
        in_zone(tools, b"2006-01-02", &a[0], b"Local")
    }),
    function("dateInZone", "sas", |tools, a| {
        in_zone(tools, text(a, 0), &a[1], text(a, 2))
    }),
    function("date_in_zone", "sas", |tools, a| {
        in_zone(tools, text(a, 0), &a[1], text(a, 2))
    }),
    function("htmlDateInZone", "as", |tools, a| {
        in_zone(tools, b"2006-01-02", &a[0], text(a, 1))
    }),
    function("dateModify", "st", |tools, a| {
        modify(tools, a).or_else(|_| Ok(a[1].clone()))
    }),
    function("date_modify", "st", |tools, a| {
        modify(tools, a).or_else(|_| Ok(a[1].clone()))
    }),
    function("mustDateModify", "st", modify),
    function("must_date_modify", "st", modify),
    function("toDate", "ss", |tools, a| {
        let parsed = parse(tools, &lossy(text(a, 0)), &lossy(text(a, 1)));
        Ok(Value::Time(parsed.unwrap_or_else(|_| Time::new(ZERO, 0, utc()))))
    }),
    function("mustToDate", "ss", |tools, a| {
        Ok(Value::Time(parse(tools, &lossy(text(a, 0)), &lossy(text(a, 1)))?))
    }),
    function("unixEpoch", "t", |tools, a| match &a[0] {
        Value::Time(time) => tools.text(time.seconds.to_string()),
        _ => tools.text(""),
    }),
    function("ago", "a", |tools, a| {
        let since = tools.now() - moment(tools, &a[0], false).total();
        let seconds = (since + since.signum() * 500_000_000) / 1_000_000_000;
        let nanoseconds = i64::try_from(seconds * 1_000_000_000).unwrap_or(i64::MAX);
        tools.text(duration::show(nanoseconds))
    }),
    function("duration", "a", |tools, a| {
        let seconds = match &a[0] {
            Value::Text(text) => std::str::from_utf8(text)
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
            Value::Signed(Signed::Int64, value) => *value,
            _ => 0i64,
        };
        tools.text(duration::show(seconds.wrapping_mul(1_000_000_000)))
    }),
    function("durationRound", "a", |tools, a| {
        let nanoseconds = match &a[0] {
            Value::Text(text) => duration::parse(&lossy(text)).unwrap_or(0),
            Value::Signed(Signed::Int64, value) => *value,
            Value::Time(time) => i64::try_from(tools.now() - time.total()).unwrap_or(i64::MAX),
            _ => 0,
        };
        tools.text(rounded(nanoseconds.unsigned_abs()))
    }),
];

/// The year 1, where Go's time begins.
const ZERO: i64 = -62_135_596_800;

/// A moment in a zone.
#[derive(Clone)]
pub(crate) struct Time {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
    pub(crate) zone: Zone,
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        (self.seconds, self.nanos, self.zone.offset) == (other.seconds, other.nanos, other.zone.offset)
    }
}

/// What a calendar and a clock on the wall show.
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) weekday: i64,
    pub(crate) year_day: i64,
}

impl Time {
    pub(crate) fn new(seconds: i64, nanos: u32, zone: Zone) -> Self {
        Self { seconds, nanos, zone }
    }

    /// Nanoseconds since 1970.
    pub(crate) fn total(&self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.seconds == ZERO && self.nanos == 0
    }

    pub(crate) fn civil(&self) -> Civil {
        let wall = self.seconds.saturating_add(self.zone.offset.into());
        let days = wall.div_euclid(86_400);
        let clock = wall.rem_euclid(86_400);
        // days since 0000-03-01, in eras of 400 years
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Civil {
            year,
            month,
            day: of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
            weekday: (days + 4).rem_euclid(7),
            year_day: days - days_from_civil(year, 1, 1) + 1,
        }
    }

    /// The same moment, later by so many nanoseconds.
    pub(crate) fn plus(&self, nanoseconds: i128) -> Self {
        let total = self.total() + nanoseconds;
        let seconds = i64::try_from(total.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
        Self::new(seconds, total.rem_euclid(1_000_000_000) as u32, self.zone.clone())
    }
}

/// Days since 1970 of a date; months may be out of range.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

pub(crate) fn utc() -> Zone {
    Zone {
        offset: 0,
        abbreviation: "UTC".to_owned(),
    }
}

fn now(tools: &Tools<'_>) -> Time {
    Time::new(0, 0, utc()).plus(tools.now())
}

/// The moment in the zone of that name; in UTC if there is none.
pub(crate) fn local(tools: &Tools<'_>, time: Time, name: &str) -> Time {
    let zone = match name {
        "" | "UTC" => None,
        name => (tools.host.zones)(name, time.seconds),
    };
    Time {
        zone: zone.unwrap_or_else(utc),
        ..time
    }
}

/// What sprig takes for a date: a time, seconds, or else now.
fn moment(tools: &Tools<'_>, value: &Value, _strict: bool) -> Time {
    match value {
        Value::Time(time) => time.clone(),
        Value::Signed(Signed::Int | Signed::Int64, seconds) => Time::new(*seconds, 0, utc()),
        _ => now(tools),
    }
}

fn in_zone(tools: &mut Tools<'_>, layout: &[u8], date: &Value, zone: &[u8]) -> Answer {
    let date = moment(tools, date, true);
    let time = local(tools, date, &lossy(zone));
    tools.memory(layout.len().saturating_mul(4))?;
    tools.text(layout::format(&time, &lossy(layout)))
}

fn modify(_: &mut Tools<'_>, a: &[Value]) -> Answer {
    let Value::Time(time) = &a[1] else {
        return Ok(Value::Nil);
    };
    let Some(by) = duration::parse(&lossy(text(a, 0))) else {
        return Err(Fault::from("time: invalid duration"));
    };
    Ok(Value::Time(time.plus(by.into())))
}

fn rounded(nanoseconds: u64) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    let units = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
    ];
    let unit = units.iter().find(|(length, _)| nanoseconds > *length);
    unit.map_or_else(
        || "0s".to_owned(),
        |(length, name)| format!("{}{name}", nanoseconds / length),
    )
}

//! Instants as SOPS stores them: RFC 3339, read in YAML's spellings too, printed as Go prints them.
//!
//! Plain data without a clock and without arithmetic: an instant is what its text says, with its offset.
//!
//! Source: `resolve.go` of go-yaml v3 for the spellings, Go's `time.RFC3339Nano` for the print.

use std::fmt;

/// An instant with its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    nanoseconds: u32,
    /// Minutes east of UTC.
    offset: i16,
}

impl Timestamp {
    /// The instant so many seconds after 1970-01-01T00:00:00Z; years beyond 9999 are 9999.
    pub fn from_unix(seconds: u64) -> Self {
        let part = |value: u64| u8::try_from(value).unwrap_or_default();
        let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
        let mut year = 1970;
        while year < 9999 && days >= u64::from(days_in_year(year)) {
            days -= u64::from(days_in_year(year));
            year += 1;
        }
        let mut month = 1;
        while month < 12 && days >= u64::from(days_in_month(year, month)) {
            days -= u64::from(days_in_month(year, month));
            month += 1;
        }
        Self {
            year,
            month,
            day: part(days.min(30) + 1),
            hour: part(rest / 3600),
            minute: part(rest / 60 % 60),
            second: part(rest % 60),
            nanoseconds: 0,
            offset: 0,
        }
    }

    /// Reads RFC 3339, `2024-01-01T10:00:00.5+02:00`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let fixed = text.as_bytes();
        let well_placed = |at: &[usize], byte| at.iter().all(|at| fixed.get(*at) == Some(&byte));
        if !(well_placed(&[4, 7], b'-') && well_placed(&[10], b'T') && well_placed(&[13, 16], b':')) {
            return None;
        }
        Self::read(text, true, true)
    }

    /// Reads the spellings that YAML 1.1 knows: RFC 3339 with short fields or a small `t`, date and time without a zone
    /// with a space between them, a date alone.
    pub(super) fn parse_yaml(text: &str) -> Option<Self> {
        let year = text.bytes().take_while(u8::is_ascii_digit).count();
        if year != 4 || text.as_bytes().get(4) != Some(&b'-') {
            return None;
        }
        Self::read(text, true, false).or_else(|| Self::read(text, false, false))
    }

    fn read(text: &str, zone: bool, fixed: bool) -> Option<Self> {
        let mut reader = Reader { rest: text, fixed };
        let mut time = Self {
            year: u16::try_from(reader.digits(4, 4)?).ok()?,
            month: 0,
            day: 0,
            hour: 0,
            minute: 0,
            second: 0,
            nanoseconds: 0,
            offset: 0,
        };
        reader.take('-')?;
        time.month = reader.short()?;
        reader.take('-')?;
        time.day = reader.short()?;
        if !zone && reader.rest.is_empty() {
            return time.valid();
        }
        reader.one_of(if zone { &['T', 't'] } else { &[' '] })?;
        time.hour = reader.short()?;
        reader.take(':')?;
        time.minute = reader.short()?;
        reader.take(':')?;
        time.second = reader.short()?;
        time.nanoseconds = reader.fraction()?;
        if zone {
            time.offset = reader.zone()?;
        }
        reader.rest.is_empty().then_some(time)?.valid()
    }

    /// The same instant without its fraction, as verifiers print `lastmodified`.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self {
            nanoseconds: 0,
            ..self
        }
    }

    fn valid(self) -> Option<Self> {
        if !(1..=12).contains(&self.month) {
            return None;
        }
        let days = days_in_month(self.year, self.month);
        let fits = (1..=days).contains(&self.day) && self.hour < 24 && self.minute < 60 && self.second < 60;
        fits.then_some(self)
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_year(year: u16) -> u16 {
    if is_leap(year) { 366 } else { 365 }
}

/// Of a month from 1 to 12.
fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )?;
        if self.nanoseconds != 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// Whether every field has two digits.
    fixed: bool,
}

impl Reader<'_> {
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self
            .rest
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        digits.parse().ok()
    }

    /// A field of one or two digits, or of exactly two.
    fn short(&mut self) -> Option<u8> {
        u8::try_from(self.digits(1 + usize::from(self.fixed), 2)?).ok()
    }

    fn take(&mut self, expected: char) -> Option<()> {
        self.one_of(&[expected])
    }

    fn one_of(&mut self, expected: &[char]) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// Nanoseconds of an optional fraction; digits beyond the ninth are dropped, as Go does.
    fn fraction(&mut self) -> Option<u32> {
        let Some(rest) = self.rest.strip_prefix(['.', ',']) else {
            return Some(0);
        };
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return None;
        }
        let (digits, rest) = rest.split_at(count);
        self.rest = rest;
        format!("{digits:0<9}")[..9].parse().ok()
    }

    fn zone(&mut self) -> Option<i16> {
        if self.take('Z').is_some() {
            return Some(0);
        }
        let negative = self.rest.starts_with('-');
        self.one_of(&['+', '-'])?;
        let hours = i16::try_from(self.digits(2, 2)?).ok()?;
        self.take(':')?;
        let minutes = i16::try_from(self.digits(2, 2)?).ok()?;
        if hours > 24 || minutes > 59 {
            return None;
        }
        let offset = hours * 60 + minutes;
        Some(if negative { -offset } else { offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_yaml_spellings_and_prints_them_as_go_does() {
        for (text, expected) in [
            ("2001-12-14", "2001-12-14T00:00:00Z"),
            ("2001-1-2", "2001-01-02T00:00:00Z"),
            ("2001-12-14t21:59:43.10-05:00", "2001-12-14T21:59:43.1-05:00"),
            ("2001-12-14 21:59:43.10", "2001-12-14T21:59:43.1Z"),
            ("2024-02-29T1:2:3Z", "2024-02-29T01:02:03Z"),
            ("2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00Z"),
            (
                "2024-01-01T00:00:00.123456789999Z",
                "2024-01-01T00:00:00.123456789Z",
            ),
            ("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z"),
        ] {
            let read = Timestamp::parse_yaml(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "2024-01-01T10:00:00",
            "12:30:45",
            "2023-02-29",
            "2024-13-01",
            "2024-01-01 10:00:00Z",
            "24-01-01",
            "2024-01-01x",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:00:00.Z",
            "",
        ] {
            assert_eq!(Timestamp::parse_yaml(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_since_1970_become_dates() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_767_225_600, "2026-01-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::from_unix(seconds).to_string(), expected);
        }
    }

    #[test]
    fn rfc_3339_has_fields_of_fixed_width() {
        assert!(Timestamp::parse_rfc3339("2024-01-02T03:04:05Z").is_some());
        for text in [
            "2024-1-02T03:04:05Z",
            "2024-01-02t03:04:05Z",
            "2024-01-02",
            "2024-01-02T3:04:05Z",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
        let time = Timestamp::parse_rfc3339("2024-01-02T03:04:05.9+01:00").expect("RFC 3339");
        assert_eq!(time.whole_seconds().to_string(), "2024-01-02T03:04:05+01:00");
    }
}

//! Moments as the API machinery prints them: UTC, whole seconds.
//!
//! Source: RFC 3339 §5.6; `k8s.io/apimachinery` v0.37 `pkg/apis/meta/v1/time.go`.

/// Rewrites a moment; nothing where the text is none.
pub(super) fn in_utc(text: &str) -> Option<String> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let literal = |at: usize, c: &str| (text.get(at..=at) == Some(c)).then_some(());
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    literal(4, "-").and(literal(7, "-")).and(literal(10, "T"))?;
    literal(13, ":").and(literal(16, ":"))?;
    let rest = text.get(19..)?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let offset = match (zone, zone.as_bytes()) {
        ("Z", _) => 0,
        (_, [sign @ (b'+' | b'-'), _, _, b':', _, _]) => {
            let seconds = zone[1..3].parse::<i64>().ok()? * 3600 + zone[4..6].parse::<i64>().ok()? * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let valid = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    if !valid {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    let (date, time) = (civil(seconds.div_euclid(86_400)), seconds.rem_euclid(86_400));
    Some(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.0,
        date.1,
        date.2,
        time / 3600,
        time / 60 % 60,
        time % 60
    ))
}

/// Days since 1970-01-01. Years are counted from March, so that leap days come last.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The reverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc_and_whole_seconds() {
        for (given, expected) in [
            ("2020-01-01T00:00:00Z", Some("2020-01-01T00:00:00Z")),
            ("2020-01-01T00:00:00+01:00", Some("2019-12-31T23:00:00Z")),
            ("2024-02-28T23:30:00.999-01:00", Some("2024-02-29T00:30:00Z")),
            ("1969-12-31T23:59:59Z", Some("1969-12-31T23:59:59Z")),
            ("2020-13-01T00:00:00Z", None),
            ("2020-01-01", None),
            ("foo", None),
        ] {
            assert_eq!(in_utc(given).as_deref(), expected, "{given}");
        }
    }
}

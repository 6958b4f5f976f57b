//! Durations, written and read as Go does.

/// A duration: `1h2m3.5s`.
pub(crate) fn show(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let all = nanoseconds.unsigned_abs();
    let decimal = |whole: u64, rest: u64, width: usize| {
        let digits = format!("{rest:0width$}");
        match digits.trim_end_matches('0') {
            "" => whole.to_string(),
            digits => format!("{whole}.{digits}"),
        }
    };
    let text = match all {
        0 => "0s".to_owned(),
        1..1_000 => format!("{all}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(all / 1_000, all % 1_000, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(all / 1_000_000, all % 1_000_000, 6)),
        _ => {
            let (seconds, rest) = (all / 1_000_000_000, all % 1_000_000_000);
            let small = decimal(seconds % 60, rest, 9);
            match (seconds / 3600, seconds / 60 % 60) {
                (0, 0) => format!("{small}s"),
                (0, minutes) => format!("{minutes}m{small}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{small}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// `1h30m`, `-1.5h`, `300ms`, in nanoseconds.
pub(super) fn parse(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0i128;
    let mut any = false;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let end = behind
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let length: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse::<i64>().ok()?.into()
        };
        let fraction = &fraction[..fraction.len().min(18)];
        let part: i128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse::<i64>().ok()?.into()
        };
        total += whole * length + part * length / 10i128.pow(fraction.len() as u32);
        any = true;
        rest = behind;
    }
    let total = if negative { -total } else { total };
    any.then(|| i64::try_from(total).ok())?
}

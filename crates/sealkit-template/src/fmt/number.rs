//! Floating-point numbers as Go writes them.

/// One of the forms `e`, `f` and `g`, with the shortest digits that read back the same if no precision is asked for.
pub(crate) fn float(value: f64, form: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let upper = form.is_ascii_uppercase();
    let text = match (form.to_ascii_lowercase(), precision) {
        ('f', Some(digits)) => format!("{value:.digits$}"),
        ('f', None) => format!("{value}"),
        ('e', precision) => exponential(value, precision),
        (_, precision) => general(value, precision),
    };
    if upper { text.to_ascii_uppercase() } else { text }
}

fn exponential(value: f64, precision: Option<usize>) -> String {
    let text = match precision {
        Some(digits) => format!("{value:.digits$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// From this exponent on the shortest form has one.
const SHORTEST_LIMIT: i32 = 6;

fn general(value: f64, precision: Option<usize>) -> String {
    let precision = precision.map(|digits| digits.max(1));
    let text = match precision {
        Some(digits) => format!("{value:.*e}", digits - 1),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match precision {
        Some(_) => digits.trim_end_matches('0'),
        None => digits.as_str(),
    };
    let count = digits.len().max(1) as i32;
    let limit = match precision {
        Some(wanted) => {
            let wanted = wanted as i32;
            if wanted > count && count > exponent {
                count
            } else {
                wanted
            }
        }
        None => SHORTEST_LIMIT,
    };
    if exponent < -4 || exponent >= limit {
        let sign = if value.is_sign_negative() { "-" } else { "" };
        let (first, rest) = if digits.is_empty() {
            ("0", "")
        } else {
            digits.split_at(1)
        };
        let point = if rest.is_empty() { "" } else { "." };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{mark}{:02}", exponent.abs());
    }
    let decimals = (count - 1 - exponent).max(0) as usize;
    format!("{value:.decimals$}")
}

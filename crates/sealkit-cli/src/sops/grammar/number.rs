//! Booleans and whole numbers in the spellings that Go's `flag` takes.

/// `1 t T true True TRUE`, or `0 f F false False FALSE`.
pub(in crate::sops) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Decimal, or with a prefix `0x`, `0o`, `0b` or a plain `0` for octal, signed, underscores between digits.
pub(in crate::sops) fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((radix, lower.strip_prefix(prefix)?)))
        .unwrap_or(match lower.strip_prefix('0') {
            Some(rest) if !rest.is_empty() => (8, rest),
            _ => (10, lower.as_str()),
        });
    if body.contains("__") || body.ends_with('_') || body.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from_str_radix(&body.replace('_', ""), radix).ok()?;
    i64::try_from(if negative { -value } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn numbers_have_gos_prefixes() {
        for (text, expected) in [
            ("2", Some(2)),
            ("-1", Some(-1)),
            ("0", Some(0)),
            ("010", Some(8)),
            ("0x1F", Some(31)),
            ("0b11", Some(3)),
            ("1_000", Some(1000)),
            ("", None),
            ("two", None),
            ("1__0", None),
            ("0x+1", None),
            ("9223372036854775808", None),
        ] {
            assert_eq!(integer(text), expected, "{text}");
        }
    }
}

//! The natural order in which go-yaml sorts keys: digits by their number, letters behind everything else.
//!
//! Source: `go.yaml.in/yaml/v2` v2.4.4 `sorter.go`.

use std::cmp::Ordering;

/// Compares two keys.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len().cmp(&b.len());
    };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => return a[at].cmp(&b[at]),
        (false, false) => {}
        (letter, _) => return if letter { Ordering::Greater } else { Ordering::Less },
    }
    // Behind digits of the same number a zero is one more digit, not a leading one.
    let leading = |upto: usize| {
        let digits = a[..upto].iter().rev().take_while(|c| c.is_ascii_digit());
        i64::from(digits.into_iter().any(|c| *c != '0'))
    };
    let start = if a[at] == '0' || b[at] == '0' {
        leading(at)
    } else {
        0
    };
    let number = |text: &[char]| {
        let digits: Vec<_> = text[at..].iter().map_while(|c| c.to_digit(10)).collect();
        let value = digits.iter().fold(start, |value, digit| {
            value.wrapping_mul(10).wrapping_add(i64::from(*digit))
        });
        (value, digits.len())
    };
    number(&a).cmp(&number(&b)).then_with(|| a[at].cmp(&b[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_go_yaml_does() {
        // As kubeseal 0.40.0 printed these labels.
        let sorted = [
            "-a", ".a", "_", "1", "2", "10", "A", "Z", "a", "a-b", "a.b", "a_b", "a1", "a1b", "a01", "a001",
            "a2", "a10", "a100", "ab", "aé", "é",
        ];
        let mut again: Vec<_> = sorted.iter().rev().copied().collect();
        again.sort_by(|a, b| natural(a, b));
        assert_eq!(again, sorted);
    }
}

//! Tables of a run for `README.md`: what it takes to open many values, and values as the API server stores them.

use std::fmt::Write as _;

use crate::record::Table;
use crate::report::seconds;

/// Opening 1, 10 and 100 values. Empty where nothing of it was measured.
pub(crate) fn opening(all: &Table<'_>) -> String {
    let columns = [
        ("SealedSecret, sealkit", "sealed-secrets", "sealkit"),
        ("SealedSecret, kubeseal", "sealed-secrets", "kubeseal"),
        ("native X25519", "native", "sealkit-x25519"),
        ("native post-quantum", "native", "sealkit-post-quantum"),
    ];
    let heads = columns.map(|(head, ..)| head);
    let rows = [(1, "1 value"), (10, "10 values"), (100, "100 values")].map(|(count, what)| {
        let cells = columns.map(|(_, format, who)| all.each(&format!("{format}/open/{count}_values/{who}")));
        (what.to_owned(), cells.map(|cell| cell.map(seconds)).to_vec())
    });
    table("opening", &heads, rows)
}

/// One value, ours beside the API server's code and OpenSSL.
pub(crate) fn stored_values(all: &Table<'_>) -> String {
    let heads = [
        "encrypting, sealkit",
        "API server",
        "openssl",
        "decrypting, sealkit",
        "API server",
        "openssl",
        "allocations",
    ];
    let mut rows = Vec::new();
    for provider in ["aescbc", "aesgcm", "secretbox", "identity", "kms"] {
        for size in ["64_B", "1_KiB", "64_KiB", "1_MiB"] {
            let each = |way: &str, who: &str| all.each(&format!("at-rest/{way}/{provider}/{size}/{who}"));
            let mut cells = Vec::new();
            for way in ["encrypt", "decrypt"] {
                cells.extend(["library", "apiserver", "openssl"].map(|who| each(way, who).map(seconds)));
            }
            let counts = (each("encrypt", "allocations"), each("decrypt", "allocations"));
            cells.push(match counts {
                (Some(encrypting), Some(decrypting)) => Some(format!("{encrypting}, {decrypting}")),
                _ => None,
            });
            rows.push((format!("{provider}, {}", size.replace('_', " ")), cells));
        }
    }
    table("one value", &heads, rows)
}

/// A table in Markdown without the rows that have nothing in them.
fn table(
    corner: &str,
    heads: &[&str],
    rows: impl IntoIterator<Item = (String, Vec<Option<String>>)>,
) -> String {
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, cells)| cells.iter().any(Option::is_some))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n| {corner} | {} |\n|{}\n",
        heads.join(" | "),
        "---|".repeat(heads.len() + 1)
    );
    for (what, cells) in rows {
        let cells: Vec<_> = cells
            .into_iter()
            .map(|cell| cell.unwrap_or_else(|| "—".to_owned()))
            .collect();
        writeln!(text, "| {what} | {} |", cells.join(" | ")).expect("writing to memory");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Measurement;

    #[test]
    fn a_table_has_a_row_for_what_was_measured_and_none_for_the_rest() {
        let measured = [Measurement {
            name: "native/open/10_values/sealkit-x25519".to_owned(),
            command: String::new(),
            unit: "seconds",
            operations: 2,
            sampled: None,
            samples: vec![0.004],
        }];
        let text = opening(&Table(&measured));
        assert!(text.ends_with("| 10 values | — | — | 2.00 ms | — |\n"), "{text}");
        assert_eq!(text.lines().count(), 4);
        assert_eq!(stored_values(&Table(&measured)), "");
    }
}

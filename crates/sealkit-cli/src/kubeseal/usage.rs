//! What `--help` prints: the flags in the peer's layout, then what a first call looks like.

use super::table::{FLAGS, Flag, ROTATE};

/// Behind the table, for people.
pub(super) const EXAMPLES: &str = "
Examples:
  kubeseal --cert controller.pem -f secret.yaml -w sealed.yaml
  kubeseal --cert controller.pem --merge-into sealed.json -f more.yaml
  printf %s \"$PASSWORD\" | kubeseal --cert controller.pem --raw --namespace shop --name database
  kubeseal --recovery-unseal --recovery-private-key backup.yaml < sealed.json
";

/// One line for each flag.
pub(super) fn table() -> String {
    let lines = FLAGS.iter().filter(|flag| flag.name != ROTATE);
    let lines: Vec<_> = lines.map(|flag| (left(flag), right(flag))).collect();
    let width = lines.iter().map(|(left, _)| left.len()).max().unwrap_or_default();
    lines
        .iter()
        .map(|(left, right)| format!("{left:width$}   {right}\n"))
        .collect()
}

fn left(flag: &Flag) -> String {
    let name = match flag.short {
        Some(short) => format!("  -{short}, --{}", flag.name),
        None => format!("      --{}", flag.name),
    };
    match flag.kind.shown() {
        "" => name,
        kind => format!("{name} {kind}"),
    }
}

fn right(flag: &Flag) -> String {
    match flag.default {
        "" => flag.about.to_owned(),
        default => format!("{} (default {default})", flag.about),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_its_line_but_the_deprecated_one() {
        let table = table();
        assert_eq!(table.lines().count(), 54);
        assert!(table.contains("\n  -o, --format string "));
        assert!(!table.contains("--rotate"));
    }
}

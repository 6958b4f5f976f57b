//! The numbers that a run is held against.

use crate::record::{Measurement, Table};
use crate::report::{bytes, seconds};

/// What a number should be.
struct Goal {
    what: &'static str,
    number: Number,
}

/// How a number is found in the measurements, and what it should be.
enum Number {
    /// How many times longer (or larger) the peer's measurement is than ours.
    Times {
        peer: &'static str,
        ours: &'static str,
        at_least: Option<f64>,
    },
    /// Anything else: what is wanted, and the number with whether it is good enough.
    Other {
        wanted: &'static str,
        found: fn(&Table<'_>) -> Option<(String, bool)>,
    },
}

const fn times(what: &'static str, peer: &'static str, ours: &'static str, at_least: Option<f64>) -> Goal {
    let number = Number::Times { peer, ours, at_least };
    Goal { what, number }
}

const fn other(
    what: &'static str,
    wanted: &'static str,
    found: fn(&Table<'_>) -> Option<(String, bool)>,
) -> Goal {
    let number = Number::Other { wanted, found };
    Goal { what, number }
}

const GOALS: [Goal; 30] = [
    times(
        "one Secret, times less wall time than kubeseal",
        "sealed-secrets/seal/one/kubeseal",
        "sealed-secrets/seal/one/sealkit",
        Some(5.0),
    ),
    other("one Secret, beyond an empty Rust program", "≤ 1 ms", |all| {
        let beyond =
            all.each("sealed-secrets/seal/one/sealkit")? - all.each("sealed-secrets/seal/one/empty")?;
        Some((seconds(beyond), beyond <= 0.001))
    }),
    times(
        "one Secret, times less memory than kubeseal",
        "sealed-secrets/seal/one/kubeseal/memory",
        "sealed-secrets/seal/one/sealkit/memory",
        Some(5.0),
    ),
    times(
        "a tree of 10,000 Secrets, times faster than kubeseal in a loop",
        "sealed-secrets/seal/tree_10000/kubeseal",
        "sealed-secrets/seal/tree_10000/sealkit",
        Some(50.0),
    ),
    other(
        "the same, as a multiple of bare encryption plus bare file handling",
        "≤ 2",
        |all| {
            let bare = all.each("sealed-secrets/seal/tree_10000/bare-crypto")?
                + all.each("sealed-secrets/seal/tree_10000/bare-files")?;
            let ratio = all.each("sealed-secrets/seal/tree_10000/sealkit")? / bare;
            Some((format!("{ratio:.2}"), ratio <= 2.0))
        },
    ),
    times(
        "opening 100 values, times faster natively than as a SealedSecret",
        "sealed-secrets/open/100_values/sealkit",
        "native/open/100_values/sealkit-post-quantum",
        None,
    ),
    times(
        "rotating 10,000 native files, times faster than kubeseal | kubeseal in a loop",
        "sealed-secrets/rotate/tree_10000/kubeseal",
        "native/rotate/tree_10000/sealkit",
        Some(50.0),
    ),
    times(
        "one value of 1 MiB, times less wall time than kubeseal",
        "sealed-secrets/seal/one_mebibyte/kubeseal",
        "sealed-secrets/seal/one_mebibyte/sealkit",
        None,
    ),
    times(
        "kubeseal's own words, one Secret, times less wall time than kubeseal",
        "kubeseal/seal/one/kubeseal",
        "kubeseal/seal/one/sealkit",
        Some(5.0),
    ),
    times(
        "the same, times less memory",
        "kubeseal/seal/one/kubeseal/memory",
        "kubeseal/seal/one/sealkit/memory",
        Some(5.0),
    ),
    times(
        "a stream of 500 Secrets, times less wall time than kubeseal",
        "kubeseal/seal/stream_500/kubeseal",
        "kubeseal/seal/stream_500/sealkit",
        None,
    ),
    times(
        "--raw, times less wall time than kubeseal",
        "kubeseal/raw/kubeseal",
        "kubeseal/raw/sealkit",
        None,
    ),
    times(
        "--recovery-unseal of 20 values with one key, times less wall time than kubeseal",
        "kubeseal/recover/20_values_1_keys/kubeseal",
        "kubeseal/recover/20_values_1_keys/sealkit",
        None,
    ),
    times(
        "the same with 30 keys",
        "kubeseal/recover/20_values_30_keys/kubeseal",
        "kubeseal/recover/20_values_30_keys/sealkit",
        None,
    ),
    other(
        "from process start to the first byte of --help",
        "≤ 3 ms",
        |all| {
            let start = all.each("start/help/sealkit")?;
            Some((seconds(start), start <= 0.003))
        },
    ),
    other("release binary", "< 15 MB", |all| {
        let size = all.each("size/sealkit")?;
        Some((bytes(size), size < 15e6))
    }),
    other(
        "stored values, at worst times faster than the API server's code",
        "≥ 1",
        |all| {
            let pairs = all.0.iter().filter_map(|m| {
                let name = m
                    .name
                    .strip_suffix("/library")
                    .filter(|name| name.starts_with("at-rest/"))?;
                Some(all.each(&format!("{name}/apiserver"))? / m.each())
            });
            let worst = pairs.min_by(f64::total_cmp)?;
            Some((format!("{worst:.1}"), worst >= 1.0))
        },
    ),
    other(
        "stored values, allocations for each beyond its output, at worst",
        "0",
        |all| {
            let counted = all.0.iter().filter(|m| m.unit == "allocations");
            let worst = counted.map(Measurement::each).max_by(f64::total_cmp)?;
            Some((format!("{worst}"), worst == 0.0))
        },
    ),
    other(
        "aesgcm from 64 KiB on, at worst times openssl's wall time",
        "≤ 1.10",
        |all| beside_openssl(all, &["at-rest/encrypt/aesgcm/", "at-rest/decrypt/aesgcm/"], 1.10),
    ),
    other(
        "aescbc from 64 KiB on, encrypting, at worst times openssl's wall time",
        "≤ 1.15",
        |all| beside_openssl(all, &["at-rest/encrypt/aescbc/"], 1.15),
    ),
    other(
        "aescbc from 64 KiB on, decrypting, at worst times openssl's wall time",
        "≤ 1.30",
        |all| beside_openssl(all, &["at-rest/decrypt/aescbc/"], 1.30),
    ),
    times(
        "encrypting 10 MB of YAML, times faster than sops",
        "sops/encrypt/yaml_10_MB/sops",
        "sops/encrypt/yaml_10_MB/sealkit",
        Some(20.0),
    ),
    times(
        "decrypting 10 MB of YAML, times faster than sops",
        "sops/decrypt/yaml_10_MB/sops",
        "sops/decrypt/yaml_10_MB/sealkit",
        Some(20.0),
    ),
    times(
        "encrypting 2 MB of JSON, times faster than sops",
        "sops/encrypt/json_2_MB/sops",
        "sops/encrypt/json_2_MB/sealkit",
        Some(100.0),
    ),
    times(
        "decrypting 2 MB of JSON, times faster than sops",
        "sops/decrypt/json_2_MB/sops",
        "sops/decrypt/json_2_MB/sealkit",
        None,
    ),
    other(
        "100 MB of YAML, times as long as a hundred times 1 MB, at worst",
        "≤ 1.25",
        |all| {
            let ratio = |verb: &str| {
                let of = |size: &str| all.each(&format!("sops/{verb}/yaml_{size}_MB/sealkit"));
                Some(of("100")? / of("1")? / 100.0)
            };
            let worst = ratio("encrypt")?.max(ratio("decrypt")?);
            Some((format!("{worst:.2}"), worst <= 1.25))
        },
    ),
    other(
        "memory for 10 MB of YAML, times the file, at worst",
        "< 6",
        |all| {
            let of = |verb: &str| all.each(&format!("sops/{verb}/yaml_10_MB/sealkit/memory"));
            let worst = of("encrypt")?.max(of("decrypt")?) / 10e6;
            Some((format!("{worst:.1}"), worst < 6.0))
        },
    ),
    times(
        "encrypting a small file, times less wall time than sops",
        "sops/encrypt/small/sops",
        "sops/encrypt/small/sealkit",
        Some(5.0),
    ),
    times(
        "decrypting a small file, times less wall time than sops",
        "sops/decrypt/small/sops",
        "sops/decrypt/small/sealkit",
        Some(5.0),
    ),
    times(
        "opening a tree of 1,000 SOPS files, times faster than sops in a loop",
        "sops/open/tree_1000/sops",
        "sops/open/tree_1000/sealkit",
        Some(50.0),
    ),
];

fn beside_openssl(all: &Table<'_>, starts: &[&str], wanted: f64) -> Option<(String, bool)> {
    let pairs = all.0.iter().filter_map(|m| {
        let name = m.name.strip_suffix("/openssl")?;
        starts.iter().any(|start| name.starts_with(start)).then_some(())?;
        Some(all.each(&format!("{name}/library"))? / m.each())
    });
    let worst = pairs.max_by(f64::total_cmp)?;
    Some((format!("{worst:.2}"), worst <= wanted))
}

impl Number {
    fn wanted(&self) -> String {
        match self {
            Self::Times { at_least, .. } => at_least.map_or("—".to_owned(), |times| format!("≥ {times}")),
            Self::Other { wanted, .. } => (*wanted).to_owned(),
        }
    }

    /// The number, where everything it needs was measured, and whether it is good enough; `None`: no goal was set.
    fn found(&self, all: &Table<'_>) -> Option<(String, Option<bool>)> {
        match self {
            Self::Times { peer, ours, at_least } => {
                let ratio = all.each(peer)? / all.each(ours)?;
                Some((format!("{ratio:.1}"), at_least.map(|least| ratio >= least)))
            }
            Self::Other { found, .. } => found(all).map(|(number, met)| (number, Some(met))),
        }
    }
}

/// Every goal, the number beside it, and whether it was met.
pub(crate) fn table(all: &Table<'_>) -> String {
    let mut text = "\n| goal | wanted | measured | |\n|---|---|---|---|\n".to_owned();
    for Goal { what, number } in &GOALS {
        let (found, met) = number.found(all).unwrap_or(("not measured".to_owned(), None));
        let met = met.map_or("", |met| if met { "met" } else { "**missed**" });
        text += &format!("| {what} | {} | {found} | {met} |\n", number.wanted());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_missed_or_not_measured() {
        let sample = |name: &str, seconds: f64| Measurement {
            name: name.to_owned(),
            command: String::new(),
            unit: "seconds",
            operations: 1,
            sampled: None,
            samples: vec![seconds],
        };
        let all = [
            sample("sealed-secrets/seal/one/kubeseal", 0.010),
            sample("sealed-secrets/seal/one/sealkit", 0.004),
            sample("start/help/sealkit", 0.001),
        ];
        let table = table(&Table(&all));
        assert!(
            table.contains("| one Secret, times less wall time than kubeseal | ≥ 5 | 2.5 | **missed** |")
        );
        assert!(
            table.contains("| from process start to the first byte of --help | ≤ 3 ms | 1.00 ms | met |")
        );
        assert!(table.contains("| release binary | < 15 MB | not measured |  |"));
    }
}

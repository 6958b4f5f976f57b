//! Writes a run: every raw sample as JSON, and a table for people beside the goals that the numbers are held against.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use crate::record::Measurement;
use crate::setting::{Setting, machine};
use crate::tables;

/// What a number should be.
struct Goal {
    what: &'static str,
    wanted: &'static str,
    /// The number, where everything it needs was measured, and whether it is good enough.
    found: fn(&Table) -> Option<(String, bool)>,
}

const GOALS: [Goal; 15] = [
    Goal {
        what: "one Secret, times less wall time than kubeseal",
        wanted: "≥ 5",
        found: |all| {
            times(
                all,
                "sealed-secrets/seal/one/kubeseal",
                "sealed-secrets/seal/one/sealkit",
                5.0,
            )
        },
    },
    Goal {
        what: "one Secret, beyond an empty Rust program",
        wanted: "≤ 1 ms",
        found: |all| {
            let beyond =
                all.each("sealed-secrets/seal/one/sealkit")? - all.each("sealed-secrets/seal/one/empty")?;
            Some((seconds(beyond), beyond <= 0.001))
        },
    },
    Goal {
        what: "one Secret, times less memory than kubeseal",
        wanted: "≥ 5",
        found: |all| {
            let (peer, ours) = (
                "sealed-secrets/seal/one/kubeseal/memory",
                "sealed-secrets/seal/one/sealkit/memory",
            );
            times(all, peer, ours, 5.0)
        },
    },
    Goal {
        what: "a tree of 10,000 Secrets, times faster than kubeseal in a loop",
        wanted: "≥ 50",
        found: |all| {
            let (peer, ours) = (
                "sealed-secrets/seal/tree_10000/kubeseal",
                "sealed-secrets/seal/tree_10000/sealkit",
            );
            times(all, peer, ours, 50.0)
        },
    },
    Goal {
        what: "the same, as a multiple of bare encryption plus bare file handling",
        wanted: "≤ 2",
        found: |all| {
            let bare = all.each("sealed-secrets/seal/tree_10000/bare-crypto")?
                + all.each("sealed-secrets/seal/tree_10000/bare-files")?;
            let ratio = all.each("sealed-secrets/seal/tree_10000/sealkit")? / bare;
            Some((format!("{ratio:.2}"), ratio <= 2.0))
        },
    },
    Goal {
        what: "opening 100 values, times faster natively than as a SealedSecret",
        wanted: "—",
        found: |all| {
            let (bitnami, native) = (
                "sealed-secrets/open/100_values/sealkit",
                "native/open/100_values/sealkit-post-quantum",
            );
            times(all, bitnami, native, 0.0)
        },
    },
    Goal {
        what: "rotating 10,000 native files, times faster than kubeseal | kubeseal in a loop",
        wanted: "≥ 50",
        found: |all| {
            let (peer, ours) = (
                "sealed-secrets/rotate/tree_10000/kubeseal",
                "native/rotate/tree_10000/sealkit",
            );
            times(all, peer, ours, 50.0)
        },
    },
    Goal {
        what: "one value of 1 MiB, times less wall time than kubeseal",
        wanted: "—",
        found: |all| {
            let (peer, ours) = (
                "sealed-secrets/seal/one_mebibyte/kubeseal",
                "sealed-secrets/seal/one_mebibyte/sealkit",
            );
            times(all, peer, ours, 0.0)
        },
    },
    Goal {
        what: "from process start to the first byte of --help",
        wanted: "≤ 3 ms",
        found: |all| {
            let start = all.each("start/help/sealkit")?;
            Some((seconds(start), start <= 0.003))
        },
    },
    Goal {
        what: "release binary",
        wanted: "< 15 MB",
        found: |all| {
            let size = all.each("size/sealkit")?;
            Some((bytes(size), size < 15e6))
        },
    },
    Goal {
        what: "stored values, at worst times faster than the API server's code",
        wanted: "≥ 1",
        found: |all| {
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
    },
    Goal {
        what: "stored values, allocations for each beyond its output, at worst",
        wanted: "0",
        found: |all| {
            let counted = all.0.iter().filter(|m| m.unit == "allocations");
            let worst = counted.map(Measurement::each).max_by(f64::total_cmp)?;
            Some((format!("{worst}"), worst == 0.0))
        },
    },
    Goal {
        what: "aesgcm from 64 KiB on, at worst times openssl's wall time",
        wanted: "≤ 1.10",
        found: |all| worst_beside_openssl(all, &["at-rest/encrypt/aesgcm/", "at-rest/decrypt/aesgcm/"], 1.10),
    },
    Goal {
        what: "aescbc from 64 KiB on, encrypting, at worst times openssl's wall time",
        wanted: "≤ 1.15",
        found: |all| worst_beside_openssl(all, &["at-rest/encrypt/aescbc/"], 1.15),
    },
    Goal {
        what: "aescbc from 64 KiB on, decrypting, at worst times openssl's wall time",
        wanted: "≤ 1.30",
        found: |all| worst_beside_openssl(all, &["at-rest/decrypt/aescbc/"], 1.30),
    },
];

/// Measurements by name.
pub(crate) struct Table<'m>(pub(crate) &'m [Measurement]);

impl Table<'_> {
    /// The middle sample for one operation.
    pub(crate) fn each(&self, name: &str) -> Option<f64> {
        self.0
            .iter()
            .find(|measurement| measurement.name == name)
            .map(Measurement::each)
    }
}

fn worst_beside_openssl(all: &Table<'_>, starts: &[&str], wanted: f64) -> Option<(String, bool)> {
    let pairs = all.0.iter().filter_map(|m| {
        let name = m.name.strip_suffix("/openssl")?;
        starts.iter().any(|start| name.starts_with(start)).then_some(())?;
        Some(all.each(&format!("{name}/library"))? / m.each())
    });
    let worst = pairs.max_by(f64::total_cmp)?;
    Some((format!("{worst:.2}"), worst <= wanted))
}

fn times(all: &Table<'_>, peer: &str, ours: &str, wanted: f64) -> Option<(String, bool)> {
    let ratio = all.each(peer)? / all.each(ours)?;
    Some((format!("{ratio:.1}"), ratio >= wanted))
}

/// Writes `run.json` and `summary.md` into a new folder and gives its path.
pub(crate) fn write(runs: &Path, setting: &Setting, all: Vec<Measurement>) -> Result<PathBuf> {
    let folder = new_folder(runs)?;
    let facts = facts(setting)?;
    let facts_json: serde_json::Map<_, _> = facts
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
        .collect();
    let run = json!({ "facts": facts_json, "measurements": all });
    fs::write(
        folder.join("run.json"),
        serde_json::to_string_pretty(&run)? + "\n",
    )?;
    let summary = summary(&facts, &all)?;
    println!("\n{summary}");
    fs::write(folder.join("summary.md"), summary)?;
    Ok(folder)
}

fn facts(setting: &Setting) -> Result<Vec<(&'static str, String)>> {
    let said = |process: crate::process::Process| -> Result<String> {
        Ok(String::from_utf8_lossy(&process.run()?.1).trim().to_owned())
    };
    let mut facts = vec![(
        "date",
        jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z").to_string(),
    )];
    facts.extend(machine());
    facts.push(("sealkit", said(setting.sealkit(&["--version"]))?));
    facts.push(("peer", said(setting.kubeseal(&["--version"]))?));
    if setting.is_quick() {
        facts.push((
            "quick",
            "a tenth of the work: figures that mean nothing".to_owned(),
        ));
    }
    Ok(facts)
}

fn summary(facts: &[(&'static str, String)], all: &[Measurement]) -> Result<String> {
    let mut text = String::new();
    for (name, value) in facts {
        writeln!(text, "- {name}: {value}")?;
    }
    writeln!(text, "\n| goal | wanted | measured | |\n|---|---|---|---|")?;
    let table = Table(all);
    for goal in &GOALS {
        let (found, met) = match (goal.found)(&table) {
            Some((found, met)) => (
                found,
                if goal.wanted == "—" {
                    ""
                } else if met {
                    "met"
                } else {
                    "**missed**"
                },
            ),
            None => ("not measured".to_owned(), ""),
        };
        writeln!(text, "| {} | {} | {found} | {met} |", goal.what, goal.wanted)?;
    }
    text += &tables::opening(&table);
    text += &tables::stored_values(&table);
    writeln!(
        text,
        "\n| measurement | median | least | samples | each | command |\n|---|---|---|---|---|---|"
    )?;
    for one in all {
        let samples = one
            .sampled
            .as_ref()
            .map_or(one.samples.len().to_string(), |part| format!("{part}, once"));
        let each = if one.operations == 1 {
            String::new()
        } else {
            shown(one, one.each())
        };
        writeln!(
            text,
            "| {} | {} | {} | {samples} | {each} | `{}` |",
            one.name,
            shown(one, one.median()),
            shown(one, one.least()),
            one.command
        )?;
    }
    Ok(text)
}

/// A number in the unit of its measurement.
pub(crate) fn shown(measurement: &Measurement, value: f64) -> String {
    match measurement.unit {
        "bytes" => bytes(value),
        "allocations" => format!("{value} allocations"),
        _ => seconds(value),
    }
}

/// A time in a unit that suits it.
pub(crate) fn seconds(value: f64) -> String {
    match value.abs() {
        0.0..1e-5 => format!("{:.0} ns", value * 1e9),
        1e-5..1e-3 => format!("{:.0} µs", value * 1e6),
        1e-3..1.0 => format!("{:.2} ms", value * 1e3),
        _ => format!("{value:.2} s"),
    }
}

fn bytes(value: f64) -> String {
    format!("{:.1} MB", value / 1e6)
}

/// `2026-11-24-2-cores-amd-epyc`, with a number behind it if that is taken.
fn new_folder(runs: &Path) -> Result<PathBuf> {
    let processor = machine()
        .into_iter()
        .find(|(name, _)| *name == "processor")
        .map(|(_, value)| value);
    let processor = processor.unwrap_or_default();
    let (model, cores) = processor.split_once(", ").unwrap_or((&processor, ""));
    let kind: Vec<_> = cores
        .split(' ')
        .chain(model.split(' '))
        .map(str::to_lowercase)
        .collect();
    let name = format!("{}-{}", jiff::Zoned::now().strftime("%Y-%m-%d"), kind.join("-"));
    let free = (1..).map(|number| match number {
        1 => runs.join(&name),
        _ => runs.join(format!("{name}-{number}")),
    });
    let folder = free
        .into_iter()
        .find(|folder| !folder.exists())
        .unwrap_or_else(|| runs.join(&name));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

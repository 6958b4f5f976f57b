//! Writes a run: every raw sample as JSON, and a table for people beside the goals that the numbers are held against.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use crate::goals;
use crate::record::{Measurement, Table};
use crate::setting::{Setting, machine};
use crate::tables;

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
    let table = Table(all);
    text += &goals::table(&table);
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

/// A size for people.
pub(crate) fn bytes(value: f64) -> String {
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

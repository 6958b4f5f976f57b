//! The peer's own tests of its controller and of `kubeseal`, unchanged, against our controller.
//!
//! Source: `integration/` of sealed-secrets v0.40.0, built with its build tag.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::{Bench, Tally};

/// How many there are in this release.
const FEWEST: usize = 40;

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    let folder = bench.paths.scratch.join("own-tests");
    fs::create_dir_all(&folder)?;
    let report = folder.join("report.json");
    let controller = bench.paths.ours.clone();
    let output = Command::new(&bench.paths.integration)
        .current_dir(&folder)
        .env("HOME", &folder)
        .env("KUBECONFIG", bench.cluster.kubeconfig())
        .arg("-kubeconfig")
        .arg(bench.cluster.kubeconfig())
        .arg("-kubeseal-bin")
        .arg(&bench.paths.kubeseal)
        .arg("-controller-bin")
        .arg(&controller)
        .arg("-ginkgo.json-report")
        .arg(&report)
        .arg("-ginkgo.no-color")
        .output()
        .context("cannot start the peer's tests")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let report =
        fs::read_to_string(&report).with_context(|| format!("the peer's tests did not run: {said}"))?;
    let report: Value = serde_json::from_str(&report)?;
    let suites = report.as_array().into_iter().flatten();
    let specs = suites.flat_map(|suite| suite["SpecReports"].as_array().into_iter().flatten());
    let mut ran = 0;
    for spec in specs.filter(|spec| spec["State"] != "skipped" && spec["LeafNodeType"] == "It") {
        ran += 1;
        let message = spec["Failure"]["Message"].as_str().unwrap_or_default();
        tally.check(
            format!("\"{}\" {message}", title(spec)),
            Ok(spec["State"] == "passed"),
        );
    }
    tally.check(format!("all of them ran ({ran})"), Ok(ran >= FEWEST));
    Ok(())
}

fn title(spec: &Value) -> String {
    let containers = spec["ContainerHierarchyTexts"].as_array().into_iter().flatten();
    let parts = containers
        .chain([&spec["LeafNodeText"]])
        .filter_map(Value::as_str);
    parts.collect::<Vec<_>>().join(" ")
}

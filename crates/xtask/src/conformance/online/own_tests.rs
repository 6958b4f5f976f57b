//! The peer's own tests of `kubeseal` on a cluster, unchanged, with either side's program under that name.
//!
//! Source: `integration/kubeseal_test.go` of sealed-secrets v0.40.0, built with its build tag.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::bench::{Bench, Side};
use crate::conformance::workbench::Tally;

/// The tests of the command, behind the last word of the suite's own title; those of the controller do not call it.
const FOCUS: &str = "tests kubeseal";

pub(super) fn all(bench: &Bench, tests: &Path, tally: &mut Tally) -> Result<()> {
    for side in &bench.sides {
        one_side(bench, tests, side, tally)?;
    }
    Ok(())
}

fn one_side(bench: &Bench, tests: &Path, side: &Side, tally: &mut Tally) -> Result<()> {
    let folder = bench.fresh("own-tests");
    fs::create_dir(&folder)?;
    let program = folder.join("kubeseal");
    symlink(side.program(), &program).context("cannot give the program its name")?;
    let report = folder.join("report.json");
    let mut command = Command::new(tests);
    command
        .current_dir(&folder)
        .env("HOME", &folder)
        .env("KUBECONFIG", bench.cluster.kubeconfig())
        .arg("-kubeconfig")
        .arg(bench.cluster.kubeconfig())
        .arg("-kubeseal-bin")
        .arg(&program)
        .arg("-ginkgo.json-report")
        .arg(&report)
        .args(["-ginkgo.no-color", "-ginkgo.focus", FOCUS]);
    let said = bench.run(&mut command, b"")?;
    let report = fs::read_to_string(&report).with_context(|| {
        format!(
            "the peer's tests did not run: {}",
            String::from_utf8_lossy(&said.stdout)
        )
    })?;
    let report: Value = serde_json::from_str(&report).context("the report is JSON")?;
    let suites = report.as_array().into_iter().flatten();
    let specs = suites.flat_map(|suite| suite["SpecReports"].as_array().into_iter().flatten());
    let mut ran = 0;
    for spec in specs.filter(|spec| spec["State"] != "skipped") {
        ran += 1;
        let message = spec["Failure"]["Message"].as_str().unwrap_or_default();
        tally.check(
            format!("{}: their own test \"{}\" {message}", side.name, title(spec)),
            Ok(spec["State"] == "passed"),
        );
    }
    tally.check(
        format!("{}: their own tests ran ({ran})", side.name),
        Ok(ran >= FEWEST),
    );
    Ok(())
}

/// How many there are in this release; fewer means that the focus missed them.
const FEWEST: usize = 15;

fn title(spec: &Value) -> String {
    let containers = spec["ContainerHierarchyTexts"].as_array().into_iter().flatten();
    let parts: Vec<&str> = containers
        .chain([&spec["LeafNodeText"]])
        .filter_map(Value::as_str)
        .collect();
    parts.join(" ")
}

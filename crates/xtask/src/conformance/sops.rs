//! SOPS files against released versions of `sops`.
//!
//! As for encryption at rest, the comparisons are programs of the library's, which run the peers over generated documents.
//! Here their counts are read and their tables shown.

use std::process::Command;

use anyhow::{Context, Result, anyhow};

use super::workbench::{Tally, Workbench};
use crate::{peers, sh};

/// How many documents for each version and store; the table gives a quarter of them more to each further kind of key.
const DOCUMENTS: &str = "40";

/// The released versions that are compared, and the peer of each.
const VERSIONS: [(&str, &str); 3] = [
    ("3.13.3", "sops"),
    ("3.9.4", "sops@v3.9.4"),
    ("3.8.1", "sops@v3.8.1"),
];

/// The table: every version, store, direction and kind of key that can be had without a network, as programs.
pub(crate) fn table(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let mut example = example("sops_stores");
    example.arg(DOCUMENTS).arg(&workbench.sealkit);
    run(
        &mut example,
        tally,
        "sops and its stand-in exchange files of every store",
    )
}

/// YAML and JSON both ways, and edited by either side, for each released version.
pub(crate) fn files(_: &Workbench, tally: &mut Tally) -> Result<()> {
    let mut example = example("sops_conformance");
    example.arg(DOCUMENTS);
    run(
        &mut example,
        tally,
        "sops and the room open each other's YAML and JSON, and what the other edited",
    )
}

fn example(name: &str) -> Command {
    let mut example = sh::cargo();
    example.args(["run", "--release", "--package", "sealkit-formats"]);
    example.args(["--features", "sops", "--example", name, "--"]);
    example
}

/// Adds the peers, runs the example, shows what it printed and counts what held.
fn run(example: &mut Command, tally: &mut Tally, claim: &'static str) -> Result<()> {
    for (version, peer) in VERSIONS {
        example.arg(format!("{version}={}", peers::program(peer)?.display()));
    }
    let output = example.output().context("cannot start cargo")?;
    let text = String::from_utf8(output.stdout).context("its report is not text")?;
    for line in text.lines() {
        match line.strip_prefix("held ").and_then(|rest| rest.split(' ').next()) {
            Some(count) => tally.held += count.parse::<usize>().context("a count")?,
            None => println!("{line}"),
        }
    }
    let said = String::from_utf8_lossy(&output.stderr);
    tally.check(
        claim,
        match output.status.success() {
            true => Ok(!text.is_empty()),
            false => Err(anyhow!("{}: {}", output.status, said.trim_end())),
        },
    );
    Ok(())
}

//! SOPS files against released versions of `sops`.
//!
//! As for encryption at rest, the comparisons are programs of the library's, which run the peers over generated documents.
//! Here their counts are read and their tables shown.

use std::process::Command;

use anyhow::Result;

use super::workbench::{Tally, Workbench, counted};
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
    for line in counted(example, tally, claim)? {
        println!("{line}");
    }
    Ok(())
}

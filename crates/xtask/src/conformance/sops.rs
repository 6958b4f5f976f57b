//! SOPS files against released versions of `sops`.
//!
//! As for encryption at rest, the comparison is a program of the library's, which runs the peers over generated documents.
//! Here its counts are read.

use anyhow::{Context, Result};

use super::workbench::{Tally, Workbench, pipe};
use crate::{peers, sh};

/// How many documents for each version and store.
const DOCUMENTS: &str = "40";

/// YAML and JSON both ways, and edited by either side, for each released version.
pub(crate) fn files(_: &Workbench, tally: &mut Tally) -> Result<()> {
    let mut example = sh::cargo();
    example.args([
        "run",
        "--release",
        "--package",
        "sealkit-formats",
        "--features",
        "sops",
    ]);
    example.args(["--example", "sops_conformance", "--", DOCUMENTS]);
    for (version, peer) in [
        ("3.13.3", "sops"),
        ("3.9.4", "sops@v3.9.4"),
        ("3.8.1", "sops@v3.8.1"),
    ] {
        example.arg(format!("{version}={}", peers::program(peer)?.display()));
    }
    let claim = "sops and the room open each other's YAML and JSON, and what the other edited";
    let text = match pipe(&mut example, b"") {
        Ok(text) => String::from_utf8(text).context("its report is not text")?,
        Err(error) => {
            tally.check(claim, Err(error));
            return Ok(());
        }
    };
    tally.check(claim, Ok(!text.is_empty()));
    for line in text.lines() {
        if let Some(count) = line.strip_prefix("held ").and_then(|rest| rest.split(' ').next()) {
            tally.held += count.parse::<usize>().context("a count")?;
        }
    }
    Ok(())
}

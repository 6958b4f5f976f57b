//! Encryption at rest against the API server's own loader and transformers.
//!
//! The two sides talk thousands of times, so the comparison is a program of the library's, an example of `sealkit-formats`,
//! that drives the oracle in JSON lines. Here its counts are read.

use anyhow::Result;

use super::workbench::{Tally, Workbench, counted};
use crate::{peers, sh};

/// Values both ways under every provider and key size, verdicts and texts about configurations, edits.
pub(crate) fn all(_: &Workbench, tally: &mut Tally) -> Result<()> {
    let oracle = peers::program("at-rest-oracle")?;
    let mut example = sh::cargo();
    example.args([
        "run",
        "--release",
        "--package",
        "sealkit-formats",
        "--features",
        "at-rest",
    ]);
    example
        .args(["--example", "at_rest_conformance", "--"])
        .arg(oracle);
    counted(
        &mut example,
        tally,
        "the API server's code and ours agree on values, configurations and edits",
    )?;
    Ok(())
}

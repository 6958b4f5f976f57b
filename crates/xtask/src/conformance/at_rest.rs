//! Encryption at rest against the API server's own loader and transformers.
//!
//! The two sides talk thousands of times, so the comparison is a program of the library's, an example of `sealkit-formats`,
//! that drives the oracle in JSON lines. Here its counts are read.

use anyhow::{Context, Result};

use super::workbench::{Tally, Workbench, pipe};
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
    let output = pipe(&mut example, b"");
    let claim = "the API server's code and ours agree on values, configurations and edits";
    let text = match output {
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

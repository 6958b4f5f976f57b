//! Templates of SealedSecrets against Go's `text/template` with sprig.
//!
//! The table in `testdata/templates` runs in `cargo test`. Here random templates go through both, as an example of
//! `sealkit-template` that drives the oracle in JSON lines; its counts are read.

use anyhow::{Context, Result};

use super::workbench::{Tally, Workbench, pipe};
use crate::{peers, sh};

/// Twenty thousand random templates, rendered by both sides.
pub(crate) fn random(_: &Workbench, tally: &mut Tally) -> Result<()> {
    let oracle = peers::program("template-oracle")?;
    let mut example = sh::cargo();
    example.args(["run", "--release", "--package", "sealkit-template"]);
    example
        .args(["--example", "template_conformance", "--"])
        .arg(oracle);
    let output = pipe(&mut example, b"");
    let claim = "Go and we render random templates alike";
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

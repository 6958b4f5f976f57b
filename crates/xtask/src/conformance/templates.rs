//! Templates of SealedSecrets against Go's `text/template` with sprig.
//!
//! The table in `testdata/templates` runs in `cargo test`. Here random templates go through both, as an example of
//! `sealkit-template` that drives the oracle in JSON lines; its counts are read.

use anyhow::Result;

use super::workbench::{Tally, Workbench, counted};
use crate::{peers, sh};

/// Twenty thousand random templates, rendered by both sides.
pub(crate) fn random(_: &Workbench, tally: &mut Tally) -> Result<()> {
    let oracle = peers::program("template-oracle")?;
    let mut example = sh::cargo();
    example.args(["run", "--release", "--package", "sealkit-template"]);
    example
        .args(["--example", "template_conformance", "--"])
        .arg(oracle);
    counted(&mut example, tally, "Go and we render random templates alike")?;
    Ok(())
}

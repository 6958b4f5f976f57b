//! What `sops` reads in files: its own stores, as a library behind JSON lines, against ours.
//!
//! The two sides talk thousands of times, so the comparisons are programs of the libraries', examples that drive the
//! oracle. Here their counts are read.

use anyhow::Result;

use super::workbench::{Tally, Workbench, counted};
use crate::{peers, sh};

/// Random dotenv and INI files: read, written, edited.
pub(crate) fn without_trees(_: &Workbench, tally: &mut Tally) -> Result<()> {
    example(
        tally,
        &["--package", "sealkit-manifest", "--example", "sops_files"],
        "the stores of sops and ours agree on dotenv and INI files",
    )
}

/// Random configurations and paths: which rule decides, and which keys it names.
pub(crate) fn rules(_: &Workbench, tally: &mut Tally) -> Result<()> {
    example(
        tally,
        &["--package", "sealkit", "--example", "sops_rules"],
        "sops and we choose the same rule of a .sops.yaml",
    )
}

fn example(tally: &mut Tally, which: &[&str], claim: &'static str) -> Result<()> {
    let oracle = peers::program("sops-oracle")?;
    let mut example = sh::cargo();
    example
        .args(["run", "--release"])
        .args(which)
        .arg("--")
        .arg(oracle);
    counted(&mut example, tally, claim)?;
    Ok(())
}

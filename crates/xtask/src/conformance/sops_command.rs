//! The sops mode beside sops: the cases of `crates/sealkit-cli/tests/sops`, run by both programs.
//!
//! Standard output, standard error, exit codes and files must be the same, ciphertext aside. Where `differences.md` says
//! that they differ they must, so that no explanation outlives its reason.

#[path = "../../../sealkit-cli/tests/sops/runner.rs"]
mod runner;

use std::fs;

use anyhow::{Context, Result};

use super::workbench::{Tally, Workbench};
use crate::peers;
use runner::Case;

/// Runs every case with both.
pub(crate) fn cases(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let folder = crate::root().join("crates/sealkit-cli/tests/sops");
    let page = fs::read_to_string(folder.join("differences.md")).context("cannot read differences.md")?;
    let explained = runner::differences(&page);
    let peer = peers::program("sops")?;
    for (name, path) in runner::cases(&folder) {
        let text = fs::read_to_string(&path)?;
        let case = Case::parse(&text);
        let (ours, theirs) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let ours = case.run(&workbench.sealkit, ours.path());
        let theirs = case.run(&peer, theirs.path());
        let differs = explained.iter().any(|(known, _)| *known == name);
        let claim = match differs {
            true => format!("{name}: the difference is still there"),
            false => format!("{name}: both do the same"),
        };
        tally.check(claim, Ok((ours == theirs) != differs));
        tally.check(
            format!("{name}: ours is what the file says"),
            Ok(ours.print() == text),
        );
    }
    Ok(())
}

//! The kubeseal mode beside kubeseal: the cases of `crates/sealkit-cli/tests/kubeseal`, run by both programs.
//!
//! Standard output, exit code, files and the first line of standard error must be the same, ciphertext aside. Where
//! `differences.md` says that they differ they must, so that no explanation outlives its reason.

#[allow(
    dead_code,
    reason = "the command's own tests write cases, this suite only reads them"
)]
#[path = "../../../sealkit-cli/tests/kubeseal/runner.rs"]
mod runner;

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::workbench::{Tally, Workbench};
use crate::peers;
use runner::Case;

/// Runs every case with both.
pub(crate) fn cases(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let folder = crate::root().join("crates/sealkit-cli/tests/kubeseal");
    let page = fs::read_to_string(folder.join("differences.md")).context("cannot read differences.md")?;
    let explained = runner::differences(&page);
    let peer = peers::program("kubeseal")?;
    for (name, path) in runner::cases(&folder) {
        let case = Case::parse(&fs::read_to_string(&path)?);
        let (ours, theirs) = (run(&case, &workbench.sealkit)?, run(&case, &peer)?);
        let differs = explained.iter().any(|(known, _)| *known == name);
        let claim = match differs {
            true => format!("{name}: the difference is still there"),
            false => format!("{name}: both do the same"),
        };
        tally.check(claim, Ok((ours == theirs) != differs));
        tally.check(format!("{name}: ours is what the file says"), Ok(ours == case));
    }
    Ok(())
}

fn run(case: &Case, program: &Path) -> Result<Case> {
    let scratch = tempfile::tempdir()?;
    Ok(case.run(program, &crate::root().join("testdata"), scratch.path()))
}

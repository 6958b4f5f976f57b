//! The peer's own functional tests, unchanged, with our binary in the place of theirs.
//!
//! They are a program of their own in the peer's module, which is taken as Go's module cache has it. Those that need a
//! Vault or a cloud are left out.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::workbench::{Tally, Workbench};
use crate::{cache, peers, sh};

/// What these begin with wants a Vault.
const NEEDS_A_VAULT: &str = "publish_json_file_vault";

/// Fewer than the peer has, so that a change of its report cannot pass for success.
const AT_LEAST: usize = 30;

/// Runs them, one claim for each.
pub(crate) fn functional(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let module = peers::module("github.com/getsops/sops/v3", "v3.13.3")?;
    let place = workbench.path("own-tests");
    copy(&module.join("functional-tests"), &place)?;
    symlink(&workbench.sealkit, place.join("sops"))?;

    // of its own and short: the agent's socket has to fit into it
    let keys = tempfile::tempdir()?;
    let key = fs::read(module.join("pgp/sops_functional_tests_key.asc"))?;
    let key = workbench.write("own-tests-key.asc", key)?;
    let mut import = workbench.command(Path::new("gpg"));
    import.args(["--batch", "--quiet", "--import"]).arg(&key);
    sh::output(import.env("GNUPGHOME", keys.path()))?;

    let mut tests = sh::cargo();
    tests
        .args(["test", "--locked", "--lib", "--", "--skip", NEEDS_A_VAULT])
        .current_dir(&place)
        .env(
            "CARGO_TARGET_DIR",
            cache::folder("target")?.join("sops-own-tests"),
        )
        .env("GNUPGHOME", keys.path());
    let said = tests.output().context("cannot start cargo")?;
    let mut agent = workbench.command(Path::new("gpgconf"));
    let _ = sh::output(agent.args(["--kill", "gpg-agent"]).env("GNUPGHOME", keys.path()));

    let report = String::from_utf8_lossy(&said.stdout);
    let outcomes: Vec<(&str, &str)> = report
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "))
        .filter(|(_, outcome)| !outcome.starts_with("ignored"))
        .collect();
    ensure!(
        outcomes.len() >= AT_LEAST,
        "{} tests ran: {}",
        outcomes.len(),
        String::from_utf8_lossy(&said.stderr)
    );
    for (name, outcome) in outcomes {
        tally.check(format!("{name} passes"), Ok(outcome == "ok"));
    }
    Ok(())
}

/// Copies a folder, whose files Go has made read-only.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => fs::write(&target, fs::read(entry.path())?)?,
        }
    }
    Ok(())
}

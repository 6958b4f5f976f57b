//! Our controller in the place of Bitnami's, on a real API server.
//!
//! The bench is a program of the controller's own crate, which starts itself inside an isolation; here both sides are
//! built, its count is read and what does not hold is shown.

use anyhow::{Context, Result, anyhow};

use super::workbench::{Tally, Workbench, target_folder};
use crate::{peers, sh};

/// Objects, keys, taking over and handing back, faults, and the peer's own tests.
pub(crate) fn all(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    sh::require("kubectl", "--help", "install kubectl 1.30 or newer")?;
    sh::require("unshare", "--version", "install util-linux")?;
    sh::require("ip", "-V", "install iproute2")?;
    let package = ["--release", "--package", "sealkit-cluster"];
    sh::run(
        sh::cargo()
            .arg("build")
            .args(package)
            .args(["--bin", "sealkit-controller"]),
    )?;
    let mut example = sh::cargo();
    example
        .arg("run")
        .args(package)
        .args(["--example", "controller_conformance", "--"])
        .arg(workbench.path("controller"));
    for program in [
        "kubeseal",
        "controller",
        "integration.test",
        "etcd",
        "kube-apiserver",
    ] {
        example.arg(peers::program(program)?);
    }
    example.arg(target_folder()?.join("release").join("sealkit-controller"));
    let output = example.output().context("cannot start cargo")?;
    let text = String::from_utf8(output.stdout).context("its report is not text")?;
    for line in text.lines() {
        match line.strip_prefix("held ").and_then(|rest| rest.split(' ').next()) {
            Some(count) => tally.held += count.parse::<usize>().context("a count")?,
            None => println!("{line}"),
        }
    }
    let said = String::from_utf8_lossy(&output.stderr);
    tally.check(
        "our controller does what the peer's does",
        match output.status.success() {
            true => Ok(!text.is_empty()),
            false => Err(anyhow!("{}: {}", output.status, said.trim_end())),
        },
    );
    Ok(())
}

//! Our controller in the place of Bitnami's, on a real API server.
//!
//! The bench is a program of the controller's own crate, which starts itself inside an isolation; here both sides are
//! built, its count is read and what does not hold is shown.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::workbench::{Tally, Workbench, counted, target_folder};
use crate::{peers, sh};

/// Objects, keys, taking over and handing back, faults, and the peer's own tests.
pub(crate) fn all(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let mut example = command(&workbench.path("controller"), &workbench.sealkit)?;
    for line in counted(&mut example, tally, "our controller does what the peer's does")? {
        println!("{line}");
    }
    Ok(())
}

/// The bench's program over both sides' programs, which are built; it does all of its parts unless some are named.
pub(crate) fn command(scratch: &Path, sealkit: &Path) -> Result<Command> {
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
        .arg(scratch);
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
    example.arg(sealkit);
    Ok(example)
}

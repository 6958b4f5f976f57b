//! Our controller in the place of Bitnami's, on a real API server.
//!
//! The bench is a program of the controller's own crate, which starts itself inside an isolation; here both sides are
//! built, its count is read and what does not hold is shown.

use anyhow::Result;

use super::workbench::{Tally, Workbench, counted, target_folder};
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
    example.arg(&workbench.sealkit);
    for line in counted(&mut example, tally, "our controller does what the peer's does")? {
        println!("{line}");
    }
    Ok(())
}

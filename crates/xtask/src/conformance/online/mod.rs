//! Sealed Secrets on a real API server, with Bitnami's controller behind a Service: `kubeseal` and ours side by side.
//!
//! The suite starts this very program again inside an [`Isolation`], where the whole bench runs, and reads the tally from
//! its standard output. When it has ended, nothing of the bench may be left on the machine, which is a claim too.

mod bench;
mod hundred;
mod modes;
mod own_tests;
mod refusals;
mod secrets;
mod toolkit;
mod users;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use sealkit_testcluster::{Cluster, Isolation, Programs};
use serde_json::{Value, json};

use self::bench::Bench;
use super::workbench::{Tally, Workbench};
use crate::{peers, sh};

/// Where both sides' programs are; inside there is no network to build them.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder that is gone afterwards.
    scratch: PathBuf,
    sealkit: PathBuf,
    kubeseal: PathBuf,
    controller: PathBuf,
    /// The peer's own tests of its programs on a cluster.
    integration: PathBuf,
    etcd: PathBuf,
    kube_apiserver: PathBuf,
}

/// Two clusters side by side, outside of any isolation: both answer, know nothing of each other, and are gone on drop.
pub(crate) fn side_by_side(_: &Workbench, tally: &mut Tally) -> Result<()> {
    require_kubectl()?;
    let programs = Programs {
        etcd: peers::program("etcd")?,
        kube_apiserver: peers::program("kube-apiserver")?,
    };
    let clusters = [Cluster::start(&programs, &[])?, Cluster::start(&programs, &[])?];
    let [first, second] = &clusters;
    first.apply(r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "only-here"}}"#)?;
    tally.check(
        "a cluster keeps what it is given",
        first.get(&["namespace", "only-here"]).map(|_| true),
    );
    tally.check(
        "and a second one beside it does not have it",
        Ok(second.get(&["namespace", "only-here"]).is_err()),
    );
    let processes: Vec<u32> = clusters.iter().flat_map(Cluster::processes).collect();
    let folders = clusters.each_ref().map(|cluster| cluster.folder().to_owned());
    drop(clusters);
    let gone = |pid: &u32| !Path::new("/proc").join(pid.to_string()).exists();
    tally.check("their processes are gone on drop", Ok(processes.iter().all(gone)));
    tally.check(
        "and so are their folders",
        Ok(!folders.iter().any(|folder| folder.exists())),
    );
    Ok(())
}

/// The outer half: builds, starts the inner half, adds its tally, looks for what is left.
pub(crate) fn kubeseal(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    require_kubectl()?;
    sh::require("unshare", "--version", "install util-linux")?;
    sh::require("ip", "-V", "install iproute2")?;
    let scratch = workbench.path("online");
    fs::create_dir(&scratch).context("cannot make a scratch folder")?;
    let mut command = Isolation::command(&env::current_exe()?);
    command.arg("online").args([&scratch, &workbench.sealkit]);
    for program in [
        "kubeseal",
        "controller",
        "integration.test",
        "etcd",
        "kube-apiserver",
    ] {
        command.arg(peers::program(program)?);
    }
    let inner = run_inner(&mut command, &scratch);
    let left = left_behind(&scratch)?;
    tally.check(
        format!("nothing of the bench runs afterwards: {left:?}"),
        Ok(left.is_empty()),
    );
    tally.check(
        "and the machine's own /run was never touched",
        Ok(!Path::new("/run/secrets/kubernetes.io/serviceaccount/token").exists()),
    );
    fs::remove_dir_all(&scratch).context("cannot remove the scratch folder")?;
    tally.add(inner?);
    Ok(())
}

/// The inner half: the bench, every claim, and the tally as JSON on standard output.
pub(crate) fn inside(args: &Args) -> Result<()> {
    let isolation = Isolation::enter()?;
    let mut tally = Tally::default();
    let bench = Bench::start(&isolation, args)?;
    for side in &bench.sides {
        modes::all(&bench, side, &mut tally)?;
        users::all(&bench, side, &mut tally)?;
        refusals::all(&bench, side, &mut tally)?;
    }
    toolkit::all(&bench, &mut tally)?;
    own_tests::all(&bench, &args.integration, &mut tally)?;
    hundred::all(&bench, &mut tally)?;
    println!("{}", json!({"held": tally.held, "failures": tally.failures}));
    Ok(())
}

fn require_kubectl() -> Result<()> {
    sh::require("kubectl", "--help", "install kubectl 1.30 or newer")
}

fn run_inner(command: &mut Command, scratch: &Path) -> Result<Tally> {
    command
        .env("TMPDIR", scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start unshare")?;
    // held until the end: the isolation ends when this is closed, also when we are killed
    let _holder = child.stdin.take();
    let mut answer = String::new();
    let mut stdout = child.stdout.take().context("standard output was asked for")?;
    stdout.read_to_string(&mut answer)?;
    let status = child.wait()?;
    if !status.success() {
        bail!(
            "the bench ended early ({status}); `unshare` needs a kernel that lets you make user namespaces"
        );
    }
    let answer: Value = serde_json::from_str(&answer).context("the bench did not print its tally")?;
    let failures = answer["failures"].as_array().into_iter().flatten();
    Ok(Tally {
        held: usize::try_from(answer["held"].as_u64().context("a tally counts")?)?,
        failures: failures
            .filter_map(|failure| failure.as_str().map(str::to_owned))
            .collect(),
    })
}

/// Names of processes that have the scratch folder in their command line or environment, as all of the bench do.
fn left_behind(scratch: &Path) -> Result<Vec<String>> {
    let mark = scratch.as_os_str().as_encoded_bytes();
    let mentions = |file: PathBuf| {
        let bytes = fs::read(file).unwrap_or_default();
        bytes.windows(mark.len()).any(|window| window == mark)
    };
    let mut left = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let folder = entry?.path();
        let pid = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if pid.parse() == Ok(std::process::id()) || pid.parse::<u32>().is_err() {
            continue;
        }
        if mentions(folder.join("cmdline")) || mentions(folder.join("environ")) {
            let name = fs::read_to_string(folder.join("comm")).unwrap_or_default();
            left.push(format!("{} {pid}", name.trim_end()));
        }
    }
    Ok(left)
}

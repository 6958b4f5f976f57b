//! The controller against a real API server, beside Bitnami's: what each makes of the same objects and keys.
//!
//! `controller_conformance SCRATCH KUBESEAL CONTROLLER INTEGRATION ETCD KUBE_APISERVER OURS SEALKIT` starts itself again inside an
//! isolation, where both controllers may have their ports and believe that they run in a Pod. It prints a line for each
//! claim that does not hold, and `held N failed M` at the end. With a word behind these, only claims whose part begins
//! with it are looked at; with `speed`, both are timed instead.
#![allow(clippy::print_stdout, reason = "its report is its output")]

mod backup;
mod bench;
mod encrypted;
mod faults;
mod hand_over;
mod keys;
mod objects;
mod own_tests;
mod replicas;
mod speed;
mod take_over;
mod tools;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sealkit_testcluster::Isolation;

use bench::{Bench, Paths, Tally};

const INSIDE: &str = "inside";

type Part = fn(&mut Bench<'_>, &mut Tally) -> Result<()>;

/// Parts by name, in the order in which they run. Each leaves the bench as it found it: ours running, no objects.
const PARTS: &[(&str, Part)] = &[
    ("objects", objects::all),
    ("keys", keys::all),
    ("encrypted", encrypted::all),
    ("backup", backup::all),
    ("hand-over", hand_over::all),
    ("take-over", take_over::all),
    ("faults", faults::all),
    ("replicas", replicas::all),
    ("own-tests", own_tests::all),
];

/// The part that measures; it runs where it is named, and then alone.
const SPEED: (&str, Part) = ("speed", speed::all);

fn main() -> Result<()> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let inside = words.first().is_some_and(|word| word == INSIDE);
    if inside {
        words.remove(0);
    }
    let [
        scratch,
        kubeseal,
        controller,
        integration,
        etcd,
        kube_apiserver,
        ours,
        sealkit,
        chosen @ ..,
    ] = words.as_slice()
    else {
        bail!("usage: SCRATCH KUBESEAL CONTROLLER INTEGRATION ETCD KUBE_APISERVER OURS SEALKIT [PART…]");
    };
    if !inside {
        return outside(&words, scratch);
    }
    let path = |word: &String| PathBuf::from(word);
    let paths = Paths {
        scratch: path(scratch),
        kubeseal: path(kubeseal),
        theirs: path(controller),
        integration: path(integration),
        etcd: path(etcd),
        kube_apiserver: path(kube_apiserver),
        ours: path(ours),
        sealkit: path(sealkit),
    };
    let isolation = Isolation::enter()?;
    let mut tally = Tally::default();
    let mut bench = Bench::start(&isolation, paths)?;
    let parts = match chosen {
        [word] if word == SPEED.0 => &[SPEED],
        _ => PARTS,
    };
    for (name, part) in parts {
        if chosen.is_empty() || chosen.iter().any(|word| name.starts_with(word.as_str())) {
            tally.part = name;
            let begun = Instant::now();
            let outcome = part(&mut bench, &mut tally);
            println!("{name}: {} s", begun.elapsed().as_secs());
            tally.check("the part ends", outcome.map(|()| true));
        }
    }
    let failed = tally.failed;
    println!("held {} failed {failed}", tally.held);
    if failed > 0 {
        bench.show_log();
        bail!("{failed} claims do not hold");
    }
    Ok(())
}

fn outside(words: &[String], scratch: &str) -> Result<()> {
    std::fs::create_dir_all(scratch).context("cannot make the scratch folder")?;
    let mut command = Isolation::command(&std::env::current_exe()?);
    command
        .arg(INSIDE)
        .args(words)
        .env("TMPDIR", scratch)
        .stdin(Stdio::piped());
    let mut child = command.spawn().context("cannot start unshare")?;
    // held until the end: the isolation ends when this is closed, also when we are killed
    let _holder = child.stdin.take();
    let status = child.wait()?;
    if !status.success() {
        bail!("the controllers do not agree ({status})");
    }
    Ok(())
}

//! Taking over from the peer's controller and handing back: the same keys, and not one Secret written.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::bench::{Bench, Tally, secret, until};

const OBJECTS: u64 = 200;

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    tally.check(
        "the peer's controller opens what is sealed for our keys",
        theirs(bench),
    );
    let before = versions(bench)?;
    tally.check(
        "ours takes over 200 objects and writes nothing",
        ours(bench, &before),
    );
    tally.check(
        "the peer's takes them back and writes no Secret",
        back(bench, &before),
    );
    tally.check("both open 200 objects from a cold start", cold_starts(bench));
    bench.clear()
}

/// Starts each side over sealed objects without Secrets, and prints how long it takes until all are there.
fn cold_starts(bench: &mut Bench<'_>) -> Result<bool> {
    for (name, theirs) in [("theirs", true), ("ours", false)] {
        bench.stop()?;
        bench
            .cluster
            .kubectl(&["delete", "secrets", "--all", "--namespace", "shop"])?;
        let begun = Instant::now();
        if theirs {
            bench.start_theirs()?;
        } else {
            bench.start_ours(&[])?;
        }
        until("last Secret", || {
            Ok(bench.versions("secrets")?.len() as u64 == OBJECTS)
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        println!("{name}: {OBJECTS} objects of 2 values, RSA-4096, from a cold start in {seconds:.1} s");
    }
    bench.settled(OBJECTS)?;
    Ok(true)
}

/// Resource versions of Secrets and sealed objects.
fn versions(bench: &Bench<'_>) -> Result<[BTreeMap<String, String>; 2]> {
    Ok([bench.versions("secrets")?, bench.versions("sealedsecrets")?])
}

fn theirs(bench: &mut Bench<'_>) -> Result<bool> {
    bench.stop()?;
    bench.start_theirs()?;
    let documents: Vec<String> = (0..OBJECTS)
        .map(|at| {
            let more = json!({"labels": {"at": at.to_string()}});
            format!(
                "---\n{}\n",
                secret(&format!("db-{at}"), &[("foo", "bar"), ("password", "x")], &more)
            )
        })
        .collect();
    let sealed = bench.kubeseal(&["-o", "yaml"], &documents.concat())?;
    bench.cluster.apply(&sealed)?;
    until("last Secret", || {
        Ok(bench.versions("secrets")?.len() as u64 == OBJECTS)
    })?;
    bench.settled(OBJECTS)?;
    Ok(true)
}

fn ours(bench: &mut Bench<'_>, before: &[BTreeMap<String, String>; 2]) -> Result<bool> {
    bench.stop()?;
    bench.start_ours(&[])?;
    bench.settled(OBJECTS)?;
    let after = versions(bench)?;
    ensure!(
        after[0] == before[0],
        "{} Secrets were written",
        differing(&before[0], &after[0])
    );
    ensure!(
        after[1] == before[1],
        "{} statuses were written",
        differing(&before[1], &after[1])
    );
    Ok(true)
}

fn back(bench: &mut Bench<'_>, before: &[BTreeMap<String, String>; 2]) -> Result<bool> {
    bench.stop()?;
    bench.start_theirs()?;
    bench.settled(OBJECTS)?;
    let after = bench.versions("secrets")?;
    ensure!(
        after == before[0],
        "{} Secrets were written",
        differing(&before[0], &after)
    );
    Ok(true)
}

fn differing(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> usize {
    after
        .iter()
        .filter(|(name, version)| before.get(*name) != Some(version))
        .count()
}

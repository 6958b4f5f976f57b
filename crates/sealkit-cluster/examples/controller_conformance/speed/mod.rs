//! How fast each side takes over many objects, and what ours costs at rest. No claims: it is run by its name alone, on a
//! machine that does nothing else, and prints figures.
//!
//! `SPEED_OBJECTS` (5,000) says how many; ten times as many are kept at the end.

mod floor;
mod objects;
mod usage;

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kube::core::DynamicObject;

use crate::bench::{Bench, Tally, get};
use crate::encrypted;
use objects::Objects;

/// How long the peer is watched at its own pace, at which it would need more than an hour.
const WATCHED: Duration = Duration::from_secs(120);
const AT_REST: Duration = Duration::from_secs(60);
const ROUNDS: usize = 2;
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(1800);

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    let count = std::env::var("SPEED_OBJECTS").map_or(Ok(5_000), |text| text.parse())?;
    tally.check("it was measured", measure(bench, count).map(|()| true));
    Ok(())
}

fn measure(bench: &mut Bench<'_>, count: usize) -> Result<()> {
    let objects = Objects::new(bench)?;
    let certificate = get(8080, "/v1/cert.pem")?;
    bench.stop()?;
    let sealed = objects.sealed_secrets(bench, &certificate, 0..count, 3)?;
    for round in 1..=ROUNDS {
        let bare = floor::private_key_operations(bench, count * 3)?;
        let written = objects.create_secrets(count)?;
        println!(
            "floor {round}: {} RSA-4096 private-key operations in {:.2} s, {count} Secrets created in {:.2} s",
            count * 3,
            bare.as_secs_f64(),
            written.as_secs_f64()
        );
        let ours = cold_start(bench, &objects, &sealed, &Side::Ours(&[]))?;
        println!(
            "ours {round}: {count} SealedSecrets of 3 values in {ours}, {:.2} times the floor",
            ours.time.as_secs_f64() / (bare + written).as_secs_f64()
        );
    }
    let theirs = cold_start(bench, &objects, &sealed, &Side::Theirs(&["--kubeclient-qps=-1"]))?;
    println!("theirs, without a limit of requests: {count} in {theirs}");
    let theirs = cold_start(bench, &objects, &sealed, &Side::Theirs(&[]))?;
    println!("theirs, with its defaults: {theirs}");

    bench.start_ours(&[])?;
    encrypted::switch_on(bench)?;
    let recipient = get(8080, "/v1/recipient")?;
    bench.stop()?;
    let native = objects.encrypted_secrets(bench, recipient.trim(), 0..count, 3)?;
    let ours = cold_start(bench, &objects, &native, &Side::Ours(&["--encrypted-secrets"]))?;
    println!("ours: {count} EncryptedSecrets of 3 values, post-quantum, in {ours}");

    objects.clear()?;
    let mut kept = 0;
    bench.start_ours(&[])?;
    for all in [2 * count, 10 * count] {
        let more = objects.sealed_secrets(bench, &certificate, kept..all, 1)?;
        objects.create(&more)?;
        kept = all;
        let begun = Instant::now();
        while objects.secrets()? < kept {
            ensure!(begun.elapsed() < PATIENCE, "not all Secrets came");
            sleep(Duration::from_secs(1));
        }
        bench.settled(kept as u64)?;
        let usage = usage::at_rest(bench, &objects, AT_REST)?;
        println!("ours, at rest with {kept} objects of one value: {usage}");
    }
    objects.clear()
}

/// Who is started.
enum Side<'a> {
    Ours(&'a [&'a str]),
    Theirs(&'a [&'a str]),
}

/// What a start cost.
struct Start {
    time: Duration,
    secrets: usize,
    peak_mib: f64,
}

impl std::fmt::Display for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.2} s ({} Secrets, {:.1} in a second; {:.1} MiB at most)",
            self.time.as_secs_f64(),
            self.secrets,
            self.secrets as f64 / self.time.as_secs_f64(),
            self.peak_mib
        )
    }
}

/// Starts a controller over sealed objects that have no Secrets and no statuses, until all Secrets are there.
fn cold_start(
    bench: &mut Bench<'_>,
    objects: &Objects,
    sealed: &[DynamicObject],
    side: &Side<'_>,
) -> Result<Start> {
    objects.clear()?;
    objects.create(sealed)?;
    let begun = Instant::now();
    let patience = match side {
        Side::Ours(flags) => {
            bench.start_ours(flags)?;
            PATIENCE
        }
        Side::Theirs(flags) => {
            bench.start_theirs_with(flags)?;
            match flags.is_empty() {
                true => WATCHED,
                false => PATIENCE,
            }
        }
    };
    let mut secrets = 0;
    while secrets < sealed.len() && begun.elapsed() < patience {
        sleep(Duration::from_millis(50));
        secrets = objects.secrets()?;
    }
    let time = begun.elapsed();
    let process = bench.controller.as_ref().context("it was started")?;
    let peak_mib = usage::peak_mib(process.id())?;
    bench.stop()?;
    Ok(Start {
        time,
        secrets,
        peak_mib,
    })
}

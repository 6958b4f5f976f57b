//! A replica whose clock is hours off holds the lease. What counts is when the others see its signs of life.

use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{LEASE, leader, lease};
use crate::bench::{Bench, NAMESPACE, Tally, until};

const GHOST: &str = "ghost_0";
const HOURS: i64 = 5 * 3600;

pub(super) fn all(bench: &Bench<'_>, tally: &mut Tally) {
    tally.check(
        "a dead leader whose clock is hours ahead is waited for as long as any other",
        dead(bench, HOURS),
    );
    tally.check(
        "a living leader whose clock is hours behind is left its lease",
        living(bench, -HOURS),
    );
}

/// Somebody with this clock gives a sign of life.
fn sign(bench: &Bench<'_>, skew: i64) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let seconds = i64::try_from(now.as_secs())? + skew;
    let time = jiff::Timestamp::new(seconds, i32::try_from(now.subsec_micros() * 1000)?)?;
    let time = time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let spec = json!({"holderIdentity": GHOST, "leaseDurationSeconds": LEASE.as_secs(), "renewTime": time});
    let patch = json!({"spec": spec}).to_string();
    let name = "sealed-secrets-controller";
    let words = [
        "patch",
        "lease",
        name,
        "--namespace",
        NAMESPACE,
        "--type=merge",
        "--patch",
        &patch,
    ];
    bench.cluster.kubectl(&words).map(drop)
}

fn dead(bench: &Bench<'_>, skew: i64) -> Result<bool> {
    let since = Instant::now();
    sign(bench, skew)?;
    until("new leader", || Ok(leader(bench).is_ok()))?;
    let took = since.elapsed();
    ensure!(took >= LEASE && took < LEASE * 3, "it took {took:?}");
    Ok(true)
}

fn living(bench: &Bench<'_>, skew: i64) -> Result<bool> {
    let until_then = Instant::now() + LEASE * 3;
    while Instant::now() < until_then {
        sign(bench, skew)?;
        sleep(Duration::from_millis(400));
        let (holder, _) = lease(bench)?;
        ensure!(holder == GHOST, "{holder} took it from the living");
    }
    until("new leader", || Ok(leader(bench).is_ok())).map(|()| true)
}

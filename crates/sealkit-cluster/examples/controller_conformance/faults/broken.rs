//! Ten thousand broken objects, and a good one among them.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::admin::{Admin, create};
use crate::bench::{Bench, NAMESPACE, Tally, secret, until};

const BROKEN: usize = 10_000;
const SOON: Duration = Duration::from_secs(10);

pub(super) fn all(bench: &mut Bench<'_>, admin: &Admin, tally: &mut Tally) -> Result<()> {
    one_key(bench)?;
    tally.check(
        format!("a good object does not wait for {BROKEN} broken ones that were there before it"),
        beside(bench, admin),
    );
    tally.check("nor does it after a restart", restarted(bench));
    Ok(())
}

/// Every other key would be tried for every broken value.
fn one_key(bench: &Bench<'_>) -> Result<()> {
    let mut keys = bench.keys()?;
    keys.pop();
    for key in keys {
        let name = key["metadata"]["name"].as_str().unwrap_or_default();
        bench
            .cluster
            .kubectl(&["delete", "secret", name, "--namespace", NAMESPACE])?;
    }
    Ok(())
}

fn beside(bench: &Bench<'_>, admin: &Admin) -> Result<bool> {
    let sealed = bench.kubeseal(
        &["-o", "json"],
        &secret("elsewhere", &[("a", "1")], &json!({})).to_string(),
    )?;
    let sealed: Value = serde_json::from_str(&sealed)?;
    // sealed for another name, so that only the key itself can tell
    let broken = |at: usize| {
        let mut object = sealed.clone();
        object["metadata"]["name"] = json!(format!("broken-{at}"));
        create(object)
    };
    let good = bench.seal("good", &[("foo", "bar")], &json!({}))?;
    let (begun, turns) = (Instant::now(), bench.turns()?);
    admin.all((0..BROKEN).map(broken).collect())?;
    let created = begun.elapsed();
    let left = BROKEN as u64 - (bench.turns()? - turns).min(BROKEN as u64);
    let applied = Instant::now();
    bench.cluster.apply(&good)?;
    until("Secret", || bench.has("good", "foo", "bar"))?;
    let took = applied.elapsed();
    println!(
        "{BROKEN} broken objects created in {:.0} s, {left} of them waiting; the good one opened in {:.1} s",
        created.as_secs_f64(),
        took.as_secs_f64()
    );
    ensure!(took < SOON, "it took {took:?}");
    Ok(true)
}

fn restarted(bench: &mut Bench<'_>) -> Result<bool> {
    bench.stop()?;
    bench
        .cluster
        .kubectl(&["delete", "secret", "good", "--namespace", "shop"])?;
    bench.start_ours(&[])?;
    let begun = Instant::now();
    bench.put("fresh", &[("foo", "bar")])?;
    until("fresh Secret", || bench.has("fresh", "foo", "bar"))?;
    until("Secret of before", || bench.has("good", "foo", "bar"))?;
    let took = begun.elapsed();
    println!(
        "after a restart beside {BROKEN} broken objects both good ones were open in {:.1} s",
        took.as_secs_f64()
    );
    ensure!(took < SOON, "it took {took:?}");
    Ok(true)
}

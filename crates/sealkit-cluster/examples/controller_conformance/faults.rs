//! The API server killed mid-way, and many broken objects beside a good one.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use crate::bench::{Bench, Tally, until};

const BROKEN: usize = 300;

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    tally.check(
        "what changes while the API server is away is caught up with",
        killed(bench),
    );
    tally.check(
        "a good object does not wait for 300 broken ones",
        beside_broken(bench),
    );
    bench.clear()
}

fn killed(bench: &mut Bench<'_>) -> Result<bool> {
    bench.put("before", &[("foo", "bar")])?;
    until("Secret", || bench.has("before", "foo", "bar"))?;
    let sealed = bench.seal("after", &[("foo", "bar")], &json!({}))?;
    bench.cluster.kill_api_server(Duration::from_secs(10))?;
    bench.cluster.apply(&sealed)?;
    until("Secret of afterwards", || bench.has("after", "foo", "bar"))?;
    bench
        .cluster
        .kubectl(&["delete", "secret", "before", "--namespace", "shop"])?;
    until("Secret of before", || bench.has("before", "foo", "bar"))?;
    bench
        .controller
        .as_mut()
        .map_or(Ok(false), |controller| controller.must_run().map(|()| true))
}

fn beside_broken(bench: &Bench<'_>) -> Result<bool> {
    let sealed = bench.seal("broken", &[("a", "1"), ("b", "2"), ("c", "3")], &json!({}))?;
    let good = bench.seal("good", &[("foo", "bar")], &json!({}))?;
    let all: String = (0..BROKEN)
        .map(|at| sealed.replace("name: broken", &format!("name: broken-{at}")))
        .collect();
    bench.cluster.apply(&all)?;
    let applied = Instant::now();
    bench.cluster.apply(&good)?;
    until("Secret", || bench.has("good", "foo", "bar"))?;
    Ok(applied.elapsed() < Duration::from_secs(10))
}

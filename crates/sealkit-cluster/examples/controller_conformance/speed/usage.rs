//! What a process costs: memory, processor time, and requests to the API server.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Objects, PATIENCE};
use crate::bench::Bench;

/// Of Linux, on every machine that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

pub(super) struct AtRest {
    resident_mib: f64,
    /// Share of one core.
    cores: f64,
    requests_per_minute: f64,
}

impl std::fmt::Display for AtRest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.1} MiB resident, {:.3} % of a core, {:.1} requests in a minute",
            self.resident_mib,
            self.cores * 100.0,
            self.requests_per_minute
        )
    }
}

/// Events are sent one after the other, long after the last turn: no request in so long means that all are.
const QUIET: Duration = Duration::from_secs(5);

/// Watches a controller that has nothing to do.
pub(super) fn at_rest(bench: &Bench<'_>, objects: &Objects, time: Duration) -> Result<AtRest> {
    let process = bench.controller.as_ref().context("it runs")?.id();
    let begun = Instant::now();
    let mut seen = requests(objects)?;
    loop {
        sleep(QUIET);
        let now = requests(objects)?;
        if now - seen < 0.5 {
            break;
        }
        ensure!(begun.elapsed() < PATIENCE, "it does not come to rest");
        seen = now;
    }
    let before = (ticks(process)?, requests(objects)?);
    sleep(time);
    let after = (ticks(process)?, requests(objects)?);
    let seconds = time.as_secs_f64();
    Ok(AtRest {
        resident_mib: status_mib(process, "VmRSS")?,
        cores: (after.0 - before.0) / TICKS_PER_SECOND / seconds,
        requests_per_minute: (after.1 - before.1) * 60.0 / seconds,
    })
}

/// The most memory that it ever had.
pub(super) fn peak_mib(process: u32) -> Result<f64> {
    status_mib(process, "VmHWM")
}

fn status_mib(process: u32, field: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
    Ok(kib.context("the kernel tells")?.parse::<f64>()? / 1024.0)
}

/// Processor time in both modes.
fn ticks(process: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, behind) = text.rsplit_once(')').context("the name is in parentheses")?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = |at: usize| -> Result<f64> { Ok(fields.get(at).context("the kernel tells")?.parse()?) };
    Ok(ticks(11)? + ticks(12)?)
}

/// Requests about what a controller follows and writes, by anybody. Nobody else asks for these meanwhile.
fn requests(objects: &Objects) -> Result<f64> {
    let of_interest = ["secrets", "sealedsecrets", "encryptedsecrets", "events"];
    let metrics = objects.metrics()?;
    let counts = metrics.lines().filter_map(|line| {
        let (labels, count) = line.strip_prefix("apiserver_request_total{")?.rsplit_once(' ')?;
        let is_one = |name: &&str| labels.contains(&format!("resource=\"{name}\""));
        of_interest
            .iter()
            .any(is_one)
            .then(|| count.parse::<f64>().ok())?
    });
    Ok(counts.sum())
}

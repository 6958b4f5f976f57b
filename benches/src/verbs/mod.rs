//! One file for each thing that people wait for.

mod at_rest;
mod kubeseal;
mod open;
mod rotate_tree;
mod seal_large;
mod seal_one;
mod seal_tree;
mod sops;
mod start;

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process::Process;
use crate::record::Recorder;
use crate::setting::Setting;

/// One verb's measurements.
pub(crate) type Verb = fn(&Setting, &mut Recorder) -> Result<()>;

/// All verbs, in the order in which they run.
pub(crate) const ALL: [Verb; 9] = [
    start::run,
    seal_one::run,
    seal_large::run,
    open::run,
    seal_tree::run,
    rotate_tree::run,
    kubeseal::run,
    at_rest::run,
    sops::run,
];

/// Measures several processes in turn, so that whatever else the machine does meets all of them alike.
fn side_by_side(recorder: &mut Recorder, rounds: usize, processes: &[(String, Process)]) -> Result<()> {
    let wanted: Vec<_> = processes
        .iter()
        .filter(|(name, _)| recorder.wants(name))
        .collect();
    let mut times = vec![Vec::new(); wanted.len()];
    // The first round warms the page cache and is thrown away.
    for round in 0..=rounds {
        for (index, (_, process)) in wanted.iter().enumerate() {
            let (wall, _) = process.run()?;
            if round > 0 {
                times[index].push(wall);
            }
        }
    }
    for ((name, process), samples) in wanted.iter().zip(&times) {
        recorder.times(name, &process.shown(), 1, samples);
    }
    Ok(())
}

/// Measures peak memory of several processes.
fn memory(recorder: &mut Recorder, rounds: usize, processes: &[(String, Process)]) -> Result<()> {
    for (name, process) in processes {
        if recorder.wants(name) {
            let samples = (0..rounds)
                .map(|_| process.peak_memory())
                .collect::<Result<Vec<_>>>()?;
            recorder.sizes(name, &format!("time --format=%M {}", process.shown()), &samples);
        }
    }
    Ok(())
}

/// Measures a library call.
fn call<T>(rounds: usize, mut work: impl FnMut() -> Result<T>) -> Result<Vec<Duration>> {
    work()?;
    let mut samples = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begin = Instant::now();
        std::hint::black_box(work()?);
        samples.push(begin.elapsed());
    }
    Ok(samples)
}

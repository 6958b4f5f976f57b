//! The differential table: a released `sops` and ours, as programs, over generated documents of all five stores.
//!
//! `sops_stores COUNT OURS VERSION=PROGRAM…` prints one row for each version, store and direction, with a column for each
//! kind of master key, `held N …` for each version and store, and every document that differs. COUNT documents meet age
//! keys; a quarter of that many, all of them others, meet each of the other kinds. Seeds are fixed.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development program, and so an adapter, that reports and stops"
)]

mod documents;
mod exchange;
mod flat;
mod keys;
mod masks;
mod program;
mod table;
#[path = "../sops_conformance/documents.rs"]
mod trees;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use documents::Store;
use exchange::{Bench, Task};
use keys::{Keys, Kind};
use program::Program;
use table::Table;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, ours, peers @ ..] = arguments.as_slice() else {
        println!("usage: sops_stores COUNT OURS VERSION=PROGRAM…");
        return ExitCode::from(2);
    };
    let count: u64 = count.parse().unwrap();
    let ours = Program::new("ours", ours);
    let peers: Vec<Program> = peers.iter().map(|peer| Program::named(peer)).collect();
    let keys = Keys::make();
    let mut tasks = Vec::new();
    for peer in &peers {
        for store in Store::ALL {
            for kind in Kind::ALL.into_iter().filter(|kind| peer.knows(store, *kind)) {
                let (from, count) = kind.seeds(count);
                tasks.extend((from..from + count).map(|seed| Task {
                    peer,
                    store,
                    kind,
                    seed,
                }));
            }
        }
    }
    let results = in_parallel(&tasks, &ours, &keys);
    let mut table = Table::default();
    for (task, outcomes) in tasks.iter().zip(results) {
        for (direction, outcome) in outcomes {
            table.count(task, direction, outcome);
        }
    }
    print!("{}", table.printed(&peers));
    match table.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Works on all tasks with as many threads as there are cores; the results are in the order of the tasks.
fn in_parallel(tasks: &[Task<'_>], ours: &Program, keys: &Keys) -> Vec<exchange::Outcomes> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = |name: usize| {
        let bench = Bench::new(ours, keys, name);
        let mut done = Vec::new();
        while let Some((at, task)) = take(&next, tasks) {
            done.push((at, bench.run(task)));
        }
        done
    };
    let mut results: Vec<(usize, exchange::Outcomes)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|name| scope.spawn(move || work(name))).collect();
        handles
            .into_iter()
            .flat_map(|handle| handle.join().unwrap())
            .collect()
    });
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, outcomes)| outcomes).collect()
}

fn take<'t, 'p>(next: &AtomicUsize, tasks: &'t [Task<'p>]) -> Option<(usize, &'t Task<'p>)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    tasks.get(at).map(|task| (at, task))
}

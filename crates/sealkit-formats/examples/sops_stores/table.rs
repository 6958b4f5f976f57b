//! Counting, and the table that is printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::documents::Store;
use crate::exchange::{Direction, Task};
use crate::keys::Kind;
use crate::program::Program;

/// How much of a failed document is shown.
const SHOWN: usize = 1500;

#[derive(Default)]
pub(crate) struct Table {
    /// How many held, of how many.
    cells: BTreeMap<(String, Store, Direction, Kind), (usize, usize)>,
    failures: Vec<String>,
}

impl Table {
    pub(crate) fn count(&mut self, task: &Task<'_>, direction: Direction, outcome: Result<(), String>) {
        let cell = (task.peer.version.clone(), task.store, direction, task.kind);
        let (held, all) = self.cells.entry(cell).or_default();
        *all += 1;
        match outcome {
            Ok(()) => *held += 1,
            Err(why) => {
                let why: String = why.chars().take(SHOWN).collect();
                self.failures.push(format!(
                    "FAILED {} {} {} seed {}, {}: {why}",
                    task.peer.version,
                    task.store.name(),
                    task.kind.name(),
                    task.seed,
                    direction.name()
                ));
            }
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.failures.is_empty() && !self.cells.is_empty()
    }

    pub(crate) fn printed(&self, peers: &[Program]) -> String {
        let mut text = String::new();
        for failure in &self.failures {
            writeln!(text, "{failure}").unwrap();
        }
        write!(text, "{:<8}{:<8}{:<28}", "sops", "store", "").unwrap();
        for kind in Kind::ALL {
            write!(text, "{:>14}", kind.name()).unwrap();
        }
        text.push('\n');
        for peer in peers {
            for store in Store::ALL {
                self.rows(&mut text, peer, store);
            }
        }
        text
    }

    fn rows(&self, text: &mut String, peer: &Program, store: Store) {
        let mut total = 0;
        for direction in Direction::ALL {
            let cells = Kind::ALL.map(|kind| {
                let cell = (peer.version.clone(), store, direction, kind);
                self.cells.get(&cell).copied()
            });
            if cells.iter().all(Option::is_none) {
                continue;
            }
            write!(
                text,
                "{:<8}{:<8}{:<28}",
                peer.version,
                store.name(),
                direction.name()
            )
            .unwrap();
            for cell in cells {
                let shown = cell.map_or_else(|| "-".to_owned(), |(held, all)| format!("{held}/{all}"));
                write!(text, "{shown:>14}").unwrap();
                total += cell.map_or(0, |(held, _)| held);
            }
            text.push('\n');
        }
        writeln!(text, "held {total} {} {}", peer.version, store.name()).unwrap();
    }
}

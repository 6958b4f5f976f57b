//! What the release binary promises before it does anything: how big it is and how soon it answers.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::workbench::{Tally, Workbench};

const MAX_BINARY_BYTES: u64 = 15 * 1000 * 1000;
const MAX_HELP_TIME: Duration = Duration::from_millis(3);
const STARTS: usize = 200;

/// The binary is small, and `--help` is there at once. The fastest of many starts counts: the rest is the machine's noise.
pub(crate) fn size_and_start(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let size = fs::metadata(&workbench.sealkit)?.len();
    println!("sealkit: {size} bytes");
    tally.check(
        format!("the binary has at most {MAX_BINARY_BYTES} bytes"),
        Ok(size <= MAX_BINARY_BYTES),
    );
    let fastest = fastest_start(workbench)?;
    println!(
        "sealkit --help: {} µs, the fastest of {STARTS}",
        fastest.as_micros()
    );
    tally.check(
        format!("--help ends within {} ms", MAX_HELP_TIME.as_millis()),
        Ok(fastest <= MAX_HELP_TIME),
    );
    Ok(())
}

fn fastest_start(workbench: &Workbench) -> Result<Duration> {
    let mut fastest = Duration::MAX;
    for _ in 0..STARTS {
        let start = Instant::now();
        let output = workbench.command(&workbench.sealkit).arg("--help").output()?;
        ensure!(output.status.success(), "sealkit --help: {}", output.status);
        fastest = fastest.min(start.elapsed());
    }
    Ok(fastest)
}

//! Waiting for what a cluster does in its own time.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Looks as often as `every` says until it is so; a failure to look counts as "not yet".
///
/// # Errors
/// When it is not so after `patience`: what is missing, or why it could not be seen.
pub fn until(
    what: &str,
    patience: Duration,
    every: Duration,
    mut so: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        match so() {
            Ok(true) => return Ok(()),
            Ok(false) if Instant::now() > deadline => {
                bail!("there is no {what} after {} s", patience.as_secs())
            }
            Err(error) if Instant::now() > deadline => return Err(error.context(format!("no {what}"))),
            _ => sleep(every),
        }
    }
}

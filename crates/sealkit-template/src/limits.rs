//! How much a template may use. Everything that could grow asks here before it grows.

use crate::error::Fault;

/// Bounds of one rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes evaluated, elements visited, and the price of slow functions.
    pub steps: u64,
    /// Bytes of all strings, lists and dictionaries made on the way, dropped ones included.
    pub memory: u64,
    /// Bytes of the result.
    pub output: u64,
    /// Templates, blocks and parentheses within each other while rendering.
    pub depth: u32,
    /// Nanoseconds by the host's clock; none if it is not asked.
    pub nanoseconds: Option<i128>,
}

impl Default for Limits {
    /// Some seconds of one core at worst, and no Secret that an API server would take comes near.
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            memory: 64 << 20,
            output: 4 << 20,
            depth: 200,
            nanoseconds: Some(10_000_000_000),
        }
    }
}

/// Lists and dictionaries within each other.
pub(crate) const VALUE_DEPTH: u32 = 64;

/// What is left of the limits.
pub(crate) struct Budget {
    limits: Limits,
    steps: u64,
    memory: u64,
    output: u64,
    since_clock: u64,
    started: i128,
}

impl Budget {
    pub(crate) fn new(limits: Limits, started: i128) -> Self {
        Self {
            limits,
            steps: limits.steps,
            memory: limits.memory,
            output: limits.output,
            since_clock: 0,
            started,
        }
    }

    pub(crate) fn depth(&self) -> u32 {
        self.limits.depth
    }

    /// Pays for work. The clock is read once in a while only.
    pub(crate) fn step(&mut self, count: u64, now: &dyn Fn() -> i128) -> Result<(), Fault> {
        take(&mut self.steps, count, "steps", self.limits.steps)?;
        self.since_clock += count;
        if self.since_clock >= 1024 {
            self.since_clock = 0;
            if let Some(limit) = self.limits.nanoseconds
                && now() - self.started > limit
            {
                return Err(Fault::Limit("rendering took too long".to_owned()));
            }
        }
        Ok(())
    }

    /// Pays for bytes that are about to be held.
    pub(crate) fn memory(&mut self, bytes: usize) -> Result<(), Fault> {
        take(
            &mut self.memory,
            bytes as u64,
            "bytes of memory",
            self.limits.memory,
        )
    }

    /// Pays for bytes of the result.
    pub(crate) fn output(&mut self, bytes: usize) -> Result<(), Fault> {
        take(
            &mut self.output,
            bytes as u64,
            "bytes of output",
            self.limits.output,
        )
    }
}

fn take(left: &mut u64, count: u64, what: &str, limit: u64) -> Result<(), Fault> {
    match left.checked_sub(count) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(Fault::Limit(format!("more than {limit} {what}"))),
    }
}

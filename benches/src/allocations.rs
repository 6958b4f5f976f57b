//! Counts what a piece of work takes from Rust's allocator. What C code takes from its own is not seen.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often `work` asked for memory, growing included.
pub(crate) fn count<E>(work: impl FnOnce() -> Result<(), E>) -> Result<u64, E> {
    let region = Region::new(COUNTING);
    work()?;
    let change = region.change();
    Ok((change.allocations + change.reallocations) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allocation_is_seen_and_a_reused_buffer_is_none() {
        let mut buffer = Vec::with_capacity(64);
        let reused = count(|| {
            buffer.extend_from_slice(&[1; 64]);
            Ok::<_, ()>(())
        });
        assert_eq!(reused, Ok(0));
        let fresh = count(|| {
            std::hint::black_box(vec![1; 64]);
            Ok::<_, ()>(())
        });
        assert_eq!(fresh, Ok(1));
    }
}

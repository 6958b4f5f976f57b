//! The one place of this adapter that names the operating system's random generator.
//!
//! Everything below takes `rng: &mut dyn CryptoRng` as an argument; this is what the command passes.

use rand_core::UnwrapErr;

/// Returns the operating system's generator. It holds no state: making one costs nothing, and drawing from it aborts
/// the process rather than returning weak bytes.
pub(crate) fn operating_system() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

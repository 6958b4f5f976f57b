//! The random generator of the library benches: the operating system's, named in this one place.

use getrandom::SysRng;
use rand_core::UnwrapErr;

/// Gives a generator for functions that draw.
pub(crate) fn operating_system() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

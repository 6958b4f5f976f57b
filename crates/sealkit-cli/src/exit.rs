//! What the process tells its caller with one number.
//!
//! The numbers are a contract: scripts branch on them, so none changes its meaning. It does not know why a command
//! failed; `diagnostic` sorts problems into these.

/// Everything asked for was done, or there was nothing to do; `check` and `rotate --check`: clean.
pub(crate) const SUCCESS: u8 = 0;

/// Something was refused or failed; `check`: there are findings; `rotate --check`: a rotation is due.
pub(crate) const FAILED: u8 = 1;

/// The command line makes no sense; `check`: something could not be checked. Clap exits with the same number.
pub(crate) const USAGE: u8 = 2;

/// `check` could not look at everything, so it cannot say "clean". The same number as [`USAGE`]: in both cases nobody
/// has looked.
pub(crate) const COULD_NOT_CHECK: u8 = 2;

/// The input is not what it claims to be: malformed text, a wrong type, an invalid name.
pub(crate) const MALFORMED: u8 = 3;

/// None of the identities at hand opens the document.
pub(crate) const NO_IDENTITY: u8 = 4;

/// A check of authenticity failed: flipped, moved, renamed or swapped.
pub(crate) const TAMPERED: u8 = 5;

/// A file could not be read or written.
pub(crate) const FILE: u8 = 6;

/// The policy is missing, invalid, or disagrees with what was asked.
pub(crate) const POLICY: u8 = 7;

/// The editor of `edit` failed or was given up; nothing was changed.
pub(crate) const EDITOR: u8 = 8;

/// Added to a signal's number when one ended the command, as shells do.
pub(crate) const SIGNAL_BASE: u8 = 128;

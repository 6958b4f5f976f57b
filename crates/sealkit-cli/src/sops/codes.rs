//! Exit codes of `sops`. Wrappers branch on them, so none changes.
//!
//! Source: the table of getsops/sops 3.13.3, `cmd/sops/codes`.

pub(super) const OK: u8 = 0;
/// Anything without a code of its own: no metadata, no rule, a wrong command line.
pub(super) const GENERIC: u8 = 1;
pub(super) const CANNOT_READ: u8 = 2;
pub(super) const CANNOT_WRITE: u8 = 3;
/// The result cannot be written in the output format.
pub(super) const CANNOT_EMIT: u8 = 4;
pub(super) const BAD_CONTEXT: u8 = 6;
pub(super) const BAD_SET: u8 = 7;
pub(super) const CONFLICT: u8 = 8;
pub(super) const CANNOT_ENCRYPT: u8 = 23;
pub(super) const CANNOT_DECRYPT: u8 = 25;
/// Keys to add or remove, but no file.
pub(super) const NO_FILE_TO_CHANGE_KEYS_OF: u8 = 49;
pub(super) const MAC_MISMATCH: u8 = 51;
pub(super) const BAD_EXTRACT: u8 = 91;
pub(super) const NO_DOCUMENT: u8 = 92;
/// No file named, or the named one does not exist.
pub(super) const NO_FILE: u8 = 100;
pub(super) const DUPLICATE_ORDER: u8 = 112;
/// No key at hand opens the data key.
pub(super) const NO_KEY: u8 = 128;
/// The editor left the file as it was.
pub(super) const NOT_MODIFIED: u8 = 200;
pub(super) const NO_EDITOR: u8 = 201;
pub(super) const CANNOT_COMPARE_VERSIONS: u8 = 202;
pub(super) const ALREADY_ENCRYPTED: u8 = 203;

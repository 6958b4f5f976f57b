//! Files: read them within a limit, replace them whole or not at all, find them in trees.
//!
//! It does not know what stands in a file. Whether the bytes are secret decides only the mode of a file that did not
//! exist before.

mod error;
mod read;
mod walk;
mod write;

pub(crate) use error::FileError;
pub(crate) use read::{Loaded, MAX_FILE_BYTES, begins_with, load, read, read_stdin};
pub(crate) use walk::{Found, is_manifest_name, walk};
pub(crate) use write::{Confidentiality, Directories, create_new, directory_of, replace, write};

//! What every room needs of a plain Secret, and nothing that only one of them needs.
//!
//! Reads a Secret's name and items, describes the edits that carry items into a sealed mapping and back, and takes the
//! last look before anything is written. Knows no recipient, no certificate and no sealed format.

pub mod names;

mod error;
mod last_look;
mod moves;
mod printable;
mod view;

pub(crate) use error::NAMESPACE_NEEDED;
pub use error::{SecretError, Unfit};
pub use last_look::{Form, Hidden, Repeat, SHORTEST_BYTES, last_look};
pub use moves::{LAST_APPLIED, Leaving, cleaning, move_in, move_out, remove_plaintext};
pub(crate) use moves::{SERVER_FIELDS, only_last_applied};
pub use printable::printable;
pub use sealkit_manifest::ItemSource;
pub use view::{
    Item, ObjectName, is_secret, object_name, object_namespace, own_name, plaintext, read, readable,
    string_map,
};
pub(crate) use view::{is_null, read_beside};

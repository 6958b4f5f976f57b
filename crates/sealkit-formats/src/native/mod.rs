//! The native sealed format, version 1: what sealkit writes when no other tool has to read the file.
//!
//! An `EncryptedSecret` holds data keys, each wrapped for every recipient, and values encrypted under them. Values are
//! bound to scope, namespace, name and item key; adding or replacing one needs public keys only.

mod binding;
mod envelope;
mod error;
mod id;
pub mod limits;
mod mint;
mod naming;
mod open;
mod options;
mod plan;
mod recipients;
mod reuse;
mod rotate;
mod seal;
mod set;
mod update;
mod value;

pub use envelope::{
    API_VERSION, DataKeyEntry, Envelope, KIND, SealedItem, Template, Wrap, is_encrypted_secret,
};
pub use error::{ClosedValue, EnvelopeError, Malformed, OpenError, RecipientsError, RotateError, SealError};
pub use id::{DataKeyId, NotAnId};
pub use open::{Opened, open_object};
pub use options::SealOptions;
pub use plan::{Notice, Plan, Step};
pub use reuse::Reuse;
pub use rotate::{Due, Rotated, due, rewrap, rotate, rotate_as_due};
pub use seal::{Sealed, seal, seal_edited, seal_object};
pub use set::{remove_values, set_values};
pub use value::{TokenError, ValueError};

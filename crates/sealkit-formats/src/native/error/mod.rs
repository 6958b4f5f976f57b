//! What can go wrong with a native object, one enum for each verb, sorted by who can act on it.
//!
//! An error says what was attempted (`Display`), where (`place`), why (`why`) and what to do (`hint`). None holds a
//! plaintext, a key, or a line of the file.

mod envelope;
mod open;
mod recipients;
mod rotate;
mod seal;

pub use envelope::{EnvelopeError, Malformed};
pub use open::{ClosedValue, OpenError};
pub use recipients::RecipientsError;
pub use rotate::RotateError;
pub use seal::SealError;

//! The native sealed format, version 1: what sealkit writes when no other tool has to read the file.
//!
//! An `EncryptedSecret` holds data keys, each wrapped for every recipient, and values encrypted under them. Values are
//! bound to scope, namespace, name and item key; adding or replacing one needs public keys only. This room knows no file,
//! no policy and no clock: recipients, scope and randomness are arguments, and what it returns are edits.
//!
//! | verb | needs | does |
//! |---|---|---|
//! | [`seal()`], [`seal_object`] | public keys | a Secret becomes sealed; plaintext added to a sealed object is moved in |
//! | [`seal_edited`] | public keys, [`Reuse`] | the same after an edit; what did not change keeps its sealed form |
//! | [`set_values`], [`remove_values`] | public keys, nothing | single values |
//! | [`open_object`] | an identity | all values, or an error |
//! | [`due`], [`rotate_as_due`], [`rewrap`], [`rotate`] | nothing, an identity | recipients come and go |
//! | [`Envelope::read`] | nothing | what the object says without a key |
//!
//! # Where the format is silent
//!
//! The stricter reading is taken, and a vector in `testdata/native` (or the test named in brackets) pins it.
//!
//! Reading:
//!
//! - Nothing unknown: a field that version 1 does not have is refused in the object, `spec`, `dataKeys`, `wrapped` and
//!   `template` (`spec-unknown-field`, `template-unknown-field`, `top-level-unknown-field`), because a misspelt
//!   `stringdata` would keep its plaintext in the open. Inside `metadata` everything is the author's. `spec.signatures` is
//!   reserved as an addition, so it is passed over (`signatures-reserved`), and so is `status` (`status-ignored`).
//! - An object that kubectl would refuse to read (a null key, a mapping as a key, a value that does not fit its tag) is
//!   refused as a whole (`a_key_without_a_name_hides_nothing`).
//! - An absent `scope` is strict; a null one or another spelling is refused (`scope-null`, `scope-unknown`).
//! - `encryptedData` has to be there, even if it is empty (`spec-missing-items`, `items-none`); `dataKeys` may be absent if
//!   no value names one.
//! - A name is demanded in every scope, and namespaces, names and item keys have Kubernetes' grammar (`name-generated`,
//!   `name-grammar`, `namespace-grammar`, `item-key-grammar`).
//! - An item key that kubectl reads as another than is written, such as an unquoted `on`, is refused
//!   (`item-key-boolean`): which of the two is bound to the value is not for a reader to guess.
//! - A data key without a wrap, a wrap without bytes, and a recipient name that is not 1 to 128 printable ASCII characters
//!   are refused (`wrapped-none`, `wrapped-key-empty`, `recipient-long`).
//! - `dataKeys` are written in the order of their ids and read in any: servers merge them by id and do not sort
//!   (`data-keys-unsorted`).
//! - How much plaintext there is shows only after opening, since padding hides it. Before the first private-key operation
//!   the least that it can be is held against the limit, afterwards the exact sum (`plaintext_over_the_limit_is_refused`).
//!   The object's size is that of its text as it stands in the file (`an_object_over_the_limit_is_refused`).
//! - An object with plaintext beside its sealed values does not open, is not rotated and takes no `set`
//!   (`unsealed-plaintext`): sealing comes first.
//! - A commitment that does not match ends the attempt at once, even if other identities remain: a key that unwraps and
//!   does not match was planted or moved (`flipped-commitment`). A wrap that fails does not, as long as another one opens.
//!
//! Writing:
//!
//! - There has to be a recipient, and there may not be more than 32 (`nothing_is_sealed_for_nobody`).
//! - A Secret with a field that Kubernetes does not know is refused; labels and annotations have to be strings.
//! - An empty Secret is sealed without a data key.
//! - Labels and annotations are copied into the template when a Secret is sealed, not again later. Opening takes them from
//!   the template where the two differ, and leaves alone what only the object has.
//! - Printable, and so written as `stringData`, is UTF-8 of visible characters, spaces, tabs and line ends
//!   ([`printable`](crate::secret::printable)).
//! - The file's scope is kept where it is narrower than the caller's; where it is wider, every write stops.
//! - A mixture of classic and post-quantum recipients is looked for among the caller's recipients and, where she allows
//!   recipients that only the file names, among those too.
//! - Server fields, `status` and the last-applied annotations go with every write, and when opening.

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
mod values;

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

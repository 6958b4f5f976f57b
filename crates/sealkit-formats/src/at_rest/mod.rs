//! What kube-apiserver stores in etcd, and the file that says how: encryption at rest, byte for byte.
//!
//! A [`Transformer`] is one entry of a provider list, [`Transformers`] the list, [`Rules`] the lists by resource. They do what
//! `k8s.io/apiserver` v0.36.2 does with the same bytes: first entry writes, every matching entry reads, a value that another
//! entry or key would write today is stale.
//!
//! ```
//! use sealkit_formats::at_rest::{Key, Transformer, Transformers};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret = [7; 32].to_vec();
//! let list = Transformers::new(vec![Transformer::secretbox(&[Key::new("key1", secret.into())])?]).ok_or("empty")?;
//! let stored = list.encrypt(b"/registry/secrets/shop/db", b"k8s\0...", &mut rand::rng())?;
//! assert!(stored.starts_with(b"k8s:enc:secretbox:v1:key1:"));
//! let opened = list.decrypt(b"/registry/secrets/shop/db", &stored)?;
//! assert_eq!(opened.plaintext.expose(), b"k8s\0...");
//! # Ok(())
//! # }
//! ```
//!
//! The file that says which resource is stored how is an [`EncryptionConfig`]:
//!
//! ```
//! use sealkit_formats::at_rest::config::{EncryptionConfig, NoKeyServices, Server};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [{aesgcm: {keys: [{name: key1, secret: SKDCoTRVsrlp0PKyl5cpdKSD/Zyv0Pni4iRhwJbQ8ns=}]}}]}]";
//! let config = EncryptionConfig::parse("encryption.yaml", text.as_bytes())?; // every error the server would report
//! let secrets = config.build(&Server::default(), &NoKeyServices)?.for_resource(&"secrets".parse()?);
//! let stored = secrets.encrypt(b"/registry/secrets/shop/db", b"k8s\0...", &mut rand::rng())?;
//! let opened = secrets.decrypt(b"/registry/secrets/shop/db", &stored)?;
//! assert!(!opened.by.stale && opened.plaintext.expose() == b"k8s\0...");
//! # Ok(())
//! # }
//! ```
//!
//! # What cannot be noticed
//!
//! - `aescbc` has no integrity. A changed byte in block n garbles block n and flips the same bits of block n + 1 without an
//!   error, a changed byte of the initialisation vector flips bits of the first block, whole blocks can be cut from the front;
//!   only the last block's padding is checked, and a wrong key passes that check once in 256 times. Padding and length
//!   failures give one error, whichever they are.
//! - `aescbc` and `secretbox` do not know the etcd key: a value copied from one object to another opens there.
//!   [`is_object_of`] is the check that both lack.
//! - No scheme knows revisions: an older value of the same etcd key opens.
//!
//! # Where this differs from the API server
//!
//! - `aescbc` padding longer than a block: the server accepts up to the whole message if every byte agrees, this crate
//!   refuses more than 16. No server ever wrote such a value; a wrong key could produce one.
//! - An `aescbc` payload of exactly one block (an IV and nothing else) is an error here; the server's reader panics.
//! - Configuration files, held against the server's loader with 1425 texts for two servers: the same verdict, fields and
//!   texts, except that
//!   - text that is no YAML, values that do not fit their tag, and keys that are no scalars are refused in the YAML reader's own
//!     words; so is a key that stands twice in a mapping;
//!   - a second document is refused, of which the server ignores everything, its syntax included;
//!   - control characters in JSON text are refused, which the server accepts;
//!   - where the server repeats a whole file in its text (`Object 'Kind' is missing in …`), or the keys of an element with
//!     several providers, this crate does not: the latter read `REDACTED`. The scheme's source file is left out of
//!     `no kind … is registered`;
//!   - the server stops at the first rule that is masked or provider that is not supported, this crate reports all;
//!   - what is wrong with an IPv6 address in an endpoint is not said, only that something is.
//! - The derived keys of kms v2 are not cached per etcd key; deriving one costs less than the lookup saves.
//! - Health of key services is polled by whoever holds the provider ([`kms::KmsV2::observe`]); there is no clock in this crate.

mod cipher;
pub mod config;
mod error;
mod etcd_key;
mod examine;
pub mod kms;
mod object;
mod resource;
mod scheme;
mod stored;
mod transformer;
mod transformers;

pub use config::{EncryptionConfig, Server};
pub use error::{Attempt, AttemptError, DecryptError, EncryptError};
pub use etcd_key::{DEFAULT_PREFIX, resource_of};
pub use examine::{Examination, OpenedValue};
pub use object::{Encoding, ObjectName, data, is_object_of};
pub use resource::GroupResource;
pub use scheme::{RESERVED_PREFIX, Scheme};
pub use stored::{Encrypted, Stored, probable_names};
pub use transformer::{Key, KeyError, Transformer};
pub use transformers::{Opened, Reader, Rules, Transformers};

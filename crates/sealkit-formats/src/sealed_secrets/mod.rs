//! Bitnami's SealedSecret: what `kubeseal` writes and the sealed-secrets controller opens.
//!
//! Every value is encrypted on its own for one RSA key, bound to namespace and name (or less, by scope), never to its
//! item key. This room reproduces the format and what the peer makes of a Secret; it fetches no certificate, talks to
//! no cluster and renders no template.

pub mod envelope;
pub mod label;
pub mod value;

mod plan;
mod text;

pub use envelope::{API_VERSION, Envelope, KIND, NotASealedSecret, is_sealed_secret, scope_in};
pub use label::{CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, annotation_of, label, scope_of};
pub use plan::{Notice, Plan, Step};
pub use text::NotBase64;
pub use value::{DecryptError, Decrypter, EncryptError, decrypt_value, encrypt_value};

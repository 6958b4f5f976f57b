//! Bitnami's SealedSecret: what `kubeseal` writes and the sealed-secrets controller opens.
//!
//! Every value is encrypted on its own for one RSA key, bound to namespace and name (or less, by scope), never to its
//! item key. This room reproduces the format and what the peer makes of a Secret; it fetches no certificate, talks to
//! no cluster and knows no template language.

mod convert;
mod envelope;
mod error;
pub mod kubeseal;
mod label;
mod legacy;
mod open;
mod options;
mod plan;
mod render;
mod reuse;
mod rotate;
mod seal;
mod text;
mod through_controller;
mod unseal;
mod update;
mod value;

pub use envelope::{
    API_VERSION, Envelope, KIND, LegacyData, NotASealedSecret, SKIP_OWNER_ANNOTATION, SealedItem, Template,
    TemplateEntry, is_sealed_secret, scope_in,
};
pub use error::{AnswerProblem, ClosedValue, OpenError, RotateError, SealError, grouped};
pub use label::{CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, annotation_of, label, scope_of};
pub use open::{OpenOptions, Opened, open_object, open_with_keys};
pub use options::{ExpiredCertificate, SealOptions, sealing_key};
pub use plan::{Notice, Plan, Step};
pub use render::{FailedTemplate, RenderProblem, Rendered, Renderer, render};
pub use reuse::Reuse;
pub use rotate::{Due, Rotated, due, rotate};
pub use seal::{Sealed, seal, seal_edited, seal_object};
pub use text::NotBase64;
pub use through_controller::{answered, question};
pub use update::{remove_values, set_values};
pub use value::{DecryptError, Decrypter, EncryptError, claimed_key_bits, decrypt_value, encrypt_value};

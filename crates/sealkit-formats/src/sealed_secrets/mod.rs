//! Bitnami's SealedSecret: what `kubeseal` writes and the sealed-secrets controller opens.
//!
//! Every value is encrypted on its own for one RSA key, bound to namespace and name (or less, by scope), never to its
//! item key. This room reproduces the format and what the peer makes of a Secret; it fetches no certificate, talks to
//! no cluster and renders no template.

pub mod label;
mod text;

pub use label::{CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, annotation_of, label, scope_of};
pub use text::NotBase64;

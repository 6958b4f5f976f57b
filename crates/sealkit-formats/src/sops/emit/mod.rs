//! Documents as text in the peer's own layout, byte for byte: what `sops` prints when it writes a file anew.
//!
//! The other writers of this room change an author's text and keep the rest; these know no author. They are for the
//! `sops` mode, for files that did not exist before, and for turning one store into another. Typed trees go in, text
//! comes out; what stands in the tree, plaintext or tokens, is all the same.
//!
//! Source: `stores/yaml/store.go`, `stores/json/store.go` of getsops/sops 3.13.3; the layout is that of go-yaml 3.0.4
//! and of Go's `encoding/json`.

mod number;
mod scalar;
mod writer;
mod yaml;

pub mod json;

pub use yaml::{Indent, value as yaml_value, yaml};

/// A tree that the store cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// JSON has no infinity and nothing that is not a number.
    #[error("a number is not finite, and JSON has no word for it")]
    NotFinite,
}

pub use number::{stringified, yaml_text as float_text};

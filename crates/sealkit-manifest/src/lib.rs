//! Kubernetes YAML and JSON as the author wrote it: read by spans, typed as kubectl types it, edited in place.
//!
//! [`Stream`] is one file with every byte kept; [`Object`] and [`Node`] are views into it; [`Stream::edit`] applies
//! [`Change`]s and gives a new stream in which only what was meant has changed, or refuses. [`secret_items`] says which
//! bytes Kubernetes would store for a Secret.
//!
//! The crate names no key and no cipher, opens no file, prints nothing and has no clock. Plaintext secrets pass through
//! it, so texts are wiped when dropped, `Debug` shows none of them, and errors tell positions, never content.
//!
//! ```
//! use sealkit_manifest::{Change, Path, Stream, Target};
//!
//! let stream = Stream::parse("db.yaml", b"apiVersion: v1\nkind: Secret\ndata: {k: dg==}   # Ann\n")?;
//! let object = stream.objects().next().expect("the file holds one object");
//! let target = Target::new(object.id(), Path::keys(["data", "k"]));
//! let edited = stream.edit(&[Change::Set { target, value: "dw==".into() }])?;
//! assert!(edited.as_str().ends_with("data: {k: dw==}   # Ann\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod check;
pub mod dotenv;
mod edit;
mod error;
pub mod flat;
pub mod ini;
mod json;
mod limits;
mod manifest;
mod node;
mod object;
mod patch;
mod path;
mod read;
mod resolve;
mod scalar;
mod secret;
mod source;
mod stream;
mod tree;
mod value;
mod write_error;
mod yaml;

pub use change::{Change, New, Position, Target};
pub use edit::EditError;
pub use error::{ParseError, ReadError};
pub use limits::Limits;
pub use manifest::Manifest;
pub use node::{Entry, Node, NodeKind};
pub use object::Object;
pub use path::{Path, PathError, Segment};
pub use scalar::Scalar;
pub use secret::{ItemSource, MAX_ITEM_KEY_BYTES, SecretItem, SecretViewError, is_item_key, secret_items};
pub use source::{Location, Place, Source, Span};
pub use stream::{ObjectId, Stream, Syntax};
pub use tree::Style;
pub use value::Value;
pub use write_error::WriteError;

/// How Go's YAML readers spell numbers, for readers that resolve plain scalars in another way than kubectl does.
pub mod number {
    pub use crate::resolve::{integer, is_float};
}

/// How a string is written so that every reader reads it back, for callers that write text of their own.
pub mod write {
    pub use crate::scalar::{Context, Literal, literal, one_line};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#![doc = include_str!("../README.md")]

mod change;
mod check;
mod edit;
mod error;
mod json;
mod limits;
mod manifest;
mod node;
mod object;
mod path;
mod read;
mod resolve;
mod scalar;
mod secret;
mod source;
mod stream;
mod tree;
mod value;
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

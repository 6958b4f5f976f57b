//! Documents as `kubeseal` reads and prints them, for whoever replaces it in a script.
//!
//! The rest of this room keeps an author's text and changes only what sealing changes. The peer does otherwise: it
//! reads a document by its shape, forgets the text, and prints a new one field by field. Scripts depend on those bytes,
//! so here is the same: [`Secret`] and [`SealedSecret`] hold the fields that the peer knows, in its order, and
//! [`Format`] writes them as its printers do. Values are encrypted and decrypted by the room's own functions.
//!
//! Knows no flag, file, cluster or clock. Opening takes a renderer of templates from the caller.
//!
//! Source: sealed-secrets v0.40.0 `pkg/kubeseal/kubeseal.go`; `k8s.io/apimachinery` v0.37 for the order of fields.

mod decode;
mod error;
mod fields;
mod json;
mod merge;
mod order;
mod reseal;
mod seal;
mod shape;
mod stamp;
mod style;
mod unseal;
mod word;
mod yaml;

pub use error::{ReadProblem, SealProblem, UnsealProblem};
pub use reseal::{Allowance, ResealProblem};
pub use seal::{Namespace, Request};

use sealkit_manifest::{Stream, Value};
use zeroize::Zeroizing;

use fields::Fields;

/// A plain Secret, by shape.
pub struct Secret(Fields);

/// A SealedSecret, by shape.
pub struct SealedSecret(Fields);

/// How documents are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Two spaces of indentation, fields in the peer's order, a line feed at the end.
    #[default]
    Json,
    /// A `---` line, then the fields in natural order of their names.
    Yaml,
}

impl Format {
    /// Reads the name of a format as the peer's `--format` does: in any case, JSON if it is empty.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "" | "json" => Some(Self::Json),
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }

    fn print(self, fields: &Fields) -> Zeroizing<String> {
        match self {
            Self::Json => json::pretty(fields.value()),
            Self::Yaml => yaml::document(fields.value()),
        }
    }
}

impl Secret {
    /// Reads every Secret of a file; lists are taken apart, and documents without content are passed over.
    ///
    /// # Errors
    /// [`ReadProblem`] for the first field whose value has another type than the peer's.
    pub fn read_all(stream: &Stream) -> Result<Vec<Self>, ReadProblem> {
        let decoded = decode::all(stream, shape::SECRET)?;
        Ok(decoded.into_iter().map(Self).collect())
    }

    /// The bytes of one item of `data`.
    ///
    /// `None` where there is no such item.
    #[must_use]
    pub fn data(&self, key: &str) -> Option<Zeroizing<Vec<u8>>> {
        let text = self.0.get(&["data"])?.get(key)?.as_str()?;
        super::text::decode(text).ok()
    }

    /// Prints the Secret: plaintext.
    #[must_use]
    pub fn print(&self, format: Format) -> Zeroizing<String> {
        format.print(&self.0)
    }
}

impl SealedSecret {
    /// Reads every SealedSecret of a file by shape, as leniently as [`Secret::read_all`]: what validating and
    /// re-encrypting do.
    ///
    /// # Errors
    /// [`ReadProblem`].
    pub fn read_all(stream: &Stream) -> Result<Vec<Self>, ReadProblem> {
        let decoded = decode::all(stream, shape::SEALED_SECRET)?;
        Ok(decoded.into_iter().map(Self).collect())
    }

    /// Reads every SealedSecret of a file as the API machinery reads objects: what says that it is something else is
    /// refused, and so is a number where a string is meant. An object that says nothing is taken for what it must be.
    ///
    /// # Errors
    /// [`ReadProblem`].
    pub fn read_typed(stream: &Stream) -> Result<Vec<Self>, ReadProblem> {
        let decoded = decode::typed(stream, shape::SEALED_SECRET)?;
        Ok(decoded.into_iter().map(Self).collect())
    }

    /// The object's own name; empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.text(&["metadata", "name"])
    }

    /// The object's own namespace; empty where it has none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.0.text(&["metadata", "namespace"])
    }

    /// Removes what only the API server says of an object, as the peer does with what a controller gave back.
    #[must_use]
    pub fn without_server_fields(mut self) -> Self {
        for field in ["creationTimestamp", "deletionTimestamp", "generation"] {
            self.0.remove(&["metadata", field]);
        }
        self
    }

    /// The object on one line, without printing's extras: what is sent to a controller.
    #[must_use]
    pub fn to_compact_json(&self) -> String {
        json::compact(self.0.value())
    }

    /// Prints the SealedSecret.
    #[must_use]
    pub fn print(&self, format: Format) -> Zeroizing<String> {
        format.print(&self.0.with(&[
            ("kind", Value::String(super::KIND.to_owned().into())),
            ("apiVersion", Value::String(super::API_VERSION.to_owned().into())),
        ]))
    }
}

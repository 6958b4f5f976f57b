//! A stream that holds exactly one Kubernetes object: what most callers have in hand.

use std::fmt;

use crate::change::Change;
use crate::edit::EditError;
use crate::error::ParseError;
use crate::object::Object;
use crate::stream::Stream;

/// A [`Stream`] with exactly one object.
#[derive(Clone, Debug)]
pub struct Manifest(Stream);

impl Manifest {
    /// Parses YAML or JSON text; places are told as `manifest:line:column`. Use [`Stream::parse`] to name the file.
    ///
    /// # Errors
    ///
    /// As [`Stream::parse`], and [`ParseError::NotOneObject`].
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Stream::parse("manifest", text.as_bytes())?.try_into()
    }

    /// The one object.
    pub fn object(&self) -> Object<'_> {
        let id = self
            .0
            .object_ids()
            .next()
            .expect("a manifest was made from a stream with one object");
        self.0.object(id)
    }

    /// Makes changes, as [`Stream::edit`] does.
    ///
    /// # Errors
    ///
    /// As [`Stream::edit`], and [`EditError::UnknownObject`] if afterwards there is not exactly one object any more.
    pub fn edit(&self, changes: &[Change]) -> Result<Self, EditError> {
        self.0
            .edit(changes)?
            .try_into()
            .map_err(|_: ParseError| EditError::UnknownObject)
    }

    /// The stream behind it.
    pub fn stream(&self) -> &Stream {
        &self.0
    }
}

impl TryFrom<Stream> for Manifest {
    type Error = ParseError;

    /// # Errors
    ///
    /// [`ParseError::NotOneObject`] if the stream has none or several.
    fn try_from(stream: Stream) -> Result<Self, ParseError> {
        let found = stream.object_ids().count();
        if found == 1 {
            return Ok(Self(stream));
        }
        Err(ParseError::NotOneObject {
            name: stream.source().name().to_owned(),
            found,
        })
    }
}

impl From<Manifest> for Stream {
    fn from(manifest: Manifest) -> Self {
        manifest.0
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

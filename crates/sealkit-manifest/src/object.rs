//! One Kubernetes object of a stream: what every kind has.

use std::borrow::Cow;
use std::fmt;

use crate::node::Node;
use crate::path::Path;
use crate::source::Place;
use crate::stream::{ObjectId, Stream};

/// A Kubernetes object as it stands in its file. Copying it is free.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    stream: &'a Stream,
    id: ObjectId,
}

impl<'a> Object<'a> {
    pub(crate) fn new(stream: &'a Stream, id: ObjectId) -> Self {
        // Panics early, where the foreign id was used.
        stream.object_root(id);
        Self { stream, id }
    }

    /// Its id within the stream.
    pub fn id(&self) -> ObjectId {
        self.id
    }

    /// The stream it belongs to.
    pub fn stream(&self) -> &'a Stream {
        self.stream
    }

    /// The mapping that is the object.
    pub fn root(&self) -> Node<'a> {
        Node {
            stream: self.stream,
            id: self.stream.object_root(self.id).node,
        }
    }

    /// Where it hangs in its document: the root, or `items[2]` inside a list. Paths in this crate are relative to the
    /// object, not to the document.
    pub fn document_path(&self) -> &'a Path {
        &self.stream.object_root(self.id).prefix
    }

    /// Where the object begins.
    pub fn place(&self) -> Place {
        self.root().place()
    }

    /// The node at a path, if there is one.
    pub fn get(&self, path: &Path) -> Option<Node<'a>> {
        self.root().at(path)
    }

    /// The node under keys, the short form of [`Object::get`].
    pub fn at(&self, keys: &[&str]) -> Option<Node<'a>> {
        keys.iter().try_fold(self.root(), |node, key| node.get(key))
    }

    /// `apiVersion`, its own or that of the typed list it is in; never `None` for objects that a stream hands out.
    pub fn api_version(&self) -> Option<Cow<'a, str>> {
        let implied = || Some(Cow::from(self.implied()?.0.as_str()));
        self.at(&["apiVersion"])
            .and_then(|node| node.as_str())
            .or_else(implied)
    }

    /// `kind`, its own or that of the typed list it is in; never `None` for objects that a stream hands out.
    pub fn kind(&self) -> Option<Cow<'a, str>> {
        let implied = || Some(Cow::from(self.implied()?.1.as_str()));
        self.at(&["kind"]).and_then(|node| node.as_str()).or_else(implied)
    }

    /// `metadata.name`, if it is there and a string.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        self.at(&["metadata", "name"])?.as_str()
    }

    /// `metadata.namespace`, if it is there and a string.
    pub fn namespace(&self) -> Option<Cow<'a, str>> {
        self.at(&["metadata", "namespace"])?.as_str()
    }

    /// `apiVersion` and `kind` as the typed list around the object implies them.
    fn implied(&self) -> Option<&'a (String, String)> {
        self.stream.object_root(self.id).implied.as_ref()
    }

    /// Whether this is `apiVersion` and `kind`.
    pub fn is(&self, api_version: &str, kind: &str) -> bool {
        self.api_version().as_deref() == Some(api_version) && self.kind().as_deref() == Some(kind)
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object(at {})", self.place())
    }
}

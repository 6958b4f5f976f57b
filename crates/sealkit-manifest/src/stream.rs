//! One file: its text, its span tree, and the Kubernetes objects in it.
//!
//! Parsing keeps every byte, so printing is copying. It knows what a Kubernetes object looks like and nothing of any
//! kind of object.

use std::fmt;

use zeroize::Zeroizing;

use crate::check;
use crate::error::ParseError;
use crate::json;
use crate::limits::Limits;
use crate::node::Node;
use crate::object::Object;
use crate::path::Path;
use crate::read;
use crate::source::{Source, Span, place_in};
use crate::tree::{NodeId, Shape, Tree};
use crate::yaml;

/// Which of the two languages a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// YAML, any number of documents.
    Yaml,
    /// JSON, any number of values one after the other.
    Json,
}

/// Names an object of one stream, in the order of the text. After an edit it names the same object again, because edits
/// neither add nor remove objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(u32);

impl ObjectId {
    /// The position among the stream's objects, from zero.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One file, every byte kept. Prints as it was read; `Debug` shows no text.
pub struct Stream {
    source: Source,
    tree: Tree,
    limits: Limits,
    objects: Vec<ObjectRoot>,
}

/// Where an object hangs in its document.
pub(crate) struct ObjectRoot {
    pub(crate) node: NodeId,
    /// From the document's root, `items[2]` inside a list.
    pub(crate) prefix: Path,
    /// `apiVersion` and `kind` that a typed list (`SecretList`) implies for items that do not name their own.
    pub(crate) implied: Option<(String, String)>,
}

impl Stream {
    /// Parses a file under the default [`Limits`]. `name` is what places in errors are told with.
    ///
    /// # Errors
    ///
    /// [`ParseError`]; every variant that concerns one spot has its place, and none quotes the text.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, ParseError> {
        Self::parse_with(name, bytes, &Limits::default())
    }

    /// Parses a file under other limits.
    ///
    /// # Errors
    ///
    /// As [`Stream::parse`].
    pub fn parse_with(name: &str, bytes: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        if bytes.len() > limits.max_bytes {
            return Err(ParseError::TooLarge {
                name: name.to_owned(),
                bytes: bytes.len(),
                limit: limits.max_bytes,
            });
        }
        let text = decode(name, bytes)?;
        let source = Source::new(name, Zeroizing::new(text.to_owned()));
        let tree = grow(&source, limits)?;
        check::check(&source, &tree, limits)?;
        let objects = find_objects(&source, &tree);
        Ok(Self {
            source,
            tree,
            limits: limits.clone(),
            objects,
        })
    }

    /// The text with its name and positions.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The language the file is written in. YAML that happens to be JSON counts as JSON.
    pub fn syntax(&self) -> Syntax {
        if self.tree.json {
            Syntax::Json
        } else {
            Syntax::Yaml
        }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        self.source.text()
    }

    /// The limits it was parsed under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many documents (or JSON values) the file holds, objects or not.
    pub fn document_count(&self) -> usize {
        self.tree.documents.len()
    }

    /// The roots of all documents, objects or not.
    pub fn documents(&self) -> impl DoubleEndedIterator<Item = Node<'_>> {
        self.tree.documents.iter().map(|document| Node {
            stream: self,
            id: document.root,
        })
    }

    /// The Kubernetes objects in order: mappings with `apiVersion` and `kind`, the items of lists each by itself; those of
    /// a `SecretList` are Secrets even if they do not say so. Other documents are passed over.
    pub fn object_ids(&self) -> impl DoubleEndedIterator<Item = ObjectId> + use<> {
        let count = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        (0..count).map(ObjectId)
    }

    /// One object.
    ///
    /// # Panics
    ///
    /// Panics if the id comes from a stream with more objects.
    pub fn object(&self, id: ObjectId) -> Object<'_> {
        Object::new(self, id)
    }

    /// All objects in order.
    pub fn objects(&self) -> impl DoubleEndedIterator<Item = Object<'_>> {
        self.object_ids().map(|id| self.object(id))
    }

    /// The same file with every document as an object, whatever it holds, so that [`Stream::edit`](crate::Stream::edit)
    /// reaches all of them; the items of lists are no objects of their own then.
    #[must_use]
    pub fn with_documents_as_objects(mut self) -> Self {
        let object = |node| ObjectRoot {
            node,
            prefix: Path::root(),
            implied: None,
        };
        let roots = self.tree.documents.iter().map(|document| document.root);
        self.objects = roots.map(object).collect();
        self
    }

    /// The comments of a YAML file in order, each from its `#` to the end of the line.
    pub fn comments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.tree.comments.iter().map(|span| self.source.slice(*span))
    }

    /// Where the comments of a YAML file stand, in order, each from its `#` to the end of the line.
    pub fn comment_spans(&self) -> &[Span] {
        &self.tree.comments
    }

    pub(crate) fn with_limits(mut self, limits: &Limits) -> Self {
        self.limits = limits.clone();
        self
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn object_root(&self, id: ObjectId) -> &ObjectRoot {
        &self.objects[id.index()]
    }

    pub(crate) fn try_object_root(&self, id: ObjectId) -> Option<&ObjectRoot> {
        self.objects.get(id.index())
    }
}

impl Clone for Stream {
    /// Copies the text and parses it again, which cannot fail for text that was parsed before.
    fn clone(&self) -> Self {
        let limits = self.limits.grown(self.as_str().len());
        Self::parse_with(self.source.name(), self.as_str().as_bytes(), &limits)
            .expect("the same text was parsed under the same limits before")
            .with_limits(&self.limits)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("source", &self.source)
            .field("syntax", &self.syntax())
            .field("objects", &self.objects.len())
            .finish_non_exhaustive()
    }
}

fn decode<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        ParseError::NotUtf8 {
            place: place_in(name, valid, valid.len()),
            wide: looks_wide(bytes),
        }
    })?;
    if looks_wide(bytes) {
        return Err(ParseError::NotUtf8 {
            place: place_in(name, text, 0),
            wide: true,
        });
    }
    // YAML 1.2 §5.1 c-printable, which kubectl enforces too.
    let control = text.char_indices().find(|(_, c)| {
        matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{80}'..='\u{84}')
            || matches!(c, '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
    });
    match control {
        Some((at, _)) => Err(ParseError::ControlCharacter {
            place: place_in(name, text, at),
        }),
        None => Ok(text),
    }
}

/// UTF-16 and UTF-32 begin with their own byte order mark, or have a zero byte beside their first ASCII letter.
fn looks_wide(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]
    )
}

/// kubectl tries JSON where a text looks like it, and YAML where that fails.
fn grow(source: &Source, limits: &Limits) -> Result<Tree, ParseError> {
    if !json::looks_like_json(source.text()) {
        return yaml::parse(source, limits).map_err(|error| or_template(source, error));
    }
    let json_error = match json::parse(source, limits) {
        Ok(tree) => return Ok(tree),
        Err(error @ ParseError::TooDeep { .. }) => return Err(error),
        Err(error) => error,
    };
    match yaml::parse(source, limits) {
        Ok(tree) => Ok(tree),
        // The attempt that got further tells more.
        Err(yaml_error) if yaml_error.place() > json_error.place() => Err(or_template(source, yaml_error)),
        Err(_) => Err(or_template(source, json_error)),
    }
}

/// A text that does not parse and has template actions does not parse because of them.
fn or_template(source: &Source, error: ParseError) -> ParseError {
    let ParseError::Syntax { place, .. } = &error else {
        return error;
    };
    let text = source.text();
    // The first action on the line of the error; else the last one above it; else the first below.
    let mut first = None;
    for (at, _) in text.match_indices("{{") {
        let line = source.location(at).line;
        if first.is_none() || line <= place.location.line {
            first = Some(at);
        }
        if line >= place.location.line {
            break;
        }
    }
    match first {
        Some(at) => ParseError::Template {
            place: source.place(at),
        },
        None => error,
    }
}

fn find_objects(source: &Source, tree: &Tree) -> Vec<ObjectRoot> {
    let mut found = Vec::new();
    for document in &tree.documents {
        collect_objects(source, tree, document.root, Path::root(), None, &mut found);
    }
    found
}

fn collect_objects(
    source: &Source,
    tree: &Tree,
    node: NodeId,
    prefix: Path,
    implied: Option<&(String, String)>,
    found: &mut Vec<ObjectRoot>,
) {
    let text = |key| {
        let value = read::get(source, tree, node, key)?;
        match read::scalar(source, tree, value) {
            Ok(Some(read::Typed::String(text))) => Some(text.into_owned()),
            _ => None,
        }
    };
    let is_mapping = matches!(tree.node(tree.resolve(node)).shape, Shape::Mapping(_));
    let api_version = text("apiVersion").or_else(|| Some(implied?.0.clone()));
    let kind = text("kind").or_else(|| Some(implied?.1.clone()));
    let (true, Some(api_version), Some(kind)) = (is_mapping, api_version, kind) else {
        return;
    };
    let items = read::get(source, tree, node, "items").map(|items| tree.resolve(items));
    let sequence = items.filter(|items| matches!(tree.node(*items).shape, Shape::Sequence(_)));
    match (kind.strip_suffix("List"), sequence) {
        // Any kind that ends in `List` and has items is a list to kubectl.
        (Some(of), Some(items)) => {
            let implied = (!of.is_empty()).then(|| (api_version, of.to_owned()));
            for (at, item) in tree.items(items).iter().enumerate() {
                let prefix = prefix.key("items").index(at);
                collect_objects(source, tree, item.node, prefix, implied.as_ref(), found);
            }
        }
        _ => found.push(ObjectRoot {
            node,
            prefix,
            implied: implied.cloned(),
        }),
    }
}

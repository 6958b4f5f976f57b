//! Single values of a SOPS file: reading one, setting and removing some, everything else byte for byte as it was.
//!
//! A value is named by its path (`database.password`, `users[0].token`); an item of a Kubernetes Secret also by its key
//! alone, as in every other format.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_formats::secret;
use sealkit_formats::sops as room;
use sealkit_manifest::{
    Change, ItemSource, New, Node, NodeKind, Object, Path, Position, Scalar, Segment, Stream, Style, Target,
};

use super::{opened, seal::resealed};
use crate::keyring::Keyring;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::recognise::{Recognised, recognise};
use crate::report::{Action, ObjectName};
use crate::seal::{Outcome, SealOptions};
use crate::selector::Selector;

/// Returns one value of a file.
pub(crate) fn get(
    stream: &Stream,
    selector: &Selector,
    item: &str,
    keyring: &Keyring,
) -> Result<Plaintext, Problems> {
    let opened = opened(stream, keyring, false)?;
    let plain = opened.stream().clone().with_documents_as_objects();
    let document = document(&plain, selector, item)?;
    if let Some(found) = secret_item(&document, item)? {
        return Ok(found.value);
    }
    let found = path(item).and_then(|path| stands(&document, &path));
    let Some((node, _)) = found else {
        return Err(no_such_value(&document, item).into());
    };
    let node = node.resolved();
    match (node.kind(), node.as_str(), node.scalar_text()) {
        (NodeKind::Mapping | NodeKind::Sequence, ..) => {
            Err(Problem::not_a_value(node.place(), item, below(&node, item)).into())
        }
        (_, Some(text), _) => Ok(Plaintext::from(text.as_bytes().to_vec())),
        (_, None, text) => Ok(Plaintext::from(text.unwrap_or_default().as_bytes().to_vec())),
    }
}

/// Adds or replaces values of a SOPS file. Needs an identity, unlike in every other format: the code of the file covers
/// all values, so that all have to be opened to compute it again.
///
/// # Errors
/// The file does not open, the document or the value that is meant is not clear, or the text cannot hold the value.
pub fn set(
    stream: &Stream,
    selector: &Selector,
    values: &[(String, Plaintext)],
    keyring: &Keyring,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    let request = Request {
        stream,
        selector,
        first: values.first().map_or("", |(item, _)| item),
        keyring,
        now: options.now,
        action: Action::Updated,
    };
    request.change(rng, |document| {
        values
            .iter()
            .map(|(item, value)| setting(document, item, value))
            .collect()
    })
}

/// Removes values of a SOPS file. Needs an identity, see [`set`].
///
/// # Errors
/// The file does not open, the document that is meant is not clear, or it has no such value.
pub fn unset(
    stream: &Stream,
    selector: &Selector,
    items: &[String],
    keyring: &Keyring,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    let request = Request {
        stream,
        selector,
        first: items.first().map_or("", String::as_str),
        keyring,
        now: options.now,
        action: Action::Removed,
    };
    request.change(rng, |document| {
        items.iter().map(|item| removal(document, item)).collect()
    })
}

/// What is to be changed, whatever the change.
struct Request<'a> {
    stream: &'a Stream,
    selector: &'a Selector,
    /// The first value that is meant, by which a document is found where several could be.
    first: &'a str,
    keyring: &'a Keyring,
    now: u64,
    action: Action,
}

impl Request<'_> {
    fn change(
        self,
        rng: &mut dyn CryptoRng,
        changes: impl FnOnce(&Object<'_>) -> Result<Vec<Change>, Problem>,
    ) -> Result<Outcome, Problems> {
        let opened = changeable(self.stream, self.keyring)?;
        let plain = opened.stream().clone().with_documents_as_objects();
        let document = document(&plain, self.selector, self.first)?;
        let edited = plain.edit(&changes(&document)?).map_err(Problem::from)?;
        resealed(self.stream, opened, &edited, self.now, self.action, rng)
    }
}

/// Opens a file to change it. Nobody expects that this needs an identity, so it is said.
fn changeable(stream: &Stream, keyring: &Keyring) -> Result<room::Opened, Problems> {
    opened(stream, keyring, false).map_err(|problem| match problem.kind() {
        ProblemKind::NoIdentity => {
            let why = Problem::needs_identity(stream.source().place(0));
            [why, problem].into_iter().collect()
        }
        _ => problem.into(),
    })
}

/// Refuses early what [`set`] and [`unset`] would refuse for want of an identity.
///
/// # Errors
/// The file does not open.
pub fn refuse_closed(stream: &Stream, keyring: &Keyring) -> Result<(), Problems> {
    changeable(stream, keyring).map(drop)
}

/// The document that is meant: the only one, the one with this name, or the only one that has such a value.
fn document<'a>(plain: &'a Stream, selector: &Selector, item: &str) -> Result<Object<'a>, Problem> {
    let choices = || {
        let names = plain.objects().map(|object| ObjectName::of(&object).to_string());
        names.collect()
    };
    let place = plain.source().place(0);
    let mut fitting: Vec<_> = plain.objects().filter(|object| selector.fits(object)).collect();
    if fitting.len() > 1 {
        fitting.retain(|object| has(object, item));
    }
    match (fitting.pop(), fitting.is_empty()) {
        (Some(document), true) => Ok(document),
        (Some(_), false) => Err(Problem::ambiguous(place, choices())),
        (None, _) if plain.objects().any(|object| selector.fits(&object)) => {
            Err(Problem::ambiguous(place, choices()))
        }
        (None, _) => Err(Problem::no_such_document(place, choices())),
    }
}

fn has(document: &Object<'_>, item: &str) -> bool {
    matches!(secret_item(document, item), Ok(Some(_)))
        || path(item).is_some_and(|path| stands(document, &path).is_some())
}

/// The item of a Secret with this key.
fn secret_item(document: &Object<'_>, key: &str) -> Result<Option<secret::Item>, Problem> {
    if !is_secret(document) {
        return Ok(None);
    }
    let items = secret::read(document)?;
    Ok(items.into_iter().find(|item| item.key == key))
}

fn is_secret(document: &Object<'_>) -> bool {
    document.at(&["kind"]).is_some() && recognise(document) == Recognised::Secret
}

fn path(item: &str) -> Option<Path> {
    item.parse().ok().filter(|path: &Path| !path.is_root())
}

/// The change that gives an item its value.
fn setting(document: &Object<'_>, item: &str, value: &Plaintext) -> Result<Change, Problem> {
    let text = || {
        let text = value.expose_str();
        text.ok_or_else(|| Problem::not_text(document.place(), item))
    };
    if let Some(found) = secret_item(document, item)? {
        let scalar = match found.from {
            ItemSource::Data => Scalar::string(STANDARD.encode(value.expose())),
            _ => Scalar::string(text()?),
        };
        return Ok(Change::Set {
            target: Target::new(document.id(), found.path),
            value: scalar,
        });
    }
    let standing = path(item).and_then(|path| stands(document, &path));
    if let Some((node, path)) = standing {
        if matches!(node.resolved().kind(), NodeKind::Mapping | NodeKind::Sequence) {
            return Err(Problem::not_a_value(node.place(), item, below(&node, item)));
        }
        return Ok(Change::Set {
            value: alike(&node, text()?),
            target: Target::new(document.id(), path),
        });
    }
    let (path, new) =
        match is_secret(document) && !item.contains(['[', '"']) && !names_a_field(document, item) {
            true => new_item(document, item, value),
            false => {
                let path = path(item).ok_or_else(|| Problem::not_a_path(document.place(), item))?;
                (path, Scalar::string(text()?))
            }
        };
    insertion(document, item, &path, new)
}

/// Whether a path begins in a field of the document, and so is no item's key.
fn names_a_field(document: &Object<'_>, item: &str) -> bool {
    let Some(path) = path(item) else { return false };
    match path.segments() {
        [Segment::Key(first), _, ..] => document.at(&[first]).is_some(),
        _ => false,
    }
}

/// A new item goes where the Secret's others are; what is no text into `data`.
fn new_item(document: &Object<'_>, item: &str, value: &Plaintext) -> (Path, Scalar) {
    let has = |field: &str| document.at(&[field]).is_some();
    match value.expose_str() {
        Some(text) if has("stringData") || !has("data") => {
            (Path::keys(["stringData", item]), Scalar::string(text))
        }
        _ => (
            Path::keys(["data", item]),
            Scalar::string(STANDARD.encode(value.expose())),
        ),
    }
}

/// The node under one segment, and how the text layer calls it. SOPS takes keys as they are written, where kubectl reads
/// `n` and `on` as booleans.
fn step<'a>(node: &Node<'a>, segment: &Segment) -> Option<(Node<'a>, Segment)> {
    let node = node.resolved();
    match segment {
        Segment::Index(index) => Some((node.items().nth(*index)?, segment.clone())),
        Segment::Key(key) => {
            let mut entries = node.entries();
            let entry = entries.find(|entry| entry.key_node.scalar_text() == Some(key.as_str()))?;
            Some((entry.value, Segment::Key(entry.key.into_owned())))
        }
    }
}

/// What stands under the longest part of a path that leads anywhere, the path as the text layer calls it, and the rest.
fn reach<'a, 'p>(document: &Object<'a>, path: &'p Path) -> (Node<'a>, Path, &'p [Segment]) {
    let (mut node, mut reached) = (document.root(), Path::root());
    for (at, segment) in path.segments().iter().enumerate() {
        let Some((next, called)) = step(&node, segment) else {
            return (node, reached, &path.segments()[at..]);
        };
        node = next;
        reached = match called {
            Segment::Key(key) => reached.key(key),
            Segment::Index(index) => reached.index(index),
        };
    }
    (node, reached, &[])
}

/// What stands under a path, and the path as the text layer calls it.
fn stands<'a>(document: &Object<'a>, path: &Path) -> Option<(Node<'a>, Path)> {
    let (node, reached, rest) = reach(document, path);
    rest.is_empty().then_some((node, reached))
}

/// Puts a value where nothing stands yet; mappings on the way are made.
fn insertion(document: &Object<'_>, item: &str, path: &Path, value: Scalar) -> Result<Change, Problem> {
    let (node, reached, rest) = reach(document, path);
    let parent = Target::new(document.id(), reached);
    let Some((first, below)) = rest.split_first() else {
        return Err(no_such_value(document, item));
    };
    let made = made(below, value).ok_or_else(|| Problem::not_a_path(document.place(), item))?;
    match (first, node.resolved().kind()) {
        (Segment::Key(key), NodeKind::Mapping) => Ok(Change::Insert {
            parent,
            key: key.clone(),
            value: made,
            at: Position::Last,
        }),
        (Segment::Index(index), NodeKind::Sequence) if *index == node.items().count() => Ok(Change::Append {
            sequence: parent,
            value: made,
        }),
        _ => Err(no_such_value(document, item)),
    }
}

/// Keys around a value, the outermost first; nothing if an index is among them.
fn made(segments: &[Segment], value: Scalar) -> Option<New> {
    segments
        .iter()
        .rev()
        .try_fold(New::Scalar(value), |inner, segment| match segment {
            Segment::Key(key) => Some(New::Mapping(vec![(key.clone(), inner)])),
            Segment::Index(_) => None,
        })
}

/// A number stays a number and a boolean a boolean; everything else is text.
fn alike(node: &Node<'_>, text: &str) -> Scalar {
    let plain = node.style() == Style::Plain && node.tag().is_none();
    let old = node.scalar_text().unwrap_or_default();
    let number = |text: &str| {
        text.parse::<i64>()
            .ok()
            .filter(|number| number.to_string() == text)
    };
    match (plain, old, text) {
        (true, "true" | "false", "true" | "false") => Scalar::bool(text == "true"),
        (true, old, new) if number(old).is_some() => match number(new) {
            Some(number) => Scalar::int(number),
            None => Scalar::string(new),
        },
        _ => Scalar::string(text),
    }
}

fn removal(document: &Object<'_>, item: &str) -> Result<Change, Problem> {
    let found = secret_item(document, item)?.map(|item| item.path);
    let standing = || path(item).and_then(|path| Some(stands(document, &path)?.1));
    match found.or_else(standing) {
        Some(path) => Ok(Change::Remove {
            target: Target::new(document.id(), path),
        }),
        None => Err(no_such_value(document, item)),
    }
}

/// Says what there is: the items of a Secret, or the keys at the deepest place that the path reaches.
fn no_such_value(document: &Object<'_>, item: &str) -> Problem {
    let name = match document.at(&["kind"]) {
        Some(_) => ObjectName::of(document).to_string(),
        None => "this document".to_owned(),
    };
    if is_secret(document) {
        let items = secret::read(document).unwrap_or_default();
        let keys = items.into_iter().map(|item| item.key).collect();
        return Problem::no_such_item(document.place(), name, item, keys);
    }
    let wanted = path(item).unwrap_or_default();
    let (node, _, rest) = reach(document, &wanted);
    let segments = &wanted.segments()[..wanted.segments().len() - rest.len()];
    let reached = segments.iter().fold(Path::root(), |path, segment| match segment {
        Segment::Key(key) => path.key(key.clone()),
        Segment::Index(index) => path.index(*index),
    });
    Problem::no_such_item(node.place(), name, item, below(&node, &reached.to_string()))
}

/// The paths directly below a node.
fn below(node: &Node<'_>, reached: &str) -> Vec<String> {
    let base: Path = reached.parse().unwrap_or_default();
    let node = node.resolved();
    let keys = node
        .entries()
        .filter_map(|entry| Some(base.key(entry.key_node.scalar_text()?).to_string()));
    let items = (0..node.items().count()).map(|index| base.index(index).to_string());
    keys.chain(items).collect()
}

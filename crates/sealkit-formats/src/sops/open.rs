//! Opening a file: the data key, every value, the code over all of them; then the text with the values in their places.
//!
//! All or nothing: an [`Opened`] exists only after every tag and the code verified, and after the text was read again and
//! compared.

use std::fmt;

use sealkit_manifest::{Limits, Place, Span, Stream, Style};
use zeroize::Zeroizing;

use super::cipher::{Memory, ValueKey};
use super::compare;
use super::decrypt::{self, Decrypted, Failure, New, Reading};
use super::error::{ClosedValue, MetadataError, OpenError};
use super::keys::{DEFAULT_ORDER, Recovered, UnwrapKey, recover};
use super::metadata::{KeyKind, Metadata};
use super::rules::Rules;
use super::site::Site;
use super::slot;
use super::text::{Splices, next_line};
use super::tree::{Item, Mapping, Node};
use super::write::{self, House};
use super::yaml::{self, METADATA_KEY};

/// How to open.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions<'a> {
    /// Opens a file whose code is missing or does not match.
    pub ignore_mac: bool,
    /// Accepts plaintext where an encrypted value belongs, to seal it there: see [`Opened::seal_exposed`]. Where it took
    /// the place of an encrypted value the code can no longer be checked, see [`Opened::is_verified`].
    pub accept_plaintext: bool,
    /// The kinds of master keys that are tried first.
    pub order: &'a [KeyKind],
}

impl Default for OpenOptions<'_> {
    fn default() -> Self {
        Self {
            ignore_mac: false,
            accept_plaintext: false,
            order: &DEFAULT_ORDER,
        }
    }
}

/// A file in the clear, after every check passed.
pub struct Opened {
    pub(super) sealed: Stream,
    pub(super) stream: Stream,
    pub(super) metadata: Metadata,
    pub(super) recovered: Recovered,
    pub(super) memory: Memory,
    pub(super) documents: Vec<Mapping>,
    pub(super) exposed: Vec<ClosedValue>,
    verified: bool,
    notices: Vec<Notice>,
}

/// Something worth telling about a file that opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Notice {
    /// A comment looks encrypted and stays as it is.
    #[error("an encrypted comment does not open and stays as it is")]
    ClosedComment {
        /// Where it stands.
        place: Place,
    },
    /// The selector does not compile, and so matches nothing.
    #[error("{field} is not a valid regular expression, and so matches nothing")]
    InvalidSelector {
        /// The field of the metadata.
        field: &'static str,
        /// Where the metadata stands.
        place: Place,
    },
}

impl Notice {
    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            Self::ClosedComment { place } | Self::InvalidSelector { place, .. } => place,
        }
    }
}

/// Reads the metadata of a file: of its first document, as the peer does.
///
/// # Errors
/// [`OpenError::Document`], [`OpenError::NoMetadata`], [`OpenError::Metadata`].
pub fn envelope(stream: &Stream) -> Result<Metadata, OpenError> {
    Ok(closed(stream)?.metadata)
}

/// Whether a file has metadata where SOPS looks for it: a mapping under `sops` in the first document, with a code or a
/// version in it.
pub fn is_sealed(stream: &Stream) -> bool {
    let metadata = stream.documents().next().and_then(|root| {
        let entry = root
            .raw_entries()
            .find(|(key, _)| key.scalar_text() == Some(METADATA_KEY));
        entry.map(|(_, value)| value)
    });
    metadata.is_some_and(|metadata| {
        let mut fields = metadata.raw_entries().filter_map(|(key, _)| key.scalar_text());
        fields.any(|field| matches!(field, "mac" | "version" | "lastmodified"))
    })
}

/// Opens a file.
///
/// # Errors
/// [`OpenError`]; there is no partial result.
pub fn open(
    stream: &Stream,
    unwrap: &[&dyn UnwrapKey],
    options: &OpenOptions<'_>,
) -> Result<Opened, OpenError> {
    let closed = closed(stream)?;
    let recovered = recover(&closed.metadata, unwrap, options.order).map_err(|error| OpenError::Key {
        place: closed.place.clone(),
        error: Box::new(error),
    })?;
    let reading = Reading {
        verify: !options.ignore_mac,
        accept_plaintext: options.accept_plaintext,
    };
    open_with(stream, closed, recovered, reading)
}

/// A file taken apart, still closed.
pub(super) struct Closed<'s> {
    pub(super) metadata: Metadata,
    pub(super) place: Place,
    /// Without the metadata.
    pub(super) documents: Vec<Mapping<Site<'s>>>,
}

pub(super) fn closed(stream: &Stream) -> Result<Closed<'_>, OpenError> {
    let mut documents = yaml::read(stream)?;
    let start = stream.source().place(0);
    let place = stream
        .documents()
        .next()
        .map_or(start.clone(), |root| root.place());
    let mut first = None;
    for (at, document) in documents.iter_mut().enumerate() {
        let found = document
            .0
            .iter()
            .position(|item| matches!(item, Item::Entry(key, _) if key == METADATA_KEY));
        let Some(found) = found else { continue };
        let entry = document.0.remove(found);
        if at == 0 {
            first = Some(entry);
        }
    }
    let Some(Item::Entry(_, node)) = first else {
        return Err(OpenError::NoMetadata { place });
    };
    let place = stream
        .documents()
        .next()
        .and_then(|root| {
            root.raw_entries()
                .find(|(key, _)| key.scalar_text() == Some(METADATA_KEY))
        })
        .map_or(start, |(key, _)| key.place());
    let refused = |error| OpenError::Metadata {
        place: place.clone(),
        error,
    };
    let Node::Mapping(mapping) = node else {
        return Err(refused(MetadataError::NotAMapping));
    };
    Ok(Closed {
        metadata: Metadata::read(&mapping).map_err(refused)?,
        place,
        documents,
    })
}

pub(super) fn open_with(
    stream: &Stream,
    closed: Closed<'_>,
    recovered: Recovered,
    reading: Reading,
) -> Result<Opened, OpenError> {
    let key = ValueKey::new(&recovered.key);
    let source = stream.source();
    let decrypted = decrypt::decrypt(&closed.documents, &closed.metadata, &key, source, reading);
    let decrypted = decrypted.map_err(|failure| match failure {
        Failure::Values(values) => OpenError::Values(values),
        Failure::Mac(problem, clues) => OpenError::Mac {
            place: closed.place.clone(),
            problem,
            clues,
        },
    })?;
    let mut notices = Vec::new();
    let selector = closed.metadata.selector();
    if Rules::lenient(&selector).is_invalid() {
        notices.push(Notice::InvalidSelector {
            field: selector.field().0,
            place: closed.place.clone(),
        });
    }
    let opened = render(stream, &decrypted)?;
    check(&opened, &decrypted.documents)?;
    notices.extend(
        decrypted
            .closed_comments
            .into_iter()
            .map(|place| Notice::ClosedComment { place }),
    );
    Ok(Opened {
        sealed: stream.clone(),
        stream: opened,
        metadata: closed.metadata,
        recovered,
        memory: decrypted.memory,
        documents: decrypted.documents,
        exposed: decrypted.exposed,
        verified: decrypted.verified,
        notices,
    })
}

impl Opened {
    /// The text in the clear: tokens replaced by values, the metadata gone, everything else as it was.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The documents in the clear.
    pub fn documents(&self) -> &[Mapping] {
        &self.documents
    }

    /// What the file said about itself.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The names of the master keys that opened, one for each group.
    pub fn used(&self) -> &[String] {
        &self.recovered.used
    }

    /// Plaintext that stood where an encrypted value belongs.
    pub fn exposed(&self) -> &[ClosedValue] {
        &self.exposed
    }

    /// Whether the code matched. Only a file that was opened with [`OpenOptions::ignore_mac`] or
    /// [`OpenOptions::accept_plaintext`] can be without.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// What else is worth telling.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("used", &self.recovered.used)
            .finish_non_exhaustive()
    }
}

/// The text with what was decrypted in it.
fn render(stream: &Stream, decrypted: &Decrypted<'_>) -> Result<Stream, OpenError> {
    let house = slot::house(stream);
    let mut splices = Splices::default();
    let cuts = slot::cuts(stream);
    for (site, new) in &decrypted.edits {
        let unwritable = || OpenError::Unwritable {
            place: site.place(stream.source()),
        };
        let (span, new) = splice(site, new, house, stream.as_str(), &cuts).ok_or_else(unwritable)?;
        put(span, new, stream.as_str(), &mut splices);
    }
    for (cut, rest) in cuts {
        splices.replace(cut, rest.to_owned());
    }
    let text = splices
        .apply(stream.as_str())
        .ok_or_else(|| mismatch(stream, 0))?;
    parse(stream, &text).map_err(|()| mismatch(stream, 0))
}

/// Replaces. The lines of a block scalar go below a comment that stands behind its token, which is then its header's;
/// blanks that stand there go, since they would end its last line.
fn put(span: Span, new: Zeroizing<String>, text: &str, splices: &mut Splices) {
    let Some(lines) = new.find(['\r', '\n']) else {
        return splices.replace(span, new);
    };
    let end = text[span.end..]
        .find(['\r', '\n'])
        .map_or(text.len(), |length| span.end + length);
    let behind = &text[span.end..end];
    if behind.contains('#') {
        splices.replace(span, Zeroizing::new(new[..lines].to_owned()));
        let end = Span { start: end, end };
        return splices.replace(end, Zeroizing::new(new[lines..].to_owned()));
    }
    let blank = behind.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
    let start = span.start;
    let end = if blank { end } else { span.end };
    splices.replace(Span { start, end }, new)
}

/// Parses text of our own making under the limits of the file it came from.
pub(super) fn parse(stream: &Stream, text: &str) -> Result<Stream, ()> {
    let mut limits: Limits = stream.limits().clone();
    limits.max_bytes = limits.max_bytes.max(text.len());
    Stream::parse_with(stream.source().name(), text.as_bytes(), &limits).map_err(|_| ())
}

/// What goes where for one leaf or comment. `cuts` are the metadata's.
fn splice(
    site: &Site<'_>,
    new: &New,
    house: House,
    text: &str,
    cuts: &[(Span, &str)],
) -> Option<(Span, Zeroizing<String>)> {
    match (site, new) {
        (Site::Comment(span), New::Comment(comment)) => {
            Some((*span, Zeroizing::new(format!("#{}", comment.as_str()))))
        }
        (
            Site::Node {
                node, surroundings, ..
            },
            New::Value(value),
        ) => {
            // Only block scalars care, and a file in braces may be one long line.
            let block = !(surroundings.flow || house.json);
            let below = match block {
                true => below(text, next_line(text, node.span().end), cuts),
                false => ["", ""],
            };
            let text = write::value(value, node, *surroundings, house, below)?;
            let has_tag = node.tag().is_some();
            Some((if has_tag { node.outer_span() } else { node.span() }, text))
        }
        (
            Site::Node {
                node, surroundings, ..
            },
            New::ListComment(comment),
        ) if !surroundings.flow && !house.json => {
            let start = dash_before(node.outer_span().start, text)?;
            let end = node.span().end;
            let on_line = node.style() == Style::Plain || node.style() == Style::DoubleQuoted;
            on_line.then(|| {
                (
                    Span { start, end },
                    Zeroizing::new(format!("#{}", comment.as_str())),
                )
            })
        }
        _ => None,
    }
}

/// The text from a line on, without the metadata if nothing else stands before it.
fn below<'t>(text: &'t str, at: usize, cuts: &[(Span, &str)]) -> [&'t str; 2] {
    let next = cuts.partition_point(|(cut, _)| cut.start < at);
    match cuts.get(next) {
        Some((cut, _)) if text[at..cut.start].trim_ascii().is_empty() => {
            [&text[at..cut.start], &text[cut.end..]]
        }
        _ => [&text[at..], ""],
    }
}

/// The dash of a list's element, where only blanks stand between them.
fn dash_before(start: usize, text: &str) -> Option<usize> {
    let before = text[..start].trim_end_matches(' ');
    before.ends_with('-').then(|| before.len() - 1)
}

/// Compares the text with what was decrypted.
fn check(stream: &Stream, documents: &[Mapping]) -> Result<(), OpenError> {
    let read = yaml::read::<()>(stream).map_err(|_| mismatch(stream, 0))?;
    match compare::difference(documents, &read) {
        None => Ok(()),
        Some(at) => Err(mismatch(stream, at)),
    }
}

fn mismatch(stream: &Stream, document: usize) -> OpenError {
    let root = stream.documents().nth(document).map(|root| root.place());
    OpenError::Mismatch {
        place: root.unwrap_or_else(|| stream.source().place(0)),
    }
}

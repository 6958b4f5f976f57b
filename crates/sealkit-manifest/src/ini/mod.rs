//! INI files as `sops` reads them, which is as the Go library `gopkg.in/ini.v1` does under its default options, with
//! repeated sections kept apart.
//!
//! Every byte is kept; printing is copying. A comment belongs to what stands below it or in front of it on its line,
//! blank lines or not; comments behind the last entry belong to nobody. Knows no key and no cipher.

mod edit;
mod emit;
mod entry;
mod read;
mod remark;

use std::borrow::Cow;
use std::fmt;

pub use edit::Change;
pub use emit::{New, NewSection, emit};

use crate::error::ParseError;
use crate::limits::Limits;
use crate::source::{Place, Source, Span};

/// The section that every file begins with, and that has no header.
pub const DEFAULT_SECTION: &str = "DEFAULT";

/// One INI file, every byte kept. Prints as it was read; `Debug` shows no text.
///
/// ```
/// use sealkit_manifest::ini::{Change, Ini};
///
/// let file = Ini::parse("db.ini", b"; all of it\nhost = db\n\n[admin]\npassword = \"hunter2\" ; Ann\n")?;
/// let section = file.section(1).expect("there is a section behind DEFAULT");
/// let entry = section.entries().next().expect("it has an entry");
/// assert_eq!((&*section.name(), &*entry.key(), &*entry.value()), ("admin", "password", "hunter2"));
/// let edited = file.edit(&[Change::Set { section: 1, entry: 0, value: "swordfish" }])?;
/// assert!(edited.as_str().ends_with("password = \"swordfish\" ; Ann\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Ini {
    source: Source,
    tree: Tree,
    limits: Limits,
}

/// What the parser saw, as spans of the source.
#[derive(Clone, Default)]
struct Tree {
    /// The first is `DEFAULT` without a header.
    sections: Vec<SectionShape>,
    /// Comments that nothing follows.
    loose: Vec<Span>,
}

#[derive(Clone)]
struct SectionShape {
    /// What stands between the brackets; the implied section has none.
    name: Option<Span>,
    /// The header's line with its break; the start of the text for the implied section.
    line: Span,
    comment: Vec<Span>,
    entries: Vec<EntryShape>,
}

#[derive(Clone)]
struct EntryShape {
    key: Key,
    value: Text,
    /// The value as written, with its quotes but without comment and blanks.
    raw: Span,
    style: Style,
    comment: Vec<Span>,
    /// The lines of key and value with the last one's break.
    lines: Span,
    /// Where the key stands a second time and more; everything above is about the last one.
    first: Option<Span>,
}

#[derive(Clone, Copy)]
enum Key {
    Text(Span),
    /// `-`, which counts from 1 in its section.
    Counted(Span, u32),
}

/// A text that may be scattered over lines.
#[derive(Clone)]
enum Text {
    Whole(Span),
    Pieces(Vec<Span>),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// As it is.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// In backquotes, on one line or several.
    Backquoted,
    /// In `"""`, on one line or several.
    TripleQuoted,
    /// Over lines that end with a backslash.
    Continued,
}

impl Ini {
    /// Parses a file under the default [`Limits`]. `name` is what places in errors are told with.
    ///
    /// # Errors
    ///
    /// [`ParseError`]: the file is not UTF-8 or too large, or a line is neither comment, section nor entry; never quotes
    /// the line.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, ParseError> {
        Self::parse_with(name, bytes, &Limits::default())
    }

    /// Parses a file under other limits; only the size counts here.
    ///
    /// # Errors
    ///
    /// As [`Ini::parse`].
    pub fn parse_with(name: &str, bytes: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        let source = Source::read(name, bytes, limits)?;
        let tree = read::read(&source)?;
        Ok(Self {
            source,
            tree,
            limits: limits.clone(),
        })
    }

    /// The text with its name and positions.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        self.source.text()
    }

    /// The limits it was parsed under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The sections in the order of the text. The first is the implied [`DEFAULT_SECTION`]; names may repeat.
    pub fn sections(&self) -> impl DoubleEndedIterator<Item = Section<'_>> + ExactSizeIterator {
        (0..self.tree.sections.len()).map(|index| Section { file: self, index })
    }

    /// One section by its index.
    pub fn section(&self, index: usize) -> Option<Section<'_>> {
        (index < self.tree.sections.len()).then_some(Section { file: self, index })
    }

    /// The comment behind the last entry, which `sops` forgets when it writes the file. A section that is appended takes
    /// it for its own.
    pub fn loose_comment(&self) -> Option<Comment<'_>> {
        Comment::of(&self.source, &self.tree.loose)
    }

    /// How lines end, judged by the first one.
    fn line_break(&self) -> &'static str {
        match self.as_str().split_once('\n') {
            Some((first, _)) if first.ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}

/// One section of an [`Ini`]. Copying it is free; `Debug` shows its name and place only.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    file: &'a Ini,
    index: usize,
}

impl<'a> Section<'a> {
    /// Its position among the file's sections, from zero: what changes name it by.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its name, exactly what stands between the brackets.
    pub fn name(&self) -> &'a str {
        match self.shape().name {
            Some(name) => self.file.source.slice(name),
            None => DEFAULT_SECTION,
        }
    }

    /// Whether it is the implied first section, which has no header.
    pub fn is_implied(&self) -> bool {
        self.shape().name.is_none()
    }

    /// The comment above and behind its header.
    pub fn comment(&self) -> Option<Comment<'a>> {
        Comment::of(&self.file.source, &self.shape().comment)
    }

    /// Its entries in order. Keys occur once; of a key that is written several times, the first place and the last
    /// value count.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry<'a>> + ExactSizeIterator + use<'a> {
        let section = *self;
        (0..self.shape().entries.len()).map(move |index| Entry { section, index })
    }

    /// One entry by its index.
    pub fn entry(&self, index: usize) -> Option<Entry<'a>> {
        let section = *self;
        (index < self.shape().entries.len()).then_some(Entry { section, index })
    }

    /// Where its header stands; the start of the file for the implied section.
    pub fn place(&self) -> Place {
        self.file.source.place(self.shape().line.start)
    }

    fn shape(&self) -> &'a SectionShape {
        &self.file.tree.sections[self.index]
    }
}

/// One entry of a [`Section`]. Copying it is free; `Debug` shows its key and place only.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    section: Section<'a>,
    index: usize,
}

impl<'a> Entry<'a> {
    /// Its position among the section's entries, from zero: what changes name it by.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its key without quotes; `#1`, `#2` and so on for keys written `-`.
    pub fn key(&self) -> Cow<'a, str> {
        match self.shape().key {
            Key::Text(span) => Cow::Borrowed(self.source().slice(span)),
            Key::Counted(_, number) => Cow::Owned(format!("#{number}")),
        }
    }

    /// Its value without quotes, continued lines joined.
    pub fn value(&self) -> Cow<'a, str> {
        match &self.shape().value {
            Text::Whole(span) => Cow::Borrowed(self.source().slice(*span)),
            Text::Pieces(pieces) => {
                Cow::Owned(pieces.iter().map(|span| self.source().slice(*span)).collect())
            }
        }
    }

    /// The comment above it and behind its value.
    pub fn comment(&self) -> Option<Comment<'a>> {
        Comment::of(self.source(), &self.shape().comment)
    }

    /// How its value is written.
    pub fn style(&self) -> Style {
        self.shape().style
    }

    /// The bytes of its value, with the quotes.
    pub fn span(&self) -> Span {
        self.shape().raw
    }

    /// Where its key stands; the last time, if it is written several times.
    pub fn place(&self) -> Place {
        self.source().place(self.shape().key.span().start)
    }

    /// Where its key stands the first time, if it is written several times. What was written there is read by nobody.
    pub fn first_place(&self) -> Option<Place> {
        self.shape().first.map(|span| self.source().place(span.start))
    }

    fn source(&self) -> &'a Source {
        &self.section.file.source
    }

    fn shape(&self) -> &'a EntryShape {
        &self.section.shape().entries[self.index]
    }
}

/// The comment of a section or an entry. Copying it is free; `Debug` shows where it begins only.
#[derive(Clone, Copy)]
pub struct Comment<'a> {
    source: &'a Source,
    pieces: &'a [Span],
}

impl<'a> Comment<'a> {
    fn of(source: &'a Source, pieces: &'a [Span]) -> Option<Self> {
        (!pieces.is_empty()).then_some(Self { source, pieces })
    }

    /// Its text as `sops` has it: the first mark is gone with the blanks and marks of its kind behind it; lines below
    /// keep theirs.
    pub fn text(&self) -> Cow<'a, str> {
        remark::read(self.source, self.pieces)
    }

    /// Where it begins.
    pub fn place(&self) -> Place {
        self.source
            .place(self.pieces.first().map_or(0, |piece| piece.start))
    }
}

impl Key {
    /// The key as text, without quotes.
    fn span(self) -> Span {
        match self {
            Self::Text(span) | Self::Counted(span, _) => span,
        }
    }
}

impl fmt::Display for Ini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Ini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ini")
            .field("source", &self.source)
            .field("sections", &self.tree.sections.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Section({:?} at {})", self.name(), self.place())
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?} at {})", self.key(), self.place())
    }
}

impl fmt::Debug for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Comment({})", self.place())
    }
}

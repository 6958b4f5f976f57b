//! Dotenv files as `sops` reads them: lines of `KEY=value`, comments only where `#` is the first character.
//!
//! Nothing is trimmed, unquoted or expanded, which is what makes this dialect exact: quotes, blanks and a carriage
//! return belong to the value, and the two characters `\n` are a line break in it. Every byte is kept; printing is
//! copying. Knows no key and no cipher.

mod edit;
mod emit;

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroizing;

pub use edit::Change;
pub use emit::{New, emit};

use crate::error::ParseError;
use crate::limits::Limits;
use crate::source::{Place, Source, Span};

/// One dotenv file, every byte kept. Prints as it was read; `Debug` shows no text.
///
/// ```
/// use sealkit_manifest::dotenv::{Change, Dotenv};
///
/// let file = Dotenv::parse(".env", b"# Ann\nPASSWORD=hunter2\n\nPORT=5432\n")?;
/// let entry = file.items().nth(1).expect("the file has a second item");
/// assert_eq!((entry.key(), entry.value().as_deref()), (Some("PASSWORD"), Some("hunter2")));
/// let edited = file.edit(&[Change::Set { item: entry.index(), value: "two\nlines" }])?;
/// assert_eq!(edited.as_str(), "# Ann\nPASSWORD=two\\nlines\n\nPORT=5432\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Dotenv {
    source: Source,
    items: Vec<Shape>,
    limits: Limits,
}

/// What a line is; empty lines are none.
#[derive(Clone, Copy)]
enum Shape {
    Entry { key: Span, value: Span },
    Comment { text: Span },
}

impl Dotenv {
    /// Parses a file under the default [`Limits`]. `name` is what places in errors are told with.
    ///
    /// # Errors
    ///
    /// [`ParseError`]: the file is not UTF-8, is too large, or has a line without `=`; never quotes the line.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, ParseError> {
        Self::parse_with(name, bytes, &Limits::default())
    }

    /// Parses a file under other limits; only the size counts here.
    ///
    /// # Errors
    ///
    /// As [`Dotenv::parse`].
    pub fn parse_with(name: &str, bytes: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        let source = Source::read(name, bytes, limits)?;
        let mut items = Vec::new();
        let mut start = 0;
        for line in source.text().split('\n') {
            let end = start + line.len();
            if line.starts_with('#') {
                let text = Span::new(start + 1, end);
                items.push(Shape::Comment { text });
            } else if let Some(at) = line.find('=') {
                let key = Span::new(start, start + at);
                let value = Span::new(start + at + 1, end);
                items.push(Shape::Entry { key, value });
            } else if !line.is_empty() {
                return Err(ParseError::Syntax {
                    place: source.place(start),
                    problem: "a dotenv line is `KEY=value`, empty, or begins with `#`".to_owned(),
                });
            }
            start = end + 1;
        }
        Ok(Self {
            source,
            items,
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

    /// Entries and comments in the order of the text. Keys may occur more than once.
    pub fn items(&self) -> impl DoubleEndedIterator<Item = Item<'_>> + ExactSizeIterator {
        (0..self.items.len()).map(|index| Item { file: self, index })
    }

    /// One item by its index.
    pub fn item(&self, index: usize) -> Option<Item<'_>> {
        (index < self.items.len()).then_some(Item { file: self, index })
    }
}

/// One line that says something. Copying it is free; `Debug` shows where it stands only.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    file: &'a Dotenv,
    index: usize,
}

impl<'a> Item<'a> {
    /// Its position among the file's items, from zero: what changes name it by.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The key of an entry, exactly the bytes before the first `=`.
    pub fn key(&self) -> Option<&'a str> {
        match self.shape() {
            Shape::Entry { key, .. } => Some(self.file.source.slice(key)),
            Shape::Comment { .. } => None,
        }
    }

    /// The value of an entry, the two characters `\n` already a line break.
    pub fn value(&self) -> Option<Cow<'a, str>> {
        match self.shape() {
            Shape::Entry { value, .. } => Some(decode(self.file.source.slice(value))),
            Shape::Comment { .. } => None,
        }
    }

    /// The text of a comment, everything behind its `#`.
    pub fn comment(&self) -> Option<&'a str> {
        match self.shape() {
            Shape::Entry { .. } => None,
            Shape::Comment { text } => Some(self.file.source.slice(text)),
        }
    }

    /// The bytes of the value or of the comment's text, as written.
    pub fn span(&self) -> Span {
        match self.shape() {
            Shape::Entry { value, .. } => value,
            Shape::Comment { text } => text,
        }
    }

    /// Where the line begins.
    pub fn place(&self) -> Place {
        self.file.source.place(self.line().start)
    }

    /// The line without its break.
    fn line(&self) -> Span {
        match self.shape() {
            Shape::Entry { key, value } => Span::new(key.start, value.end),
            Shape::Comment { text } => Span::new(text.start - 1, text.end),
        }
    }

    fn shape(&self) -> Shape {
        self.file.items[self.index]
    }
}

/// A value as written, read.
fn decode(raw: &str) -> Cow<'_, str> {
    if raw.contains("\\n") {
        Cow::Owned(raw.replace("\\n", "\n"))
    } else {
        Cow::Borrowed(raw)
    }
}

/// A value, written. Not every value can be: the two characters `\n` read back as a line break.
fn encode(value: &str) -> Zeroizing<String> {
    Zeroizing::new(value.replace('\n', "\\n"))
}

impl fmt::Display for Dotenv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Dotenv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dotenv")
            .field("source", &self.source)
            .field("items", &self.items.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({} at {})", self.index, self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Option<&str>, &str)]) {
        let file = Dotenv::parse(".env", text.as_bytes()).expect("a dotenv file");
        let read: Vec<_> = file
            .items()
            .map(|item| {
                let text = item.value().or(item.comment().map(Cow::Borrowed));
                (
                    item.key(),
                    text.expect("an item has a value or a comment").into_owned(),
                )
            })
            .collect();
        let read: Vec<_> = read.iter().map(|(key, text)| (*key, text.as_str())).collect();
        assert_eq!(read, expected, "{text:?}");
        assert_eq!(file.to_string(), text);
    }

    #[test]
    fn nothing_is_trimmed_unquoted_or_expanded() {
        check("", &[]);
        check("\n\n", &[]);
        check("A=1\n", &[(Some("A"), "1")]);
        check("A=\"1\" # x", &[(Some("A"), "\"1\" # x")]);
        check("export A = 1 \n", &[(Some("export A "), " 1 ")]);
        check("A=$B=2\n=x\n", &[(Some("A"), "$B=2"), (Some(""), "x")]);
        check("#a\n# b\n#", &[(None, "a"), (None, " b"), (None, "")]);
        check("\u{feff}A=1\n", &[(Some("\u{feff}A"), "1")]);
    }

    #[test]
    fn a_carriage_return_belongs_to_the_value() {
        check("A=1\r\n", &[(Some("A"), "1\r")]);
        assert!(
            Dotenv::parse(".env", b"A=1\n\r\n").is_err(),
            "the peer refuses this line too"
        );
    }

    #[test]
    fn backslash_n_is_a_line_break_and_nothing_else_is_escaped() {
        check("A=a\\nb\\\\nc\\t\n", &[(Some("A"), "a\nb\\\nc\\t")]);
    }

    #[test]
    fn a_line_without_an_equals_sign_is_refused_by_place_and_not_quoted() {
        let error = Dotenv::parse(".env", b"A=1\n  hunter2\n").unwrap_err();
        assert_eq!(error.place().expect("a place").to_string(), ".env:2:1");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn a_file_that_is_not_utf_8_or_too_large_is_refused() {
        let error = Dotenv::parse(".env", b"A=1\nB=\xff\n").unwrap_err();
        assert_eq!(error.place().expect("a place").to_string(), ".env:2:3");
        let limits = Limits {
            max_bytes: 3,
            ..Limits::default()
        };
        assert!(matches!(
            Dotenv::parse_with(".env", b"A=12", &limits),
            Err(ParseError::TooLarge { .. })
        ));
    }
}

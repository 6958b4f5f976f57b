//! The text of one file, its name, and where a byte of it stands: lines and columns for people.
//!
//! Knows nothing of YAML or JSON. The text may hold plaintext secrets, so it is wiped when dropped and `Debug` never
//! shows it.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::ParseError;
use crate::limits::Limits;

/// The byte order mark that some editors put in front of UTF-8 text.
pub(crate) const BOM: &str = "\u{feff}";

/// A half-open byte range of a [`Source`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A line and a column, both counted from one; the column counts characters, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1. A byte order mark takes no column.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A [`Location`] with the name of its file. Prints as `db.yaml:14:5`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The name the text was parsed under.
    pub file: String,
    /// Line and column.
    pub location: Location,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.location)
    }
}

/// One file's text under its name.
#[derive(Clone)]
pub struct Source {
    name: String,
    text: Zeroizing<String>,
    /// Offset of the first byte of every line; lines end with LF, CRLF or a lone CR, as in YAML.
    lines: Vec<u32>,
    /// Characters in front of every [`STRIDE`] bytes, where a line is longer than that: a column of JSON on one line would
    /// otherwise be counted from the file's beginning, for each of its entries.
    strides: Vec<u32>,
}

/// Bytes between two counts of characters.
const STRIDE: usize = 4096;

impl Source {
    pub(crate) fn new(name: &str, text: Zeroizing<String>) -> Self {
        let lines = line_starts(&text);
        let ends = lines
            .iter()
            .skip(1)
            .map(|start| *start as usize)
            .chain([text.len()]);
        let long = ends
            .zip(&lines)
            .any(|(end, start)| end.saturating_sub(*start as usize) > STRIDE);
        let strides = if long {
            strides(text.as_bytes())
        } else {
            Vec::new()
        };
        Self {
            name: name.to_owned(),
            text,
            lines,
            strides,
        }
    }

    /// Takes in bytes that must be UTF-8 and within the limits, and asks nothing else of them.
    pub(crate) fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        if bytes.len() > limits.max_bytes {
            return Err(ParseError::TooLarge {
                name: name.to_owned(),
                bytes: bytes.len(),
                limit: limits.max_bytes,
            });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, Zeroizing::new(text.to_owned()))),
            Err(error) => {
                let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                Err(ParseError::NotUtf8 {
                    place: place_in(name, valid, valid.len()),
                    wide: matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]),
                })
            }
        }
    }

    /// The name given to [`Stream::parse`](crate::Stream::parse), usually a path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text, byte for byte as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; offsets past the end name the end.
    pub fn location(&self, offset: usize) -> Location {
        locate(&self.text, &self.lines, &self.strides, offset)
    }

    /// The [`Location`] of a byte offset together with the file's name.
    pub fn place(&self, offset: usize) -> Place {
        Place {
            file: self.name.clone(),
            location: self.location(offset),
        }
    }

    /// The text of a span.
    ///
    /// # Panics
    ///
    /// Panics if the span does not come from this source.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.start..span.end]
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The place of an offset in bytes that are not (yet) a [`Source`], for errors about the bytes themselves.
pub(crate) fn place_in(name: &str, text: &str, offset: usize) -> Place {
    Place {
        file: name.to_owned(),
        location: locate(text, &line_starts(text), &[], offset),
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut lines = vec![0];
    for (at, byte) in bytes.iter().enumerate() {
        let lone_cr = *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        if *byte == b'\n' || lone_cr {
            lines.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
        }
    }
    lines
}

fn locate(text: &str, lines: &[u32], strides: &[u32], offset: usize) -> Location {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let line = lines.partition_point(|start| *start as usize <= offset).max(1);
    let start = lines[line - 1] as usize;
    let bytes = text.as_bytes();
    let before = |offset: usize| {
        let stride = offset / STRIDE;
        strides[stride] as usize + columns(bytes, stride * STRIDE, offset)
    };
    let column = match offset - start > STRIDE && !strides.is_empty() {
        true => before(offset) - before(start),
        false => columns(bytes, start, offset),
    };
    Location {
        line,
        column: column + 1,
    }
}

/// How many characters begin in a range. A byte order mark is none.
fn columns(bytes: &[u8], start: usize, end: usize) -> usize {
    let begins = |at: &usize| bytes[*at] & 0xc0 != 0x80 && !bytes[*at..].starts_with(BOM.as_bytes());
    (start..end).filter(begins).count()
}

fn strides(bytes: &[u8]) -> Vec<u32> {
    let mut counted = 0;
    let mut strides = vec![0];
    for start in (STRIDE..=bytes.len()).step_by(STRIDE) {
        counted += columns(bytes, start - STRIDE, start);
        strides.push(u32::try_from(counted).unwrap_or(u32::MAX));
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, offset: usize, expected: (usize, usize)) {
        let location = Source::new("t", Zeroizing::new(text.to_owned())).location(offset);
        assert_eq!((location.line, location.column), expected, "offset {offset}");
    }

    #[test]
    fn locations_count_lines_and_characters_from_one() {
        check("", 0, (1, 1));
        check("a: b\nc: d\n", 5, (2, 1));
        check("a: b\nc: d\n", 8, (2, 4));
        check("ä: b\n", 4, (1, 4));
        check("a\r\nb", 3, (2, 1));
        check("a\rb", 2, (2, 1));
        check("\u{feff}a", 3, (1, 1));
        check("a", 99, (1, 2));
    }

    #[test]
    fn columns_of_long_lines_are_those_that_counting_from_the_beginning_gives() {
        let mut text = "short\n".to_owned();
        for at in 0..3000 {
            text.push_str(["a", "\u{e4}", "\u{feff}", "\u{1f511}"][at % 4]);
        }
        text.push_str("\nshort\n");
        text.push_str(&"\u{fc}".repeat(5000));
        let source = Source::new("t", Zeroizing::new(text.clone()));
        assert!(source.strides.len() > 2);
        for offset in (0..text.len()).step_by(7).chain([text.len()]) {
            let counted = locate(&text, &source.lines, &[], offset);
            assert_eq!(source.location(offset), counted, "offset {offset}");
        }
    }

    #[test]
    fn debug_never_shows_the_text() {
        let source = Source::new("t", Zeroizing::new("hunter2".to_owned()));
        assert!(!format!("{source:?}").contains("hunter2"));
    }
}

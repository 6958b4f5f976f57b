//! From text to spans: sections, entries and the comments that belong to them.
//!
//! Follows `gopkg.in/ini.v1` v1.67.3 (`parser.go`) under default options, case by case; where that library forgets
//! bytes, they stay in the text and belong to nothing.

use std::collections::HashMap;

use super::{EntryShape, Key, SectionShape, Style, Text, Tree};
use crate::error::ParseError;
use crate::source::{BOM, Source, Span};

/// Reads a whole file.
pub(super) fn read(source: &Source) -> Result<Tree, ParseError> {
    let bom = if source.text().starts_with(BOM) {
        BOM.len()
    } else {
        0
    };
    let mut reader = Reader {
        source,
        at: bom,
        ended: false,
        pending: Vec::new(),
        tree: Tree::default(),
        known: HashMap::new(),
        counted: 1,
    };
    reader.tree.sections.push(SectionShape {
        name: None,
        line: Span::new(bom, bom),
        comment: Vec::new(),
        entries: Vec::new(),
    });
    while !reader.ended {
        reader.line()?;
    }
    let mut tree = reader.tree;
    tree.loose = reader.pending;
    Ok(tree)
}

struct Reader<'a> {
    source: &'a Source,
    at: usize,
    /// A line without a break was read.
    ended: bool,
    /// Comments that nothing has claimed yet.
    pending: Vec<Span>,
    tree: Tree,
    /// The keys of the last section.
    known: HashMap<String, usize>,
    /// The next number of a key written `-`.
    counted: u32,
}

/// A value as it was found.
struct Value {
    text: Text,
    raw: Span,
    style: Style,
}

impl<'a> Reader<'a> {
    /// Takes the next line with its break.
    fn take(&mut self) -> Span {
        let start = self.at;
        let rest = &self.source.text()[start..];
        self.at = match rest.find('\n') {
            Some(at) => start + at + 1,
            None => {
                self.ended = true;
                start + rest.len()
            }
        };
        Span::new(start, self.at)
    }

    fn text(&self, span: Span) -> &'a str {
        self.source.slice(span)
    }

    fn line(&mut self) -> Result<(), ParseError> {
        let whole = self.take();
        let line = trim_start(self.source, whole);
        match self.text(line).as_bytes().first() {
            None => Ok(()),
            Some(b'#' | b';') => {
                self.pending.push(line);
                Ok(())
            }
            Some(b'[') => self.section(whole, line),
            Some(_) => self.entry(whole, line),
        }
    }

    fn section(&mut self, whole: Span, line: Span) -> Result<(), ParseError> {
        let text = self.text(line);
        let Some(end) = text.rfind(']') else {
            return Err(self.wrong(line.start, "the section is not closed by `]`"));
        };
        if end == 1 {
            return Err(self.wrong(line.start, "the section has no name"));
        }
        if let Some(at) = text[end..].find(['#', ';']) {
            self.pending.push(Span::new(line.start + end + at, line.end));
        }
        self.tree.sections.push(SectionShape {
            name: Some(Span::new(line.start + 1, line.start + end)),
            line: whole,
            comment: std::mem::take(&mut self.pending),
            entries: Vec::new(),
        });
        self.known.clear();
        self.counted = 1;
        Ok(())
    }

    fn entry(&mut self, whole: Span, line: Span) -> Result<(), ParseError> {
        let (name, behind) = self.key(line)?;
        let key = if self.text(name) == "-" {
            self.counted += 1;
            Key::Counted(name, self.counted - 1)
        } else {
            Key::Text(name)
        };
        let value = self.value(Span::new(behind, line.end))?;
        let entry = EntryShape {
            key,
            value: value.text,
            raw: value.raw,
            style: value.style,
            comment: std::mem::take(&mut self.pending),
            lines: Span::new(whole.start, self.at),
            first: None,
        };
        self.keep(entry);
        Ok(())
    }

    /// A key that is known already keeps its place and gets the new value.
    fn keep(&mut self, entry: EntryShape) {
        let key = match entry.key {
            Key::Text(span) => self.text(span).to_owned(),
            Key::Counted(_, number) => format!("#{number}"),
        };
        let section = self.tree.sections.last_mut();
        let entries = &mut section.expect("the implied section was pushed first").entries;
        match self.known.get(&key) {
            Some(at) => {
                let known = &mut entries[*at];
                let first = known.first.or(Some(known.key.span()));
                *known = EntryShape { first, ..entry };
            }
            None => {
                self.known.insert(key, entries.len());
                entries.push(entry);
            }
        }
    }

    /// The key of a line without its quotes, and the offset behind the delimiter.
    fn key(&self, line: Span) -> Result<(Span, usize), ParseError> {
        let text = self.text(line);
        let quote = match text.as_bytes()[0] {
            b'"' if text.len() > 6 && text.starts_with("\"\"\"") => "\"\"\"",
            b'"' => "\"",
            b'`' => "`",
            _ => "",
        };
        let no_delimiter = || {
            self.wrong(
                line.start,
                "an entry is `key = value`, and there is no `=` or `:`",
            )
        };
        let no_key = || self.wrong(line.start, "an entry has no key in front of its `=` or `:`");
        let (name, behind) = if quote.is_empty() {
            let at = text.find(['=', ':']).ok_or_else(no_delimiter)?;
            (Span::new(line.start, line.start + at), at + 1)
        } else {
            let start = quote.len();
            let length = text[start..].find(quote);
            let end =
                start + length.ok_or_else(|| self.wrong(line.start, "the quote of the key is not closed"))?;
            let at = text[end + start..].find(['=', ':']).ok_or_else(no_delimiter)?;
            let name = Span::new(line.start + start, line.start + end);
            (name, end + start + at + 1)
        };
        let name = trim(self.source, name);
        if name.is_empty() {
            return Err(no_key());
        }
        Ok((name, line.start + behind))
    }

    /// The value that begins on the rest of a line.
    fn value(&mut self, rest: Span) -> Result<Value, ParseError> {
        let line = trim_start(self.source, rest);
        let text = self.text(line);
        let quote = match text.as_bytes().first() {
            None => return Ok(empty(self.source, rest)),
            Some(b'"') if text.len() > 3 && text.starts_with("\"\"\"") => "\"\"\"",
            Some(b'`') => "`",
            Some(_) => return Ok(self.plain(line)),
        };
        let style = if quote == "`" {
            Style::Backquoted
        } else {
            Style::TripleQuoted
        };
        let start = line.start + quote.len();
        let end = match text[quote.len()..].rfind(quote) {
            Some(length) => start + length,
            None => self.closing(line.start, quote)?,
        };
        Ok(Value {
            text: Text::Whole(Span::new(start, end)),
            raw: Span::new(line.start, end + quote.len()),
            style,
        })
    }

    /// Reads on to the line that closes a value, and says where.
    fn closing(&mut self, opened: usize, quote: &str) -> Result<usize, ParseError> {
        loop {
            let line = self.take();
            let text = self.text(line);
            if let Some(at) = text.rfind(quote) {
                let behind = text[at + quote.len()..].trim_end_matches(['\r', '\n']);
                if behind.trim().ends_with('\\') {
                    continue;
                }
                if let Some(comment) = text[at..].find(['#', ';']) {
                    let comment = Span::new(line.start + at + comment, line.end);
                    self.pending.push(trim(self.source, comment));
                }
                return Ok(line.start + at);
            }
            if self.ended {
                return Err(self.wrong(opened, "the quote of the value is not closed"));
            }
        }
    }

    /// A value without quotes, or in quotes that are taken off when they are its first and last characters.
    fn plain(&mut self, line: Span) -> Value {
        let whole = trim(self.source, line);
        let text = self.text(whole);
        if text.ends_with('\\') {
            return self.continued(whole);
        }
        let raw = match text.find(['#', ';']) {
            Some(at) => {
                self.pending.push(Span::new(whole.start + at, whole.end));
                trim(self.source, Span::new(whole.start, whole.start + at))
            }
            None => whole,
        };
        let (style, value) = match surrounding_quote(self.text(raw)) {
            Some(b'\'') => (Style::SingleQuoted, inner(raw)),
            Some(_) => (Style::DoubleQuoted, inner(raw)),
            None => (Style::Plain, raw),
        };
        Value {
            text: Text::Whole(value),
            raw,
            style,
        }
    }

    /// A value whose line ends with a backslash goes on until a line does not, or is blank.
    fn continued(&mut self, first: Span) -> Value {
        let mut pieces = vec![Span::new(first.start, first.end - 1)];
        let mut end = first.end;
        loop {
            let line = self.take();
            let line = trim(self.source, line);
            if line.is_empty() {
                break;
            }
            end = line.end;
            pieces.push(line);
            let last = pieces.last_mut().expect("a piece was just pushed");
            if !self.source.slice(*last).ends_with('\\') {
                break;
            }
            last.end -= 1;
        }
        Value {
            text: Text::Pieces(pieces),
            raw: Span::new(first.start, end),
            style: Style::Continued,
        }
    }

    fn wrong(&self, at: usize, problem: &str) -> ParseError {
        ParseError::Syntax {
            place: self.source.place(at),
            problem: problem.to_owned(),
        }
    }
}

/// No value: it would begin behind the blanks that follow the delimiter, on the same line.
fn empty(source: &Source, rest: Span) -> Value {
    let text = source.slice(rest).trim_end_matches(['\r', '\n']);
    let at = rest.start + text.len();
    Value {
        text: Text::Whole(Span::new(at, at)),
        raw: Span::new(at, at),
        style: Style::Plain,
    }
}

/// The quote that is first and last and nowhere between.
fn surrounding_quote(text: &str) -> Option<u8> {
    let bytes = text.as_bytes();
    let quote = *bytes.first()?;
    let closes = || bytes[1..].iter().position(|byte| *byte == quote) == Some(bytes.len() - 2);
    (matches!(quote, b'\'' | b'"') && bytes.len() >= 2 && closes()).then_some(quote)
}

fn inner(raw: Span) -> Span {
    Span::new(raw.start + 1, raw.end - 1)
}

fn trim_start(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    Span::new(span.end - text.trim_start().len(), span.end)
}

fn trim(source: &Source, span: Span) -> Span {
    let span = trim_start(source, span);
    Span::new(span.start, span.start + source.slice(span).trim_end().len())
}

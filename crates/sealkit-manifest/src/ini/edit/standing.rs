//! A comment as it stands around the lines it belongs to, and those lines rewritten.

use zeroize::Zeroizing;

use crate::ini::{EntryShape, Ini, Key, Style, entry, remark};
use crate::patch::Patches;
use crate::source::{BOM, Span};

/// A comment, sorted by where its pieces stand.
pub(super) struct Standing<'a> {
    file: &'a Ini,
    /// The lines of its owner.
    owner: Span,
    /// Pieces on lines of their own.
    above: Vec<Span>,
    /// The piece behind the owner's value or header, without the line break.
    pub(super) inline: Option<Span>,
}

impl<'a> Standing<'a> {
    pub(super) fn new(file: &'a Ini, comment: &[Span], owner: Span) -> Self {
        let (inline, above): (Vec<Span>, Vec<Span>) = comment
            .iter()
            .partition(|piece| piece.start >= owner.start && piece.start < owner.end);
        let trimmed = |piece: Span| {
            let text = file.source.slice(piece).trim_end();
            Span::new(piece.start, piece.start + text.len())
        };
        Self {
            file,
            owner,
            above,
            inline: inline.last().copied().map(trimmed),
        }
    }

    /// The piece behind the owner, if it is all there is.
    pub(super) fn alone_behind(&self) -> Option<Span> {
        self.inline.filter(|_| self.above.is_empty())
    }

    /// A text as lines in the author's manner.
    pub(super) fn lines(&self, text: &str) -> Vec<Zeroizing<String>> {
        let first = self.above.first().copied().or(self.inline);
        let lead = first.map_or_else(|| "; ".to_owned(), |piece| remark::lead(&self.file.source, piece));
        remark::lines(text, &lead)
    }

    /// Puts a text on the lines where the comment's first line stood, or directly above its owner.
    pub(super) fn above(&self, text: &str, patches: &mut Patches) {
        let start = self.above.first().map_or(self.owner.start, |piece| piece.start);
        let start = line_start(patches.text(), start);
        let indent: String = patches.text()[start..]
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .collect();
        let mut lines = Zeroizing::new(String::new());
        for line in self.lines(text) {
            lines.push_str(&indent);
            lines.push_str(&line);
            lines.push_str(patches.line_break());
        }
        patches.replace(Span::new(start, start), lines);
        self.remove_above(patches);
    }

    /// Takes the lines out that are nothing but comment.
    pub(super) fn remove_above(&self, patches: &mut Patches) {
        for piece in &self.above {
            let start = line_start(patches.text(), piece.start);
            let end = whole_line(patches.text(), piece.end);
            patches.remove(Span::new(start, end));
        }
    }

    /// Where the comment lines begin that stand directly above the owner, one below the other.
    pub(super) fn first_line(&self, text: &str) -> usize {
        let mut first = line_start(text, self.owner.start);
        for piece in self.above.iter().rev() {
            if whole_line(text, piece.end) != first {
                break;
            }
            first = line_start(text, piece.start);
        }
        first
    }
}

/// The lines of an entry, in parts.
pub(super) struct EntryText<'a> {
    shape: &'a EntryShape,
    key: String,
    /// Up to the value.
    head: &'a str,
    raw: &'a str,
    /// Between the value and the comment behind it.
    gap: &'a str,
    has_comment: bool,
    /// From there to the end of the lines.
    tail: &'a str,
    line_break: &'static str,
}

impl<'a> EntryText<'a> {
    pub(super) fn new(patches: &'a Patches, shape: &'a EntryShape, inline: Option<Span>) -> Self {
        let text = patches.text();
        let end = whole_line(text, shape.lines.end);
        let (gap, tail) = match inline {
            Some(inline) => (&text[shape.raw.end..inline.start], &text[inline.end..end]),
            None => ("", &text[shape.raw.end..end]),
        };
        Self {
            shape,
            key: match shape.key {
                Key::Text(span) => text[span.start..span.end].to_owned(),
                // Alone, it counts from one.
                Key::Counted(..) => "#1".to_owned(),
            },
            head: &text[shape.lines.start..shape.raw.start],
            raw: &text[shape.raw.start..shape.raw.end],
            gap,
            has_comment: inline.is_some(),
            tail,
            line_break: patches.line_break(),
        }
    }

    /// The lines with another value and with this comment behind it or none, if there is a way to write them. What
    /// stands behind a value and is not read stays, unless nothing else works.
    pub(super) fn with(&self, value: Option<&str>, comment: Option<&str>) -> Option<Zeroizing<String>> {
        let tail = match (self.has_comment, comment) {
            (true, Some(comment)) => [self.gap, comment, self.tail].concat(),
            (true, None) => [self.gap.trim_end_matches([' ', '\t']), self.tail].concat(),
            (false, _) => self.tail.to_owned(),
        };
        let tails = match comment {
            Some(_) => vec![tail.as_str()],
            None => vec![tail.as_str(), self.line_break],
        };
        let Some(value) = value else {
            let text = Zeroizing::new([self.head, self.raw, &tail].concat());
            let old = entry::value_of(&text)?;
            return entry::reads_as(&text, &self.key, &old, comment.unwrap_or_default()).then_some(text);
        };
        let spaced = value.is_empty()
            || !self.raw.is_empty()
            || !self.head.ends_with([' ', '\t', '=', ':'])
            || !self.head[..self.head.len() - 1].ends_with([' ', '\t']);
        let blank = if spaced || self.head.ends_with([' ', '\t']) {
            ""
        } else {
            " "
        };
        for tail in tails {
            for style in entry::styles(self.style(), value) {
                let quoted = entry::quote(value, style);
                let text = Zeroizing::new([self.head, blank, quoted.as_str(), tail].concat());
                if entry::reads_as(&text, &self.key, value, comment.unwrap_or_default()) {
                    return Some(text);
                }
            }
        }
        None
    }

    fn style(&self) -> Style {
        self.shape.style
    }
}

/// Where the line of an offset begins, the byte order mark left aside.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let first = if text.starts_with(BOM) { BOM.len() } else { 0 };
    text[..at].rfind('\n').map_or(first, |found| found + 1).min(at)
}

/// The end of the line that an offset ends, its break included.
pub(super) fn whole_line(text: &str, end: usize) -> usize {
    if end == line_start(text, end) {
        return end;
    }
    text[end..].find('\n').map_or(text.len(), |found| end + found + 1)
}

/// An offset at a line's start, moved up over one blank line.
pub(super) fn over_blank_line(text: &str, at: usize) -> usize {
    let Some(above) = text[..at].strip_suffix('\n') else {
        return at;
    };
    let start = line_start(text, above.len());
    match above[start..].trim().is_empty() {
        true => start,
        false => at,
    }
}

/// An offset at a line's start, moved down over one blank line.
pub(super) fn behind_blank_line(text: &str, at: usize) -> usize {
    match text[at..].split_once('\n') {
        Some((line, _)) if line.trim().is_empty() => at + line.len() + 1,
        _ => at,
    }
}

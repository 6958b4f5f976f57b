//! New entries and sections: in the manner of their neighbours, or of `sops` where there are none.

use zeroize::Zeroizing;

use super::Draft;
use super::standing::whole_line;
use crate::ini::{EntryShape, New, Section, emit, entry, remark};
use crate::patch::Patches;
use crate::source::Span;
use crate::write_error::WriteError;

impl Draft<'_> {
    pub(super) fn insert_entries(
        &self,
        section: Section<'_>,
        new: &[New<'_>],
        patches: &mut Patches,
    ) -> Result<(), WriteError> {
        let eol = patches.line_break();
        let last = section.shape().entries.iter().max_by_key(|entry| entry.lines.end);
        let behind = last.map_or(section.shape().line.end, |last| last.lines.end);
        let at = whole_line(patches.text(), behind);
        let place = Some(self.file.source.place(at));
        let mut text = Zeroizing::new(String::new());
        // A backslash at the end of the file would take the new line for its continuation.
        if patches.text()[..at].trim_end().ends_with('\\') {
            text.push_str(eol);
        }
        let manner = last.and_then(|last| Manner::of(patches.text(), last, section));
        for new in new {
            let written = manner.as_ref().and_then(|manner| manner.write(new, eol));
            match written {
                Some(lines) => text.push_str(&lines),
                None => text.push_str(&emit::entries(&[*new], eol).map_err(|error| error.at(&place))?),
            }
        }
        if last.is_none() && section.is_implied() && at < patches.end() {
            text.push_str(eol);
        }
        patches.replace(Span::new(at, at), text);
        Ok(())
    }

    pub(super) fn insert_sections(&self, patches: &mut Patches) -> Result<(), WriteError> {
        let (end, eol) = (patches.end(), patches.line_break());
        let place = Some(self.file.source.place(end));
        for (index, section) in self.sections.iter().enumerate() {
            let mut text = Zeroizing::new(String::new());
            if end > 0 || index > 0 {
                text.push_str(eol);
            }
            for line in remark::peer_lines(section.comment.unwrap_or_default(), true) {
                text.push_str(&line);
                text.push_str(eol);
            }
            emit::header(section.name, eol, &mut text).map_err(|error| error.at(&place))?;
            text.push_str(&emit::entries(&section.entries, eol).map_err(|error| error.at(&place))?);
            patches.replace(Span::new(end, end), text);
        }
        Ok(())
    }
}

/// How the author writes the entries of a section, judged by the last one.
struct Manner {
    indent: String,
    /// The column that all delimiters share, if they do.
    column: Option<usize>,
    /// Blanks, delimiter, blanks.
    delimiter: [String; 3],
}

impl Manner {
    fn of(text: &str, last: &EntryShape, section: Section<'_>) -> Option<Self> {
        let entries = &section.shape().entries;
        let column = |entry: &EntryShape| Some(delimiter(text, entry)? - entry.lines.start);
        let at = delimiter(text, last)?;
        let aligned = entries.len() > 1 && entries.iter().all(|entry| column(entry) == column(last));
        let before = text[..at].len() - text[..at].trim_end_matches([' ', '\t']).len();
        let blanks = |text: &str| {
            text.chars()
                .take_while(|c| matches!(c, ' ' | '\t'))
                .collect::<String>()
        };
        Some(Self {
            indent: blanks(&text[last.lines.start..]),
            column: aligned.then_some(at - last.lines.start),
            delimiter: [
                text[at - before..at].to_owned(),
                text[at..=at].to_owned(),
                blanks(&text[at + 1..]),
            ],
        })
    }

    fn write(&self, new: &New<'_>, eol: &str) -> Option<Zeroizing<String>> {
        let key = entry::key(new.key)?;
        let [before, delimiter, behind] = &self.delimiter;
        let before = match self.column {
            Some(column) => " ".repeat(column.saturating_sub(self.indent.len() + key.len())),
            None => before.chars().take(1).collect(),
        };
        let before = match before.is_empty() && self.delimiter[0].len() > 1 {
            true => " ".to_owned(),
            false => before,
        };
        let head = [&self.indent, key.as_str(), &before, delimiter, behind].concat();
        let mut lines = Zeroizing::new(String::new());
        for line in remark::lines(new.comment.unwrap_or_default(), "; ") {
            lines.push_str(&self.indent);
            lines.push_str(&line);
            lines.push_str(eol);
        }
        lines.push_str(&emit::value(&head, new, eol).ok()?);
        Some(lines)
    }
}

/// Where the `=` or `:` of an entry stands.
fn delimiter(text: &str, entry: &EntryShape) -> Option<usize> {
    let key = entry.key.span().end;
    let found = text[key..entry.raw.start].rfind(['=', ':'])?;
    Some(key + found)
}

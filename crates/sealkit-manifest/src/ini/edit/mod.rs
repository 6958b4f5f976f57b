//! Changes of an INI file: what is not named stays byte for byte as it was, or nothing changes at all.

mod insert;
mod standing;
mod verify;

use std::collections::BTreeMap;

use super::emit::{New, NewSection};
use super::{Entry, Ini, Section};
use crate::patch::Patches;
use crate::source::Span;
use crate::write_error::WriteError;
use standing::{EntryText, Standing, behind_blank_line, over_blank_line, whole_line};

/// One change. Indices name sections and entries as they are before the edit.
#[derive(Clone)]
pub enum Change<'a> {
    /// Gives an entry another value, in the author's quotes if they can hold it.
    Set {
        /// The section.
        section: usize,
        /// The entry.
        entry: usize,
        /// Its new value.
        value: &'a str,
    },
    /// Gives a section or an entry another comment, or none if the text is empty. It stays where it was if it stood in
    /// one place, else its first line's place is taken.
    SetComment {
        /// The section.
        section: usize,
        /// The entry; the section itself if there is none.
        entry: Option<usize>,
        /// Its new text.
        text: &'a str,
    },
    /// Puts a new entry behind the last one of a section.
    InsertEntry {
        /// The section.
        section: usize,
        /// The entry.
        new: New<'a>,
    },
    /// Takes an entry out, with its comment.
    RemoveEntry {
        /// The section.
        section: usize,
        /// The entry.
        entry: usize,
    },
    /// Puts a new section at the end of the file, one blank line in front of it.
    InsertSection {
        /// The section.
        new: NewSection<'a>,
    },
    /// Takes a section out, with the comment directly above its header; the last one with one blank line above, too.
    RemoveSection {
        /// The section; the implied first one cannot go.
        section: usize,
    },
}

/// A section, or an entry of one.
type Id = (usize, Option<usize>);

/// The file as it is going to be.
struct Draft<'a> {
    file: &'a Ini,
    touched: BTreeMap<Id, Touched<'a>>,
    entries: BTreeMap<usize, Vec<New<'a>>>,
    sections: Vec<NewSection<'a>>,
}

#[derive(Default)]
struct Touched<'a> {
    value: Option<&'a str>,
    comment: Option<&'a str>,
    removed: bool,
}

impl Ini {
    /// Applies changes and returns the new file; this one stays as it is. The result is parsed again and compared with
    /// what was meant. A last line without a line break stays without one. If several changes set one thing, the last one
    /// counts; removing it outweighs them.
    ///
    /// # Errors
    ///
    /// [`WriteError`] with its place: an index of nothing, a key that is written more than once, or a text that would be
    /// read back differently.
    pub fn edit(&self, changes: &[Change<'_>]) -> Result<Self, WriteError> {
        let draft = Draft::new(self, changes)?;
        let mut patches = Patches::new(self.as_str(), self.line_break());
        draft.patch(&mut patches)?;
        let text = patches.apply();
        let limits = self.limits.grown(text.len());
        let mut edited = Self::parse_with(self.source.name(), text.as_bytes(), &limits)
            .map_err(|_| WriteError::Mismatch { place: None })?;
        edited.limits = self.limits.clone();
        match draft.difference(&edited) {
            None => Ok(edited),
            Some(place) => Err(WriteError::Mismatch { place }),
        }
    }
}

impl<'a> Draft<'a> {
    fn new(file: &'a Ini, changes: &[Change<'a>]) -> Result<Self, WriteError> {
        let mut draft = Self {
            file,
            touched: BTreeMap::new(),
            entries: BTreeMap::new(),
            sections: Vec::new(),
        };
        for change in changes {
            match change {
                Change::Set {
                    section,
                    entry,
                    value,
                } => {
                    draft.touch(*section, Some(*entry))?.value = Some(value);
                }
                Change::SetComment { section, entry, text } => {
                    draft.touch(*section, *entry)?.comment = Some(text);
                }
                Change::InsertEntry { section, new } => {
                    draft.section(*section)?;
                    draft.entries.entry(*section).or_default().push(*new);
                }
                Change::RemoveEntry { section, entry } => {
                    draft.touch(*section, Some(*entry))?.removed = true;
                }
                Change::InsertSection { new } => draft.sections.push(new.clone()),
                Change::RemoveSection { section } => {
                    draft.touch(*section, None)?.removed = true;
                }
            }
        }
        Ok(draft)
    }

    fn section(&self, index: usize) -> Result<Section<'a>, WriteError> {
        self.file.section(index).ok_or(WriteError::NotFound)
    }

    /// What becomes of a section or an entry that can be changed.
    fn touch(&mut self, index: usize, entry: Option<usize>) -> Result<&mut Touched<'a>, WriteError> {
        let section = self.section(index)?;
        match entry {
            Some(at) => {
                let entry = section.entry(at).ok_or(WriteError::NotFound)?;
                if entry.first_place().is_some() {
                    return Err(WriteError::RepeatedKey {
                        place: Some(entry.place()),
                        key: entry.key().into_owned(),
                    });
                }
            }
            None if section.is_implied() => {
                return Err(WriteError::Section {
                    place: Some(section.place()),
                    name: section.name().to_owned(),
                });
            }
            None => {}
        }
        Ok(self.touched.entry((index, entry)).or_default())
    }

    fn is_removed(&self, section: usize, entry: Option<usize>) -> bool {
        let removed = |id: Id| self.touched.get(&id).is_some_and(|touched| touched.removed);
        removed((section, None)) || entry.is_some() && removed((section, entry))
    }

    fn patch(&self, patches: &mut Patches) -> Result<(), WriteError> {
        for ((index, at), touched) in &self.touched {
            let section = self.section(*index)?;
            match at.and_then(|at| section.entry(at)) {
                None if touched.removed => self.remove_section(section, patches),
                _ if self.is_removed(*index, None) => {}
                None => self.patch_header(section, touched, patches),
                Some(entry) if touched.removed => {
                    let lines = entry.shape().lines;
                    Standing::new(self.file, &entry.shape().comment, lines).remove_above(patches);
                    patches.remove(Span::new(lines.start, whole_line(patches.text(), lines.end)));
                }
                Some(entry) => self.patch_entry(entry, touched, patches)?,
            }
        }
        for (index, new) in &self.entries {
            if !self.is_removed(*index, None) {
                self.insert_entries(self.section(*index)?, new, patches)?;
            }
        }
        self.insert_sections(patches)
    }

    fn patch_header(&self, section: Section<'_>, touched: &Touched<'_>, patches: &mut Patches) {
        let Some(text) = touched.comment else {
            return;
        };
        let standing = Standing::new(self.file, &section.shape().comment, section.shape().line);
        if let (Some(inline), [line]) = (standing.alone_behind(), standing.lines(text).as_slice()) {
            return patches.replace(inline, line.clone());
        }
        standing.above(text, patches);
        if let Some(inline) = standing.inline {
            let before = patches.text()[..inline.start].trim_end_matches([' ', '\t']);
            patches.remove(Span::new(before.len(), inline.end));
        }
    }

    fn patch_entry(
        &self,
        entry: Entry<'_>,
        touched: &Touched<'_>,
        patches: &mut Patches,
    ) -> Result<(), WriteError> {
        let shape = entry.shape();
        let standing = Standing::new(self.file, &shape.comment, shape.lines);
        let old = entry.comment().map(|comment| comment.text()).unwrap_or_default();
        let comment = touched.comment.unwrap_or(&old);
        // The comment behind the value stays there if it can; else all of it goes above.
        let lines = standing.lines(comment);
        let inline = match (touched.comment, standing.alone_behind(), lines.as_slice()) {
            (None, ..) => standing.inline.map(|inline| self.file.source.slice(inline)),
            (Some(_), Some(_), [one]) => Some(one.as_str()),
            _ => None,
        };
        let text = EntryText::new(patches, shape, standing.inline);
        let in_place = match touched.comment.is_none() || inline.is_some() {
            true => text.with(touched.value, inline),
            false => None,
        };
        let above = in_place.is_none();
        let text = in_place.or_else(|| text.with(touched.value, None));
        let text = text.ok_or_else(|| WriteError::Value {
            place: Some(entry.place()),
            key: entry.key().into_owned(),
        })?;
        let end = whole_line(patches.text(), shape.lines.end);
        if above {
            standing.above(comment, patches);
        }
        patches.replace(Span::new(shape.lines.start, end), text);
        Ok(())
    }

    /// From the comment directly above the header to the last entry. One blank line goes too: the one below, or behind
    /// the last section the one above.
    fn remove_section(&self, section: Section<'_>, patches: &mut Patches) {
        let shape = section.shape();
        let last = shape.entries.iter().map(|entry| entry.lines.end).max();
        let start = Standing::new(self.file, &shape.comment, shape.line).first_line(patches.text());
        let end = whole_line(patches.text(), last.unwrap_or(shape.line.end));
        let span = match self.file.section(section.index() + 1) {
            Some(_) => Span::new(start, behind_blank_line(patches.text(), end)),
            None => Span::new(over_blank_line(patches.text(), start), end),
        };
        patches.remove(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, changes: &[Change<'_>], expected: &str) {
        let file = Ini::parse("t.ini", text.as_bytes()).expect("an INI file");
        let edited = file.edit(changes).expect("the changes fit");
        assert_eq!(edited.as_str(), expected, "{text:?}");
    }

    #[test]
    fn the_only_section_goes_from_behind_a_byte_order_mark() {
        let file = Ini::parse("t.ini", "\u{feff}[s]\r\na = 1\r\n".as_bytes()).expect("an INI file");
        let section = file.sections().len() - 1;
        let edited = file.edit(&[Change::RemoveSection { section }]).expect("it fits");
        assert_eq!(edited.as_str(), "\u{feff}");
    }

    fn set(section: usize, entry: usize, value: &str) -> Change<'_> {
        Change::Set {
            section,
            entry,
            value,
        }
    }

    fn comment(section: usize, entry: Option<usize>, text: &str) -> Change<'_> {
        Change::SetComment { section, entry, text }
    }

    fn new<'a>(key: &'a str, value: &'a str) -> New<'a> {
        New {
            key,
            value,
            comment: None,
        }
    }

    fn append<'a>(name: &'a str, entries: &[(&'a str, &'a str)]) -> Change<'a> {
        let entries = entries.iter().map(|(key, value)| new(key, value)).collect();
        let new = NewSection {
            name,
            comment: None,
            entries,
        };
        Change::InsertSection { new }
    }

    #[test]
    fn a_set_keeps_quotes_blanks_and_comments() {
        check(
            "a=1\nb = 2  \nc: 3",
            &[set(0, 1, "x"), set(0, 2, "y")],
            "a=1\nb = x  \nc: y",
        );
        check(
            "a = \"1\" ; note\r\n",
            &[set(0, 0, "x y")],
            "a = \"x y\" ; note\r\n",
        );
        check("a = '1'\n", &[set(0, 0, "it's")], "a = it's\n");
        check(
            "a =\nb=\nc = \n",
            &[set(0, 0, "x"), set(0, 1, "y"), set(0, 2, "z")],
            "a = x\nb=y\nc = z\n",
        );
        check("a = 1\n", &[set(0, 0, "")], "a = \n");
        check("- = 1\n- = 2\n", &[set(0, 1, "x")], "- = 1\n- = x\n");
        check("\u{feff}a = 1\n", &[set(0, 0, "x")], "\u{feff}a = x\n");
        check(
            "a = 1 \\\n  2 \\\n  3\nb = 4\n",
            &[set(0, 0, "x")],
            "a = x\nb = 4\n",
        );
    }

    #[test]
    fn a_value_gets_the_quotes_it_needs() {
        check("a = 1\n", &[set(0, 0, "x\ny")], "a = \"\"\"x\ny\"\"\"\n");
        check("a = 1\n", &[set(0, 0, "x;y")], "a = `x;y`\n");
        check("a = 1\n", &[set(0, 0, " x")], "a = \" x\"\n");
        check("a = 1\n", &[set(0, 0, "x\\")], "a = \"x\\\"\n");
        check("a = \"\"\"1\n2\"\"\"\n", &[set(0, 0, "x")], "a = \"\"\"x\"\"\"\n");
        check(
            "a = `1` and this is not read\n",
            &[set(0, 0, "x")],
            "a = `x` and this is not read\n",
        );
    }

    #[test]
    fn a_comment_stays_behind_its_value_or_moves_up_where_that_cannot_be() {
        check("  a = 1 ; one\n", &[set(0, 0, "x;y")], "  ; one\n  a = `x;y`\n");
        check("a = \"\"\"1\n2\"\"\" # one\n", &[set(0, 0, "x")], "a = x # one\n");
    }

    #[test]
    fn comments_get_another_text_where_they_stand() {
        check(
            "#  one\na = 1\n",
            &[comment(0, Some(0), "two")],
            "#  two\na = 1\n",
        );
        check("a = 1 ;one\n", &[comment(0, Some(0), "two")], "a = 1 ;two\n");
        check(
            "# 1\n\n# 2\na = 1 ; 3\n",
            &[comment(0, Some(0), "T")],
            "# T\n\na = 1\n",
        );
        check(
            "# 1\na = 1\n",
            &[comment(0, Some(0), "1\n# 2\n; 3")],
            "# 1\n# 2\n; 3\na = 1\n",
        );
        check("a = 1\n", &[comment(0, Some(0), "new")], "; new\na = 1\n");
        check("; 1\na = 1 ; 2\n", &[comment(0, Some(0), "")], "a = 1\n");
        check("[s] # one\n", &[comment(1, None, "two")], "[s] # two\n");
        check("; one\n[s] # two\n", &[comment(1, None, "x")], "; x\n[s]\n");
        check(
            "a = 1 # one\n",
            &[comment(0, Some(0), "two"), set(0, 0, "x")],
            "a = x # two\n",
        );
    }

    #[test]
    fn entries_come_in_the_manner_of_their_neighbours_and_go_with_their_comments() {
        let insert = |section, key, value| Change::InsertEntry {
            section,
            new: new(key, value),
        };
        check(
            "[s]\n  a=1\n\n[t]\n",
            &[insert(1, "b", "2")],
            "[s]\n  a=1\n  b=2\n\n[t]\n",
        );
        check(
            "[s]\na    = 1\nlong = 2",
            &[insert(1, "bb", "3")],
            "[s]\na    = 1\nlong = 2\nbb   = 3",
        );
        check(
            "[s]\na: 1\n; loose\n",
            &[insert(1, "b", "2")],
            "[s]\na: 1\nb: 2\n; loose\n",
        );
        check(
            "[s]\r\n",
            &[insert(1, "b", "2\n3")],
            "[s]\r\nb = \"\"\"2\n3\"\"\"\r\n",
        );
        check("; of s\n[s]\n", &[insert(0, "b", "2")], "b = 2\n\n; of s\n[s]\n");
        let remove = Change::RemoveEntry { section: 0, entry: 0 };
        check("; 1\n\na = 1\n# 2\nb = 2", &[remove], "\n# 2\nb = 2");
    }

    #[test]
    fn sections_come_at_the_end_and_go_with_the_comment_above() {
        check(
            "a = 1\n",
            &[append("s", &[("k", "v"), ("long", "w")])],
            "a = 1\n\n[s]\nk    = v\nlong = w\n",
        );
        check("", &[append("s", &[])], "[s]\n");
        let remove = |section| Change::RemoveSection { section };
        check(
            "# all\n\n; s\n[s]\na = 1\n\n# t?\n\n; t\n[t]\nb = 2\n",
            &[remove(1)],
            "# all\n\n# t?\n\n; t\n[t]\nb = 2\n",
        );
        check(
            "[s]\na = 1\n\n[t]\nb = 2\n; after\n",
            &[remove(2)],
            "[s]\na = 1\n; after\n",
        );
    }

    #[test]
    fn removing_what_was_appended_gives_the_text_back() {
        let texts = [
            "a = 1",
            "a = 1\n",
            "a = 1\n\n\n",
            "[s]\na = 1\r\nb = 2",
            "; note",
            "",
            "\u{feff}a=1",
        ];
        for text in texts {
            let file = Ini::parse("t.ini", text.as_bytes()).expect("an INI file");
            let longer = file.edit(&[append("sops", &[("k", "v"), ("l", "w")])]);
            let longer = longer.expect("a section can be appended");
            let section = longer.sections().len() - 1;
            let back = longer.edit(&[Change::RemoveSection { section }]);
            assert_eq!(back.expect("it can be removed").as_str(), text);
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_its_place() {
        let file = Ini::parse("t.ini", b"a = hunter2\na = hunter3\n[s]\n").expect("an INI file");
        let error = file.edit(&[set(0, 0, "x")]).unwrap_err();
        assert!(matches!(error, WriteError::RepeatedKey { .. }));
        assert_eq!(error.place().expect("a place").to_string(), "t.ini:2:1");
        assert!(!format!("{error} {error:?}").contains("hunter"));
        assert_eq!(file.edit(&[set(1, 0, "x")]).unwrap_err(), WriteError::NotFound);
        let implied = Change::RemoveSection { section: 0 };
        assert!(matches!(
            file.edit(&[implied]).unwrap_err(),
            WriteError::Section { .. }
        ));
    }
}

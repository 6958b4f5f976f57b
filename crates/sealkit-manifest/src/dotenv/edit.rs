//! Changes of a dotenv file: whole values, whole comments, whole lines; everything else byte for byte as it was.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::emit::{New, line};
use super::{Dotenv, Item};
use crate::patch::Patches;
use crate::source::{Place, Span};
use crate::write_error::WriteError;

/// One change. Indices name items as they are before the edit.
#[derive(Clone, Copy)]
pub enum Change<'a> {
    /// Gives an entry another value.
    Set {
        /// The entry.
        item: usize,
        /// Its new value.
        value: &'a str,
    },
    /// Gives a comment another text.
    SetComment {
        /// The comment.
        item: usize,
        /// Its new text, everything behind the `#`.
        text: &'a str,
    },
    /// Puts a new line directly in front of an item, or behind everything else.
    Insert {
        /// The item; the number of items means the end of the file.
        before: usize,
        /// The line.
        new: New<'a>,
    },
    /// Takes an item out with its line.
    Remove {
        /// The item.
        item: usize,
    },
}

impl Dotenv {
    /// Applies changes and returns the new file; this one stays as it is. The result is parsed again and compared with
    /// what was meant. A last line without a line break stays without one, so that removing what was appended gives back
    /// the very same text. If several changes set one item, the last one counts; removing it outweighs them.
    ///
    /// # Errors
    ///
    /// [`WriteError`] with its place: an index of nothing, or a text that would be read back differently.
    pub fn edit(&self, changes: &[Change<'_>]) -> Result<Self, WriteError> {
        let draft = Draft::new(self, changes)?;
        let mut patches = Patches::new(self.as_str(), "\n");
        for (before, lines) in &draft.inserted {
            let start = match self.item(*before) {
                Some(item) => item.line().start,
                None => patches.end(),
            };
            for new in lines {
                let mut text = line(*new, || Some(self.source.place(start)))?;
                text.push('\n');
                patches.replace(Span::new(start, start), text);
            }
        }
        for (index, fate) in &draft.touched {
            let item = self.item(*index).ok_or(WriteError::NotFound)?;
            let span = item.line();
            match fate {
                Some(new) => {
                    let text = line(*new, || Some(item.place()))?;
                    // From the text's own start, so that what stands before it is not even written again.
                    let kept = item.span().start - span.start;
                    patches.replace(item.span(), Zeroizing::new(text[kept..].to_owned()));
                }
                None => patches.remove(Span::new(span.start, span.end + 1)),
            }
        }
        let text = patches.apply();
        let limits = self.limits.grown(text.len());
        let mut edited = Self::parse_with(self.source.name(), text.as_bytes(), &limits)
            .map_err(|_| WriteError::Mismatch { place: None })?;
        edited.limits = self.limits.clone();
        match draft.difference(&edited) {
            None => Ok(edited),
            Some(place) => Err(WriteError::Mismatch { place: Some(place) }),
        }
    }
}

/// The file as it is going to be.
struct Draft<'a> {
    file: &'a Dotenv,
    /// What becomes of an item: another line, or nothing.
    touched: BTreeMap<usize, Option<New<'a>>>,
    inserted: BTreeMap<usize, Vec<New<'a>>>,
}

impl<'a> Draft<'a> {
    fn new(file: &'a Dotenv, changes: &[Change<'a>]) -> Result<Self, WriteError> {
        let mut draft = Self {
            file,
            touched: BTreeMap::new(),
            inserted: BTreeMap::new(),
        };
        for change in changes {
            match *change {
                Change::Set { item, value } => {
                    let key = draft.item(item)?.key().ok_or(WriteError::NotFound)?;
                    draft.touch(item, New::Entry { key, value });
                }
                Change::SetComment { item, text } => {
                    draft.item(item)?.comment().ok_or(WriteError::NotFound)?;
                    draft.touch(item, New::Comment(text));
                }
                Change::Insert { before, .. } if before > file.items.len() => {
                    return Err(WriteError::NotFound);
                }
                Change::Insert { before, new } => draft.inserted.entry(before).or_default().push(new),
                Change::Remove { item } => {
                    draft.item(item)?;
                    draft.touched.insert(item, None);
                }
            }
        }
        Ok(draft)
    }

    fn item(&self, index: usize) -> Result<Item<'a>, WriteError> {
        self.file.item(index).ok_or(WriteError::NotFound)
    }

    fn touch(&mut self, item: usize, new: New<'a>) {
        let fate = self.touched.entry(item).or_insert(Some(new));
        if fate.is_some() {
            *fate = Some(new);
        }
    }

    /// The first place at which a file is not this draft.
    fn difference(&self, edited: &Dotenv) -> Option<Place> {
        let mut read = edited.items();
        for index in 0..=self.file.items.len() {
            let place = || {
                let at = self
                    .file
                    .item(index)
                    .map_or(self.file.as_str().len(), |item| item.line().start);
                Some(self.file.source.place(at))
            };
            let inserted = self.inserted.get(&index).into_iter().flatten();
            if !inserted.copied().all(|new| is(read.next(), new)) {
                return place();
            }
            let Some(item) = self.file.item(index) else {
                return read.next().is_some().then(place).flatten();
            };
            let same = match self.touched.get(&index) {
                Some(Some(new)) => is(read.next(), *new),
                Some(None) => true,
                None => read.next().is_some_and(|read| {
                    let text = |item: &Item<'_>| item.file.source.slice(item.line()).to_owned();
                    read.key() == item.key() && *Zeroizing::new(text(&read)) == *Zeroizing::new(text(&item))
                }),
            };
            if !same {
                return place();
            }
        }
        None
    }
}

fn is(item: Option<Item<'_>>, new: New<'_>) -> bool {
    let Some(item) = item else {
        return false;
    };
    match new {
        New::Entry { key, value } => item.key() == Some(key) && item.value().as_deref() == Some(value),
        New::Comment(text) => item.comment() == Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, changes: &[Change<'_>], expected: &str) {
        let file = Dotenv::parse(".env", text.as_bytes()).expect("a dotenv file");
        let edited = file.edit(changes).expect("the changes fit");
        assert_eq!(edited.as_str(), expected);
    }

    #[test]
    fn a_set_touches_the_value_alone() {
        let set = |item, value| Change::Set { item, value };
        check("# a\n\n A =1\nB=2", &[set(1, "x\ny")], "# a\n\n A =x\\ny\nB=2");
        check("A=1\nA=2\n", &[set(1, "3"), set(1, "4")], "A=1\nA=4\n");
        check("A=1\r\n", &[set(0, "2\r")], "A=2\r\n");
    }

    #[test]
    fn a_comment_gets_another_text() {
        let change = Change::SetComment { item: 0, text: "b" };
        check("#  a\nA=1\n", &[change], "#b\nA=1\n");
    }

    #[test]
    fn lines_come_and_go_and_an_open_last_line_stays_open() {
        let new = |key| New::Entry { key, value: "v" };
        let at = |before, key| Change::Insert {
            before,
            new: new(key),
        };
        check(
            "A=1\n\nB=2",
            &[at(2, "C"), at(2, "D"), at(1, "X")],
            "A=1\n\nX=v\nB=2\nC=v\nD=v",
        );
        check("", &[at(0, "C")], "C=v\n");
        check("A=1\nB=2", &[Change::Remove { item: 1 }], "A=1");
        check(
            "A=1\nB=2\n\n",
            &[Change::Remove { item: 0 }, at(2, "C")],
            "B=2\n\nC=v\n",
        );
    }

    #[test]
    fn removing_what_was_appended_gives_the_text_back() {
        for text in ["A=1", "A=1\n", "A=1\n\n", "#x", ""] {
            let file = Dotenv::parse(".env", text.as_bytes()).expect("a dotenv file");
            let end = file.items().len();
            let append = |key| Change::Insert {
                before: end,
                new: New::Entry { key, value: "1" },
            };
            let longer = file
                .edit(&[append("S"), append("T")])
                .expect("two keys can be appended");
            let back = longer.edit(&[Change::Remove { item: end }, Change::Remove { item: end + 1 }]);
            assert_eq!(back.expect("they can be removed").as_str(), text);
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused_at_its_place() {
        let file = Dotenv::parse(".env", b"A=1\nB=2\n").expect("a dotenv file");
        let error = file
            .edit(&[Change::Set {
                item: 1,
                value: "hunter2\\n",
            }])
            .unwrap_err();
        assert_eq!(error.place().expect("a place").to_string(), ".env:2:1");
        assert!(!format!("{error:?}").contains("hunter2"));
        let nothing = Change::Remove { item: 2 };
        assert_eq!(file.edit(&[nothing]).unwrap_err(), WriteError::NotFound);
    }
}

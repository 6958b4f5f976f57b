//! The last look: the edited text, parsed again, held against the draft section by section.

use zeroize::Zeroizing;

use super::Draft;
use crate::ini::{Comment, Entry, Ini, New, Section, remark};
use crate::source::Place;

impl Draft<'_> {
    /// Where a file is not this draft; the outer `None` if it is.
    pub(super) fn difference(&self, edited: &Ini) -> Option<Option<Place>> {
        let mut read = edited.sections();
        let mut after_removal = false;
        for section in self.file.sections() {
            let index = section.index();
            if self.is_removed(index, None) {
                after_removal = true;
                continue;
            }
            let place = || Some(Some(section.place()));
            let Some(new) = read.next() else {
                return place();
            };
            let comment = |comment: Option<Comment<'_>>| {
                comment
                    .map(|comment| comment.text().into_owned())
                    .unwrap_or_default()
            };
            let (old_comment, new_comment) = (comment(section.comment()), comment(new.comment()));
            let same_comment = match self
                .touched
                .get(&(index, None))
                .and_then(|touched| touched.comment)
            {
                Some(text) => ends_with(&new_comment, text, !after_removal),
                None => ends_with(&new_comment, &old_comment, !after_removal),
            };
            if !same_comment || new.name() != section.name() || new.is_implied() != section.is_implied() {
                return place();
            }
            if let Some(entry) = self.different_entry(section, new) {
                return Some(entry);
            }
            after_removal = false;
        }
        for section in &self.sections {
            let same = read.next().is_some_and(|new| {
                let mut pairs = new.entries().zip(&section.entries);
                new.name() == section.name
                    && new.entries().len() == section.entries.len()
                    && pairs.all(|(read, new)| is(read, new))
            });
            if !same {
                return Some(None);
            }
        }
        read.next().map(|_| None)
    }

    fn different_entry(&self, section: Section<'_>, new: Section<'_>) -> Option<Option<Place>> {
        let mut read = new.entries();
        for entry in section.entries() {
            let id = (section.index(), Some(entry.index()));
            if self.is_removed(id.0, id.1) {
                continue;
            }
            let touched = self.touched.get(&id);
            let same = read.next().is_some_and(|read| {
                let comment = |entry: Entry<'_>| {
                    let text = entry.comment().map(|comment| comment.text().into_owned());
                    Zeroizing::new(text.unwrap_or_default())
                };
                let value = touched.and_then(|touched| touched.value);
                let text = touched.and_then(|touched| touched.comment);
                read.key() == entry.key()
                    && value.map_or_else(|| read.value() == entry.value(), |value| read.value() == value)
                    && match text {
                        Some(text) => remark::essence(&comment(read)) == remark::essence(text),
                        None => remark::essence(&comment(read)) == remark::essence(&comment(entry)),
                    }
            });
            if !same {
                return Some(Some(entry.place()));
            }
        }
        let inserted = self.entries.get(&section.index()).into_iter().flatten();
        for new in inserted {
            if !read.next().is_some_and(|read| is(read, new)) {
                return Some(Some(section.place()));
            }
        }
        read.next().map(|_| Some(section.place()))
    }
}

fn is(read: Entry<'_>, new: &New<'_>) -> bool {
    let comment = read.comment().map(|comment| comment.text()).unwrap_or_default();
    read.key() == new.key
        && read.value() == new.value
        && remark::essence(&comment) == remark::essence(new.comment.unwrap_or_default())
}

/// Whether a comment is another one; if not `wholly`, more may stand in front of it.
fn ends_with(read: &str, meant: &str, wholly: bool) -> bool {
    let (read, meant) = (remark::essence(read), remark::essence(meant));
    read.ends_with(&meant) && (!wholly || read.len() == meant.len())
}

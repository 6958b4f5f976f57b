//! An INI file from nothing, in the layout of `sops`: aligned `=`, one blank line between sections, comments above.
//!
//! Where `sops` itself would write something that it reads back differently, another quoting is used, and where there is
//! none the text is refused.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{DEFAULT_SECTION, Ini, entry, remark};
use crate::limits::Limits;
use crate::write_error::WriteError;

/// An entry to be written. Borrows its texts, so that no copy of a secret is made on the way.
#[derive(Clone, Copy)]
pub struct New<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its value.
    pub value: &'a str,
    /// Its comment, one or several lines.
    pub comment: Option<&'a str>,
}

/// A section to be written.
#[derive(Clone)]
pub struct NewSection<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its comment, one or several lines.
    pub comment: Option<&'a str>,
    /// Its entries.
    pub entries: Vec<New<'a>>,
}

/// Writes a file as `sops` would. A first section named [`DEFAULT_SECTION`] gets no header, and is nothing if empty.
///
/// # Errors
///
/// [`WriteError`] for what a reader would not read back as it was given, and for keys that repeat in a section.
pub fn emit(sections: &[NewSection<'_>]) -> Result<Zeroizing<String>, WriteError> {
    let mut text = Zeroizing::new(String::new());
    for (index, section) in sections.iter().enumerate() {
        let implied = index == 0 && section.name == DEFAULT_SECTION;
        if implied && section.entries.is_empty() {
            continue;
        }
        for line in remark::peer_lines(section.comment.unwrap_or_default(), true) {
            text.push_str(&line);
            text.push('\n');
        }
        if !implied {
            header(section.name, "\n", &mut text)?;
        }
        text.push_str(&entries(&section.entries, "\n")?);
        if index + 1 < sections.len() {
            text.push('\n');
        }
    }
    match reads_as(&text, sections) {
        true => Ok(text),
        false => Err(WriteError::Mismatch { place: None }),
    }
}

/// `[name]`.
pub(super) fn header(name: &str, eol: &str, text: &mut String) -> Result<(), WriteError> {
    if name.is_empty() || name.contains('\n') {
        return Err(WriteError::Section {
            place: None,
            name: name.to_owned(),
        });
    }
    text.push('[');
    text.push_str(name);
    text.push(']');
    text.push_str(eol);
    Ok(())
}

/// The entries of one section, their `=` in one column.
pub(super) fn entries(entries: &[New<'_>], eol: &str) -> Result<Zeroizing<String>, WriteError> {
    let mut seen = BTreeSet::new();
    let mut keys = Vec::with_capacity(entries.len());
    for new in entries {
        let key = new.key.to_owned();
        if !seen.insert(new.key) {
            return Err(WriteError::RepeatedKey { place: None, key });
        }
        keys.push(entry::key(new.key).ok_or(WriteError::Key { place: None, key })?);
    }
    let longest = entries
        .iter()
        .zip(&keys)
        .map(|(new, key)| width(new.key, key))
        .max();
    let mut text = Zeroizing::new(String::new());
    for (new, key) in entries.iter().zip(&keys) {
        for line in remark::peer_lines(new.comment.unwrap_or_default(), false) {
            text.push_str(&line);
            text.push_str(eol);
        }
        let padding = longest.unwrap_or_default().saturating_sub(key.len());
        let head = format!("{key}{:padding$} = ", "");
        text.push_str(&value(&head, new, eol)?);
    }
    Ok(text)
}

/// How wide `sops` takes a key to be: it counts two quotes too few for keys in `"""`, none for those we quote ourselves.
fn width(key: &str, written: &str) -> usize {
    match written.len() - key.len() {
        0 => key.len(),
        _ if key.contains(['"', '=', ':']) => key.len() + 2,
        _ => written.len(),
    }
}

/// The lines of an entry behind `head`, in the first quoting that is read back.
pub(super) fn value(head: &str, new: &New<'_>, eol: &str) -> Result<Zeroizing<String>, WriteError> {
    let styles = entry::styles(entry::peer_style(new.value), new.value);
    let mut candidates = styles
        .into_iter()
        .map(|style| Zeroizing::new([head, &entry::quote(new.value, style), eol].concat()));
    let fits = |text: &Zeroizing<String>| entry::reads_as(text, new.key, new.value, "");
    candidates.find(fits).ok_or_else(|| WriteError::Value {
        place: None,
        key: new.key.to_owned(),
    })
}

fn reads_as(text: &str, sections: &[NewSection<'_>]) -> bool {
    let limits = Limits::default().grown(text.len());
    let Ok(file) = Ini::parse_with("", text.as_bytes(), &limits) else {
        return false;
    };
    let implied = sections
        .first()
        .is_some_and(|section| section.name == DEFAULT_SECTION);
    let mut read = file.sections().skip(usize::from(!implied));
    let same = sections.iter().all(|section| {
        read.next().is_some_and(|read| {
            let pairs = read.entries().zip(&section.entries);
            read.name() == section.name
                && read.entries().len() == section.entries.len()
                && pairs
                    .into_iter()
                    .all(|(read, new)| read.key() == new.key && read.value() == new.value)
        })
    });
    same && read.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new<'a>(key: &'a str, value: &'a str) -> New<'a> {
        New {
            key,
            value,
            comment: None,
        }
    }

    fn check(sections: &[(&str, &[(&str, &str)])], expected: &str) {
        let sections: Vec<_> = sections
            .iter()
            .map(|(name, entries)| NewSection {
                name,
                comment: None,
                entries: entries.iter().map(|(key, value)| new(key, value)).collect(),
            })
            .collect();
        assert_eq!(*emit(&sections).expect("it can be written"), expected);
    }

    #[test]
    fn sections_and_entries_stand_as_in_the_peer() {
        check(&[], "");
        check(&[("DEFAULT", &[])], "");
        check(
            &[
                ("DEFAULT", &[("a", "1"), ("long", "")]),
                ("s", &[]),
                ("t", &[("k", "v")]),
            ],
            "a    = 1\nlong = \n\n[s]\n\n[t]\nk = v\n",
        );
        check(&[("default", &[("k", "v")])], "[default]\nk = v\n");
    }

    #[test]
    fn values_are_quoted_as_in_the_peer_where_that_is_read_back() {
        let one = |value: &str, expected: &str| {
            check(&[("DEFAULT", &[("k", value)])], &format!("k = {expected}\n"))
        };
        one("a\nb", "\"\"\"a\nb\"\"\"");
        one("a`b", "\"\"\"a`b\"\"\"");
        one("a;b", "`a;b`");
        one(" a ", "\" a \"");
        one("it's", "it's");
        // The peer writes these three plain or in plain quotes, and then reads something else.
        one("'a'", "\"'a'\"");
        one("a\\", "\"a\\\"");
        one(" \"a\" ", "' \"a\" '");
    }

    #[test]
    fn keys_are_quoted_where_they_must_be() {
        check(
            &[("DEFAULT", &[("a:b", "1"), ("c", "2")])],
            "`a:b` = 1\nc     = 2\n",
        );
        check(&[("DEFAULT", &[("#1", "1")])], "`#1` = 1\n");
    }

    #[test]
    fn comments_stand_above() {
        let entry = New {
            comment: Some("one\n# two"),
            ..new("k", "v")
        };
        let section = NewSection {
            name: "s",
            comment: Some("of s"),
            entries: vec![entry],
        };
        assert_eq!(
            *emit(&[section]).expect("it can be written"),
            "; of s\n[s]\n; one\n# two\nk = v\n"
        );
    }

    #[test]
    fn what_no_quoting_can_say_is_refused_without_quoting_it() {
        let check = |key, value, expected: fn(&WriteError) -> bool| {
            let section = NewSection {
                name: "s",
                comment: None,
                entries: vec![new(key, value)],
            };
            let error = emit(&[section]).unwrap_err();
            assert!(expected(&error), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        };
        check("k", "hunter2\"\"\"`\n\"\"\"`", |e| {
            matches!(e, WriteError::Value { .. })
        });
        check("", "hunter2", |e| matches!(e, WriteError::Key { .. }));
        check(" k", "hunter2", |e| matches!(e, WriteError::Key { .. }));
        check("-", "hunter2", |e| matches!(e, WriteError::Key { .. }));
    }
}

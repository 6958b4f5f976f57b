//! A dotenv file from nothing, in the layout of `sops`: one line for each item, no blank line, no quoting.

use zeroize::Zeroizing;

use super::{Dotenv, encode};
use crate::limits::Limits;
use crate::source::Place;
use crate::write_error::WriteError;

/// A line to be written. Borrows its texts, so that no copy of a secret is made on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum New<'a> {
    /// `key=value`.
    Entry {
        /// The key, anything without `=` and line break that does not begin with `#`.
        key: &'a str,
        /// The value; line breaks in it become the two characters `\n`.
        value: &'a str,
    },
    /// `#` and a text without a line break.
    Comment(&'a str),
}

/// Writes a file as `sops` would.
///
/// # Errors
///
/// [`WriteError`] for what a reader would not read back as it was given, most of all a value with the two characters `\n`
/// in it, which `sops` writes and then reads as a line break.
pub fn emit(items: &[New<'_>]) -> Result<Zeroizing<String>, WriteError> {
    let mut text = Zeroizing::new(String::new());
    for item in items {
        text.push_str(&line(*item, || None)?);
        text.push('\n');
    }
    Ok(text)
}

/// One line without its break; `place` tells where it is going to stand.
pub(super) fn line(
    item: New<'_>,
    place: impl Fn() -> Option<Place>,
) -> Result<Zeroizing<String>, WriteError> {
    let line = Zeroizing::new(match item {
        New::Entry { key, value } => [key, "=", &encode(value)].concat(),
        New::Comment(text) => ["#", text].concat(),
    });
    if reads_as(&line, item) {
        return Ok(line);
    }
    Err(match item {
        New::Entry { key, .. } if !reads_as(&format!("{key}="), New::Entry { key, value: "" }) => {
            WriteError::Key {
                place: place(),
                key: key.to_owned(),
            }
        }
        New::Entry { key, .. } => WriteError::Value {
            place: place(),
            key: key.to_owned(),
        },
        New::Comment(_) => WriteError::Comment { place: place() },
    })
}

fn reads_as(line: &str, item: New<'_>) -> bool {
    let limits = Limits::default().grown(line.len());
    let Ok(file) = Dotenv::parse_with("", line.as_bytes(), &limits) else {
        return false;
    };
    let mut items = file.items();
    let (Some(read), None) = (items.next(), items.next()) else {
        return false;
    };
    match item {
        New::Entry { key, value } => read.key() == Some(key) && read.value().as_deref() == Some(value),
        New::Comment(text) => read.comment() == Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_without_blanks_and_quotes() {
        let items = [
            New::Comment(" Ann"),
            New::Entry {
                key: "A",
                value: "two\nlines \"quoted\"",
            },
            New::Entry { key: "", value: "" },
        ];
        assert_eq!(
            *emit(&items).expect("all of it can be written"),
            "# Ann\nA=two\\nlines \"quoted\"\n=\n"
        );
    }

    #[test]
    fn what_would_be_read_back_differently_is_refused_without_quoting_it() {
        let check = |item, expected: fn(&WriteError) -> bool| {
            let error = emit(&[item]).unwrap_err();
            assert!(expected(&error), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        };
        let entry = |key, value| New::Entry { key, value };
        check(entry("A", "hunter2\\n"), |e| {
            matches!(e, WriteError::Value { .. })
        });
        check(entry("#A", "hunter2"), |e| matches!(e, WriteError::Key { .. }));
        check(entry("A=", "hunter2"), |e| matches!(e, WriteError::Key { .. }));
        check(entry("A\nB", "hunter2"), |e| matches!(e, WriteError::Key { .. }));
        check(New::Comment("a\nhunter2"), |e| {
            matches!(e, WriteError::Comment { .. })
        });
    }
}

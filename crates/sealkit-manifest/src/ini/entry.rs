//! One entry as text: how keys and values are quoted so that they are read back as they are.
//!
//! The reader's quoting has no escapes, so whether a quoting works is asked of the reader itself.

use zeroize::Zeroizing;

use super::{Ini, Style, remark};
use crate::limits::Limits;

/// What `sops` puts around a value.
pub(super) fn peer_style(value: &str) -> Style {
    if value.contains(['\n', '`']) {
        Style::TripleQuoted
    } else if value.contains(['#', ';']) {
        Style::Backquoted
    } else if value.trim().len() != value.len() {
        Style::DoubleQuoted
    } else {
        Style::Plain
    }
}

/// The styles to try in turn, the preferred one first.
pub(super) fn styles(preferred: Style, value: &str) -> [Style; 7] {
    [
        preferred,
        peer_style(value),
        Style::Plain,
        Style::DoubleQuoted,
        Style::SingleQuoted,
        Style::Backquoted,
        Style::TripleQuoted,
    ]
}

/// A value with its quotes; a continued value comes out as one line.
pub(super) fn quote(value: &str, style: Style) -> Zeroizing<String> {
    let quote = match style {
        Style::Plain | Style::Continued => "",
        Style::SingleQuoted => "'",
        Style::DoubleQuoted => "\"",
        Style::Backquoted => "`",
        Style::TripleQuoted => "\"\"\"",
    };
    Zeroizing::new([quote, value, quote].concat())
}

/// A key with the quotes that `sops` gives it.
pub(super) fn peer_key(key: &str) -> String {
    if key.contains(['"', '=', ':']) {
        ["`", key, "`"].concat()
    } else if key.contains('`') {
        ["\"\"\"", key, "\"\"\""].concat()
    } else {
        key.to_owned()
    }
}

/// A key with quotes under which it is read back; `sops` itself forgets some.
pub(super) fn key(key: &str) -> Option<String> {
    let quoted = |quote: &str| [quote, key, quote].concat();
    let candidates = [peer_key(key), quoted("`"), quoted("\"\"\""), quoted("\"")];
    candidates
        .into_iter()
        .find(|written| reads_as(&[written, " = x\n"].concat(), key, "x", ""))
}

/// Whether a text is one entry with this key, this value and a comment of this essence.
pub(super) fn reads_as(text: &str, key: &str, value: &str, comment: &str) -> bool {
    let Some(file) = alone(text) else {
        return false;
    };
    let mut sections = file.sections();
    let (Some(section), None) = (sections.next(), sections.next()) else {
        return false;
    };
    let mut entries = section.entries();
    let (Some(entry), None, None) = (entries.next(), entries.next(), file.loose_comment()) else {
        return false;
    };
    let read = entry.comment().map(|comment| comment.text()).unwrap_or_default();
    entry.key() == key
        && entry.value() == value
        && entry.first_place().is_none()
        && remark::essence(&read) == remark::essence(comment)
}

/// The value of a text that is one entry.
pub(super) fn value_of(text: &str) -> Option<Zeroizing<String>> {
    let file = alone(text)?;
    let entry = file.section(0)?.entry(0)?;
    Some(Zeroizing::new(entry.value().into_owned()))
}

/// A text parsed by itself, but not as the first line of a file: there a byte order mark would be none of its own.
fn alone(text: &str) -> Option<Ini> {
    let text = Zeroizing::new(["\n", text].concat());
    let limits = Limits::default().grown(text.len());
    Ini::parse_with("", text.as_bytes(), &limits).ok()
}

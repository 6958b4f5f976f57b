//! Paths: keys and indices that name a node inside one object, `data["tls.crt"]` or `spec.items[2]`.
//!
//! A path knows no document and no text; it is resolved against an [`Object`](crate::Object).

use std::fmt::{self, Write as _};
use std::str::FromStr;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The entry of a mapping, by its key as kubectl reads it.
    Key(String),
    /// The item of a sequence, counted from zero.
    Index(usize),
}

/// Keys and indices from an object's root to a node; empty for the root itself.
///
/// Prints and parses as `data.password`, `items[2].data["tls.crt"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The path of the root.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of keys, given as they are (dots and brackets in them mean nothing).
    pub fn keys<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self(keys.into_iter().map(|key| Segment::Key(key.into())).collect())
    }

    /// This path and one more key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Key(key.into()));
        path
    }

    /// This path and one more index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Index(index));
        path
    }

    /// This path followed by another.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// The path without its last segment; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// The segments in order.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The last segment, if it is a key.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Whether this is the root's path.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<Segment>> for Path {
    fn from(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_bare(key) => {
                    if at > 0 {
                        f.write_char('.')?;
                    }
                    f.write_str(key)?;
                }
                Segment::Key(key) => {
                    f.write_str("[\"")?;
                    for c in key.chars() {
                        match c {
                            '"' | '\\' => write!(f, "\\{c}")?,
                            c if c.is_control() => write!(f, "{}", c.escape_unicode())?,
                            c => f.write_char(c)?,
                        }
                    }
                    f.write_str("\"]")?;
                }
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Why a text is not a [`Path`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a path at character {at}: expected keys joined by dots, [index] or [\"key\"]")]
pub struct PathError {
    /// Character at which reading stopped, from 1.
    pub at: usize,
}

impl FromStr for Path {
    type Err = PathError;

    /// # Errors
    ///
    /// [`PathError`] names the character at which the text stops being a path.
    fn from_str(text: &str) -> Result<Self, PathError> {
        let chars: Vec<char> = text.chars().collect();
        let mut segments = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let (segment, next) = match chars[at] {
                '[' => bracketed(&chars, at + 1)?,
                '.' if at > 0 => bare(&chars, at + 1)?,
                _ if at == 0 => bare(&chars, at)?,
                _ => return Err(PathError { at: at + 1 }),
            };
            segments.push(segment);
            at = next;
        }
        Ok(Self(segments))
    }
}

/// Whether a key needs no brackets and quotes in a printed path.
fn is_bare(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/'))
}

fn bare(chars: &[char], start: usize) -> Result<(Segment, usize), PathError> {
    let end = (start..chars.len())
        .find(|at| matches!(chars[*at], '.' | '['))
        .unwrap_or(chars.len());
    if end == start {
        return Err(PathError { at: start + 1 });
    }
    Ok((Segment::Key(chars[start..end].iter().collect()), end))
}

fn bracketed(chars: &[char], start: usize) -> Result<(Segment, usize), PathError> {
    let error = |at: usize| PathError { at: at + 1 };
    if chars.get(start) != Some(&'"') {
        let end = (start..chars.len())
            .find(|at| chars[*at] == ']')
            .ok_or(error(chars.len()))?;
        let digits: String = chars[start..end].iter().collect();
        let index = digits.parse().map_err(|_| error(start))?;
        return Ok((Segment::Index(index), end + 1));
    }
    let mut key = String::new();
    let mut at = start + 1;
    loop {
        match (chars.get(at), chars.get(at + 1)) {
            (Some('"'), Some(']')) => return Ok((Segment::Key(key), at + 2)),
            (Some('\\'), Some('u')) => {
                let (c, next) = unicode_escape(chars, at + 2).ok_or(error(at))?;
                key.push(c);
                at = next;
            }
            (Some('\\'), Some(c)) => {
                key.push(*c);
                at += 2;
            }
            (Some('"'), _) | (None, _) => return Err(error(at)),
            (Some(c), _) => {
                key.push(*c);
                at += 1;
            }
        }
    }
}

/// `{1f}` after `\u`, as `char::escape_unicode` writes it.
fn unicode_escape(chars: &[char], start: usize) -> Option<(char, usize)> {
    if chars.get(start) != Some(&'{') {
        return None;
    }
    let end = (start..chars.len()).find(|at| chars[*at] == '}')?;
    let digits: String = chars[start + 1..end].iter().collect();
    let c = char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?;
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, segments: &[Segment]) {
        let path: Path = text.parse().unwrap();
        assert_eq!(path.segments(), segments);
        assert_eq!(path.to_string(), text);
    }

    fn key(key: &str) -> Segment {
        Segment::Key(key.to_owned())
    }

    #[test]
    fn paths_print_as_they_parse() {
        check("", &[]);
        check("data.password", &[key("data"), key("password")]);
        check(
            "items[2].data[\"tls.crt\"]",
            &[key("items"), Segment::Index(2), key("data"), key("tls.crt")],
        );
        check("[\"a\\\"]b\"].c", &[key("a\"]b"), key("c")]);
        check(
            "metadata.annotations[\"a.b/c\"]",
            &[key("metadata"), key("annotations"), key("a.b/c")],
        );
        check("[\"\\u{a}\"]", &[key("\n")]);
        check("[\"\"]", &[key("")]);
    }

    #[test]
    fn refuses_what_is_no_path() {
        for text in [".a", "a..b", "a[", "a[x]", "a[\"b]", "a]b["] {
            assert!(text.parse::<Path>().is_err(), "{text}");
        }
        assert_eq!("a[x]".parse::<Path>(), Err(PathError { at: 3 }));
    }
}

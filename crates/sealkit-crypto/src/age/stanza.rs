//! One stanza: a tag, arguments and a body, and the text they are written as.
//!
//! The same grammar carries the recipients of a header and the messages of the plugin protocol. This file knows neither:
//! it turns text into stanzas and back, one at a time, and never shows a line that does not parse.
//!
//! Source: C2SP `age.md`, "Header"; Go `internal/format/format.go` of age v1.3.2.

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

/// Columns of a full line in a stanza body and in armor.
pub const COLUMNS: usize = 64;
/// Bytes that a full line of [`COLUMNS`] base64 characters holds.
pub const LINE_BYTES: usize = COLUMNS / 4 * 3;
/// Most arguments that a stanza may have after its tag. Source: `maxStanzaArgs` of Go's `format.go`.
pub const MAX_ARGS: usize = 128;

/// A tag, its arguments and a body. The strings are never empty and hold only the characters `!` to `~`.
///
/// The body is zeroized on drop, because in the plugin protocol it may be a file key.
#[derive(Clone, PartialEq, Eq)]
pub struct Stanza {
    tag: String,
    args: Vec<String>,
    body: Zeroizing<Vec<u8>>,
}

impl Stanza {
    /// Builds a stanza, or answers `None` if a string is empty or holds anything but `!` to `~`, or if there are more than
    /// [`MAX_ARGS`] arguments.
    pub fn new(tag: &str, args: &[&str], body: &[u8]) -> Option<Stanza> {
        let valid = args.len() <= MAX_ARGS && is_word(tag) && args.iter().all(|arg| is_word(arg));
        valid.then(|| Stanza {
            tag: tag.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            body: Zeroizing::new(body.to_vec()),
        })
    }

    /// The first word: which kind of recipient wrote this.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The words after the tag.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// The decoded body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Reads the stanza that `text` begins with, and returns it with the text behind it.
    ///
    /// # Errors
    /// [`StanzaError`], with the 1-based number of the line, counted from the start of `text`.
    pub fn take_from(text: &[u8]) -> Result<(Stanza, &[u8]), StanzaError> {
        let mut lines = Lines {
            rest: text,
            number: 0,
        };
        let (line, number) = lines.next()?;
        let mut partial = PartialStanza::open(line).map_err(|problem| problem.at(number))?;
        loop {
            let (line, number) = lines.next()?;
            if partial.push_line(line).map_err(|problem| problem.at(number))? {
                return Ok((partial.stanza, lines.rest));
            }
        }
    }

    /// How many lines this stanza is written as.
    pub(crate) fn line_count(&self) -> usize {
        2 + self.body.len() / LINE_BYTES
    }

    /// Appends this stanza as text: `-> tag args…`, then the body in lines of 64 columns, the last one shorter (maybe empty).
    pub fn write_to(&self, text: &mut Vec<u8>) {
        write_parts(&self.tag, self.args.iter().map(String::as_str), &self.body, text);
    }
}

impl fmt::Debug for Stanza {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stanza({} ..)", self.tag)
    }
}

/// A stanza whose body is still being read, for readers that get one line at a time.
pub(crate) struct PartialStanza {
    stanza: Stanza,
}

impl PartialStanza {
    /// Begins with the opening line `-> tag args…`, without its line feed.
    pub(crate) fn open(line: &[u8]) -> Result<PartialStanza, StanzaProblem> {
        let words = core::str::from_utf8(line)
            .ok()
            .and_then(|line| line.strip_prefix("-> "));
        let words = words
            .filter(|words| words.split(' ').all(is_word))
            .ok_or(StanzaProblem::OpeningLine)?;
        if words.split(' ').count() > 1 + MAX_ARGS {
            return Err(StanzaProblem::TooManyArgs);
        }
        let mut words = words.split(' ').map(str::to_owned);
        let tag = words.next().expect("splitting yields at least one word");
        let args = words.collect();
        Ok(PartialStanza {
            stanza: Stanza {
                tag,
                args,
                body: Zeroizing::default(),
            },
        })
    }

    /// Adds one line of the body, without its line feed. `true` says that it was the last one.
    pub(crate) fn push_line(&mut self, line: &[u8]) -> Result<bool, StanzaProblem> {
        if line.len() > COLUMNS {
            return Err(StanzaProblem::LongLine);
        }
        let bytes = decode_base64(line).ok_or(StanzaProblem::BodyLine)?;
        self.stanza.body.extend_from_slice(&bytes);
        Ok(bytes.len() < LINE_BYTES)
    }

    /// The stanza, once [`PartialStanza::push_line`] said that it is complete.
    pub(crate) fn finish(self) -> Stanza {
        self.stanza
    }

    /// Bytes of body read so far.
    pub(crate) fn body_len(&self) -> usize {
        self.stanza.body.len()
    }
}

/// Where and why a text is no stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct StanzaError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong with it.
    pub problem: StanzaProblem,
}

/// Why a text is no stanza. The line itself is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StanzaProblem {
    /// The first line is not `-> ` and words of visible ASCII with single spaces between them.
    #[error("expected `-> ` and words with single spaces between them")]
    OpeningLine,
    /// More words than any recipient type needs.
    #[error("more than {MAX_ARGS} arguments in a stanza")]
    TooManyArgs,
    /// A body line is not canonical unpadded base64, or the body did not end with a short line.
    #[error(
        "expected canonical base64 without padding, the last line of a body being shorter than {COLUMNS} columns"
    )]
    BodyLine,
    /// A body line is too long.
    #[error("a stanza body has lines of at most {COLUMNS} columns")]
    LongLine,
    /// The text ends before the stanza does.
    #[error("the text ends inside a stanza")]
    Truncated,
}

impl StanzaProblem {
    fn at(self, line: usize) -> StanzaError {
        StanzaError { line, problem: self }
    }
}

/// Decodes canonical unpadded base64: no padding, no line breaks, spare bits zero.
pub fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD_NO_PAD.decode(text).ok().map(Zeroizing::new)
}

/// Encodes unpadded base64, as stanza arguments use it.
pub fn encode_base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Appends the text of a stanza that is never held as one, because its arguments may be secret.
pub(super) fn write_parts<'a>(
    tag: &str,
    args: impl Iterator<Item = &'a str>,
    body: &[u8],
    text: &mut Vec<u8>,
) {
    text.extend_from_slice(b"-> ");
    text.extend_from_slice(tag.as_bytes());
    for arg in args {
        text.push(b' ');
        text.extend_from_slice(arg.as_bytes());
    }
    text.push(b'\n');
    for line in body.chunks(LINE_BYTES) {
        let line = Zeroizing::new(STANDARD_NO_PAD.encode(line));
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    if body.len().is_multiple_of(LINE_BYTES) {
        text.push(b'\n'); // a body always ends with a short line, or its end could not be told
    }
}

/// Whether `word` may stand as a tag or an argument.
pub(super) fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Cuts text into lines that end with a line feed, counting them.
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<(&'a [u8], usize), StanzaError> {
        self.number += 1;
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let end = end.ok_or(StanzaProblem::Truncated.at(self.number))?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Ok((line, self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(&str, &[&str], usize), (usize, StanzaProblem)>) {
        match (Stanza::take_from(text.as_bytes()), expected) {
            (Ok((stanza, rest)), Ok((tag, args, body))) => {
                assert_eq!(
                    (stanza.tag(), stanza.args(), stanza.body().len()),
                    (
                        tag,
                        &args.iter().map(|arg| arg.to_string()).collect::<Vec<_>>()[..],
                        body
                    )
                );
                assert_eq!(rest, b"rest");
                let mut written = Vec::new();
                stanza.write_to(&mut written);
                assert_eq!([&written[..], rest].concat(), text.as_bytes());
            }
            (Err(error), Err((line, problem))) => assert_eq!(error, StanzaError { line, problem }),
            (found, expected) => panic!("{text:?}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn reads_back_what_it_writes() {
        let full = "A".repeat(64);
        check("-> tag\n\nrest", Ok(("tag", &[], 0)));
        check("-> tag a ~ !\nAAAA\nrest", Ok(("tag", &["a", "~", "!"], 3)));
        check(&format!("-> tag\n{full}\n\nrest"), Ok(("tag", &[], 48)));
        check(&format!("-> tag\n{full}\n{full}\nAA\nrest"), Ok(("tag", &[], 97)));
    }

    #[test]
    fn refuses_every_other_spelling() {
        use StanzaProblem::*;
        let (full, long) = ("A".repeat(64), "A".repeat(65));
        for opening in [
            "",
            "->",
            "-> ",
            "->tag",
            "->  tag",
            "-> tag ",
            "-> tag  a",
            "-> t\u{e4}g",
            "-> tag\r",
            "-> t\tg",
            " -> tag",
        ] {
            check(&format!("{opening}\n\n"), Err((1, OpeningLine)));
        }
        for body in ["A", "AB", "AA==", "AA A", "AA\r", "A-_A", "-> tag"] {
            check(&format!("-> tag\n{body}\n"), Err((2, BodyLine)));
        }
        check(&format!("-> tag\n{full}\n{long}\n"), Err((3, LongLine)));
        check(&format!("-> tag\n{full}\n"), Err((3, Truncated)));
        check("-> tag\nAAAA", Err((2, Truncated)));
        check("", Err((1, Truncated)));
    }

    #[test]
    fn bounds_the_number_of_arguments() {
        let args = |count| format!("-> tag{}\n\n", " a".repeat(count));
        assert!(Stanza::take_from(args(MAX_ARGS).as_bytes()).is_ok());
        check(&args(MAX_ARGS + 1), Err((1, StanzaProblem::TooManyArgs)));
        assert!(Stanza::new("tag", &["a"; MAX_ARGS + 1], b"").is_none());
        assert!(Stanza::new("", &[], b"").is_none() && Stanza::new("tag", &[""], b"").is_none());
        assert!(Stanza::new("a b", &[], b"").is_none() && Stanza::new("tag", &["a\n"], b"").is_none());
    }

    #[test]
    fn does_not_print_its_body() {
        let stanza = Stanza::new("file-key", &["0"], b"YELLOW SUBMARINE").expect("valid words");
        assert_eq!(format!("{stanza:?}"), "Stanza(file-key ..)");
    }
}

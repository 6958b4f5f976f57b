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

    /// Appends this stanza as text: `-> tag args…`, then the body in lines of 64 columns, the last one shorter (maybe empty).
    pub fn write_to(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(b"-> ");
        text.extend_from_slice(self.tag.as_bytes());
        for arg in &self.args {
            text.push(b' ');
            text.extend_from_slice(arg.as_bytes());
        }
        text.push(b'\n');
        for line in self.body.chunks(LINE_BYTES) {
            let line = Zeroizing::new(STANDARD_NO_PAD.encode(line));
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        if self.body.len().is_multiple_of(LINE_BYTES) {
            text.push(b'\n'); // a body always ends with a short line, or its end could not be told
        }
    }
}

impl fmt::Debug for Stanza {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stanza({} ..)", self.tag)
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

/// Whether `word` may stand as a tag or an argument.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic())
}

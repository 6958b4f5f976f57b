//! The ASCII coat of an age file: PEM with one label, lines of 64 columns and nothing optional.
//!
//! It turns bytes into text and back and does not know what the bytes mean. White space may surround the armor, lines
//! may end in CRLF; every other spelling is refused, so that one file has one text.
//!
//! Source: C2SP `age.md`, "ASCII armor"; Go `armor/armor.go` of age v1.3.2.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::stanza::{COLUMNS, LINE_BYTES};

/// The first line of an armored file.
pub const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
/// The last line of an armored file.
pub const END: &str = "-----END AGE ENCRYPTED FILE-----";
/// Most bytes of white space before the armor, and as many after it. Source: `maxWhitespace` of Go's `armor.go`.
pub const MAX_WHITESPACE_BYTES: usize = 1024;

/// Whether `bytes` claim to be armored: after white space they begin as [`BEGIN`] does.
pub fn is_armored(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN ")
}

/// Writes `bytes` as armor: [`BEGIN`], padded base64 in lines of 64 columns, [`END`], each with a line feed.
pub fn encode(bytes: &[u8]) -> String {
    let mut text =
        String::with_capacity(BEGIN.len() + END.len() + 2 + bytes.len().div_ceil(LINE_BYTES) * (COLUMNS + 1));
    text.push_str(BEGIN);
    text.push('\n');
    for line in bytes.chunks(LINE_BYTES) {
        STANDARD.encode_string(line, &mut text);
        text.push('\n');
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// Reads the bytes out of armor.
///
/// # Errors
/// [`ArmorError`] with the line that is not as the format demands.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, ArmorError> {
    let armor = text.trim_ascii_start();
    let leading = &text[..text.len() - armor.len()];
    let first_line = 1 + leading.iter().filter(|&&byte| byte == b'\n').count();
    if leading.len() > MAX_WHITESPACE_BYTES {
        return Err(ArmorProblem::Whitespace.at(first_line));
    }
    if !matches!(leading.last(), None | Some(b'\n')) {
        return Err(ArmorProblem::BeginLine.at(first_line)); // white space on the line of the marker itself
    }
    let mut lines = Lines {
        rest: armor,
        number: first_line - 1,
    };
    if lines.next() != Some(BEGIN.as_bytes()) {
        return Err(ArmorProblem::BeginLine.at(first_line));
    }
    let mut bytes = Vec::with_capacity(armor.len() / 4 * 3);
    let mut ended = false; // a short or padded line was read: only the end may follow
    loop {
        let line = lines.next().ok_or(ArmorProblem::Truncated.at(lines.number + 1))?;
        if line == END.as_bytes() {
            break;
        }
        if ended {
            return Err(ArmorProblem::EndLine.at(lines.number));
        }
        let read = decode_line(line, &mut bytes).map_err(|problem| problem.at(lines.number))?;
        ended = read < LINE_BYTES;
    }
    if lines.rest.len() >= MAX_WHITESPACE_BYTES || !lines.rest.trim_ascii().is_empty() {
        return Err(ArmorProblem::Whitespace.at(lines.number + 1));
    }
    Ok(bytes)
}

/// Where and why a text is no armored age file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed age armor at line {line}: {problem}")]
pub struct ArmorError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong with it.
    pub problem: ArmorProblem,
}

/// Why a text is no armored age file. The line itself is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArmorProblem {
    /// The first line is another one.
    #[error("expected `{BEGIN}`")]
    BeginLine,
    /// A line of the body is empty, longer than 64 columns, or not canonical padded base64.
    #[error("expected a line of canonical, padded base64, at most {COLUMNS} columns long")]
    BodyLine,
    /// A short line is followed by something else than the end.
    #[error("expected `{END}` after a short line")]
    EndLine,
    /// The text ends before the armor does.
    #[error("the text ends before `{END}`")]
    Truncated,
    /// Something else than white space surrounds the armor, or too much of it.
    #[error("only white space, less than {MAX_WHITESPACE_BYTES} bytes, may surround the armor")]
    Whitespace,
}

impl ArmorProblem {
    fn at(self, line: usize) -> ArmorError {
        ArmorError { line, problem: self }
    }
}

/// Appends what one line holds and says how many bytes that is.
fn decode_line(line: &[u8], bytes: &mut Vec<u8>) -> Result<usize, ArmorProblem> {
    if line.is_empty() || line.len() > COLUMNS {
        return Err(ArmorProblem::BodyLine);
    }
    let before = bytes.len();
    STANDARD
        .decode_vec(line, bytes)
        .map_err(|_| ArmorProblem::BodyLine)?;
    Ok(bytes.len() - before)
}

/// Cuts text into lines that end with LF, CRLF or the end of the text, counting them.
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self
            .rest
            .iter()
            .position(|&byte| byte == b'\n')
            .unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        for length in [0, 1, 2, 3, 47, 48, 49, 96, 1000] {
            let bytes = vec![0x5a; length];
            let text = encode(&bytes);
            assert!(text.lines().all(|line| line.len() <= COLUMNS) && text.ends_with(&format!("\n{END}\n")));
            assert_eq!(decode(text.as_bytes()).expect("as written"), bytes);
            assert_eq!(
                decode(text.replace('\n', "\r\n").as_bytes()).expect("CRLF"),
                bytes
            );
            assert_eq!(
                decode(format!(" \n\r\n{} \n\t", text.trim_end()).as_bytes()).ok(),
                None,
                "a space behind END"
            );
            assert_eq!(
                decode(format!(" \n\r\n{text} \n\t").as_bytes()).expect("white space around"),
                bytes
            );
        }
    }

    #[test]
    fn says_on_which_line_it_stopped() {
        use ArmorProblem::*;
        let full = "A".repeat(64);
        let check = |body: &str, line, problem: ArmorProblem| {
            let text = format!("\n{BEGIN}\n{body}\n{END}\n");
            assert_eq!(decode(text.as_bytes()), Err(problem.at(line)), "{body:?}");
        };
        for bad in [
            "",
            "A",
            "AA",
            "AAA",
            "AB==",
            "AAA\r",
            " AAAA",
            "AAAA ",
            "AAAA\nKey: value",
            &"A".repeat(68),
        ] {
            let line = if bad.contains('\n') { 4 } else { 3 };
            check(bad, line, if bad.contains('\n') { EndLine } else { BodyLine });
        }
        check(&format!("{full}\nAAAA\nAAAA"), 5, EndLine);
        check(&format!("{full}\n"), 4, BodyLine);
        let check = |text: &str, line, problem: ArmorProblem| {
            assert_eq!(decode(text.as_bytes()), Err(problem.at(line)))
        };
        check("", 1, BeginLine);
        check(&format!(" {BEGIN}\n{END}\n"), 1, BeginLine);
        check(&format!("{BEGIN} \n{END}\n"), 1, BeginLine);
        check(&format!("{BEGIN}\n{full}\n"), 3, Truncated);
        check(&format!("{BEGIN}\n{END}\nAAAA\n"), 3, Whitespace);
        check(
            &format!("{}{BEGIN}\n{END}\n", "\n".repeat(1025)),
            1026,
            Whitespace,
        );
    }
}

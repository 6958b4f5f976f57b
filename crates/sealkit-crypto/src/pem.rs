//! PEM: finding the `-----BEGIN …-----` blocks in a file, and writing one.
//!
//! Text around blocks is skipped, as OpenSSL and Go do. What a label means, and whether a block with headers is
//! welcome, the callers know. An error names a line and never shows it.

use core::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One block, decoded. It may be a private key, so its bytes are wiped when dropped.
#[derive(Clone)]
pub struct Block {
    /// The words after `BEGIN`, for example `RSA PRIVATE KEY`.
    pub label: String,
    /// The line of `BEGIN`, counted from 1.
    pub line: usize,
    /// The place of the whole block in the file, boundary lines included, in bytes.
    pub span: Range<usize>,
    /// Whether the block carries RFC 1421 headers such as `Proc-Type: 4,ENCRYPTED`.
    pub has_headers: bool,
    /// The bytes, DER in all cases that matter here; none if the block has headers.
    pub der: Zeroizing<Vec<u8>>,
}

/// A file is a sequence of blocks and of the lines between them.
pub(crate) enum Part<'a> {
    /// A line outside of all blocks, without its line feed.
    Line {
        /// Counted from 1.
        number: usize,
        text: &'a [u8],
    },
    Block(Block),
}

/// Reads every block of a file, in order.
///
/// # Errors
/// [`PemError`] with the line, for a block that does not end or whose body is not base64.
///
/// Source: RFC 7468 §3 (lax form), RFC 1421 §4.4 for headers.
pub fn blocks(text: &[u8]) -> Result<Vec<Block>, PemError> {
    let block = |part| match part {
        Ok(Part::Block(block)) => Some(Ok(block)),
        Ok(Part::Line { .. }) => None,
        Err(error) => Some(Err(error)),
    };
    parts(text).filter_map(block).collect()
}

/// Reads a file as blocks and lines, in order. After an error nothing follows.
pub(crate) fn parts(text: &[u8]) -> impl Iterator<Item = Result<Part<'_>, PemError>> {
    let mut lines = Lines {
        text,
        start: 0,
        number: 0,
    };
    core::iter::from_fn(move || {
        let (span, line) = lines.next()?;
        let Some(label) = boundary(line, "BEGIN") else {
            return Some(Ok(Part::Line {
                number: lines.number,
                text: line,
            }));
        };
        let block = read_block(&mut lines, span.start, label);
        if block.is_err() {
            lines.start = text.len() + 1;
        }
        Some(block.map(Part::Block))
    })
}

/// Reads on from behind the line of `BEGIN`, which starts at byte `start`.
fn read_block(lines: &mut Lines<'_>, start: usize, label: String) -> Result<Block, PemError> {
    let line = lines.number;
    let body_start = lines.start;
    let mut body_end = body_start;
    let mut has_headers = false;
    loop {
        let (span, text) = lines.next().ok_or(PemError::Unclosed { line })?;
        match boundary(text, "END") {
            Some(end) if end == label => {
                let body = &lines.text[body_start..body_end];
                let der = if has_headers {
                    Zeroizing::default()
                } else {
                    decode(body, line)?
                };
                return Ok(Block {
                    label,
                    line,
                    span: start..span.end,
                    has_headers,
                    der,
                });
            }
            Some(_) => return Err(PemError::Unclosed { line }),
            None => has_headers |= text.contains(&b':'),
        }
        body_end = span.end;
    }
}

fn decode(body: &[u8], line: usize) -> Result<Zeroizing<Vec<u8>>, PemError> {
    // Room for everything at once: a buffer that grows leaves copies of a key behind.
    let mut digits = Zeroizing::new(Vec::with_capacity(body.len()));
    digits.extend(body.iter().filter(|byte| !byte.is_ascii_whitespace()));
    STANDARD
        .decode(&*digits)
        .map(Zeroizing::new)
        .map_err(|_| PemError::NotBase64 { line })
}

/// The lines of a text with their places; the last one need not end with a line feed.
struct Lines<'a> {
    text: &'a [u8],
    /// Where the next line starts; behind the end if there is none.
    start: usize,
    /// Number of the line read last, counted from 1.
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(Range<usize>, &'a [u8])> {
        let rest = self.text.get(self.start..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let span = self.start..self.start + length;
        self.start = span.end + 1;
        self.number += 1;
        Some((span, &rest[..length]))
    }
}

/// Writes one block in lines of 64 characters, each ended by a line feed.
///
/// Source: RFC 7468 §2.
pub fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(
        body.len() + body.len() / 64 + 2 * label.len() + 40,
    ));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// Why a file is not PEM. Lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// A block begins and does not end, or ends under another label.
    #[error("the PEM block that begins at line {line} has no matching END line")]
    Unclosed {
        /// Where the block begins.
        line: usize,
    },
    /// The text between the boundaries is not base64.
    #[error("the PEM block that begins at line {line} is not valid base64")]
    NotBase64 {
        /// Where the block begins.
        line: usize,
    },
}

fn boundary(line: &[u8], word: &str) -> Option<String> {
    let label = line
        .trim_ascii_end()
        .strip_prefix(b"-----")?
        .strip_suffix(b"-----")?;
    let label = label.strip_prefix(word.as_bytes())?.strip_prefix(b" ")?;
    Some(core::str::from_utf8(label).ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn skips_text_around_blocks_and_keeps_their_order() {
        let text = "Bag Attributes\r\n-----BEGIN A-----\r\nAQID\r\n-----END A-----\r\nsubject=\n-----BEGIN B C-----\nBA==\n-----END B C-----";
        let found = blocks(text.as_bytes()).expect("two good blocks");
        let seen: Vec<_> = found
            .iter()
            .map(|block| (block.label.as_str(), block.line, block.der.to_vec()))
            .collect();
        assert_eq!(seen, [("A", 2, vec![1, 2, 3]), ("B C", 6, vec![4])]);
    }

    #[test]
    fn reports_headers_instead_of_decoding_them() {
        let text =
            "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAQID\n-----END A-----\n";
        let found = blocks(text.as_bytes()).expect("one block");
        assert!(found[0].has_headers && found[0].der.is_empty());
    }

    #[test]
    fn a_broken_block_is_named_by_its_line() {
        assert_eq!(
            blocks(b"\n-----BEGIN A-----\nAQID\n").err(),
            Some(PemError::Unclosed { line: 2 })
        );
        assert_eq!(
            blocks(b"-----BEGIN A-----\nAQID\n-----END B-----").err(),
            Some(PemError::Unclosed { line: 1 })
        );
        assert_eq!(
            blocks(b"-----BEGIN A-----\n!\n-----END A-----").err(),
            Some(PemError::NotBase64 { line: 1 })
        );
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(der in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text = encode("PRIVATE KEY", &der);
            prop_assert!(text.lines().all(|line| line.len() <= 64));
            let found = blocks(text.as_bytes()).expect("our own");
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&*found[0].der, &der);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = blocks(&bytes);
        }
    }
}

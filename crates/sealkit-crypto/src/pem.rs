//! PEM: finding the `-----BEGIN …-----` blocks in a file, and writing one.
//!
//! Text around blocks is skipped, as OpenSSL and Go do. What a label means, and whether a block with headers is
//! welcome, the callers know. An error names a line and never shows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One block, decoded. It may be a private key, so its bytes are wiped when dropped.
pub struct Block {
    /// The words after `BEGIN`, for example `RSA PRIVATE KEY`.
    pub label: String,
    /// The line of `BEGIN`, counted from 1.
    pub line: usize,
    /// The line of `END`, counted from 1.
    pub end_line: usize,
    /// Whether the block carries RFC 1421 headers such as `Proc-Type: 4,ENCRYPTED`.
    pub has_headers: bool,
    /// The bytes, DER in all cases that matter here.
    pub der: Zeroizing<Vec<u8>>,
}

/// Reads every block of a file, in order.
///
/// # Errors
/// [`PemError`] with the line, for a block that does not end or whose body is not base64.
///
/// Source: RFC 7468 §3 (lax form), RFC 1421 §4.4 for headers.
pub fn blocks(text: &[u8]) -> Result<Vec<Block>, PemError> {
    let mut blocks = Vec::new();
    let mut lines = text.split(|&byte| byte == b'\n').enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(label) = boundary(line, "BEGIN") else {
            continue;
        };
        let mut block = Block {
            label,
            line: index + 1,
            end_line: 0,
            has_headers: false,
            der: Zeroizing::default(),
        };
        let mut body = Zeroizing::new(Vec::with_capacity(text.len()));
        let mut closed = false;
        for (index, line) in lines.by_ref() {
            if let Some(label) = boundary(line, "END") {
                block.end_line = index + 1;
                closed = label == block.label;
                break;
            }
            if line.contains(&b':') {
                block.has_headers = true;
                body.clear();
            } else {
                body.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
            }
        }
        if !closed {
            return Err(PemError::Unclosed { line: block.line });
        }
        if !block.has_headers {
            block.der = Zeroizing::new(
                STANDARD
                    .decode(&*body)
                    .map_err(|_| PemError::NotBase64 { line: block.line })?,
            );
        }
        blocks.push(block);
    }
    Ok(blocks)
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

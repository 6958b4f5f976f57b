//! The text form of an envelope: standard base64 with padding, on one line when we write it.
//!
//! Reading follows the peer's Go decoder, because files that pass it exist: CR and LF count as nothing wherever they
//! stand, and the unused bits of the last character may be anything. Spaces, tabs, the URL alphabet and missing padding
//! are refused, as they are there.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Says at which byte of the text (counted from 0, line breaks included) base64 stops being readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data at input byte {position}")]
pub struct NotBase64 {
    /// Offset into the text as it was given; where something is missing at its end, that of the group it belongs to.
    pub position: usize,
}

/// Writes bytes as one line of canonical base64.
pub(super) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Reads base64 as leniently as the peer does.
///
/// # Errors
/// [`NotBase64`] with the place of the first byte that does not belong.
pub(super) fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, NotBase64> {
    let folded = text.contains(['\r', '\n']);
    let decoded = if folded {
        let joined: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !is_break(*c)).collect());
        ENGINE.decode(joined.as_bytes())
    } else {
        ENGINE.decode(text)
    };
    decoded.map(Zeroizing::new).map_err(|error| NotBase64 {
        position: original_position(text, &error),
    })
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n')
}

/// How many characters there are of the last group of four, if it is not whole.
fn unfinished(text: &str) -> usize {
    text.chars().filter(|c| !is_break(*c)).count() % 4
}

/// Turns the decoder's offset, which counts no line breaks, into an offset of the text as given.
fn original_position(text: &str, error: &base64::DecodeError) -> usize {
    let joined = match error {
        base64::DecodeError::InvalidByte(offset, _) => *offset,
        base64::DecodeError::InvalidLastSymbol { offset, .. } => *offset,
        _ if !text.contains('=') => return text.len() - unfinished(text),
        _ => return text.len(),
    };
    let mut significant = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| !is_break(char::from(*byte)));
    significant.nth(joined).map_or(text.len(), |(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[u8], usize>) {
        let actual = decode(text);
        let actual = actual
            .as_ref()
            .map(|bytes| bytes.as_slice())
            .map_err(|error| error.position);
        assert_eq!(actual, expected, "{text:?}");
    }

    #[test]
    fn reads_what_the_peer_reads() {
        check("", Ok(b""));
        check("aGVsbG8=", Ok(b"hello"));
        check("aGVs\nbG8=", Ok(b"hello"));
        check("\r\naGV\rsbG8\n=\n", Ok(b"hello"));
        check("aGVsbG9=", Ok(b"hello"));
        check("/+8=", Ok(b"\xff\xef"));
    }

    #[test]
    fn refuses_what_the_peer_refuses_and_says_where() {
        check("aGVs bG8=", Err(4));
        check("aGVs\tbG8=", Err(4));
        check("aGVs\n\nb-8=", Err(7));
        check("_-8=", Err(0));
        check("aGVsbG8", Err(4));
        check("aGVsbG8==", Err(7));
        check("aGVsbG8=aGVsbG8=", Err(7));
        check("NOTVALIDBASE64", Err(12));
    }

    #[test]
    fn writes_one_canonical_line() {
        assert_eq!(encode(&[0; 100]).len(), 136);
        assert!(!encode(&[0xff; 100]).contains(['\r', '\n', ' ']));
    }
}

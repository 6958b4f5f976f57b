//! The header of an age file: a version line, stanzas, and a MAC keyed with the file key.
//!
//! It says which stanzas there are and whether a file key fits them; how a stanza is opened, it does not know. Only the
//! one canonical spelling is read, so that the MAC covers exactly what was understood.
//!
//! Source: C2SP `age.md`, "Header"; Go `internal/format/format.go` of age v1.3.2.

use zeroize::Zeroizing;

use super::stanza::{Stanza, StanzaError, StanzaProblem, decode_base64, encode_base64};
use super::{FileKey, scrypt};
use crate::kdf;

/// The first line of every binary age file, with its line feed.
pub const VERSION_LINE: &[u8] = b"age-encryption.org/v1\n";
/// Most bytes a header may have, its MAC included. Source: `maxHeaderBytes` of Go's `format.go`.
pub const MAX_HEADER_BYTES: usize = 2 << 20;
/// Most stanzas a header may have. Source: `maxRecipientStanzas` of Go's `format.go`.
pub const MAX_STANZAS: usize = 1024;

const MAC_PREFIX: &[u8] = b"---";
const MAC_BYTES: usize = 32;

/// A header as it was read, not yet authenticated, and the payload behind it.
#[derive(Debug)]
pub struct Header<'a> {
    stanzas: Vec<Stanza>,
    authenticated: &'a [u8],
    mac: [u8; MAC_BYTES],
    payload: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the header that `file` begins with.
    ///
    /// # Errors
    /// [`HeaderError`] with the line that is not as the format demands. A passphrase stanza beside another one is refused
    /// here, whoever would like to open it: the passphrase must be the only way in.
    pub fn parse(file: &'a [u8]) -> Result<Header<'a>, HeaderError> {
        let head = &file[..file.len().min(MAX_HEADER_BYTES)];
        let mut rest = head
            .strip_prefix(VERSION_LINE)
            .ok_or(HeaderProblem::VersionLine.at(1))?;
        let mut stanzas = Vec::new();
        let mut line = 2;
        while !rest.starts_with(MAC_PREFIX) {
            if stanzas.len() == MAX_STANZAS {
                return Err(HeaderProblem::TooManyStanzas.at(line));
            }
            let (stanza, behind) =
                Stanza::take_from(rest).map_err(|error| unfinished(error, line, head, file))?;
            line += stanza.line_count();
            stanzas.push(stanza);
            rest = behind;
        }
        if stanzas.is_empty() {
            return Err(HeaderProblem::NoStanzas.at(line));
        }
        if stanzas.len() > 1 && stanzas.iter().any(|stanza| stanza.tag() == scrypt::TAG) {
            return Err(HeaderProblem::PassphraseNotAlone.at(line));
        }
        let authenticated = &head[..head.len() - rest.len() + MAC_PREFIX.len()];
        let (mac, header_len) = parse_mac(&rest[MAC_PREFIX.len()..])
            .map(|(mac, len)| (mac, authenticated.len() + len))
            .ok_or(HeaderProblem::MacLine.at(line))?;
        Ok(Header {
            stanzas,
            authenticated,
            mac,
            payload: &file[header_len..],
        })
    }

    /// The stanzas in the order in which they stand.
    pub fn stanzas(&self) -> &[Stanza] {
        &self.stanzas
    }

    /// Everything behind the header: nonce and encrypted chunks.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Whether the header was written by somebody who knew `file_key`, checked in constant time.
    pub fn is_authentic(&self, file_key: &FileKey) -> bool {
        kdf::hmac_sha256_matches(mac_key(file_key).as_ref(), &[self.authenticated], &self.mac)
    }
}

/// Appends a complete header with its MAC.
pub(crate) fn write(stanzas: &[Stanza], file_key: &FileKey, file: &mut Vec<u8>) {
    let start = file.len();
    file.extend_from_slice(VERSION_LINE);
    for stanza in stanzas {
        stanza.write_to(file);
    }
    file.extend_from_slice(MAC_PREFIX);
    let mac = kdf::hmac_sha256(mac_key(file_key).as_ref(), &[&file[start..]]);
    file.push(b' ');
    file.extend_from_slice(encode_base64(&mac).as_bytes());
    file.push(b'\n');
}

/// Where and why a file does not begin with an age header. The line itself is never shown: it may be a secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed age header at line {line}: {problem}")]
pub struct HeaderError {
    /// 1-based line of the (unarmored) header.
    pub line: usize,
    /// What is wrong with it.
    pub problem: HeaderProblem,
}

/// Why a file does not begin with an age header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderProblem {
    /// This is no age file, or one of another version.
    #[error("expected `age-encryption.org/v1`")]
    VersionLine,
    /// A stanza is malformed.
    #[error(transparent)]
    Stanza(StanzaProblem),
    /// The file ends before the header does.
    #[error("the file ends inside the header")]
    Truncated,
    /// The MAC line is malformed.
    #[error("expected `--- ` and the 32-byte MAC in canonical base64 without padding")]
    MacLine,
    /// Nobody could open this file.
    #[error("expected at least one recipient stanza")]
    NoStanzas,
    /// More stanzas than are ever read.
    #[error("more than {MAX_STANZAS} recipient stanzas")]
    TooManyStanzas,
    /// More bytes than are ever read.
    #[error("a header longer than {MAX_HEADER_BYTES} bytes")]
    TooLong,
    /// A passphrase stanza stands beside another stanza.
    #[error("a passphrase (scrypt) stanza must be the only one")]
    PassphraseNotAlone,
}

impl HeaderProblem {
    fn at(self, line: usize) -> HeaderError {
        HeaderError { line, problem: self }
    }
}

/// Reads ` <base64>\n` and says how long it was.
fn parse_mac(text: &[u8]) -> Option<([u8; MAC_BYTES], usize)> {
    const LINE_LEN: usize = 1 + 43 + 1; // a space, 43 characters for 32 bytes, a line feed
    let text = text.get(..LINE_LEN)?.strip_prefix(b" ")?.strip_suffix(b"\n")?;
    let mac = decode_base64(text)?.as_slice().try_into().ok()?;
    Some((mac, LINE_LEN))
}

/// Turns a stanza's error into a header's: its line counts from the file's first one, and an end may be our own limit.
fn unfinished(error: StanzaError, first_line: usize, head: &[u8], file: &[u8]) -> HeaderError {
    let problem = match error.problem {
        StanzaProblem::Truncated if head.len() < file.len() => HeaderProblem::TooLong,
        StanzaProblem::Truncated => HeaderProblem::Truncated,
        problem => HeaderProblem::Stanza(problem),
    };
    problem.at(first_line - 1 + error.line)
}

fn mac_key(file_key: &FileKey) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::default();
    kdf::hkdf_sha256(b"", file_key.expose(), b"header", &mut key);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(stanzas: &str) -> String {
        format!("age-encryption.org/v1\n{stanzas}--- {}\n", "A".repeat(43))
    }

    #[track_caller]
    fn refuses(file: &str, line: usize, problem: HeaderProblem) {
        assert_eq!(
            Header::parse(file.as_bytes()).expect_err("malformed"),
            problem.at(line)
        );
    }

    #[test]
    fn what_is_written_is_read_and_authentic() {
        let key = FileKey::from_slice(b"YELLOW SUBMARINE").expect("16 bytes");
        let stanzas = [
            Stanza::new("a", &["b"], &[1; 48]).expect("words"),
            Stanza::new("c", &[], b"").expect("words"),
        ];
        let mut file = Vec::new();
        write(&stanzas, &key, &mut file);
        file.extend_from_slice(b"payload");
        let read = Header::parse(&file).expect("canonical");
        assert_eq!((read.stanzas(), read.payload()), (&stanzas[..], &b"payload"[..]));
        assert!(read.is_authentic(&key));
        assert!(!read.is_authentic(&FileKey::from_slice(b"YELLOW_SUBMARINE").expect("16 bytes")));
    }

    #[test]
    fn says_on_which_line_it_stopped() {
        use HeaderProblem::*;
        refuses("", 1, VersionLine);
        refuses("age-encryption.org/v2\n", 1, VersionLine);
        refuses("AGE-SECRET-KEY-1QQQQ", 1, VersionLine);
        refuses("age-encryption.org/v1\n", 2, Truncated);
        refuses("age-encryption.org/v1\n-", 2, Truncated);
        refuses(&header(""), 2, NoStanzas);
        refuses(&header("-> a\n\n-> b\n*\n"), 5, Stanza(StanzaProblem::BodyLine));
        refuses("age-encryption.org/v1\n-> a\n\n", 4, Truncated);
        refuses("age-encryption.org/v1\n-> a\n\n---\n", 4, MacLine);
        refuses(&header("-> a\n\n").replace("--- ", "---  "), 4, MacLine);
        refuses(&header("-> scrypt x 1\n\n-> a\n\n"), 6, PassphraseNotAlone);
    }

    #[test]
    fn stops_at_its_limits() {
        let stanzas = |count: usize| header(&"-> a\n\n".repeat(count));
        assert_eq!(
            Header::parse(stanzas(MAX_STANZAS).as_bytes())
                .expect("at the limit")
                .stanzas()
                .len(),
            MAX_STANZAS
        );
        refuses(
            &stanzas(MAX_STANZAS + 1),
            2 + 2 * MAX_STANZAS,
            HeaderProblem::TooManyStanzas,
        );
        let endless = format!("{}\n", "A".repeat(64)).repeat(MAX_HEADER_BYTES / 65 + 1);
        let file = format!("age-encryption.org/v1\n-> a\n{endless}");
        assert_eq!(
            Header::parse(file.as_bytes()).expect_err("too long").problem,
            HeaderProblem::TooLong
        );
    }
}

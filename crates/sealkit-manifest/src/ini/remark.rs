//! Comments: what their lines say, and lines that say it.
//!
//! A comment loses blanks and marks at its start when it is read, and `sops` adds them again when it writes; two texts
//! with the same essence are therefore one comment.

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::source::{Source, Span};

/// The text of a comment from its pieces, each with its mark and, but for the last, its line break.
pub(super) fn read<'a>(source: &'a Source, pieces: &[Span]) -> Cow<'a, str> {
    match pieces {
        [piece] => Cow::Borrowed(strip(source.slice(*piece))),
        _ => {
            let joined: String = pieces.iter().map(|piece| source.slice(*piece)).collect();
            let joined = Zeroizing::new(joined);
            Cow::Owned(strip(&joined).to_owned())
        }
    }
}

fn strip(comment: &str) -> &str {
    let comment = comment.trim();
    match comment.as_bytes().first() {
        Some(b';') => comment.trim_start_matches([';', ' ']),
        Some(b'#') => comment.trim_start_matches(['#', ' ']),
        _ => comment,
    }
}

/// What a text amounts to as a comment: its lines without blanks and marks around them.
pub(super) fn essence(text: &str) -> Vec<&str> {
    text.split('\n')
        .map(|line| line.trim().trim_start_matches([';', '#', ' ']))
        .filter(|line| !line.is_empty())
        .collect()
}

/// What stands in front of the text of a comment's first line: `# `.
pub(super) fn lead(source: &Source, piece: Span) -> String {
    let whole = source.slice(piece);
    let lead = whole.trim_start();
    let text = strip(lead);
    lead.trim_end()
        .strip_suffix(text)
        .filter(|lead| !lead.is_empty())
        .unwrap_or("; ")
        .to_owned()
}

/// The lines of a comment without their breaks, written so that they are read back as the very same text wherever that
/// is possible. `lead` stands in front of lines that bring no mark.
pub(super) fn lines(text: &str, lead: &str) -> Vec<Zeroizing<String>> {
    let written = text
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.trim().is_empty());
    written
        .enumerate()
        .map(|(index, line)| {
            let marked = line.trim_start().starts_with(['#', ';']);
            // The first mark is taken away together with all of its kind.
            let lead = match lead.chars().next() {
                _ if marked && index > 0 => "",
                Some('#') if line.starts_with('#') => "; ",
                Some(';') if line.starts_with(';') => "# ",
                _ => lead,
            };
            Zeroizing::new([lead, line].concat())
        })
        .collect()
}

/// The lines of a comment in the layout of `sops`, without their breaks.
pub(super) fn peer_lines(text: &str, of_section: bool) -> Vec<Zeroizing<String>> {
    let lines = text.split('\n').filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            Zeroizing::new(match line.strip_prefix(['#', ';']) {
                Some(rest) => [&line[..1], " ", rest.trim()].concat(),
                None if of_section => ["; ", line].concat(),
                None => ["; ", line.trim()].concat(),
            })
        })
        .collect()
}

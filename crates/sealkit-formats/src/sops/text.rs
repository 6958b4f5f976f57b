//! Replacing spans of a text: the one place where new bytes meet old ones.

use sealkit_manifest::Span;
use zeroize::Zeroizing;

/// Replacements, in any order.
#[derive(Default)]
pub(super) struct Splices(Vec<(Span, Zeroizing<String>)>);

impl Splices {
    /// Puts `text` in the place of a span; an empty span inserts.
    pub(super) fn replace(&mut self, span: Span, text: impl Into<Zeroizing<String>>) {
        self.0.push((span, text.into()));
    }

    /// The text with all replacements; `None` if two of them overlap and differ.
    pub(super) fn apply(mut self, text: &str) -> Option<Zeroizing<String>> {
        self.0.sort_by_key(|(span, _)| (span.start, span.end));
        self.0
            .dedup_by(|a, b| a.0 == b.0 && a.0.start < a.0.end && a.1 == b.1);
        let added: usize = self.0.iter().map(|(_, new)| new.len()).sum();
        let mut out = Zeroizing::new(String::with_capacity(text.len() + added));
        let mut at = 0;
        for (span, new) in &self.0 {
            out.push_str(text.get(at..span.start)?);
            out.push_str(new);
            at = span.end;
        }
        out.push_str(text.get(at..)?);
        Some(out)
    }
}

/// Where the line of an offset begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |at| at + 1)
}

/// The column of an offset; a byte order mark takes none.
pub(super) fn column(text: &str, at: usize) -> usize {
    let line = &text[line_start(text, at)..at];
    line.strip_prefix('\u{feff}').unwrap_or(line).len()
}

/// Where the line of an offset ends, its line break included.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    match text[at..].find(['\n', '\r']) {
        None => text.len(),
        Some(length) if text[at + length..].starts_with("\r\n") => at + length + 2,
        Some(length) => at + length + 1,
    }
}

/// The line break that the text uses.
pub(super) fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edits: &[(usize, usize, &str)], expected: Option<&str>) {
        let mut splices = Splices::default();
        for (start, end, new) in edits {
            let span = Span {
                start: *start,
                end: *end,
            };
            splices.replace(span, (*new).to_owned());
        }
        assert_eq!(
            splices.apply("abcdef").as_ref().map(|text| text.as_str()),
            expected
        );
    }

    #[test]
    fn replaces_from_front_to_back_and_refuses_overlaps() {
        check(&[], Some("abcdef"));
        check(&[(4, 5, "X"), (0, 1, ""), (6, 6, "!")], Some("bcdXf!"));
        check(&[(0, 3, "X"), (0, 3, "X")], Some("Xdef"));
        check(&[(0, 3, "X"), (0, 3, "Y")], None);
        check(&[(0, 3, "X"), (2, 4, "Y")], None);
        check(&[(0, 9, "X")], None);
    }
}

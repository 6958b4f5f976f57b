//! Replacing byte ranges of a text that is made of lines, so that a missing last line break stays missing.
//!
//! Knows lines and bytes, no format.

use zeroize::Zeroizing;

use crate::source::Span;

/// A text, and what is to stand in place of some of its ranges.
pub(crate) struct Patches {
    /// The text with its last line ended.
    text: Zeroizing<String>,
    line_break: &'static str,
    /// Whether the last line break is ours.
    padded: bool,
    patches: Vec<(Span, Zeroizing<String>)>,
}

impl Patches {
    /// Begins with no patch. `line_break` ends the lines that are added.
    pub(crate) fn new(text: &str, line_break: &'static str) -> Self {
        let padded = !text.is_empty() && !text.ends_with('\n');
        let mut whole = Zeroizing::new(String::with_capacity(text.len() + line_break.len()));
        whole.push_str(text);
        if padded {
            whole.push_str(line_break);
        }
        Self {
            text: whole,
            line_break,
            padded,
            patches: Vec::new(),
        }
    }

    /// What ends an added line.
    pub(crate) fn line_break(&self) -> &'static str {
        self.line_break
    }

    /// The text, its last line ended.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The end of the text, its last line ended.
    pub(crate) fn end(&self) -> usize {
        self.text.len()
    }

    /// Puts `replacement` in place of a range. Ranges may touch but not overlap; of those at one place the earlier call
    /// comes first.
    pub(crate) fn replace(&mut self, span: Span, replacement: Zeroizing<String>) {
        self.patches.push((span, replacement));
    }

    /// Takes a range out.
    pub(crate) fn remove(&mut self, span: Span) {
        self.replace(span, Zeroizing::default());
    }

    /// The new text.
    pub(crate) fn apply(mut self) -> Zeroizing<String> {
        self.patches
            .sort_by_key(|(span, _)| (span.start, !span.is_empty()));
        let added: usize = self.patches.iter().map(|(_, new)| new.len()).sum();
        let mut out = Zeroizing::new(String::with_capacity(self.text.len() + added));
        let mut at = 0;
        for (span, replacement) in &self.patches {
            out.push_str(&self.text[at..span.start.max(at)]);
            out.push_str(replacement);
            at = span.end.max(at);
        }
        out.push_str(&self.text[at..]);
        if self.padded && out.ends_with(self.line_break) {
            let end = out.len() - self.line_break.len();
            out.truncate(end);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, patches: &[(usize, usize, &str)], expected: &str) {
        let mut all = Patches::new(text, "\n");
        for (start, end, new) in patches {
            let end = (*end).min(all.end());
            all.replace(Span::new(*start, end), Zeroizing::new((*new).to_owned()));
        }
        assert_eq!(*all.apply(), expected);
    }

    #[test]
    fn a_missing_last_line_break_stays_missing() {
        check("a\nb", &[(2, 99, "")], "a");
        check("a", &[(2, 2, "b\n")], "a\nb");
        check("a\n", &[(2, 2, "b\n")], "a\nb\n");
        check("", &[(0, 0, "b\n")], "b\n");
    }

    #[test]
    fn insertions_at_one_place_keep_their_order_and_stand_before_what_is_replaced_there() {
        check("ab\n", &[(1, 2, "X"), (1, 1, "1"), (1, 1, "2")], "a12X\n");
    }
}

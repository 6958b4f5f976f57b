//! The lines of a block collection while they are put together: whose blank lines stay and whose go.
//! Knows no node.

use crate::edit::render::{Text, skip_blank_lines};

/// Lines of a collection while they are put together. Keeps blank lines from piling up where a child went.
pub(super) struct Lines<'a> {
    pub(super) newline: &'a str,
    pub(super) text: Text,
    /// Up to here the text belongs to children and is never trimmed.
    pub(super) firm: usize,
    /// A child that stood here is gone and nothing has taken its place.
    pub(super) hole: bool,
    /// The last child would swallow blank lines.
    pub(super) open: bool,
}

impl Lines<'_> {
    pub(super) fn child(&mut self, lines: &str, open: bool) {
        self.break_line();
        self.text.push_str(lines);
        self.firm = self.text.len();
        self.hole = false;
        self.open = open;
    }

    pub(super) fn gap(&mut self, gap: &str) {
        let blank_above = self.text.is_empty() || ends_blank(&self.text);
        let skip = self.open || (self.hole && blank_above);
        let gap = if skip {
            &gap[skip_blank_lines(gap, 0)..]
        } else {
            gap
        };
        if gap.is_empty() {
            return;
        }
        self.break_line();
        self.text.push_str(gap);
        self.open = false;
    }

    /// Ends the region; blank lines in front of a child that is gone go with it.
    pub(super) fn finish(mut self) -> Text {
        if self.hole {
            while self.text.len() > self.firm && ends_blank(&self.text) {
                let line = self.text[..self.text.len() - 1]
                    .rfind('\n')
                    .map_or(0, |newline| newline + 1);
                self.text.truncate(line.max(self.firm));
            }
        }
        self.text
    }

    pub(super) fn break_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(self.newline);
        }
    }
}

/// Whether the last line is blank.
fn ends_blank(text: &str) -> bool {
    let Some(body) = text.strip_suffix('\n') else {
        return false;
    };
    body[body.rfind('\n').map_or(0, |newline| newline + 1)..]
        .trim()
        .is_empty()
}

//! What stands between the elements of a collection in braces: commas, blanks, line breaks and comments, and which
//! element each belongs to.

use zeroize::Zeroizing;

use crate::edit::render::Text;

/// What a seam lies beside.
#[derive(Clone, Copy)]
pub(super) enum Edge {
    /// The opening or the closing brace.
    Brace,
    /// The original element with this index.
    Original(usize),
    /// An element that is new here.
    New,
}

/// The text between the elements of a collection in braces.
pub(super) struct Seams<'a> {
    /// Behind the opening brace, between elements, in front of the closing brace; one more than there are elements.
    pub(super) between: Vec<&'a str>,
    /// Elements stand on lines of their own.
    pub(super) lined: bool,
    /// A line break and the elements' indentation.
    pub(super) fresh_line: String,
    /// A space follows commas.
    pub(super) spaced: bool,
}

impl<'a> Seams<'a> {
    /// The comment on the same line as the element (or brace) in front of a seam.
    pub(super) fn behind(&self, at: usize) -> Option<&'a str> {
        let line = self.between[at].split('\n').next().unwrap_or_default();
        Some(line[line.find('#')?..].trim_end())
    }

    /// The part of a seam that belongs to the element after it: line breaks, comments on lines of their own, indentation.
    pub(super) fn before(&self, at: usize) -> Option<Text> {
        let seam = self.between[at];
        let newline = seam.find('\n')?;
        let start = if newline > 0 && seam.as_bytes()[newline - 1] == b'\r' {
            newline - 1
        } else {
            newline
        };
        Some(Zeroizing::new(without_comma(&seam[start..])))
    }

    /// Comments that stay when an element goes: those on lines of their own above it, and if it moved elsewhere the one
    /// behind it, too.
    pub(super) fn orphans(&self, at: usize, moved: bool) -> Vec<&'a str> {
        let above = self.between[at].split('\n').skip(1).filter_map(|line| {
            let line = line.trim();
            line.starts_with('#').then_some(line)
        });
        above.chain(self.behind(at + 1).filter(|_| moved)).collect()
    }

    /// Writes what stands between two neighbours, as it was if they were neighbours before.
    pub(super) fn write(&self, out: &mut String, previous: Edge, next: Edge, orphans: &[&str]) {
        let end = self.between.len() - 1;
        let verbatim = match (previous, next) {
            (Edge::Brace, Edge::Original(0)) => Some(0),
            (Edge::Original(a), Edge::Original(b)) if a + 1 == b => Some(b),
            (Edge::Original(a), Edge::Brace) if a + 1 == end => Some(end),
            _ => None,
        };
        if let Some(at) = verbatim {
            return out.push_str(self.between[at]);
        }
        let behind = match previous {
            Edge::Brace => self.behind(0),
            Edge::Original(at) => self.behind(at + 1),
            Edge::New => None,
        };
        if !matches!(previous, Edge::Brace) && !matches!(next, Edge::Brace) {
            out.push(',');
        }
        if let Some(comment) = behind {
            out.push(' ');
            out.push_str(comment);
        }
        for comment in orphans {
            out.push_str(&self.fresh_line);
            out.push_str(comment);
        }
        let before = match next {
            Edge::Original(at) => self.before(at),
            Edge::Brace => self.before(end),
            Edge::New => None,
        };
        let commented = behind.is_some() || !orphans.is_empty();
        match (before, previous, next) {
            (Some(before), ..) => out.push_str(&before),
            (None, ..) if commented => out.push_str(&self.fresh_line),
            (None, _, Edge::Brace) => out.push_str(&blanks_only(self.between[end])),
            (None, ..) if self.lined => out.push_str(&self.fresh_line),
            (None, Edge::Brace, _) => out.push_str(&blanks_only(self.between[0])),
            (None, ..) if self.spaced => out.push(' '),
            (None, ..) => {}
        }
    }
}

/// The seam without its comma; commas inside comments stay.
fn without_comma(seam: &str) -> String {
    let mut in_comment = false;
    let mut found = false;
    let mut out = String::with_capacity(seam.len());
    for c in seam.chars() {
        match c {
            '#' => in_comment = true,
            '\n' => in_comment = false,
            ',' if !in_comment && !found => {
                found = true;
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// A seam on one line without its comma, `" "` in `{ a: 1 }`.
fn blanks_only(seam: &str) -> String {
    without_comma(seam)
        .chars()
        .filter(|c| matches!(c, ' ' | '\t'))
        .collect()
}

//! New text: keys, scalars and whole collections written in the author's manner.
//!
//! Writes only what did not stand in the file before; text of the author's is copied elsewhere.

use zeroize::Zeroizing;

use crate::scalar::{self, Context, Scalar};
use crate::tree::Style;

/// A value behind `key:` or `-` in block style: what stands on that line, and whole lines below it.
#[derive(Default)]
pub(crate) struct Written {
    /// Behind the colon or dash, without the space in front.
    pub(crate) inline: Zeroizing<String>,
    /// Complete lines below, each with its line break.
    pub(crate) lines: Zeroizing<String>,
}

impl Written {
    pub(crate) fn inline(text: impl Into<String>) -> Self {
        Self {
            inline: Zeroizing::new(text.into()),
            ..Self::default()
        }
    }
}

/// A key as it must be written to be read as this very string.
pub(crate) fn key(text: &str, context: Context) -> Zeroizing<String> {
    scalar::one_line(text, Style::Plain, context)
}

/// A scalar in block style. `column` is that of the collection it stands in.
pub(crate) fn block_scalar(value: &Scalar, old: Style, column: usize, step: usize, newline: &str) -> Written {
    let Some(text) = value.as_str() else {
        return Written::inline(value.word());
    };
    let wants_lines = old != Style::DoubleQuoted;
    match scalar::literal(text, step).filter(|_| wants_lines) {
        Some(literal) => {
            let mut lines = Zeroizing::new(String::with_capacity(text.len() + 64));
            for line in literal.lines {
                if !line.is_empty() {
                    lines.push_str(&" ".repeat(column + step));
                    lines.push_str(line);
                }
                lines.push_str(newline);
            }
            Written {
                inline: Zeroizing::new(literal.header),
                lines,
            }
        }
        None => Written {
            inline: scalar::one_line(text, old, Context::Block),
            ..Written::default()
        },
    }
}

/// A scalar on one line.
pub(crate) fn inline_scalar(value: &Scalar, old: Style, context: Context) -> Zeroizing<String> {
    match value.as_str() {
        Some(text) => scalar::one_line(text, old, context),
        None => Zeroizing::new(value.word()),
    }
}

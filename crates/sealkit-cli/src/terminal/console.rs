//! Standard output and standard error.

use std::{
    borrow::Cow,
    fs,
    io::{self, IsTerminal, Write},
    os::unix::fs::MetadataExt,
};

use rustix::fs::{FileType, OFlags};

/// How reports and errors are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub(crate) enum Style {
    /// Sentences for people.
    #[default]
    Text,
    /// One JSON value per report or error, for programs.
    Json,
}

/// The two streams of the process, and how the person wants them used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    /// How reports and errors are written.
    pub(crate) style: Style,
    /// Say nothing but errors.
    pub(crate) quiet: bool,
}

/// A colour for a word on standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    Red,
    Yellow,
    Blue,
}

impl Console {
    /// Writes the result. A reader that went away (`| head`) is no error.
    pub(crate) fn result(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Says something about the result, unless asked to be quiet. In JSON style it is left out: programs read the
    /// report.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet && self.style == Style::Text {
            error_line(text);
        }
    }

    /// Colours a word if standard error is a terminal that wants colour.
    pub(crate) fn paint<'a>(&self, word: &'a str, colour: Colour) -> Cow<'a, str> {
        if self.style == Style::Json || !wants_colour() {
            return word.into();
        }
        let code = match colour {
            Colour::Red => "1;31",
            Colour::Yellow => "1;33",
            Colour::Blue => "1;34",
        };
        format!("\x1b[{code}m{word}\x1b[0m").into()
    }

    /// Whether what is written to standard output is lost: it was closed (`>&-`). Rust's runtime then opens `/dev/null` in
    /// its place for reading and writing, so that writing to it succeeds. A parent that opens `/dev/null` for both and
    /// passes it on looks the same; a shell's `> /dev/null` is for writing alone and means what it says.
    ///
    /// Source: Rust 1.95 `library/std/src/sys/pal/unix/mod.rs`, `sanitize_standard_fds`.
    pub(crate) fn result_leads_nowhere(&self) -> bool {
        let stdout = io::stdout();
        let device = |metadata: fs::Metadata| metadata.rdev();
        let (Ok(there), Ok(null)) = (rustix::fs::fstat(&stdout), fs::metadata("/dev/null").map(device))
        else {
            return false;
        };
        let both_ways = || {
            let flags = rustix::fs::fcntl_getfl(&stdout);
            flags.is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
        };
        FileType::from_raw_mode(there.st_mode) == FileType::CharacterDevice
            && there.st_rdev == null
            && both_ways()
    }

    /// Whether standard output is a terminal, where binary would do harm.
    pub(crate) fn result_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }
}

/// Writes a line to standard error. Nothing can be done if that fails.
pub(crate) fn error_line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Source: <https://no-color.org>: present and not empty, whatever its value.
fn wants_colour() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal()
        && !set("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Returns `text` with control characters written as escapes, line breaks excepted.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| c == '\n' || !(c.is_control() || is_direction_override(c));
    if text.chars().all(harmless) {
        return text.into();
    }
    let escaped = text.chars().map(|c| {
        if harmless(c) {
            c.to_string()
        } else {
            c.escape_default().to_string()
        }
    });
    escaped.collect::<String>().into()
}

/// Characters that make a terminal show text in another order than it is (the "trojan source" set).
fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_move_the_cursor() {
        assert_eq!(printable("a\x1b[2Jb\r\nc\u{202E}"), "a\\u{1b}[2Jb\\r\nc\\u{202e}");
        assert_eq!(printable("größe/äpfel.yaml"), "größe/äpfel.yaml");
    }
}

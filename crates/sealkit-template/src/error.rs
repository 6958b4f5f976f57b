//! What went wrong, in Go's words where the controller's users know them. Values of the data are never quoted.

use std::error;
use std::fmt;

/// Why a template did not become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The template cannot be read: its author's affair.
    Parse,
    /// A function or a field failed with this data.
    Execution,
    /// A bound was reached: steps, memory, output, depth or time.
    Limit,
}

/// A template that did not become text. It prints as `text/template` of Go prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    line: usize,
    message: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, line: usize, message: String) -> Self {
        Self { kind, line, message }
    }

    /// Whose affair it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The line of the template, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is said where values must not be shown; `text` is the template. `{{ fail .password }}` is the one way in which
    /// a message could quote a value, and a template is not authenticated: its words are passed on only where they stand in
    /// the template, for all to read.
    #[must_use]
    pub fn without_values(&self, text: &str) -> String {
        const FAIL: &str = "error calling fail: ";
        match self.message.split_once(FAIL) {
            Some((place, said)) if !text.contains(said) => {
                format!("{place}error calling fail, with words that could hold a value and are not shown")
            }
            _ => self.message.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

impl error::Error for Error {}

/// What a function answers when it cannot do its work; the place is added by whoever called it.
pub(crate) enum Fault {
    Failed(String),
    Limit(String),
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        Self::Failed(message.to_owned())
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

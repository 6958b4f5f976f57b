//! An error as `sops` shows it: one plain line on standard error, and a number.
//!
//! Scripts compare some of these lines, so a message is the peer's where one is known to be searched for. Ours are
//! placed behind it, as hints on lines of their own.

/// What ended a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) code: u8,
    /// The line; empty where the code says it all.
    pub(super) message: String,
    /// What to do next, one line each.
    pub(super) hints: Vec<String>,
    /// Whether the peer writes this one through its log.
    pub(super) is_log: bool,
}

impl Failure {
    /// A message with its code.
    pub(super) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hints: Vec::new(),
            is_log: false,
        }
    }

    /// A command line that makes no sense.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self {
            is_log: true,
            ..Self::new(super::codes::GENERIC, message)
        }
    }

    /// Adds what to do next.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

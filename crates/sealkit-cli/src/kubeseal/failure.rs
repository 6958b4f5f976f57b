//! Why it failed: the peer's sentence first, then where, why and what to do next.
//!
//! Holds names and reasons, never a value.

use std::{fmt, io};

use sealkit::{
    formats::sealed_secrets::kubeseal::{ReadProblem, SealProblem, UnsealProblem},
    manifest::ParseError,
};

use crate::diagnostic::Diagnostic;

/// What is told at standard error before exit code 1.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    place: Option<String>,
    why: Option<String>,
    help: Option<String>,
    #[cfg(feature = "cluster")]
    conflict: bool,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            why: None,
            help: None,
            #[cfg(feature = "cluster")]
            conflict: false,
        }
    }

    /// A system call on a file, as Go words it: `open PATH: no such file or directory`.
    pub(super) fn io(call: &str, path: &str, error: &io::Error) -> Self {
        Self::new(format!("{call} {path}: {}", reason(error)))
    }

    /// The first line, without `error:`.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The same under another sentence.
    #[cfg(feature = "cluster")]
    pub(super) fn with_message(mut self, message: String) -> Self {
        self.message = message;
        self
    }

    /// Marks it as the controller's way to say no.
    #[cfg(feature = "cluster")]
    pub(super) fn conflict(mut self) -> Self {
        self.conflict = true;
        self
    }

    #[cfg(feature = "cluster")]
    pub(super) fn is_conflict(&self) -> bool {
        self.conflict
    }

    pub(super) fn at(mut self, place: impl ToString) -> Self {
        self.place = Some(place.to_string());
        self
    }

    pub(super) fn why(mut self, why: impl Into<Option<String>>) -> Self {
        self.why = why.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }

    /// A text that is neither YAML nor JSON, under the peer's sentence for it.
    pub(super) fn unreadable(message: &str, error: &ParseError) -> Self {
        let failure = match error {
            ParseError::DuplicateKey { .. } | ParseError::TooLarge { .. } | ParseError::AliasBomb { .. } => {
                Self::new(error.to_string()).why(error.why())
            }
            _ => Self::new(message).why(error.to_string()),
        };
        let failure = failure.help(error.hint());
        match error.place() {
            Some(place) => failure.at(place),
            None => failure,
        }
    }

    /// The same for the rest of the command, which lays it out itself.
    pub(super) fn into_diagnostic(self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.message.replace(".\n", "; "))
            .why(self.why)
            .help(self.help);
        match self.place {
            Some(place) => diagnostic.at(place),
            None => diagnostic,
        }
    }

    /// The same in the file of this name, unless a place is known already.
    pub(super) fn in_file(self, name: &str) -> Self {
        if self.place.is_some() { self } else { self.at(name) }
    }
}

impl From<ReadProblem> for Failure {
    fn from(problem: ReadProblem) -> Self {
        let failure = Self::new(problem.to_string()).help(problem.hint());
        match problem.place() {
            Some(place) => failure.at(place),
            None => failure,
        }
    }
}

impl From<SealProblem> for Failure {
    fn from(problem: SealProblem) -> Self {
        let help = match &problem {
            SealProblem::NoName => "write metadata.name, or give it with --name",
            SealProblem::OtherNamespace { .. } => "leave --namespace out, or give the Secret's own",
            SealProblem::NoNamespace => {
                "write metadata.namespace or give it with --namespace; no kubeconfig says where you work"
            }
            _ => return Self::new(problem.to_string()),
        };
        Self::new(problem.to_string()).help(help.to_owned())
    }
}

impl From<UnsealProblem> for Failure {
    fn from(problem: UnsealProblem) -> Self {
        let help = match &problem {
            UnsealProblem::Values(text) if text.contains("no key") => {
                "a value opens only with the key it was sealed for, under the name, namespace and scope it was sealed \
                 under"
            }
            UnsealProblem::Deprecated => "`sealkit open --identity KEY FILE` reads the deprecated form",
            UnsealProblem::Values(text) if text.contains("template: ") => {
                "the controller would fail like this; `sealkit open --no-template --identity KEY FILE` gives the values alone"
            }
            _ => return Self::new(problem.to_string()),
        };
        Self::new(problem.to_string()).help(help.to_owned())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.message)?;
        if let Some(place) = &self.place {
            writeln!(f, "  --> {place}")?;
        }
        for (label, text) in [("why: ", &self.why), ("help:", &self.help)] {
            if let Some(text) = text {
                writeln!(f, "   = {label} {text}")?;
            }
        }
        Ok(())
    }
}

/// A system error in Go's words: lower case, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

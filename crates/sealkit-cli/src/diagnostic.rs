//! The one place where errors become words for people, or JSON for programs.
//!
//! Every error answers four questions: what was attempted, where, why, and what to do next. This file does not decide
//! any of the answers; it asks the typed errors of the libraries and of this crate's adapters, sorts them by who can
//! act (the exit code), and lays them out:
//!
//! ```text
//! error: cannot open spec.encryptedData.password
//!   --> staging/db.sealed.yaml:14:5
//!    = why:  none of 3 sealing keys accept it with label "staging/db" (scope strict)
//!    = help: if it moved, seal it again here
//! ```

use std::{collections::HashMap, path::Path};

use sealkit::{Problem, ProblemKind, Problems, manifest::ParseError};
use serde::Serialize;

use crate::{
    exit,
    files::FileError,
    git::GitError,
    terminal::{self, Colour, Console, PromptError, Style, printable},
};

/// As many places of one message are shown to a person; programs get all.
const MAX_PLACES: usize = 20;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Something was not done.
    Error,
    /// It was done, but a person should look.
    Warning,
    /// Worth knowing.
    Note,
}

/// One message with its four answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Diagnostic {
    severity: Severity,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    places: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Diagnostic {
    /// Something was not done.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// It was done, but a person should look.
    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// Worth knowing.
    pub(crate) fn note(message: impl Into<String>) -> Self {
        Self::new(Severity::Note, message)
    }

    /// Where: `file:line:col`, or a file alone.
    pub(crate) fn at(mut self, place: impl ToString) -> Self {
        self.places = vec![place.to_string()];
        self
    }

    /// Why.
    pub(crate) fn why(mut self, why: impl Into<Option<String>>) -> Self {
        self.why = why.into();
        self
    }

    /// What to do next.
    pub(crate) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }

    /// What a library reports as an aside.
    pub(crate) fn of_note(note: &sealkit::Note) -> Self {
        let mut diagnostic = Self::warning(&note.message).help(note.hint.clone());
        diagnostic
            .places
            .extend(note.place.as_ref().map(ToString::to_string));
        diagnostic
    }

    /// Writes every sentence anew.
    pub(crate) fn rewrite(&mut self, with: impl Fn(&str) -> String) {
        self.message = with(&self.message);
        for answer in [&mut self.why, &mut self.help] {
            *answer = answer.as_deref().map(&with);
        }
    }

    /// What makes two messages the same but for their places.
    fn sentence(&self) -> (String, Option<String>) {
        (self.message.clone(), self.why.clone())
    }

    /// The same was found elsewhere too.
    pub(crate) fn also_at(&mut self, other: Self) {
        for place in other.places {
            if self.places.last() != Some(&place) {
                self.places.push(place);
            }
        }
    }

    /// Writes it to standard error, in the style asked for.
    pub(crate) fn show(&self, console: &Console) {
        if console.quiet && self.severity != Severity::Error {
            return;
        }
        match console.style {
            Style::Text => terminal::error_line(&self.text(console)),
            Style::Json => terminal::error_line(&serde_json::to_string(self).unwrap_or_default()),
        }
    }

    fn text(&self, console: &Console) -> String {
        let (word, colour) = match self.severity {
            Severity::Error => ("error", Colour::Red),
            Severity::Warning => ("warning", Colour::Yellow),
            Severity::Note => ("note", Colour::Blue),
        };
        let mut text = format!("{}: {}", console.paint(word, colour), printable(&self.message));
        for place in self.places.iter().take(MAX_PLACES) {
            text += &format!("\n  --> {}", printable(place));
        }
        if self.places.len() > MAX_PLACES {
            text += &format!("\n  ... and {} more", self.places.len() - MAX_PLACES);
        }
        for (label, answer) in [("why: ", &self.why), ("help:", &self.help)] {
            if let Some(answer) = answer {
                // Further lines stand under the first.
                text += &format!(
                    "\n   = {label} {}",
                    printable(answer).replace('\n', "\n           ")
                );
            }
        }
        text
    }

    fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            places: Vec::new(),
            why: None,
            help: None,
        }
    }
}

/// Shows messages in order. What a hundred files share is said once, with every place.
pub(crate) fn show_all(messages: impl IntoIterator<Item = Diagnostic>, console: &Console) {
    let mut shown: Vec<Diagnostic> = Vec::new();
    let mut known: HashMap<(String, Option<String>), usize> = HashMap::new();
    for message in messages {
        match known.get(&message.sentence()) {
            Some(same) => shown[*same].also_at(message),
            None => {
                known.insert(message.sentence(), shown.len());
                shown.push(message);
            }
        }
    }
    for message in &shown {
        message.show(console);
    }
}

/// Why a command stops: everything a person should fix, and the exit code that says who can act.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    /// What to show, in order.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// Stops with one message.
    pub(crate) fn new(code: u8, diagnostic: Diagnostic) -> Self {
        Self {
            code,
            diagnostics: vec![diagnostic],
        }
    }

    /// The command line asks for something that makes no sense.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(exit::USAGE, Diagnostic::error(message).help(help.into()))
    }

    /// Shows everything and returns the exit code.
    pub(crate) fn report(&self, console: &Console) -> u8 {
        for diagnostic in &self.diagnostics {
            diagnostic.show(console);
        }
        self.code
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::new(exit::FILE, (&error).into())
    }
}

impl From<&FileError> for Diagnostic {
    fn from(error: &FileError) -> Self {
        Self::error(error.to_string())
            .at(show_path(error.path()))
            .why(error.why())
            .help(error.hint())
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        let help = "run it inside a git repository, or name the files instead".to_owned();
        Self::new(
            exit::FILE,
            Diagnostic::error(error.to_string()).why(error.why).help(help),
        )
    }
}

impl From<PromptError> for Failure {
    fn from(error: PromptError) -> Self {
        let help = match error {
            PromptError::NoTerminal => "pipe the value in, or name a file that holds it",
            PromptError::Different => "nothing was changed; run the command again",
            _ => "nothing was changed",
        };
        Self::new(
            exit::FAILED,
            Diagnostic::error(error.to_string()).help(help.to_owned()),
        )
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        let correct = || Some("nothing was changed; correct the text at this place".to_owned());
        let mut diagnostic = Diagnostic::error(error.to_string())
            .why(error.why())
            .help(error.hint().or_else(correct));
        diagnostic.places.extend(error.place().map(ToString::to_string));
        Self::new(exit::MALFORMED, diagnostic)
    }
}

impl From<&Problem> for Diagnostic {
    fn from(problem: &Problem) -> Self {
        let mut diagnostic = Self::error(problem.what())
            .why(problem.why())
            .help(problem.hint());
        diagnostic
            .places
            .extend(problem.place().map(|place| place.to_string()));
        diagnostic
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(code_of(problem.kind()), (&problem).into())
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self {
            code: code_of(problems.kind()),
            diagnostics: problems.iter().map(Diagnostic::from).collect(),
        }
    }
}

fn code_of(kind: ProblemKind) -> u8 {
    match kind {
        ProblemKind::Malformed => exit::MALFORMED,
        ProblemKind::Tampered => exit::TAMPERED,
        ProblemKind::NoIdentity => exit::NO_IDENTITY,
        ProblemKind::Misuse => exit::USAGE,
        ProblemKind::Conflict => exit::POLICY,
        _ => exit::FAILED,
    }
}

/// A path as people write it: without a leading `./`.
pub(crate) fn show_path(path: &Path) -> String {
    path.strip_prefix("./").unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSOLE: Console = Console {
        style: Style::Text,
        quiet: false,
    };

    #[test]
    fn lays_out_the_four_answers() {
        let diagnostic = Diagnostic::error("cannot open spec.encryptedData.password")
            .at("staging/db.yaml:14:5")
            .why("no key fits".to_owned())
            .help("seal it again\nor restore the key".to_owned());
        let expected = "error: cannot open spec.encryptedData.password\n  --> staging/db.yaml:14:5\n   \
                        = why:  no key fits\n   = help: seal it again\n           or restore the key";
        assert_eq!(diagnostic.text(&CONSOLE), expected);
    }

    #[test]
    fn leaves_out_the_answers_that_nobody_gave() {
        assert_eq!(
            Diagnostic::note("nothing to do").text(&CONSOLE),
            "note: nothing to do"
        );
        let json = serde_json::to_string(&Diagnostic::warning("w")).expect("plain data");
        assert_eq!(json, r#"{"severity":"warning","message":"w"}"#);
    }
}

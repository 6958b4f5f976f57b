//! What is wrong with a configuration file, in the server's words and with our places.

use std::fmt;

use sealkit_manifest::{ParseError, Place};

/// When the server finds a problem: it reports the later ones only once the earlier ones are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// The file is no YAML or JSON.
    Syntax,
    /// The file has another shape than an EncryptionConfiguration.
    Decoding,
    /// Fields have values that are not allowed.
    Validation,
    /// The rules do not go together, or the server does not support a provider.
    Loading,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// When the server finds it.
    pub stage: Stage,
    /// The server's field path, `resources[0].providers[1].aescbc.keys[0].name`; empty where it gives none.
    pub field: String,
    /// The server's text without the path. A secret in it is replaced by `REDACTED`, also where the server prints it.
    pub text: String,
    /// Where to look, if it stands at one place.
    pub place: Option<Place>,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    pub(super) fn new(
        stage: Stage,
        field: impl Into<String>,
        text: impl Into<String>,
        place: &Place,
    ) -> Problem {
        Problem {
            stage,
            field: field.into(),
            text: text.into(),
            place: Some(place.clone()),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: &str) -> Problem {
        self.hint = Some(hint.to_owned());
        self
    }
}

/// The server's line: path, colon, text.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.text),
            field => write!(f, "{field}: {}", self.text),
        }
    }
}

impl From<ParseError> for Problem {
    fn from(error: ParseError) -> Problem {
        Problem {
            stage: Stage::Syntax,
            field: String::new(),
            text: error.to_string(),
            place: error.place().cloned(),
            hint: error.hint(),
        }
    }
}

/// Everything that is wrong with a configuration file; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub(super) Vec<Problem>);

impl ConfigError {
    /// The problems, in the order in which the server reports them.
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }

    /// Where the first problem stands.
    pub fn place(&self) -> Option<&Place> {
        self.0.first()?.place.as_ref()
    }

    /// What to do about the first problem.
    pub fn hint(&self) -> Option<String> {
        self.0.first()?.hint.clone()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        match texts.as_slice() {
            [one] => f.write_str(one),
            several => write!(f, "[{}]", several.join(", ")),
        }
    }
}

impl std::error::Error for ConfigError {}

//! What can be wrong with a `.sops.yaml`, each with its place and what to do next.

use sealkit_crypto::recipient::RecipientError;
use sealkit_manifest::{ParseError, Place};

/// Why a configuration, or the rule of it that was reached, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SopsConfigError {
    /// The file is not YAML.
    #[error("error loading config: cannot read the configuration")]
    Parse(#[source] ParseError),
    /// A field of a kind that does not fit.
    #[error("error loading config: `{field}` should be {expected}")]
    WrongKind {
        /// Where the value stands.
        place: Place,
        /// The field.
        field: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A pattern that is none.
    #[error("error loading config: `{field}` is not a regular expression")]
    Pattern {
        /// Where it stands.
        place: Place,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Two fields that each say which values are encrypted.
    #[error("error loading config: a rule cannot have both `{first}` and `{second}`")]
    TwoSelectors {
        /// Where the second one stands.
        place: Place,
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A key that is written in a way that says nothing.
    #[error("error loading config: this is not {expected}")]
    Key {
        /// Where it stands.
        place: Place,
        /// What is expected.
        expected: &'static str,
    },
    /// An age recipient that is none.
    #[error("error loading config: this is not an age recipient")]
    Recipient {
        /// Where it stands.
        place: Place,
        /// What is wrong with it.
        source: RecipientError,
    },
    /// A rule, or a group of it, that names no key.
    #[error("error loading config: the rule has a group without keys")]
    NoKeys {
        /// Where the rule stands.
        place: Place,
    },
    /// A rule that publishes to two places.
    #[error("error loading config: a destination rule names one destination")]
    TwoDestinations {
        /// Where the rule stands.
        place: Place,
    },
    /// There are rules, and none is for this file.
    #[error("error loading config: no matching creation rules found")]
    NoMatchingRule {
        /// The configuration.
        file: String,
    },
}

impl SopsConfigError {
    /// Returns where in the configuration it went wrong.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Parse(source) => source.place(),
            Self::WrongKind { place, .. }
            | Self::Pattern { place, .. }
            | Self::TwoSelectors { place, .. }
            | Self::Key { place, .. }
            | Self::Recipient { place, .. }
            | Self::NoKeys { place }
            | Self::TwoDestinations { place } => Some(place),
            Self::NoMatchingRule { .. } => None,
        }
    }

    /// Returns the reason in the reader's terms, where the error itself does not say it.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Parse(source) => Some(source.to_string()),
            Self::Pattern { problem, .. } => Some(problem.clone()),
            Self::Recipient { source, .. } => Some(source.to_string()),
            Self::NoMatchingRule { file } => Some(format!("no rule of {file} matches this path")),
            _ => None,
        }
    }

    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Parse(source) => return source.hint(),
            Self::Pattern { .. } => "patterns are those of RE2, without look-around and back references",
            Self::TwoSelectors { .. } => "keep one of the two",
            Self::Recipient { .. } => "write age1…, age1pq1…, ssh-ed25519 … or ssh-rsa …",
            Self::NoKeys { .. } => "name at least one key in `age` or `pgp`",
            Self::NoMatchingRule { .. } => {
                "add a rule without `path_regex` at the end, which matches everything"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

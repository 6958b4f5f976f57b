//! Which values are encrypted: at most one of six selectors, tested against keys or against comments.
//!
//! Source: `shouldBeEncrypted` in `sops.go` of getsops/sops 3.13.

mod re2;

use regex::Regex;

use super::error::SelectorError;

/// A selector as the metadata or a creation rule spells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// Encrypted unless a key of the path ends with it.
    UnencryptedSuffix(String),
    /// Encrypted only if a key of the path ends with it.
    EncryptedSuffix(String),
    /// Encrypted unless a key of the path matches it.
    UnencryptedRegex(String),
    /// Encrypted only if a key of the path matches it.
    EncryptedRegex(String),
    /// Encrypted unless an active comment matches it.
    UnencryptedCommentRegex(String),
    /// Encrypted only if an active comment matches it.
    EncryptedCommentRegex(String),
}

/// The selector where none is named.
pub const DEFAULT_SUFFIX: &str = "_unencrypted";

impl Default for Selector {
    fn default() -> Self {
        Self::UnencryptedSuffix(DEFAULT_SUFFIX.to_owned())
    }
}

impl Selector {
    /// The fields of the metadata, in the order in which they are written.
    pub const FIELDS: [&'static str; 6] = [
        "encrypted_comment_regex",
        "encrypted_regex",
        "encrypted_suffix",
        "unencrypted_comment_regex",
        "unencrypted_regex",
        "unencrypted_suffix",
    ];

    /// The field of the metadata and its text.
    pub fn field(&self) -> (&'static str, &str) {
        match self {
            Self::UnencryptedSuffix(text) => ("unencrypted_suffix", text),
            Self::EncryptedSuffix(text) => ("encrypted_suffix", text),
            Self::UnencryptedRegex(text) => ("unencrypted_regex", text),
            Self::EncryptedRegex(text) => ("encrypted_regex", text),
            Self::UnencryptedCommentRegex(text) => ("unencrypted_comment_regex", text),
            Self::EncryptedCommentRegex(text) => ("encrypted_comment_regex", text),
        }
    }

    /// The selector of a field.
    pub fn from_field(field: &str, text: &str) -> Option<Self> {
        let text = text.to_owned();
        Some(match field {
            "unencrypted_suffix" => Self::UnencryptedSuffix(text),
            "encrypted_suffix" => Self::EncryptedSuffix(text),
            "unencrypted_regex" => Self::UnencryptedRegex(text),
            "encrypted_regex" => Self::EncryptedRegex(text),
            "unencrypted_comment_regex" => Self::UnencryptedCommentRegex(text),
            "encrypted_comment_regex" => Self::EncryptedCommentRegex(text),
            _ => return None,
        })
    }
}

/// A selector, compiled once.
#[derive(Debug)]
pub struct Rules {
    selector: Test,
    invalid: bool,
}

#[derive(Debug)]
enum Test {
    Suffix { suffix: String, encrypts: bool },
    Key { regex: Option<Regex>, encrypts: bool },
    Comment { regex: Option<Regex>, encrypts: bool },
}

impl Rules {
    /// Compiles a selector for encrypting.
    ///
    /// # Errors
    /// [`SelectorError`] for an expression that does not compile: the peer would silently take it for one that never
    /// matches, and so encrypt nothing, or everything.
    pub fn new(selector: &Selector) -> Result<Self, SelectorError> {
        let (field, text) = selector.field();
        let compile = || {
            re2::compile(text)
                .map_err(|problem| SelectorError::Regex { field, problem })
                .map(Some)
        };
        Ok(Self {
            selector: test(selector, compile)?,
            invalid: false,
        })
    }

    /// Compiles a selector for decrypting: an invalid expression never matches, so that files the peer made still open.
    pub fn lenient(selector: &Selector) -> Self {
        let (_, text) = selector.field();
        let mut invalid = false;
        let compile = || {
            let regex = re2::compile(text).ok();
            invalid = regex.is_none();
            Ok::<_, std::convert::Infallible>(regex)
        };
        let selector = match test(selector, compile) {
            Ok(selector) => selector,
            Err(never) => match never {},
        };
        Self { selector, invalid }
    }

    /// Whether the expression did not compile.
    pub fn is_invalid(&self) -> bool {
        self.invalid
    }

    /// Whether a key, by itself, decides for everything under it.
    pub(super) fn key_matches(&self, key: &str) -> bool {
        match &self.selector {
            Test::Suffix { suffix, .. } => key.ends_with(suffix.as_str()),
            Test::Key { regex, .. } => regex.as_ref().is_some_and(|regex| regex.is_match(key)),
            Test::Comment { .. } => false,
        }
    }

    /// Whether a comment matches; always false unless the selector is about comments.
    pub(super) fn comment_matches(&self, text: &str) -> bool {
        match &self.selector {
            Test::Comment { regex, .. } => regex.as_ref().is_some_and(|regex| regex.is_match(text)),
            _ => false,
        }
    }

    /// Whether what matches is encrypted; otherwise what does not match is.
    pub(super) fn encrypts(&self) -> bool {
        match self.selector {
            Test::Suffix { encrypts, .. } | Test::Key { encrypts, .. } | Test::Comment { encrypts, .. } => {
                encrypts
            }
        }
    }
}

fn test<E>(selector: &Selector, compile: impl FnOnce() -> Result<Option<Regex>, E>) -> Result<Test, E> {
    Ok(match selector {
        Selector::UnencryptedSuffix(suffix) => Test::Suffix {
            suffix: suffix.clone(),
            encrypts: false,
        },
        Selector::EncryptedSuffix(suffix) => Test::Suffix {
            suffix: suffix.clone(),
            encrypts: true,
        },
        Selector::UnencryptedRegex(_) => Test::Key {
            regex: compile()?,
            encrypts: false,
        },
        Selector::EncryptedRegex(_) => Test::Key {
            regex: compile()?,
            encrypts: true,
        },
        Selector::UnencryptedCommentRegex(_) => Test::Comment {
            regex: compile()?,
            encrypts: false,
        },
        Selector::EncryptedCommentRegex(_) => Test::Comment {
            regex: compile()?,
            encrypts: true,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_expression_is_refused_for_sealing_and_matches_nothing_for_opening() {
        let selector = Selector::EncryptedRegex("^(data".to_owned());
        assert!(matches!(
            Rules::new(&selector),
            Err(SelectorError::Regex {
                field: "encrypted_regex",
                ..
            })
        ));
        let rules = Rules::lenient(&selector);
        assert!(rules.is_invalid() && !rules.key_matches("data"));
    }

    #[test]
    fn expressions_are_not_anchored_and_heed_case() {
        let rules = Rules::new(&Selector::EncryptedRegex("pass".to_owned())).expect("valid");
        assert!(rules.key_matches("my_password") && !rules.key_matches("PASSWORD"));
    }

    #[test]
    fn fields_name_their_selectors() {
        for field in Selector::FIELDS {
            let selector = Selector::from_field(field, "x").expect("a field");
            assert_eq!(selector.field(), (field, "x"));
        }
        assert_eq!(
            Selector::default().field(),
            ("unencrypted_suffix", "_unencrypted")
        );
    }
}

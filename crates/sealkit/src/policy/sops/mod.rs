//! `.sops.yaml`: which keys and which selection `sops` uses for a file, read with positions.
//!
//! A rule's mistakes surface when that rule is reached, as in the peer: a repository whose last rule is broken goes on
//! working for the files above it. Knows paths as text, opens no file, parses no recipient and wraps nothing.
//!
//! ```
//! use sealkit::policy::sops::{MasterKey, Selector, SopsConfig};
//!
//! let text = b"creation_rules:\n  - path_regex: ^prod/\n    encrypted_regex: ^data$\n    age: age1x, age1y\n  - pgp: ABCD\n";
//! let config = SopsConfig::parse(".sops.yaml", text)?;
//! let rule = config.creation_rule("prod/db.yaml")?.expect("the first rule matches");
//! assert_eq!((rule.number(), rule.groups()[0].len()), (1, 2));
//! assert_eq!(rule.selector(), Some(&Selector::EncryptedRegex("^data$".to_owned())));
//! let rule = config.creation_rule("db.yaml")?.expect("the second rule matches everything");
//! assert_eq!(rule.groups()[0][0].key, MasterKey::Pgp { fingerprint: "ABCD".to_owned() });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod discover;
mod error;
mod fields;
mod keys;
mod pattern;
mod read;
mod sealing;

pub use discover::{ALTERNATE_FILE_NAME, CONFIG_FILE_NAME, Discovered, discover, rule_path};
pub use error::SopsConfigError;
pub use keys::{ConfiguredKey, MasterKey};

use sealkit_manifest::Place;

use pattern::Pattern;

/// A `.sops.yaml`, read.
#[derive(Debug, Clone)]
pub struct SopsConfig {
    name: String,
    /// Absent is as if there were no file; empty matches nothing.
    creation_rules: Option<Vec<CreationRule>>,
    destination_rules: Vec<DestinationRule>,
    stores: StoreSettings,
}

/// One of the `creation_rules`: how a new file is encrypted, and for whom.
#[derive(Debug, Clone)]
pub struct CreationRule {
    place: Place,
    number: usize,
    path: Pattern,
    groups: Vec<Vec<ConfiguredKey>>,
    shamir_threshold: i64,
    selector: Option<Selector>,
    mac_only_encrypted: bool,
    /// What is wrong with it, told when it is used.
    problem: Option<SopsConfigError>,
}

/// Which values of a file are encrypted, as the rule says it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selector {
    /// All but those below a key with this ending.
    UnencryptedSuffix(String),
    /// Only those below a key with this ending.
    EncryptedSuffix(String),
    /// All but those below a key that matches.
    UnencryptedRegex(String),
    /// Only those below a key that matches.
    EncryptedRegex(String),
    /// All but those under a comment that matches.
    UnencryptedCommentRegex(String),
    /// Only those under a comment that matches.
    EncryptedCommentRegex(String),
}

/// One of the `destination_rules`: where `sops publish` would put a file.
#[derive(Debug, Clone)]
pub struct DestinationRule {
    path: Pattern,
    destination: Option<Destination>,
    recreation_rule: Option<CreationRule>,
    omit_extensions: bool,
    problem: Option<SopsConfigError>,
}

/// Where a file is published.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Destination {
    /// An S3 bucket.
    S3 {
        /// The bucket.
        bucket: String,
        /// What stands in front of the file's name there.
        prefix: String,
    },
    /// A Google Cloud Storage bucket.
    Gcs {
        /// The bucket.
        bucket: String,
        /// What stands in front of the file's name there.
        prefix: String,
    },
    /// A key-value engine of Vault.
    Vault {
        /// The server; empty means that of the environment.
        address: String,
        /// Where below the mount.
        path: String,
        /// The mount; empty means `secret/`.
        mount: String,
        /// The engine's version; 0 means 2.
        version: i64,
    },
}

/// How the peer lays files out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StoreSettings {
    /// Blanks per level in YAML; 0 means the peer's own 4.
    pub yaml_indent: i64,
    /// Blanks per level in JSON; -1 means a tab.
    pub json_indent: i64,
    /// The same for files that hold bytes.
    pub json_binary_indent: i64,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            yaml_indent: 0,
            json_indent: -1,
            json_binary_indent: -1,
        }
    }
}

impl SopsConfig {
    /// Reads a configuration. `name` is the path that messages show.
    ///
    /// # Errors
    /// [`SopsConfigError`] with its place: YAML that does not parse, and fields of a kind that does not fit. Unknown
    /// fields are nothing, as for the peer; what is wrong with one rule waits for [`SopsConfig::creation_rule`].
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, SopsConfigError> {
        read::config(name, text)
    }

    /// Returns the path that messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Decides how a new file at `path` is encrypted: the first rule that matches. `path` is what [`rule_path`] makes of
    /// the file's absolute path. `None` means that the file has no `creation_rules`, which is as if it did not exist.
    ///
    /// # Errors
    /// [`SopsConfigError::NoMatchingRule`], and whatever is wrong with the rules that were reached.
    pub fn creation_rule(&self, path: &str) -> Result<Option<&CreationRule>, SopsConfigError> {
        let Some(rules) = &self.creation_rules else {
            return Ok(None);
        };
        for rule in rules {
            if rule.path.matches(path)? {
                return match &rule.problem {
                    Some(problem) => Err(problem.clone()),
                    None => Ok(Some(rule)),
                };
            }
        }
        Err(SopsConfigError::NoMatchingRule {
            file: self.name.clone(),
        })
    }

    /// Returns every creation rule, whether it can be used or not.
    pub fn creation_rules(&self) -> &[CreationRule] {
        self.creation_rules.as_deref().unwrap_or_default()
    }

    /// Decides where the file at `path`, as the user wrote it, is published: the first rule that matches. A rule whose
    /// pattern is none matches nothing.
    ///
    /// # Errors
    /// [`SopsConfigError::NoMatchingRule`], and whatever is wrong with the rule.
    pub fn destination_rule(&self, path: &str) -> Result<&DestinationRule, SopsConfigError> {
        let rule = self
            .destination_rules
            .iter()
            .find(|rule| rule.path.matches(path).unwrap_or(false));
        let none = || SopsConfigError::NoMatchingRule {
            file: self.name.clone(),
        };
        let rule = rule.ok_or_else(none)?;
        match &rule.problem {
            Some(problem) => Err(problem.clone()),
            None => Ok(rule),
        }
    }

    /// Returns how files are laid out.
    pub fn stores(&self) -> StoreSettings {
        self.stores
    }

    /// Returns what is wrong with single rules, reached or not.
    pub fn problems(&self) -> Vec<SopsConfigError> {
        let rules = self.creation_rules().iter();
        let of_rules = rules.flat_map(|rule| rule.path.problem().into_iter().chain(rule.problem.clone()));
        let of_destinations = self
            .destination_rules
            .iter()
            .flat_map(|rule| rule.path.problem().into_iter().chain(rule.problem.clone()));
        of_rules.chain(of_destinations).collect()
    }
}

impl CreationRule {
    /// Returns where the rule begins.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Returns its position among the rules, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns its key groups; one, unless `key_groups` says otherwise. A group can be empty, which the peer finds out
    /// when it makes the data key.
    pub fn groups(&self) -> &[Vec<ConfiguredKey>] {
        &self.groups
    }

    /// Returns how many groups are needed to open a file; 0 leaves it to the writer.
    pub fn shamir_threshold(&self) -> i64 {
        self.shamir_threshold
    }

    /// Returns which values are encrypted; `None` leaves it to the default.
    pub fn selector(&self) -> Option<&Selector> {
        self.selector.as_ref()
    }

    /// Returns whether the MAC covers only what is encrypted.
    pub fn mac_only_encrypted(&self) -> bool {
        self.mac_only_encrypted
    }
}

impl DestinationRule {
    /// Returns where files go; `None` if the rule names no destination.
    pub fn destination(&self) -> Option<&Destination> {
        self.destination.as_ref()
    }

    /// Returns how files are encrypted again before they go, if they are.
    pub fn recreation_rule(&self) -> Option<&CreationRule> {
        self.recreation_rule.as_ref()
    }

    /// Returns whether the extension of the file's name is left out.
    pub fn omits_extensions(&self) -> bool {
        self.omit_extensions
    }
}

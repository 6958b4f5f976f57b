//! Who can open which file: `.sealkit.yaml`, read strictly and with positions.
//! Files named in it arrive through a function, so that this module opens none; nothing here seals.
//!
//! ```yaml
//! version: 1
//! recipients:
//!   alice: age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
//!   production: {file: keys/production.pem}
//! groups:
//!   everyone: [alice]
//! rules:
//!   - paths: [production/**]
//!     format: sealed-secrets
//!     recipients: [production]
//!   - paths: ["*.yaml"]
//!     recipients: [everyone]
//! ```

mod error;
mod fields;
mod file;
mod glob;
mod read;
mod rules;
#[cfg(feature = "sops")]
pub mod sops;
mod starter;

pub use error::PolicyError;
pub use file::{
    FormatName, POLICY_VERSION, PolicyFile, RecipientFile, RecipientSource, RuleEntry, ScopeName, json_schema,
};
pub use starter::{Starter, starter};

use sealkit_crypto::certificate::Certificate;
use sealkit_formats::Scope;
use sealkit_manifest::Place;

use crate::names::Names;
use crate::recognise::Format;
use crate::report::Note;
use crate::sealing::{NamedRecipient, Sealing};
use glob::PathGlobs;

/// The name of the policy file.
pub const POLICY_FILE_NAME: &str = ".sealkit.yaml";

/// Reads a file that the policy names, relative to the policy's directory.
pub type ReadFile<'a> = dyn FnMut(&str) -> std::io::Result<Vec<u8>> + 'a;

/// A policy, read and checked: every name resolves, every key parses.
#[derive(Debug, Clone)]
pub struct Policy {
    name: String,
    rules: Vec<Rule>,
    names: Names,
    used_recipients: Vec<NamedRecipient>,
}

#[derive(Debug, Clone)]
struct Rule {
    place: Place,
    globs: PathGlobs,
    format: Format,
    recipients: Vec<NamedRecipient>,
    certificate: Option<Certificate>,
    scope: Option<Scope>,
    allow_classic_recipients: bool,
}

impl Policy {
    /// Reads a policy. `name` is the path that messages show; `read` opens the key files it names.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place: YAML that does not parse, an unknown or missing field, a name that
    /// nobody defined, a key that does not parse, a key file that cannot be read, a glob that is none.
    pub fn parse(name: &str, text: &[u8], read: &mut ReadFile<'_>) -> Result<Self, PolicyError> {
        read::policy(name, text, read)
    }

    /// Decides how the file at `path` is sealed: the first rule whose globs match. `path` is relative to the policy's
    /// directory, with `/` between its parts.
    pub fn decide(&self, path: &str) -> Option<Sealing> {
        let number = self.rules.iter().position(|rule| rule.globs.matches(path))?;
        let rule = &self.rules[number];
        Some(Sealing {
            format: rule.format,
            recipients: rule.recipients.clone(),
            certificate: rule.certificate.clone(),
            scope: rule.scope,
            allow_classic_recipients: rule.allow_classic_recipients,
            #[cfg(feature = "sops")]
            sops: None,
            names: self.names.clone(),
            origin: format!("rule {} at {}", number + 1, rule.place),
        })
    }

    /// Returns the path that messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the directory of all recipients that the policy names, used or not.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Returns every recipient of the policy, in the order of the file.
    pub fn recipients(&self) -> &[NamedRecipient] {
        &self.used_recipients
    }

    /// Returns what a careful reader would object to: rules whose loss of one key is the loss of the data.
    pub fn notes(&self) -> Vec<Note> {
        let single = |rule: &&Rule| rule.format != Format::SealedSecrets && rule.recipients.len() == 1;
        self.rules
            .iter()
            .filter(single)
            .map(single_recipient_note)
            .collect()
    }
}

fn single_recipient_note(rule: &Rule) -> Note {
    let name = rule.recipients[0].name.clone().unwrap_or_default();
    Note {
        place: Some(rule.place.clone()),
        message: format!("only {name} can open what this rule seals: losing that key loses the data"),
        hint: Some("add a second recipient, for instance a backup key that is kept offline".to_owned()),
    }
}

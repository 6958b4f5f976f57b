//! `sealkit at-rest config add-key`, `promote` and `remove-key`: the three steps of a rotation, as text edits.
#![allow(
    clippy::result_large_err,
    reason = "an error here is told once, and then the program ends"
)]

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use sealkit::crypto::{DataKey, Plaintext};
use sealkit::formats::at_rest::config::{EditError, EncryptionConfig, KeyAt};

use super::{Provider, refused, resource};
use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Directories},
    generator,
    terminal::Console,
};

/// Which key is meant.
#[derive(Args, Debug)]
struct KeyFlags {
    /// The file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The key's provider
    #[arg(long, value_name = "PROVIDER", value_enum)]
    provider: Provider,

    /// The key's name; identity has none
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,

    /// A resource of the rule that is meant, where several rules have such a key
    #[arg(long, value_name = "RESOURCE")]
    resource: Option<String>,
}

impl KeyFlags {
    fn key(&self) -> KeyAt {
        KeyAt {
            scheme: self.provider.scheme(),
            name: self.name.clone(),
            resource: self.resource.as_deref().map(resource),
        }
    }
}

/// Add a fresh key that reads and does not write yet
///
/// The first step of a rotation. Roll the file out to every server before you promote the key.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sealkit at-rest config add-key encryption.yaml --provider secretbox --name 2026-12")]
pub(crate) struct AddArguments {
    #[command(flatten)]
    key: KeyFlags,
}

/// Let a key write: put it first
///
/// The second step of a rotation, once every server reads the key. Rewrite every object after it.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sealkit at-rest config promote encryption.yaml --provider secretbox --name 2026-12")]
pub(crate) struct PromoteArguments {
    #[command(flatten)]
    key: KeyFlags,
}

/// Remove a key, a kms provider, or identity
///
/// The last step of a rotation. It is refused unless you say that every object was rewritten: values that were not, and
/// backups that are older, become unreadable.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sealkit at-rest config remove-key encryption.yaml --provider aescbc --name old --rewritten")]
pub(crate) struct RemoveArguments {
    #[command(flatten)]
    key: KeyFlags,

    /// Every object of the resource was rewritten since another key was promoted
    #[arg(long)]
    rewritten: bool,
}

pub(super) fn add(arguments: &AddArguments, console: &Console) -> Result<u8, Failure> {
    let key = arguments.key.key();
    let secret = DataKey::generate(&mut generator::operating_system());
    let secret = Plaintext::from(secret.expose().to_vec());
    change(&arguments.key.file, |config| config.add_key(&key, &secret))?;
    console.say(&format!(
        "{key} reads from now on; roll {} out to every server, then promote it",
        show_path(&arguments.key.file)
    ));
    Ok(exit::SUCCESS)
}

pub(super) fn promote(arguments: &PromoteArguments, console: &Console) -> Result<u8, Failure> {
    let key = arguments.key.key();
    change(&arguments.key.file, |config| config.promote(&key))?;
    console.say(&format!(
        "{key} writes from now on; roll {} out, then rewrite every object",
        show_path(&arguments.key.file)
    ));
    Ok(exit::SUCCESS)
}

pub(super) fn remove(arguments: &RemoveArguments, console: &Console) -> Result<u8, Failure> {
    let key = arguments.key.key();
    change(&arguments.key.file, |config| {
        config.remove_key(&key, arguments.rewritten)
    })?;
    console.say(&format!(
        "{key} is gone from {}; keep it with the backups that need it",
        show_path(&arguments.key.file)
    ));
    Ok(exit::SUCCESS)
}

fn change(
    file: &Path,
    edit: impl FnOnce(&EncryptionConfig) -> Result<EncryptionConfig, EditError>,
) -> Result<(), Failure> {
    let loaded = files::load(file)?;
    let config = EncryptionConfig::read(&show_path(file), &loaded.bytes).map_err(|error| refused(&error))?;
    let edited = edit(&config).map_err(|error| failure(&error))?;
    let directories = Directories::default();
    files::replace(&loaded, edited.text().as_bytes(), &directories)?;
    directories.sync();
    Ok(())
}

fn failure(error: &EditError) -> Failure {
    if let EditError::Config(error) = error {
        return refused(error);
    }
    let mut diagnostic = Diagnostic::error(error.to_string())
        .why(error.why())
        .help(error.hint());
    if let Some(place) = error.place() {
        diagnostic = diagnostic.at(place);
    }
    Failure::new(exit::FAILED, diagnostic)
}

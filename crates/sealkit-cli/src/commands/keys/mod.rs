//! `sealkit keys`: the controller's private keys as a file that survives the cluster, and back.

mod backup;
mod restore;

use std::path::Path;

use clap::{Args, Subcommand};
use sealkit::{Keyring, crypto::recipient::Recipient};

use crate::{
    diagnostic::{Diagnostic, Failure},
    exit, identities,
    key_backup::{self, Key},
    terminal::Console,
};

/// Back up the controller's keys, and restore them
///
/// Without its keys a new cluster opens nothing that is sealed for the old one. Both kinds are meant, whether in use or not: the
/// sealing keys of SealedSecrets and the identities of EncryptedSecrets. You need the right to read Secrets in the
/// controller's namespace, and to create them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit keys backup -o keys.age --recipient offline.pub   # the private half of offline.pub is elsewhere
  sealkit keys restore --dry-run keys.age                   # what is missing in this cluster?
  sealkit keys restore --identity offline.txt keys.age      # before the controller is installed
  age --decrypt -i offline.txt keys.age | kubectl apply -f -")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Backup(backup::Arguments),
    Restore(restore::Arguments),
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    match &arguments.command {
        Command::Backup(arguments) => backup::run(arguments, console),
        Command::Restore(arguments) => restore::run(arguments, console),
    }
}

/// Whose keys these are, in public. The private halves are all read, so that one that is broken is noticed now.
fn recipients(keys: &[Key], place: Option<&Path>) -> Result<Vec<Recipient>, Failure> {
    let mut keyring = Keyring::new();
    for key in keys {
        let text = key_backup::list(std::iter::once(key));
        let added = keyring.add_file(text.as_bytes(), &identities::help());
        let unusable = |why: String, help| {
            let diagnostic =
                Diagnostic::error(format!("the {} {} cannot be used", key.kind.words(), key.name));
            let diagnostic = match place {
                Some(place) => diagnostic.at(place.display()),
                None => diagnostic,
            };
            Failure::new(exit::MALFORMED, diagnostic.why(why).help(help))
        };
        match added {
            Ok(0) => return Err(unusable("there is nothing in it".to_owned(), None)),
            Ok(_) => {}
            Err(error) => return Err(unusable(error.to_string(), error.hint())),
        }
    }
    Ok(keyring.recipients())
}

//! `sealkit at-rest encrypt` and `decrypt`: one value as the server stores it, raw bytes in and out.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use sealkit::formats::at_rest::{DecryptError, Scheme, Transformers, is_object_of};

use super::{build, config, resource};
use crate::{
    diagnostic::{Diagnostic, Failure},
    exit, files, generator,
    terminal::Console,
};

/// Encrypt or decrypt one value on standard input as the API server does
///
/// Standard input and output are raw bytes. Providers behind a kms plugin are not reached from here.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  etcdctl get --print-value-only /registry/secrets/shop/db | head -c -1 |
    sealkit at-rest decrypt --config encryption.yaml --resource secrets --key /registry/secrets/shop/db
  sealkit at-rest encrypt --config encryption.yaml --resource secrets --key /registry/secrets/shop/db <plain >stored")]
pub(crate) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: PathBuf,

    /// The value's resource, `secrets` or `deployments.apps`
    #[arg(long, value_name = "RESOURCE")]
    resource: String,

    /// The whole etcd key with its prefix, which most providers authenticate
    #[arg(long, value_name = "KEY")]
    key: String,
}

impl Arguments {
    fn list(&self) -> Result<Transformers, Failure> {
        Ok(build(&config::read(&self.config)?)?.for_resource(&resource(&self.resource)))
    }
}

pub(super) fn encrypt(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let list = arguments.list()?;
    let plaintext = files::read_stdin()?;
    let mut rng = generator::operating_system();
    let stored = list
        .encrypt(arguments.key.as_bytes(), &plaintext, &mut rng)
        .map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            Failure::new(
                exit::FAILED,
                Diagnostic::error(error.to_string())
                    .why(source)
                    .help(error.hint()),
            )
        })?;
    super::super::hand_over(console, &stored)?;
    Ok(exit::SUCCESS)
}

pub(super) fn decrypt(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let list = arguments.list()?;
    let stored = files::read_stdin()?;
    let key = arguments.key.as_bytes();
    // first as the object of its key, which tells a wrong aescbc key from the right one; then as the server would
    let checked = list.decrypt_where(key, &stored, &mut |plain| is_object_of(key, plain));
    let opened = match checked {
        Ok(opened) => opened,
        Err(_) => {
            let opened = list.decrypt(key, &stored).map_err(|error| failure(&error))?;
            let message = format!("what came out is not the object of {}", arguments.key);
            let why = match opened.by.scheme {
                Scheme::AesCbc => {
                    Some("aescbc knows no etcd keys, and one wrong key in 256 opens a value".to_owned())
                }
                scheme if !scheme.binds_etcd_key() => Some(format!("{scheme} knows no etcd keys")),
                _ => None,
            };
            Diagnostic::warning(message).why(why).show(console);
            opened
        }
    };
    if opened.by.stale {
        Diagnostic::note("the value is stale: the server would write it with another key now").show(console);
    }
    super::super::hand_over(console, opened.plaintext.expose())?;
    Ok(exit::SUCCESS)
}

fn failure(error: &DecryptError) -> Failure {
    let code = match error {
        DecryptError::NoMatchingProvider { .. } => exit::NO_IDENTITY,
        error if error.is_unknown_key() => exit::NO_IDENTITY,
        _ => exit::TAMPERED,
    };
    Failure::new(
        code,
        Diagnostic::error(error.to_string())
            .why(error.why())
            .help(error.hint()),
    )
}

//! `sealkit at-rest config new`: a file with a fresh key that the server accepts.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use sealkit::formats::at_rest::Scheme;
use sealkit::formats::at_rest::config::{EncryptionConfig, NewConfig, NewProvider, recommended};

use super::{Provider, refused};
use crate::{
    diagnostic::{Failure, show_path},
    exit,
    files::{self, Confidentiality},
    generator,
    terminal::Console,
};

/// Write a new configuration file with a fresh key
///
/// Without --provider it is secretbox, or kms where --endpoint names a plugin and the server is 1.29 or later.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit at-rest config new --resources secrets -o encryption.yaml
  sealkit at-rest config new --resources secrets,configmaps --key-name 2026-11 --read-plaintext -o encryption.yaml
  sealkit at-rest config new --endpoint unix:///run/kms.sock --key-name vault -o encryption.yaml")]
pub(crate) struct Arguments {
    /// What writes; the recommended one if there is none
    #[arg(long, value_name = "PROVIDER", value_enum)]
    provider: Option<Provider>,

    /// What is encrypted: `secrets`, `deployments.apps`, `*.apps`, `*.` (all of the core group), `*.*`
    #[arg(
        long,
        value_name = "RESOURCE",
        value_delimiter = ',',
        default_value = "secrets"
    )]
    resources: Vec<String>,

    /// The key's or the plugin's name, which every stored value carries
    #[arg(long, value_name = "NAME")]
    key_name: Option<String>,

    /// Where a KMS plugin listens: unix:///run/kms.sock
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    endpoint: Option<String>,

    /// The server's minor version: 36 for Kubernetes 1.36
    #[arg(long, value_name = "1.MINOR", value_parser = minor, default_value = "1.36")]
    kubernetes: u32,

    /// Also read what was stored in clear: for a cluster that had no encryption so far
    #[arg(long)]
    read_plaintext: bool,

    /// Write to this new file, readable by you alone
    #[arg(short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    o: Option<PathBuf>,
}

fn minor(text: &str) -> Result<u32, String> {
    let text = text.trim_start_matches('v');
    let minor = text.strip_prefix("1.").unwrap_or(text);
    let digits = minor.split('.').next().unwrap_or_default();
    digits
        .parse()
        .map_err(|_| "expected a version such as 1.36".to_owned())
}

pub(super) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    if arguments.o.is_none() && console.result_is_terminal() {
        return Err(Failure::usage(
            "the new key would be shown on the terminal",
            "name a file with -o, or pipe the text on",
        ));
    }
    let new = NewConfig {
        provider: provider(arguments)?,
        resources: arguments.resources.clone(),
        reads_plaintext: arguments.read_plaintext,
    };
    let mut rng = generator::operating_system();
    let config = EncryptionConfig::fresh(&new, &mut rng).map_err(|error| refused(&error))?;
    match &arguments.o {
        None => super::super::hand_over(console, config.text().as_bytes())?,
        Some(file) => {
            files::create_new(file, config.text().as_bytes(), Confidentiality::Secret)?;
            console.say(&format!(
                "wrote {} for its owner alone; keep a copy of it apart from the cluster's backups",
                show_path(file)
            ));
        }
    }
    Ok(exit::SUCCESS)
}

fn provider(arguments: &Arguments) -> Result<NewProvider, Failure> {
    let recommended = recommended(arguments.kubernetes, arguments.endpoint.is_some());
    let scheme = arguments.provider.map_or(recommended, Provider::scheme);
    match (scheme, &arguments.endpoint) {
        (Scheme::AesCbc | Scheme::AesGcm | Scheme::Secretbox, None) => {
            // a name is given once and for good, so the default is one that tomorrow's key does not get
            let today = || jiff::Timestamp::now().strftime("key-%Y-%m-%d").to_string();
            let key_name = arguments.key_name.clone().unwrap_or_else(today);
            Ok(NewProvider::Local { scheme, key_name })
        }
        (Scheme::KmsV2, Some(endpoint)) => {
            let name = arguments.key_name.clone().unwrap_or_else(|| "kms".to_owned());
            Ok(NewProvider::Kms {
                name,
                endpoint: endpoint.clone(),
            })
        }
        (Scheme::KmsV2, None) => Err(Failure::usage(
            "kms needs a plugin",
            "say where it listens with --endpoint",
        )),
        (Scheme::AesCbc | Scheme::AesGcm | Scheme::Secretbox, Some(_)) => Err(Failure::usage(
            format!("{scheme} has its key in the file and no plugin"),
            "leave out --endpoint, or use --provider kms with a server of 1.29 or later",
        )),
        _ => Err(Failure::usage(
            format!("a new file does not begin with {scheme}"),
            "use secretbox, aesgcm, aescbc or kms",
        )),
    }
}

//! `sealkit at-rest`: what kube-apiserver stores in etcd, and the file that says how.
//!
//! Glue around `sealkit::formats::at_rest`. Keys are read from files and written to files, never shown.

mod classify;
mod config;
mod edit;
mod new;
mod value;

use std::sync::Arc;

use clap::{Args, Subcommand};
use sealkit::formats::at_rest::config::{ConfigError, EncryptionConfig, KeyServices, Kms, Problem, Stage};
use sealkit::formats::at_rest::kms::{
    DirectService, KeyService, KeyServiceError, KmsV2, Status, WrappedSource,
};
use sealkit::formats::at_rest::{GroupResource, Rules, Scheme, Server};

use crate::{
    diagnostic::{Diagnostic, Failure},
    exit,
    terminal::Console,
};

/// Work with encryption at rest: the API server's configuration file and the values it stores
///
/// The file tells kube-apiserver which resources to encrypt in etcd, and with which keys. Every check is the server's own,
/// with its words; every change is a text edit that keeps comments, order and quoting.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit at-rest config new --resources secrets -o encryption.yaml    # a fresh key, mode 0600
  sealkit at-rest config check encryption.yaml
  sealkit at-rest config explain encryption.yaml secrets
  sealkit at-rest classify --config encryption.yaml <values.jsonl")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Config(ConfigArguments),
    Encrypt(value::Arguments),
    Decrypt(value::Arguments),
    Classify(classify::Arguments),
}

/// Make, check, explain and change the configuration file
#[derive(Args, Debug)]
struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    New(new::Arguments),
    Check(config::CheckArguments),
    Explain(config::ExplainArguments),
    AddKey(edit::AddArguments),
    Promote(edit::PromoteArguments),
    RemoveKey(edit::RemoveArguments),
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    match &arguments.command {
        Command::Encrypt(arguments) => value::encrypt(arguments, console),
        Command::Decrypt(arguments) => value::decrypt(arguments, console),
        Command::Classify(arguments) => classify::run(arguments, console),
        Command::Config(arguments) => match &arguments.command {
            ConfigCommand::New(arguments) => new::run(arguments, console),
            ConfigCommand::Check(arguments) => config::check(arguments, console),
            ConfigCommand::Explain(arguments) => config::explain(arguments, console),
            ConfigCommand::AddKey(arguments) => edit::add(arguments, console),
            ConfigCommand::Promote(arguments) => edit::promote(arguments, console),
            ConfigCommand::RemoveKey(arguments) => edit::remove(arguments, console),
        },
    }
}

/// A provider as the file names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Provider {
    /// XSalsa20-Poly1305, with a key in the file
    Secretbox,
    /// AES-GCM, with a key in the file
    Aesgcm,
    /// AES-CBC, with a key in the file; it has no integrity
    Aescbc,
    /// A KMS v2 plugin
    Kms,
    /// A KMS v1 plugin, which servers since 1.29 refuse
    KmsV1,
    /// No encryption
    Identity,
}

impl Provider {
    fn scheme(self) -> Scheme {
        match self {
            Self::Secretbox => Scheme::Secretbox,
            Self::Aesgcm => Scheme::AesGcm,
            Self::Aescbc => Scheme::AesCbc,
            Self::Kms => Scheme::KmsV2,
            Self::KmsV1 => Scheme::KmsV1,
            Self::Identity => Scheme::Plaintext,
        }
    }
}

/// How the server that reads the file is started.
#[derive(Args, Clone, Copy, Debug)]
struct ServerFlags {
    /// The server reloads the file by itself (--encryption-provider-config-automatic-reload)
    #[arg(long)]
    reload: bool,

    /// The server still supports KMS v1 (--feature-gates=KMSv1=true)
    #[arg(long)]
    kms_v1: bool,
}

impl ServerFlags {
    fn server(self) -> Server {
        Server {
            reload: self.reload,
            kms_v1: self.kms_v1,
        }
    }
}

fn resource(text: &str) -> GroupResource {
    GroupResource::parse(text)
}

/// One diagnostic for each problem: the server's words, our place and advice.
fn refused(error: &ConfigError) -> Failure {
    let code = match error.problems().first().map(|problem| problem.stage) {
        Some(Stage::Validation | Stage::Loading) => exit::FAILED,
        _ => exit::MALFORMED,
    };
    Failure {
        code,
        diagnostics: error.problems().iter().map(problem).collect(),
    }
}

fn problem(problem: &Problem) -> Diagnostic {
    let diagnostic = Diagnostic::error(problem.to_string()).help(problem.hint.clone());
    match &problem.place {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    }
}

/// Builds the rules of a file. A kms provider needs its plugin only when a value asks for it.
fn build(config: &EncryptionConfig) -> Result<Rules, Failure> {
    config
        .build(
            &Server {
                reload: false,
                kms_v1: true,
            },
            &Disconnected,
        )
        .map_err(|error| refused(&error))
}

/// Key services that are not reached from here.
struct Disconnected;

const DISCONNECTED: &str = "this command does not talk to kms plugins";

impl KeyServices for Disconnected {
    fn v2(&self, kms: &Kms) -> Option<Arc<KmsV2>> {
        Some(Arc::new(KmsV2::reader(&kms.name.value, Arc::new(Disconnected))))
    }

    fn v1(&self, _: &Kms) -> Option<Arc<dyn DirectService>> {
        Some(Arc::new(Disconnected))
    }
}

impl KeyService for Disconnected {
    fn status(&self) -> Result<Status, KeyServiceError> {
        Err(DISCONNECTED.into())
    }

    fn wrap(&self, _: &[u8]) -> Result<WrappedSource, KeyServiceError> {
        Err(DISCONNECTED.into())
    }

    fn unwrap(&self, _: &WrappedSource) -> Result<sealkit::crypto::Plaintext, KeyServiceError> {
        Err(DISCONNECTED.into())
    }
}

impl DirectService for Disconnected {
    fn wrap(&self, _: &[u8]) -> Result<Vec<u8>, KeyServiceError> {
        Err(DISCONNECTED.into())
    }

    fn unwrap(&self, _: &[u8]) -> Result<sealkit::crypto::Plaintext, KeyServiceError> {
        Err(DISCONNECTED.into())
    }
}

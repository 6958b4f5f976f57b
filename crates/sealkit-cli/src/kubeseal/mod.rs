//! `kubeseal`, for those who script it: the peer's flags, variables, order, output and exit codes.
//!
//! It is what runs when the command is called by that name, or as `sealkit kubeseal`. Nothing here encrypts or prints a
//! document: that is the library's `sealed_secrets::kubeseal`. What a script reads (standard output, the exit code, the
//! first line of an error) is the peer's; what it has no words for (where, why, what next) follows on lines below.
//!
//! Source: sealed-secrets v0.40.0 `cmd/kubeseal/main.go`.

mod certificate;
#[cfg_attr(not(feature = "cluster"), path = "no_cluster.rs")]
mod cluster;
mod failure;
mod flags;
mod keys;
mod kubeconfig;
mod modes;
mod parse;
#[cfg_attr(
    not(feature = "cluster"),
    allow(dead_code, reason = "a build without a client asks nobody")
)]
mod public;
mod quote;
mod streams;
mod table;
mod url;
mod usage;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    sync::{Mutex, MutexGuard},
};

#[cfg(all(feature = "cluster", feature = "keyservice", target_os = "linux"))]
pub(crate) use cluster::addresses;

use failure::Failure;
use parse::Parsed;
pub(crate) use public::Public;
use zeroize::Zeroizing;

use crate::{diagnostic::Diagnostic, exit};

/// The release whose behaviour this is.
const PEER_VERSION: &str = "v0.40.0";

/// Runs it and returns the exit code.
pub(crate) fn run(program: &str, words: &[OsString]) -> u8 {
    let words: Vec<_> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let flags = match parse::parse(&words, &mut |name| std::env::var_os(name)) {
        Parsed::Flags(flags) => flags,
        Parsed::ShortHelp => {
            tell(&format!("Usage of {program}:\n"));
            return print(&usage::table());
        }
        Parsed::Wrong(message) => {
            // Where the peer prints what is what scripts may look for; both ends tell the whole story.
            tell(&format!("Usage of {program}:\n"));
            print(&format!("{}{message}\n", usage::table()));
            return exit::USAGE;
        }
    };
    for name in &flags.deprecated {
        tell(&format!(
            "Flag --{name} has been deprecated, please use --re-encrypt instead\n"
        ));
    }
    if flags.is("version") {
        return print(&format!("kubeseal version: {PEER_VERSION}\n"));
    }
    if flags.is("help") {
        return print(&format!(
            "Usage of {program}:\n{}{}",
            usage::table(),
            usage::EXAMPLES
        ));
    }
    match modes::run(&flags) {
        Ok(()) => exit::SUCCESS,
        Err(failure) => {
            tell(&failure.to_string());
            exit::FAILED
        }
    }
}

/// What the controller gives to everybody, for the rest of the command; `settings` are flags of kubeseal with their values.
pub(crate) fn public(what: Public, settings: &[(&str, &str)]) -> Result<Vec<u8>, Diagnostic> {
    let bytes = certificate::open(&flags_of(settings)?, what).map_err(Failure::into_diagnostic)?;
    Ok(bytes.to_vec())
}

/// The controller, for the rest of the command: one question at a time, since it answers only so many in a second.
pub(crate) struct Controller(Mutex<cluster::Controller>);

impl Controller {
    /// Connects and finds its Service; `settings` are flags of kubeseal with their values.
    pub(crate) fn find(settings: &[(&str, &str)]) -> Result<Self, Diagnostic> {
        let found = cluster::Controller::find(&flags_of(settings)?).map_err(Failure::into_diagnostic)?;
        Ok(Self(Mutex::new(found)))
    }

    /// The certificate of its newest key, in PEM.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>, Diagnostic> {
        self.lock()
            .public(Public::Certificate)
            .map_err(Failure::into_diagnostic)
    }

    /// A SealedSecret sealed for the newest key; both as JSON.
    pub(crate) fn rotate(&self, json: String) -> Result<Vec<u8>, Diagnostic> {
        self.lock().rotate(json).map_err(Failure::into_diagnostic)
    }

    fn lock(&self) -> MutexGuard<'_, cluster::Controller> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The Secrets of the controller's namespace, for the rest of the command.
pub(crate) struct Secrets(cluster::Secrets);

impl Secrets {
    /// Makes a client; `settings` are flags of kubeseal with their values.
    pub(crate) fn open(settings: &[(&str, &str)]) -> Result<Self, Diagnostic> {
        let opened = cluster::Secrets::open(&flags_of(settings)?).map_err(Failure::into_diagnostic)?;
        Ok(Self(opened))
    }

    /// The namespace.
    pub(crate) fn namespace(&self) -> &str {
        self.0.namespace()
    }

    /// All that have a label, whatever its value: a list, as JSON.
    pub(crate) fn with_label(&self, label: &str) -> Result<Zeroizing<Vec<u8>>, Diagnostic> {
        self.0.with_label(label).map_err(Failure::into_diagnostic)
    }

    /// The one of a name, if it is there, as JSON.
    pub(crate) fn named(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Diagnostic> {
        self.0.named(name).map_err(Failure::into_diagnostic)
    }

    /// Makes one, given as JSON, that is not there yet.
    pub(crate) fn create(&self, name: &str, json: &str) -> Result<(), Diagnostic> {
        self.0.create(name, json).map_err(Failure::into_diagnostic)
    }
}

fn flags_of(settings: &[(&str, &str)]) -> Result<flags::Flags, Diagnostic> {
    let words: Vec<_> = settings
        .iter()
        .map(|(flag, value)| format!("--{flag}={value}"))
        .collect();
    match parse::parse(&words, &mut |name| std::env::var_os(name)) {
        Parsed::Flags(flags) => Ok(flags),
        Parsed::Wrong(message) => Err(Diagnostic::error(message)),
        Parsed::ShortHelp => unreachable!("no setting is a word of one dash"),
    }
}

/// Writes to standard output; a reader that left early is no failure of ours.
fn print(text: &str) -> u8 {
    match write(text.as_bytes()) {
        Ok(()) => exit::SUCCESS,
        Err(failure) => {
            tell(&failure.to_string());
            exit::FAILED
        }
    }
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("write", "/dev/stdout", &error))
        }
        _ => Ok(()),
    }
}

/// Says something to the person at standard error.
fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

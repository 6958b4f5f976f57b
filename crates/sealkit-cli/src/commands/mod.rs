//! One file for each command. A command reads its flags, asks the facade, and says what happened; it decides nothing
//! about formats or keys.

mod at_rest;
mod cert;
mod check;
mod completions;
mod create;
mod edit;
mod get;
mod init;
mod inspect;
mod keygen;
mod keys;
mod kubeseal;
mod man;
mod open;
mod recipient;
mod rotate;
mod seal;
mod set;
mod unset;

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;

use crate::{
    diagnostic::Failure,
    report::{hand_over, print},
    terminal::Console,
};

/// What sealkit can be asked to do. Only the flags of the command that runs are ever built, see [`crate::flags::parse`].
#[derive(clap::Subcommand, Debug)]
#[command(defer = true)]
pub(crate) enum Command {
    Init(init::Arguments),
    Keygen(keygen::Arguments),
    Create(create::Arguments),
    Seal(seal::Arguments),
    Open(open::Arguments),
    Edit(edit::Arguments),
    Get(get::Arguments),
    Set(set::Arguments),
    Unset(unset::Arguments),
    Rotate(rotate::Arguments),
    Inspect(inspect::Arguments),
    Cert(cert::Arguments),
    Recipient(recipient::Arguments),
    Keys(keys::Arguments),
    Check(check::Arguments),
    Kubeseal(kubeseal::Arguments),
    AtRest(at_rest::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Command {
    /// Runs it and returns the exit code.
    pub(crate) fn run(self, console: &Console) -> Result<u8, Failure> {
        match self {
            Self::Init(arguments) => init::run(&arguments, console),
            Self::Keygen(arguments) => keygen::run(&arguments, console),
            Self::Create(arguments) => create::run(&arguments, console),
            Self::Seal(arguments) => seal::run(&arguments, console),
            Self::Open(arguments) => open::run(&arguments, console),
            Self::Edit(arguments) => edit::run(&arguments, console),
            Self::Get(arguments) => get::run(&arguments, console),
            Self::Set(arguments) => set::run(&arguments, console),
            Self::Unset(arguments) => unset::run(&arguments, console),
            Self::Rotate(arguments) => rotate::run(&arguments, console),
            Self::Inspect(arguments) => inspect::run(&arguments, console),
            Self::Cert(arguments) => cert::run(&arguments, console),
            Self::Recipient(arguments) => recipient::run(&arguments, console),
            Self::Keys(arguments) => keys::run(&arguments, console),
            Self::Check(arguments) => check::run(&arguments, console),
            Self::Kubeseal(arguments) => kubeseal::run(&arguments),
            Self::AtRest(arguments) => at_rest::run(&arguments, console),
            Self::Completions(arguments) => completions::run(&arguments, console),
            Self::Man(arguments) => man::run(&arguments, console),
        }
    }
}

/// Seconds since 1970, for libraries that own no clock.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|since| since.as_secs())
        .unwrap_or_default()
}

/// Standard base64 with padding.
fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

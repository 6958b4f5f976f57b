//! `sealkit kubeseal`: where help, completions and manual pages find the mode. The mode itself is looked for before the
//! command line is read, because its flags are not ours.

use std::ffi::OsString;

use clap::Args;

use crate::{diagnostic::Failure, kubeseal};

/// Do what kubeseal does, with its flags and its output
///
/// Called through a link named `kubeseal` it is the same. All flags: `sealkit kubeseal --help`.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    after_help = "\
Examples:
  sealkit kubeseal --cert controller.pem -f secret.yaml -w sealed.yaml
  ln -s sealkit /usr/local/bin/kubeseal"
)]
pub(crate) struct Arguments {
    /// What kubeseal is to be told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORD")]
    words: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    Ok(kubeseal::run("sealkit kubeseal", &arguments.words))
}

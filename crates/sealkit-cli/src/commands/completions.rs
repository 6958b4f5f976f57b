//! `sealkit completions`: what shells need to complete our command line. Knows only the definition of the flags.

use clap::Args;
use clap_complete::Shell;

use crate::{diagnostic::Failure, exit, flags, terminal::Console};

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit completions bash > ~/.local/share/bash-completion/completions/sealkit
  sealkit completions zsh > ~/.zfunc/_sealkit
  sealkit completions fish > ~/.config/fish/completions/sealkit.fish")]
pub(crate) struct Arguments {
    /// The shell to print for
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut flags::definition(), "sealkit", &mut script);
    super::print(console, &script)?;
    Ok(exit::SUCCESS)
}

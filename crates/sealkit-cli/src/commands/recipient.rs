//! `sealkit recipient`: the controller's recipient as a file of the repository, so that sealing needs no cluster.
//!
//! The twin of `sealkit cert` for EncryptedSecrets: a file that is there is replaced by the same recipient, or by one that
//! was named as sealed files name it, and by nothing else.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use sealkit::crypto::recipient::{Recipient, parse_recipients};
use serde_json::json;

use super::cert::SourceFlags;
use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Confidentiality},
    kubeseal::Public,
    terminal::{Console, Style},
};

/// Keep the controller's recipient in the repository
///
/// A rule of the policy names the file: `{file: cluster.txt}`. `seal`, `set` and `edit` use it without a cluster. The
/// controller has one where it is started with `--encrypted-secrets`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit recipient fetch cluster.txt
  sealkit recipient show cluster.txt
  sealkit recipient pin cluster.txt --name age1pq:sha256:4b1f…   # after comparing it with whoever runs the cluster")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Fetch(FetchArguments),
    Show(ShowArguments),
    Pin(PinArguments),
}

/// Fetch the recipient into a file; another one is reported, not trusted
#[derive(Args, Debug)]
struct FetchArguments {
    /// The file to keep it in
    #[arg(value_hint = ValueHint::FilePath, default_value = "cluster.txt")]
    file: PathBuf,

    #[command(flatten)]
    source: SourceFlags,
}

/// Say which recipient a file holds, as sealed files name it
#[derive(Args, Debug)]
struct ShowArguments {
    /// The file
    #[arg(value_hint = ValueHint::FilePath, default_value = "cluster.txt")]
    file: PathBuf,
}

/// Trust the recipient of this name from now on
#[derive(Args, Debug)]
struct PinArguments {
    /// The file to keep it in
    #[arg(value_hint = ValueHint::FilePath, default_value = "cluster.txt")]
    file: PathBuf,

    /// The name that somebody who knows has confirmed, as sealed files write it
    #[arg(long, value_name = "NAME")]
    name: String,

    #[command(flatten)]
    source: SourceFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    match &arguments.command {
        Command::Show(arguments) => show(&arguments.file, &read(&arguments.file)?, console),
        Command::Fetch(arguments) => {
            let fetched = fetch(&arguments.source)?;
            if arguments.file.exists() {
                let known = read(&arguments.file)?;
                if known.name() != fetched.name() {
                    return Err(changed(&arguments.file, &known, &fetched));
                }
            }
            keep(&arguments.file, &fetched, console)
        }
        Command::Pin(arguments) => {
            let fetched = fetch(&arguments.source)?;
            if fetched.name() != arguments.name {
                let diagnostic =
                    Diagnostic::error("the controller's recipient is not the one that was named")
                        .why(format!("it is {}", fetched.name()))
                        .help(
                            "nothing was changed; compare the name with whoever runs the cluster".to_owned(),
                        );
                return Err(Failure::new(exit::FAILED, diagnostic));
            }
            keep(&arguments.file, &fetched, console)
        }
    }
}

fn fetch(source: &SourceFlags) -> Result<Recipient, Failure> {
    parse(&source.bytes(Public::Recipient)?, "the fetched recipient")
}

fn read(file: &Path) -> Result<Recipient, Failure> {
    parse(
        &files::read(file)?,
        &format!("the recipient in {}", show_path(file)),
    )
}

/// One recipient and nothing else.
fn parse(bytes: &[u8], what: &str) -> Result<Recipient, Failure> {
    let failed = |why: String| {
        let diagnostic = Diagnostic::error(format!("cannot read {what}"))
            .why(why)
            .help("it is one line: age1…, age1pq1…, or another public key".to_owned());
        Failure::new(exit::MALFORMED, diagnostic)
    };
    let text = std::str::from_utf8(bytes).map_err(|_| failed("it is not UTF-8".to_owned()))?;
    let found = parse_recipients(text).map_err(|error| failed(error.to_string()))?;
    match <[Recipient; 1]>::try_from(found) {
        Ok([recipient]) => Ok(recipient),
        Err(found) => Err(failed(format!("there are {} recipients", found.len()))),
    }
}

fn changed(file: &Path, known: &Recipient, fetched: &Recipient) -> Failure {
    let (known, new) = (known.name(), fetched.name());
    let diagnostic = Diagnostic::error("the controller's recipient has changed")
        .at(show_path(file))
        .why(format!("this file has {known}, the controller {new}"))
        .help(format!(
            "nothing was changed; controllers renew their identity every month, so ask whoever runs the cluster, then: \
             `sealkit recipient pin {} --name {new}`",
            show_path(file)
        ));
    Failure::new(exit::FAILED, diagnostic)
}

/// Writes the recipient, unless it stands there already.
fn keep(file: &Path, recipient: &Recipient, console: &Console) -> Result<u8, Failure> {
    if !file.exists() || read(file)?.name() != recipient.name() {
        let line = format!("{recipient}\n");
        files::write(file, line.as_bytes(), Confidentiality::Public)?;
        console.say(&format!("wrote the recipient to {}", show_path(file)));
    }
    show(file, recipient, console)
}

fn show(file: &Path, recipient: &Recipient, console: &Console) -> Result<u8, Failure> {
    let (name, post_quantum) = (recipient.name(), recipient.is_post_quantum());
    let text = match console.style {
        Style::Json => format!(
            "{}\n",
            json!({"file": show_path(file), "name": name, "postQuantum": post_quantum})
        ),
        Style::Text => {
            let strength = if post_quantum { "post-quantum" } else { "classic" };
            format!("{}\n  name  {name}\n  kind  {strength}\n", show_path(file))
        }
    };
    super::print(console, text.as_bytes())?;
    Ok(exit::SUCCESS)
}

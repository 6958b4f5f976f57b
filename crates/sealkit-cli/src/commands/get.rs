//! `sealkit get`: one value, as its bytes are.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::{
    diagnostic::{Diagnostic, Failure},
    exit,
    flags::{IdentityFlags, SelectorFlags},
    identities,
    policies::Policies,
    stored::Stored,
    templates,
    terminal::{Console, Style},
    work::Input,
};

/// Print one value of a sealed document
///
/// In a SOPS file KEY is a path, `database.password`, or an item of a Secret. In a SealedSecret it may also be an item that
/// only its templates make. The bytes are printed as they are, without a line break after them. A value that is not text
/// is not printed to a terminal.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit get secrets/database.yaml password
  sealkit get secrets/all.yaml tls.key --name ingress > tls.key")]
pub(crate) struct Arguments {
    /// The sealed file, or `-` for standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The item, as it is called in the Secret; in a SOPS file also a path
    key: String,

    #[command(flatten)]
    selector: SelectorFlags,

    #[command(flatten)]
    identities: IdentityFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let found = identities::find(&arguments.identities, console)?;
    let value = match Stored::sealed(&arguments.file)? {
        Some(stored) => stored
            .file()
            .get(&arguments.key, &found.keyring)
            .map_err(|problems| found.explain(problems))?,
        None => {
            let input = Input::named(&arguments.file)?;
            let selector = arguments.selector.to_selector();
            templates::get(&input.stream, &selector, &arguments.key, &found.keyring)
                .map_err(|problems| Policies::default().name_people(found.explain(problems), &input.path))?
        }
    };
    if console.result_is_terminal() && !is_printable(value.expose_str()) {
        let diagnostic = Diagnostic::error(format!(
            "{} is binary, which could upset the terminal",
            arguments.key
        ))
        .help("send it to a file or a pipe: `> FILE`, `| xxd`".to_owned());
        return Err(Failure::new(exit::FAILED, diagnostic));
    }
    if console.style == Style::Json {
        return print_json(console, &arguments.key, value.expose());
    }
    super::hand_over(console, value.expose())?;
    Ok(exit::SUCCESS)
}

/// JSON holds text only: other values come as base64 under another name.
fn print_json(console: &Console, key: &str, value: &[u8]) -> Result<u8, Failure> {
    let json = match std::str::from_utf8(value) {
        Ok(text) => serde_json::json!({"key": key, "value": text}),
        Err(_) => serde_json::json!({"key": key, "base64": super::base64(value)}),
    };
    super::hand_over(console, zeroize::Zeroizing::new(format!("{json}\n")).as_bytes())?;
    Ok(exit::SUCCESS)
}

fn is_printable(text: Option<&str>) -> bool {
    text.is_some_and(|text| {
        !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    })
}

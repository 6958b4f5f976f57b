//! `sealkit cert`: the controller's certificate as a file of the repository, so that sealing needs no cluster.
//!
//! A certificate is trusted because of where it came from, and it is public: what matters is that nobody exchanges it
//! without a person noticing. So a file that is there is replaced by the same key, or by one that was named by its
//! fingerprint, and by nothing else.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use sealkit::crypto::certificate::Certificate;

use crate::{
    certificates::{FINGERPRINT_PREFIX, facts, fingerprint, valid_until},
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Confidentiality},
    flags::ControllerFlags,
    kubeseal::{self, Public},
    terminal::{Console, Style},
};

/// Keep the controller's sealing certificate in the repository
///
/// A rule of the policy names the file: `{file: controller.pem}`. `seal`, `set` and `edit` use it without a cluster.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit cert fetch controller.pem
  sealkit cert show controller.pem
  sealkit cert pin controller.pem --fingerprint sha256:4b1f…   # after comparing it with whoever runs the cluster")]
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

/// Fetch the certificate into a file; a changed key is reported, not trusted
#[derive(Args, Debug)]
struct FetchArguments {
    /// The file to keep it in
    #[arg(value_hint = ValueHint::FilePath, default_value = "controller.pem")]
    file: PathBuf,

    #[command(flatten)]
    source: SourceFlags,
}

/// Say which key a certificate file holds and when it expires
#[derive(Args, Debug)]
struct ShowArguments {
    /// The file
    #[arg(value_hint = ValueHint::FilePath, default_value = "controller.pem")]
    file: PathBuf,
}

/// Trust the certificate with this fingerprint from now on
#[derive(Args, Debug)]
struct PinArguments {
    /// The file to keep it in
    #[arg(value_hint = ValueHint::FilePath, default_value = "controller.pem")]
    file: PathBuf,

    /// The fingerprint that somebody who knows has confirmed
    #[arg(long, value_name = "FINGERPRINT")]
    fingerprint: String,

    #[command(flatten)]
    source: SourceFlags,
}

/// Where a certificate or a recipient comes from.
#[derive(Args, Debug)]
pub(super) struct SourceFlags {
    #[command(flatten)]
    controller: ControllerFlags,

    /// A URL or file to take it from, instead of the cluster
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    match &arguments.command {
        Command::Show(arguments) => {
            let certificate = read(&arguments.file)?;
            show(&arguments.file, &certificate, console)
        }
        Command::Fetch(arguments) => {
            let fetched = arguments.source.fetch()?;
            if let Some(known) = known(&arguments.file)?
                && known.fingerprint() != fetched.certificate.fingerprint()
            {
                return Err(changed(&arguments.file, &known, &fetched.certificate));
            }
            keep(&arguments.file, &fetched, console)
        }
        Command::Pin(arguments) => {
            let fetched = arguments.source.fetch()?;
            let found = fingerprint(&fetched.certificate);
            let wanted = arguments.fingerprint.to_lowercase();
            if found.trim_start_matches(FINGERPRINT_PREFIX) != wanted.trim_start_matches(FINGERPRINT_PREFIX) {
                let diagnostic =
                    Diagnostic::error("the controller's certificate is not the one that was named")
                        .why(format!("its fingerprint is {found}"))
                        .help(
                            "nothing was changed; compare the fingerprint with whoever runs the cluster"
                                .to_owned(),
                        );
                return Err(Failure::new(exit::FAILED, diagnostic));
            }
            keep(&arguments.file, &fetched, console)
        }
    }
}

/// A certificate as it came.
struct Fetched {
    pem: Vec<u8>,
    certificate: Certificate,
}

impl SourceFlags {
    /// What stands there, as it comes.
    pub(super) fn bytes(&self, what: Public) -> Result<Vec<u8>, Failure> {
        let mut settings = self.controller.settings();
        settings.extend(self.from.as_deref().map(|from| ("cert", from)));
        kubeseal::public(what, &settings).map_err(|diagnostic| Failure::new(exit::FAILED, diagnostic))
    }

    fn fetch(&self) -> Result<Fetched, Failure> {
        let pem = self.bytes(Public::Certificate)?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| {
            let diagnostic = Diagnostic::error("cannot read the fetched certificate")
                .why(error.to_string())
                .help(error.hint());
            Failure::new(exit::MALFORMED, diagnostic)
        })?;
        Ok(Fetched { pem, certificate })
    }
}

fn read(file: &Path) -> Result<Certificate, Failure> {
    let bytes = files::read(file)?;
    Certificate::from_pem(&bytes).map_err(|error| {
        let diagnostic = Diagnostic::error(format!("cannot read the certificate in {}", show_path(file)))
            .why(error.to_string())
            .help(error.hint());
        Failure::new(exit::MALFORMED, diagnostic)
    })
}

/// The certificate that is kept already, if one is.
fn known(file: &Path) -> Result<Option<Certificate>, Failure> {
    file.exists().then(|| read(file)).transpose()
}

fn changed(file: &Path, known: &Certificate, fetched: &Certificate) -> Failure {
    let new = fingerprint(fetched);
    let diagnostic = Diagnostic::error("the controller's certificate has changed")
        .at(show_path(file))
        .why(format!("this file has {}, the controller {new}", fingerprint(known)))
        .help(format!(
            "nothing was changed; controllers renew their key every month, so ask whoever runs the cluster, then: \
             `sealkit cert pin {} --fingerprint {new}`",
            show_path(file)
        ));
    Failure::new(exit::FAILED, diagnostic)
}

/// Writes the certificate, unless it stands there already.
fn keep(file: &Path, fetched: &Fetched, console: &Console) -> Result<u8, Failure> {
    let same = file.exists() && files::read(file).is_ok_and(|bytes| **bytes == *fetched.pem);
    if !same {
        files::write(file, &fetched.pem, Confidentiality::Public)?;
        console.say(&format!("wrote the certificate to {}", show_path(file)));
    }
    show(file, &fetched.certificate, console)
}

fn show(file: &Path, certificate: &Certificate, console: &Console) -> Result<u8, Failure> {
    let now = super::now();
    let text = match console.style {
        Style::Json => {
            let mut json = serde_json::Map::from_iter([("file".to_owned(), show_path(file).into())]);
            json.extend(facts(certificate, now));
            format!("{}\n", serde_json::Value::Object(json))
        }
        Style::Text => format!(
            "{}\n  fingerprint  {}\n  key          RSA {}\n  valid until  {}{}\n",
            show_path(file),
            fingerprint(certificate),
            certificate.public_key().bits(),
            valid_until(certificate),
            if certificate.expired_at(now) {
                ", which is over"
            } else {
                ""
            }
        ),
    };
    super::print(console, text.as_bytes())?;
    Ok(exit::SUCCESS)
}

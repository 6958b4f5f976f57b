//! `sealkit keygen`: a new identity, and the public key that others seal for.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use sealkit::crypto::{
    Passphrase, Recipient,
    age::{self, armor, scrypt},
    identity::{PostQuantumIdentity, RsaIdentity, X25519Identity},
};
use zeroize::Zeroizing;

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Confidentiality, FileError},
    generator, identities,
    terminal::{self, Console, Style},
};

/// RSA keys that sealkit makes have this many bits, as those of the sealed-secrets controller.
const RSA_BITS: usize = 4096;

/// Make an identity (a private key) and print its public key
///
/// Keys are age keys: sops and age read them too. The default is post-quantum, so that what is in git today stays
/// sealed when quantum computers come; next to a `.sops.yaml` it is X25519, which every version of sops reads.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit keygen -o ~/.config/sealkit/identity.txt    # the public key goes to standard output
  sealkit keygen --public ~/.config/sealkit/identity.txt
  sealkit keygen --passphrase -o backup.txt           # asked for on the terminal, twice
  sealkit keygen --type rsa -o backup.pem")]
pub(crate) struct Arguments {
    /// The kind of key
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    kind: Option<Kind>,

    /// Write the identity to this new file, readable by you alone; the public key goes to standard output
    #[arg(short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    o: Option<PathBuf>,

    /// Protect the identity with a passphrase, which is asked for on the terminal; `age` reads the file too
    #[arg(long)]
    passphrase: bool,

    /// Make nothing: print the public keys of this identity file
    #[arg(long, short = 'y', value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["kind", "o", "passphrase"])]
    public: Option<PathBuf>,
}

/// A kind of key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(super) enum Kind {
    /// age1…, classic
    X25519,
    /// age1pq1…, secure against quantum computers
    Pq,
    /// A PEM private key of 4096 bits
    Rsa,
}

/// A fresh key: the text to keep and the key to publish.
pub(super) struct Made {
    pub(super) text: Zeroizing<String>,
    pub(super) recipient: Recipient,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    if let Some(file) = &arguments.public {
        return print_public(file, console);
    }
    let kind = arguments.kind.unwrap_or_else(|| usual_kind(Path::new(".")));
    // A file that exists is refused before a person thinks of a passphrase.
    if let Some(path) = arguments.o.clone().filter(|file| file.exists()) {
        return Err(FileError::Exists { path }.into());
    }
    let passphrase = arguments.passphrase.then(ask_passphrase).transpose()?;
    let made = make(kind, passphrase.as_ref())?;
    let Some(file) = &arguments.o else {
        match console.style {
            Style::Text => super::hand_over(console, made.text.as_bytes())?,
            Style::Json => {
                let json =
                    serde_json::json!({"recipient": made.recipient.to_string(), "identity": *made.text});
                super::hand_over(console, Zeroizing::new(format!("{json}\n")).as_bytes())?;
            }
        }
        console.say(&format!("public key: {}", made.recipient));
        return Ok(exit::SUCCESS);
    };
    files::create_new(file, made.text.as_bytes(), Confidentiality::Secret)?;
    console.say(&format!(
        "wrote the private key to {}; keep a copy where you keep backups",
        show_path(file)
    ));
    print_recipients(console, &[made.recipient], Some(file))
}

/// Makes a key of this kind, protected if there is a passphrase.
pub(super) fn make(kind: Kind, passphrase: Option<&Passphrase>) -> Result<Made, Failure> {
    let made = make_plain(kind)?;
    match passphrase {
        Some(passphrase) => protect(made, passphrase),
        None => Ok(made),
    }
}

/// Asks for a new passphrase, twice.
pub(super) fn ask_passphrase() -> Result<Passphrase, Failure> {
    let typed = terminal::ask_hidden_twice("Passphrase for the new identity")?;
    if typed.is_empty() {
        return Err(Failure::usage(
            "an empty passphrase protects nothing",
            "type one, or leave out `--passphrase`; nothing was made",
        ));
    }
    Ok(Passphrase::from(typed))
}

/// Puts the identity into an armored age file under the passphrase, as `age-keygen | age -p -a` does.
fn protect(made: Made, passphrase: &Passphrase) -> Result<Made, Failure> {
    let mut rng = generator::operating_system();
    let file = age::encrypt_with_passphrase(
        passphrase,
        scrypt::DEFAULT_WORK_FACTOR,
        made.text.as_bytes(),
        &mut rng,
    )
    .map_err(|error| {
        let diagnostic = Diagnostic::error("cannot protect the identity").why(error.to_string());
        Failure::new(exit::FAILED, diagnostic)
    })?;
    let text = Zeroizing::new(armor::encode(&file));
    Ok(Made { text, ..made })
}

fn make_plain(kind: Kind) -> Result<Made, Failure> {
    let mut rng = generator::operating_system();
    let age = |secret: Zeroizing<String>, recipient: Recipient| {
        let mut text = Zeroizing::new(String::with_capacity(8 * 1024));
        let _ = writeln!(
            text,
            "# created: {}",
            jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ")
        );
        let _ = writeln!(text, "# public key: {recipient}");
        let _ = writeln!(text, "{}", *secret);
        Made { text, recipient }
    };
    match kind {
        Kind::X25519 => {
            let identity = X25519Identity::generate(&mut rng);
            Ok(age(
                identity.to_string(),
                Recipient::X25519(identity.to_public().clone()),
            ))
        }
        Kind::Pq => {
            let identity = PostQuantumIdentity::generate(&mut rng);
            Ok(age(
                identity.to_string(),
                Recipient::PostQuantum(identity.to_public().clone()),
            ))
        }
        Kind::Rsa => {
            let identity = RsaIdentity::generate(RSA_BITS).map_err(|error| {
                Failure::new(
                    exit::FAILED,
                    Diagnostic::error("cannot make an RSA key").why(error.to_string()),
                )
            })?;
            Ok(Made {
                text: identity.to_string(),
                recipient: Recipient::Rsa(identity.to_public().clone()),
            })
        }
    }
}

/// X25519 where sops is in use, else post-quantum.
pub(super) fn usual_kind(directory: &Path) -> Kind {
    let real = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let sops = real
        .ancestors()
        .any(|ancestor| ancestor.join(".sops.yaml").is_file());
    if sops { Kind::X25519 } else { Kind::Pq }
}

fn print_public(file: &Path, console: &Console) -> Result<u8, Failure> {
    let keyring = identities::read(file, console)?;
    let recipients = keyring.recipients();
    if recipients.is_empty() {
        let diagnostic =
            Diagnostic::error("these identities do not tell their public keys").at(show_path(file));
        let help = "a plugin's key is printed by the plugin that made it".to_owned();
        return Err(Failure::new(exit::FAILED, diagnostic.help(help)));
    }
    print_recipients(console, &recipients, None)
}

fn print_recipients(console: &Console, recipients: &[Recipient], file: Option<&Path>) -> Result<u8, Failure> {
    let texts: Vec<String> = recipients
        .iter()
        .map(|recipient| recipient.to_string().trim_end().to_owned())
        .collect();
    let text = match console.style {
        Style::Text => texts.join("\n"),
        Style::Json => serde_json::json!({"recipients": texts, "file": file.map(show_path)}).to_string(),
    };
    super::print(console, format!("{text}\n").as_bytes())?;
    Ok(exit::SUCCESS)
}

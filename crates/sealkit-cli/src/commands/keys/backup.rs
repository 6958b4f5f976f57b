//! `sealkit keys backup`: all keys of the controller in one file, encrypted unless somebody insists.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use sealkit::{
    Format,
    crypto::age::{self, StanzaRecipient, armor},
    crypto::recipient::Recipient,
};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Confidentiality, FileError},
    flags::{ClusterFlags, SealingFlags},
    generator,
    key_backup::{self, Key, Kind},
    kubeseal::Secrets,
    policies::Policies,
    report::count,
    terminal::{Console, Style, printable},
};

/// The name that rules of the policy see where no file is named.
const UNNAMED: &str = "keys.age";

/// Write all keys of the controller to an encrypted file
///
/// The file is an age file for the recipients of the policy, or of `--recipient`; `age --decrypt` gives a YAML list that
/// `kubectl apply -f` takes and `--identity` reads. Keys that are in the backup cannot open it, so a recipient that is one of
/// them is left out; where no other is left, nothing is written.
///
/// Exit codes: 0 written; 1 refused, or the cluster does not answer; 2 usage; 6 the file cannot be written; 7 the policy names
/// nobody.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit keys backup -o keys.age                          # for whom the policy seals keys.age
  sealkit keys backup --recipient offline.pub > keys.age
  sealkit keys backup --plaintext -o /mnt/safe/keys.yaml   # for whoever reads that disk")]
pub(super) struct Arguments {
    /// Write the backup to this new file, readable by you alone, instead of standard output
    #[arg(short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    o: Option<PathBuf>,

    /// Encrypt to this recipient, in place of the policy: a public key, a file that holds some, or a name from the policy
    #[arg(long, short, value_name = "RECIPIENT", value_hint = ValueHint::AnyPath, conflicts_with = "plaintext")]
    recipient: Vec<String>,

    /// The file name by which a rule of the policy is chosen, where it is not that of the file
    #[arg(long, value_name = "NAME", value_hint = ValueHint::FilePath, conflicts_with = "plaintext")]
    path: Option<PathBuf>,

    /// Do not encrypt: whoever can read the file can open everything that is sealed for the cluster
    #[arg(long, requires = "o")]
    plaintext: bool,

    #[command(flatten)]
    cluster: ClusterFlags,
}

pub(super) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    // Everything that can be refused is refused before keys leave the cluster.
    if let Some(path) = arguments.o.clone().filter(|file| file.exists()) {
        return Err(FileError::Exists { path }.into());
    }
    let recipients = match arguments.plaintext {
        true => None,
        false => Some(decided(arguments)?),
    };
    let failed = |diagnostic| Failure::new(exit::FAILED, diagnostic);
    let secrets = Secrets::open(&arguments.cluster.settings()).map_err(failed)?;
    let keys = all(&secrets)?;
    let public = super::recipients(&keys, None)?;
    let recipients = recipients
        .map(|named| outsiders(named, &public, console))
        .transpose()?;
    let text = key_backup::list(keys.iter());
    let bytes = match &recipients {
        Some(recipients) => encrypt(&text, recipients)?,
        None => Zeroizing::new(text.as_bytes().to_vec()),
    };
    match &arguments.o {
        Some(file) => {
            files::create_new(file, &bytes, Confidentiality::Secret)?;
            if arguments.plaintext {
                Diagnostic::warning("the backup is not encrypted")
                    .at(show_path(file))
                    .help("keep it where you keep the keys to everything; `sealkit keys backup` without `--plaintext` encrypts it".to_owned())
                    .show(console);
            }
        }
        None => crate::report::hand_over(console, &bytes)?,
    }
    say(console, arguments, &secrets, &keys, recipients.as_deref());
    Ok(exit::SUCCESS)
}

/// Who shall be able to open it.
fn decided(arguments: &Arguments) -> Result<Vec<Recipient>, Failure> {
    let flags = SealingFlags {
        recipient: arguments.recipient.clone(),
        ..SealingFlags::default()
    };
    let file = arguments.path.as_deref().or(arguments.o.as_deref());
    let decided = Policies::default().decide(&flags, file.unwrap_or(Path::new(UNNAMED)));
    let sealing = decided.map_err(|mut failure| {
        if failure.code == exit::POLICY {
            let note =
                "`--recipient KEY` says who can open a backup; `--path NAME` which rule of a policy does";
            failure.diagnostics.push(Diagnostic::note(note));
        }
        failure
    })?;
    let recipients = sealing.recipients.into_iter().map(|named| named.recipient);
    if sealing.format == Format::SealedSecrets {
        let diagnostic = Diagnostic::error("a backup cannot be encrypted for a sealing certificate")
            .at(&sealing.origin)
            .why("the controller alone has its private key, and is what the backup is for".to_owned())
            .help("say `--recipient KEY` with a key that is kept elsewhere".to_owned());
        return Err(Failure::new(exit::POLICY, diagnostic));
    }
    Ok(recipients.collect())
}

/// Without those whose private half is in the backup itself.
fn outsiders(
    recipients: Vec<Recipient>,
    inside: &[Recipient],
    console: &Console,
) -> Result<Vec<Recipient>, Failure> {
    let is_inside = |one: &Recipient| inside.iter().any(|other| other.name() == one.name());
    let (left_out, rest): (Vec<_>, Vec<_>) = recipients.into_iter().partition(is_inside);
    if rest.is_empty() {
        let diagnostic = Diagnostic::error("nobody could open the backup")
            .why("its recipients are the keys of the controller, which would be inside".to_owned())
            .help(
                "say `--recipient KEY` with a key that is kept elsewhere; `sealkit keygen -o FILE` makes one"
                    .to_owned(),
            );
        return Err(Failure::new(exit::POLICY, diagnostic));
    }
    for recipient in left_out {
        Diagnostic::note(format!("the backup is not encrypted to {}", recipient.name()))
            .why("it is a key of this controller, so its private half is inside".to_owned())
            .show(console);
    }
    Ok(rest)
}

fn encrypt(text: &str, recipients: &[Recipient]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let to: Vec<&dyn StanzaRecipient> = recipients.iter().map(|one| one as _).collect();
    let encrypted = age::encrypt(&to, text.as_bytes(), &mut generator::operating_system());
    let file = encrypted.map_err(|error| {
        let diagnostic = Diagnostic::error("cannot encrypt the backup")
            .why(
                error
                    .why()
                    .map_or_else(|| error.to_string(), |why| format!("{error}: {why}")),
            )
            .help(error.hint().or_else(|| {
                Some(
                    "name age or ssh keys with `--recipient`; an RSA key or certificate in PEM is none"
                        .to_owned(),
                )
            }));
        Failure::new(exit::FAILED, diagnostic)
    })?;
    Ok(Zeroizing::new(armor::encode(&file).into_bytes()))
}

/// Every key of both kinds.
fn all(secrets: &Secrets) -> Result<Vec<Key>, Failure> {
    let failed = |diagnostic| Failure::new(exit::FAILED, diagnostic);
    let mut keys = Vec::new();
    if let Some(secret) = secrets.named(key_backup::UNLABELLED).map_err(failed)? {
        keys.extend(key_backup::one_from_server(&secret).filter(|key| key.state().is_none()));
    }
    for kind in Kind::ALL {
        keys.extend(labelled(secrets, kind)?);
    }
    if keys.is_empty() {
        let diagnostic = Diagnostic::error(format!(
            "there are no keys in the namespace {}",
            secrets.namespace()
        ))
        .help(
            "name the controller's namespace with --controller-namespace, or another cluster with --context"
                .to_owned(),
        );
        return Err(failed(diagnostic));
    }
    Ok(keys)
}

/// Every key of one kind that has its label, whatever the label says.
pub(super) fn labelled(secrets: &Secrets, kind: Kind) -> Result<Vec<Key>, Failure> {
    let answer = secrets.with_label(kind.label());
    let answer = answer.map_err(|diagnostic| Failure::new(exit::FAILED, diagnostic))?;
    key_backup::from_server(&answer).ok_or_else(|| {
        let diagnostic = Diagnostic::error("the answer of the API server is no list of Secrets");
        Failure::new(exit::FAILED, diagnostic)
    })
}

/// Names and places; where standard output carries the backup, a report for programs goes to standard error.
fn say(
    console: &Console,
    arguments: &Arguments,
    secrets: &Secrets,
    keys: &[Key],
    recipients: Option<&[Recipient]>,
) {
    let names: Vec<String> = recipients.into_iter().flatten().map(Recipient::name).collect();
    let path = arguments.o.as_deref().map(show_path);
    if console.style == Style::Json {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| json!({"name": key.name, "kind": key.kind, "state": key.state()}))
            .collect();
        let report = json!({
            "path": path, "namespace": secrets.namespace(), "keys": keys, "recipients": names,
            "encrypted": recipients.is_some(),
        });
        match path {
            Some(_) => drop(console.result(format!("{report}\n").as_bytes())),
            None => crate::terminal::error_line(&report.to_string()),
        }
        return;
    }
    for key in keys {
        let state = key.state().unwrap_or("without a label");
        console.say(&printable(&format!(
            "{} {} ({state})",
            key.kind.words(),
            key.name
        )));
    }
    let place = path.map(|path| format!(" to {path}")).unwrap_or_default();
    let readers = match &names[..] {
        [] => String::new(),
        names => format!(", for {}", names.join(", ")),
    };
    let what = count(keys.len(), "key");
    console.say(&printable(&format!(
        "wrote {what} of the namespace {}{place}{readers}",
        secrets.namespace()
    )));
}

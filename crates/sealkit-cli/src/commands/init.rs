//! `sealkit init`: a policy for the repository, and an identity outside it. Overwrites nothing, and says what it made.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use clap::Args;
use sealkit::{POLICY_FILE_NAME, crypto::Recipient, policy};

use super::keygen::{self, Kind};
use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Confidentiality},
    git, identities,
    policies::Policies,
    terminal::{Console, Style, printable},
};

/// Make a policy for this repository and a key for you
///
/// Writes `.sealkit.yaml` at the root of the repository, and your identity to the config directory of your user,
/// outside the repository. What exists already is used as it is and never overwritten.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit init
  sealkit init --name ann --type x25519
  sealkit init --passphrase")]
pub(crate) struct Arguments {
    /// The kind of key, if one has to be made
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    kind: Option<Kind>,

    /// Protect a new key with a passphrase, which is asked for on the terminal
    #[arg(long)]
    passphrase: bool,

    /// What the policy calls you
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// How a key is made if there is none.
#[derive(Clone, Copy, Default)]
struct NewKey {
    kind: Option<Kind>,
    passphrase: bool,
}

/// A file that is there now.
struct Item {
    path: PathBuf,
    created: bool,
    what: &'static str,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let key = NewKey {
        kind: arguments.kind,
        passphrase: arguments.passphrase,
    };
    let items = prepare(Path::new("."), key, arguments.name.as_deref())?;
    if let Some(identity) = items.first().filter(|item| arguments.passphrase && !item.created) {
        Diagnostic::warning("the identity was there already, and `--passphrase` protects a new one only")
            .at(show_path(&identity.path))
            .show(console);
    }
    if console.style == Style::Json {
        let of = |created: bool| -> Vec<String> {
            items
                .iter()
                .filter(|item| item.created == created)
                .map(|item| show_path(&item.path))
                .collect()
        };
        let json = serde_json::json!({"created": of(true), "existed": of(false)});
        super::print(console, format!("{json}\n").as_bytes())?;
    }
    say(console, &items);
    console.say("next: `sealkit seal -i FILE`, and commit the result together with the policy");
    Ok(exit::SUCCESS)
}

/// What `seal --init` does before it seals: the same, where no policy governs the file yet.
pub(super) fn first(file: Option<&Path>, console: &Console) -> Result<(), Failure> {
    let file = file.unwrap_or(Path::new("stdin"));
    let directory = if file.is_dir() {
        file
    } else {
        file.parent().unwrap_or(Path::new("."))
    };
    let inside = directory.join("file");
    if let Some(governing) = Policies::default().governing(&inside)? {
        let name = governing.policy.name();
        Diagnostic::note(format!("{name} is there already, nothing was initialised")).show(console);
        return Ok(());
    }
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    say(console, &prepare(directory, NewKey::default(), None)?);
    Ok(())
}

fn prepare(directory: &Path, key: NewKey, name: Option<&str>) -> Result<Vec<Item>, Failure> {
    let root = root(directory)?;
    let policy_file = root.join(POLICY_FILE_NAME);
    let policy_exists = policy_file.exists();
    let (identity_file, recipient, made) = identity(&root, key)?;
    let mut items = vec![Item {
        path: identity_file,
        created: made,
        what: "your private key: back it up, without it nothing that is sealed for you alone can be opened again",
    }];
    if policy_exists {
        items.push(Item {
            path: shorten(&policy_file),
            created: false,
            what: "the policy",
        });
        return Ok(items);
    }
    let starter = policy::starter(&name.map_or_else(user_name, str::to_owned), &recipient);
    if let Some((name, text)) = &starter.key_file {
        let path = root.join(name);
        let created = write_new_or_same(&path, text)?;
        items.push(Item {
            path: shorten(&path),
            created,
            what: "your public key: commit it",
        });
    }
    files::create_new(&policy_file, starter.policy.as_bytes(), Confidentiality::Public)?;
    items.push(Item {
        path: shorten(&policy_file),
        created: true,
        what: "who can open what: commit it",
    });
    Ok(items)
}

/// The user's identity: the one that exists, or a new one.
fn identity(root: &Path, key: NewKey) -> Result<(PathBuf, Recipient, bool), Failure> {
    let file = identities::own_file().ok_or_else(|| {
        Failure::usage(
            "there is no place for your private key: HOME is not set",
            "set HOME or SEALKIT_IDENTITY_FILE",
        )
    })?;
    if std::path::absolute(&file).is_ok_and(|file| file.starts_with(root)) {
        let diagnostic =
            Diagnostic::error("your private key would lie inside the repository").at(show_path(&file));
        let help = "name a place outside it with SEALKIT_IDENTITY_FILE".to_owned();
        return Err(Failure::new(exit::USAGE, diagnostic.help(help)));
    }
    if file.exists() {
        let keyring = identities::read(
            &file,
            &Console {
                style: Style::Text,
                quiet: true,
            },
        )?;
        let recipient = keyring.recipients().into_iter().next().ok_or_else(|| {
            let diagnostic =
                Diagnostic::error("your identity does not tell its public key").at(show_path(&file));
            Failure::new(
                exit::FAILED,
                diagnostic.help("write the policy by hand".to_owned()),
            )
        })?;
        return Ok((file, recipient, false));
    }
    let passphrase = key.passphrase.then(keygen::ask_passphrase).transpose()?;
    let kind = key.kind.unwrap_or_else(|| keygen::usual_kind(root));
    let made = keygen::make(kind, passphrase.as_ref())?;
    if let Some(directory) = file.parent() {
        let built = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory);
        built.map_err(|source| files::FileError::Write {
            path: directory.into(),
            source,
        })?;
    }
    files::create_new(&file, made.text.as_bytes(), Confidentiality::Secret)?;
    Ok((file, made.recipient, true))
}

/// The root of the repository, or the directory itself where there is none.
fn root(directory: &Path) -> Result<PathBuf, Failure> {
    let real = fs::canonicalize(directory).map_err(|source| files::FileError::Read {
        path: directory.into(),
        source,
    })?;
    Ok(git::root(&real).unwrap_or(real))
}

/// Writes a public key that must not replace another one.
fn write_new_or_same(path: &Path, text: &str) -> Result<bool, Failure> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(false);
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(|source| files::FileError::Write {
            path: directory.into(),
            source,
        })?;
    }
    files::create_new(path, text.as_bytes(), Confidentiality::Public)?;
    Ok(true)
}

fn say(console: &Console, items: &[Item]) {
    for item in items {
        let done = if item.created { "created" } else { "found" };
        console.say(&format!(
            "{done} {}: {}",
            printable(&show_path(&item.path)),
            item.what
        ));
    }
    if items
        .iter()
        .any(|item| item.created && item.path.ends_with(POLICY_FILE_NAME))
    {
        Diagnostic::note("so far only you can open what is sealed here: losing your key loses the data")
            .help(
                "add a colleague or an offline backup key to the policy, then `sealkit rotate .`".to_owned(),
            )
            .show(console);
    }
}

/// The user's login name, in letters that need no quotes in YAML.
fn user_name() -> String {
    let login = std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_default();
    let kept: String = login
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let name = kept.trim_matches('-').to_ascii_lowercase();
    let reads_as_something_else =
        ["y", "n", "on", "off", "yes", "no", "true", "false", "null"].contains(&&*name);
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) && !reads_as_something_else {
        true => name,
        false => "me".to_owned(),
    }
}

fn shorten(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    here.ok()
        .and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
        .to_owned()
}

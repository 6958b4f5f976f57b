//! `sealkit keys restore`: what is missing in a cluster is made from a backup, and nothing that is there is touched.

use std::{
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

use clap::{Args, ValueHint};
use sealkit::crypto::{age, identity::Identity};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::backup::labelled;
use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit, files,
    flags::{ClusterFlags, IdentityFlags},
    identities,
    key_backup::{self, Key, Kind, NotABackup},
    kubeseal::Secrets,
    terminal::{Console, Style, printable},
};

/// Servers note the age of a Secret in seconds, and of two identities the younger one is current.
const BETWEEN: Duration = Duration::from_millis(1100);

/// Make the keys of a backup that are missing in a cluster
///
/// Best done before the controller is installed, which otherwise makes a new key first; one that runs takes the keys up at
/// once. Nothing that is there is changed: if another key has the name of one in the backup, nothing is made at all. Keys come
/// into the namespace of `--controller-namespace`, wherever the backup was made; they keep their order of age, for which a second
/// is waited after each. A backup of `kubectl get secret -o yaml` is read too.
///
/// Exit codes: 0 all keys are there; 1 refused, or the cluster does not answer; 2 usage; 3 the file is no backup; 4 no identity
/// opens it; 5 it was changed; 6 it cannot be read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit keys restore --dry-run keys.age
  sealkit keys restore --identity offline.txt keys.age
  sealkit keys restore --context new-cluster --controller-namespace sealed-secrets keys.age")]
pub(super) struct Arguments {
    /// The backup, or `-` for standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// Say what would be made, and make nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    cluster: ClusterFlags,

    #[command(flatten)]
    identities: IdentityFlags,
}

/// What becomes of a key.
enum Step {
    Create,
    /// It is there, under this name and with this label.
    Exists {
        name: String,
        state: Option<String>,
    },
    /// Another key has its name.
    Conflict,
}

pub(super) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let keys = read(arguments, console)?;
    let failed = |diagnostic| Failure::new(exit::FAILED, diagnostic);
    let secrets = Secrets::open(&arguments.cluster.settings()).map_err(failed)?;
    let plan = plan(&keys, &secrets)?;
    let conflicts: Vec<_> = plan
        .iter()
        .filter(|(_, step)| matches!(step, Step::Conflict))
        .map(|(key, _)| conflict(key, &secrets))
        .collect();
    let mut made = Vec::new();
    let outcome = match (conflicts.is_empty(), arguments.dry_run) {
        (false, _) => Err(Failure {
            code: exit::FAILED,
            diagnostics: conflicts,
        }),
        (true, true) => Ok(()),
        (true, false) => create(&plan, &secrets, &mut made),
    };
    say(console, arguments, &secrets, &plan, &made);
    outcome.map(|()| exit::SUCCESS)
}

fn read(arguments: &Arguments, console: &Console) -> Result<Vec<Key>, Failure> {
    let file = &arguments.file;
    let bytes = match file == Path::new("-") {
        true => files::read_stdin()?,
        false => files::read(file)?,
    };
    let name = show_path(file);
    let plain = match age::is_age_file(&bytes) {
        true => open(&bytes, file, &arguments.identities, console)?,
        false => bytes,
    };
    let keys = key_backup::from_text(&name, &plain).map_err(|error| not_a_backup(error, &name))?;
    super::recipients(&keys, Some(file))?;
    Ok(keys)
}

fn open(
    bytes: &[u8],
    file: &Path,
    flags: &IdentityFlags,
    console: &Console,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let found = identities::find(flags, console)?;
    let known: Vec<&dyn Identity> = found.keyring.identities();
    match age::decrypt(bytes, &known) {
        Ok(plain) => Ok(Zeroizing::new(plain.expose().to_vec())),
        Err(error) => {
            let code = match &error {
                age::DecryptError::NoMatch { .. } => exit::NO_IDENTITY,
                age::DecryptError::HeaderMac | age::DecryptError::Payload(_) => exit::TAMPERED,
                age::DecryptError::Unwrap(_) => exit::FAILED,
                _ => exit::MALFORMED,
            };
            let diagnostic = Diagnostic::error("cannot open the backup")
                .at(show_path(file))
                .why(error.why().unwrap_or_else(|| error.to_string()))
                .help(error.hint());
            let mut failure = Failure::new(code, diagnostic);
            if code == exit::NO_IDENTITY {
                failure.diagnostics.push(found.searched_note());
            }
            Err(failure)
        }
    }
}

fn not_a_backup(error: NotABackup, name: &str) -> Failure {
    let place = match error {
        NotABackup::Text(error) => return error.into(),
        NotABackup::NoKey { ref place } | NotABackup::Value { ref place } => place.to_string(),
        NotABackup::Empty => name.to_owned(),
    };
    let diagnostic = Diagnostic::error("this is no backup of keys")
        .at(place)
        .why(error.to_string())
        .help("`sealkit keys backup` writes one; so does `kubectl get secrets -o yaml` with the label of the keys".to_owned());
    Failure::new(exit::MALFORMED, diagnostic)
}

/// Looks at the cluster, and decides for every key.
fn plan<'k>(keys: &'k [Key], secrets: &Secrets) -> Result<Vec<(&'k Key, Step)>, Failure> {
    let mut there = Vec::new();
    for kind in Kind::ALL {
        there.extend(labelled(secrets, kind)?);
    }
    let step = |key: &'k Key| {
        let same = there.iter().find(|other| other.is_same(key));
        let named = secrets.named(&key.name);
        let named = named.map_err(|diagnostic| Failure::new(exit::FAILED, diagnostic))?;
        let named = named.map(|secret| key_backup::one_from_server(&secret));
        let exists = |other: &Key| Step::Exists {
            name: other.name.clone(),
            state: other.state().map(str::to_owned),
        };
        let step = match (&named, same) {
            (Some(Some(named)), _) if named.is_same(key) => exists(named),
            (Some(_), _) => Step::Conflict,
            (None, Some(same)) => exists(same),
            (None, None) => Step::Create,
        };
        Ok((key, step))
    };
    keys.iter().map(step).collect()
}

fn conflict(key: &Key, secrets: &Secrets) -> Diagnostic {
    Diagnostic::error(format!(
        "another Secret has the name of the {} {}",
        key.kind.words(),
        key.name
    ))
    .at(format!("{}/{}", secrets.namespace(), key.name))
    .why("it holds another key, or none".to_owned())
    .help(
        "nothing was made; is this the right cluster? If it is, back up its keys first, then rename the one in the backup"
            .to_owned(),
    )
}

/// The oldest of each kind in the first second, the next ones in the next. `made` gets their names as they come to be.
fn create<'k>(plan: &[(&'k Key, Step)], secrets: &Secrets, made: &mut Vec<&'k str>) -> Result<(), Failure> {
    let missing = |kind| {
        let keys = plan.iter().filter(move |(key, _)| key.kind == kind);
        keys.filter(|(_, step)| matches!(step, Step::Create))
            .map(|(key, _)| *key)
    };
    let [mut sealing, mut identities] = Kind::ALL.map(missing);
    let mut round = [sealing.next(), identities.next()];
    while round.iter().any(Option::is_some) {
        for key in round.into_iter().flatten() {
            let json = key_backup::for_server(key, secrets.namespace());
            secrets.create(&key.name, &json).map_err(|diagnostic| {
                let diagnostic = diagnostic.at(format!("{}/{}", secrets.namespace(), key.name));
                Failure::new(exit::FAILED, diagnostic)
            })?;
            made.push(&key.name);
        }
        round = [sealing.next(), identities.next()];
        if round.iter().any(Option::is_some) {
            sleep(BETWEEN);
        }
    }
    Ok(())
}

fn say(console: &Console, arguments: &Arguments, secrets: &Secrets, plan: &[(&Key, Step)], made: &[&str]) {
    let namespace = secrets.namespace();
    if console.style == Style::Json {
        let keys: Vec<Value> = plan.iter().map(|(key, step)| json_of(key, step, made)).collect();
        let report = json!({"namespace": namespace, "dry_run": arguments.dry_run, "keys": keys});
        let _ = console.result(format!("{report}\n").as_bytes());
        return;
    }
    for (key, step) in plan {
        let what = format!("{} {}", key.kind.words(), key.name);
        let line = match step {
            Step::Create if made.contains(&key.name.as_str()) => format!("created {what}"),
            Step::Create if arguments.dry_run => format!("would create {what}"),
            Step::Create => format!("{what} is missing"),
            Step::Exists { name, state } => there(key, name, state.as_deref()),
            Step::Conflict => continue,
        };
        console.say(&printable(&format!("{namespace}: {line}")));
    }
}

/// A key that is there already, and how it differs.
fn there(key: &Key, name: &str, state: Option<&str>) -> String {
    let mut line = format!("{} {} is there already", key.kind.words(), key.name);
    if name != key.name {
        line += &format!(", as {name}");
    }
    if state != key.state() {
        let word = |state: Option<&str>| state.unwrap_or("without a label").to_owned();
        line += &format!(", {} here and {} in the backup", word(state), word(key.state()));
    }
    line
}

fn json_of(key: &Key, step: &Step, made: &[&str]) -> Value {
    let mut json = json!({"name": key.name, "kind": key.kind, "state": key.state()});
    match step {
        Step::Create => {
            json["step"] = "create".into();
            json["done"] = made.contains(&key.name.as_str()).into();
        }
        Step::Exists { name, state } => {
            json["step"] = "none".into();
            json["there"] = json!({"name": name, "state": state});
        }
        Step::Conflict => json["step"] = "refused".into(),
    }
    json
}

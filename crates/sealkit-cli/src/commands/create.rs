//! `sealkit create`: a sealed Secret from files, env files and prompts; the plaintext never becomes a file.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use sealkit::{crypto::Plaintext, formats::Scope};
use zeroize::Zeroizing;

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit,
    files::{self, Confidentiality, FileError},
    flags::{DestinationFlags, SealingFlags},
    generator,
    policies::Policies,
    terminal::{Console, Style, printable},
    value, work,
    yaml::scalar,
};

/// Make a sealed Secret from files, env files and prompts
///
/// Like `kubectl create secret generic`, but what comes out is sealed, and values are never taken from the command
/// line.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit create database -n shop --prompt password -o secrets/database.yaml
  sealkit create api -n shop --from-env-file .env -o secrets/api.yaml
  sealkit create ingress -n web --type kubernetes.io/tls --from-file tls.crt --from-file tls.key=key.pem")]
pub(crate) struct Arguments {
    /// The Secret's name
    name: String,

    /// The Secret's namespace
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// The Secret's type, for instance `kubernetes.io/tls`
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,

    /// Take a value from a file; the item is called like the file unless KEY is given. A directory means its files
    #[arg(long, value_name = "[KEY=]FILE", value_hint = ValueHint::AnyPath)]
    from_file: Vec<String>,

    /// Take values from lines `KEY=VALUE`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    from_env_file: Vec<PathBuf>,

    /// Ask for a value, without showing what is typed
    #[arg(long, value_name = "KEY")]
    prompt: Vec<String>,

    #[command(flatten)]
    destination: DestinationFlags,

    #[command(flatten)]
    sealing: SealingFlags,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    if arguments.from_file.is_empty() && arguments.from_env_file.is_empty() && arguments.prompt.is_empty() {
        return Err(without_values(
            "say `--prompt KEY`, `--from-file [KEY=]FILE` or `--from-env-file FILE`",
        ));
    }
    // Everything that can be refused is refused before a person is asked for a secret.
    let target = arguments.destination.o.as_deref();
    if let Some(file) = target.filter(|file| file.is_file()) {
        return Err(FileError::Exists { path: file.into() }.into());
    }
    let name = arguments
        .sealing
        .path
        .as_deref()
        .or(target)
        .unwrap_or(Path::new("<created>"));
    let sealing = Policies::default().decide(&arguments.sealing, name)?;
    let scope = sealing.scope.unwrap_or_default();
    if arguments.namespace.is_none() && scope != Scope::ClusterWide {
        let diagnostic = Diagnostic::error("the Secret has no namespace")
            .why(format!(
                "the scope {scope} binds values to one, and it is never taken from a kubeconfig"
            ))
            .help(
                "say `-n NAMESPACE`; what kustomize's `namespace:` and `namePrefix:` change later comes too late".to_owned(),
            );
        return Err(Failure::new(exit::USAGE, diagnostic));
    }
    let values = values(arguments)?;
    if values.is_empty() {
        return Err(without_values(
            "the directory or env file that was named holds none",
        ));
    }
    let text = manifest(arguments, &values);
    let plain = work::parse(&show_path(name), text.as_bytes())?;
    let options = super::seal::options(&arguments.sealing, None, None);
    let outcome = sealkit::seal(&plain, &sealing, &options, &mut generator::operating_system())?;
    let sealed = outcome.stream.as_ref().unwrap_or(&plain).as_str();
    for note in outcome.report.notes() {
        Diagnostic::of_note(note).show(console);
    }
    match target {
        _ if arguments.destination.dry_run => say(console, arguments, "would create"),
        Some(file) => {
            files::create_new(file, sealed.as_bytes(), Confidentiality::Public)?;
            say(console, arguments, "created");
        }
        None => super::hand_over(console, sealed.as_bytes())?,
    }
    Ok(exit::SUCCESS)
}

fn without_values(help: &str) -> Failure {
    Failure::usage("a Secret without values is not worth sealing", help)
}

fn say(console: &Console, arguments: &Arguments, done: &str) {
    let target = arguments.destination.o.as_deref().map(show_path);
    match console.style {
        Style::Text => {
            let place = target.map(|target| format!("{target}: ")).unwrap_or_default();
            console.say(&printable(&format!(
                "{place}{done} sealed Secret {}",
                arguments.name
            )));
        }
        Style::Json => {
            let json =
                serde_json::json!({"path": target, "name": arguments.name, "dry_run": done != "created"});
            let _ = console.result(format!("{json}\n").as_bytes());
        }
    }
}

type Values = BTreeMap<String, Plaintext>;

fn values(arguments: &Arguments) -> Result<Values, Failure> {
    let mut values = Values::new();
    for given in &arguments.from_file {
        for (key, file) in from_file(given)? {
            add(&mut values, key, Plaintext::from(files::read(&file)?))?;
        }
    }
    for file in &arguments.from_env_file {
        from_env_file(&mut values, file)?;
    }
    for key in &arguments.prompt {
        // A key that cannot be one is refused before its value is typed.
        add(&mut values, key.clone(), Plaintext::default())?;
        values.insert(key.clone(), value::ask(key)?);
    }
    Ok(values)
}

fn add(values: &mut Values, key: String, value: Plaintext) -> Result<(), Failure> {
    if !is_item_key(&key) {
        let diagnostic = Diagnostic::error(format!("`{key}` cannot be the key of an item"))
            .why("Kubernetes allows letters, digits, `-`, `_` and `.`, at most 253 of them".to_owned())
            .help("give another one: `--from-file KEY=FILE`".to_owned());
        return Err(Failure::new(exit::USAGE, diagnostic));
    }
    match values.insert(key.clone(), value) {
        None => Ok(()),
        Some(_) => Err(Failure::usage(
            format!("{key} is given twice"),
            "name each item once",
        )),
    }
}

/// Source: Kubernetes `apimachinery/pkg/util/validation.IsConfigMapKey`.
fn is_item_key(key: &str) -> bool {
    (1..=253).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && key != "."
        && !key.starts_with("..")
}

/// What stands after `--from-file`, as kubectl reads it.
fn from_file(given: &str) -> Result<Vec<(String, PathBuf)>, Failure> {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    if let Some((key, file)) = given.split_once('=') {
        return Ok(vec![(key.to_owned(), file.into())]);
    }
    let path = PathBuf::from(given);
    if !path.is_dir() {
        return Ok(vec![(name(&path), path)]);
    }
    let failed = |source| FileError::Read {
        path: path.clone(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.is_file() {
            files.push((name(&file), file));
        }
    }
    files.sort();
    Ok(files)
}

/// Source: kubectl `pkg/cmd/util/env_file.go`: `KEY=VALUE` lines taken literally, `#` comments, leading blanks dropped.
/// A `KEY` alone would take the value from the environment there; here it is refused.
fn from_env_file(values: &mut Values, file: &Path) -> Result<(), Failure> {
    let bytes = files::read(file)?;
    let bad = |line: usize, what: &str, help: &str| {
        let place = format!("{}:{line}:1", show_path(file));
        Failure::new(
            exit::MALFORMED,
            Diagnostic::error(what.to_owned()).at(place).help(help.to_owned()),
        )
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        bad(
            line,
            "the env file is not UTF-8",
            "save it as UTF-8, or use `--from-file` for binary values",
        )
    })?;
    for (index, line) in text.strip_prefix('\u{FEFF}').unwrap_or(text).lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let help = "write `KEY=VALUE`; the line is not shown because it may hold a secret";
        let Some((key, value)) = line.split_once('=') else {
            return Err(bad(index + 1, "this line of the env file has no `=`", help));
        };
        if !is_item_key(key) {
            return Err(bad(
                index + 1,
                "what stands before the `=` cannot be the key of an item",
                help,
            ));
        }
        add(values, key.to_owned(), Plaintext::from(value.as_bytes().to_vec()))?;
    }
    Ok(())
}

/// Writes the plaintext Secret that is then sealed. Values as base64, so that nothing in them is YAML.
fn manifest(arguments: &Arguments, values: &Values) -> Zeroizing<String> {
    let length: usize = values
        .iter()
        .map(|(key, value)| key.len() + value.len() * 2 + 16)
        .sum();
    let mut text = Zeroizing::new(String::with_capacity(length + 4096));
    text.push_str(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n",
        scalar(&arguments.name)
    ));
    if let Some(namespace) = &arguments.namespace {
        text.push_str(&format!("  namespace: {}\n", scalar(namespace)));
    }
    if let Some(kind) = &arguments.kind {
        text.push_str(&format!("type: {}\n", scalar(kind)));
    }
    text.push_str("data:\n");
    for (key, value) in values {
        text.push_str("  ");
        text.push_str(&scalar(key));
        text.push_str(": \"");
        text.push_str(&Zeroizing::new(super::base64(value.expose())));
        text.push_str("\"\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_item_unless_a_key_is_given() {
        assert_eq!(
            from_file("a=b/c.txt").unwrap(),
            [("a".to_owned(), PathBuf::from("b/c.txt"))]
        );
        assert_eq!(
            from_file("b/c.txt").unwrap(),
            [("c.txt".to_owned(), PathBuf::from("b/c.txt"))]
        );
    }

    #[test]
    fn an_env_file_is_read_literally_and_a_bad_line_by_number() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "# comment\n\n  A=1\nB=\"x y\" # z\n").unwrap();
        let mut values = Values::new();
        from_env_file(&mut values, file.path()).unwrap();
        let read: Vec<_> = values
            .iter()
            .map(|(key, value)| (key.as_str(), value.expose_str().unwrap()))
            .collect();
        assert_eq!(read, [("A", "1"), ("B", "\"x y\" # z")]);

        std::fs::write(file.path(), "A=1\nhunter2\n").unwrap();
        let failure = from_env_file(&mut Values::new(), file.path()).unwrap_err();
        let shown = format!("{failure:?}");
        assert!(shown.contains(":2:1") && !shown.contains("hunter2"));
    }
}

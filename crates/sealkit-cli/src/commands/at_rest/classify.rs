//! `sealkit at-rest classify`: who wrote which value, whether a file opens it, and whether it is stale. JSON lines.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueHint};
use sealkit::formats::at_rest::{
    DEFAULT_PREFIX, Encrypted, Examination, GroupResource, Rules, Stored, probable_names, resource_of,
};
use serde_json::{Value, json};

use super::{build, config, resource};
use crate::{
    diagnostic::{Diagnostic, Failure},
    exit, files,
    terminal::Console,
};

/// Tell who wrote stored values, and with --config whether they open and are stale
///
/// Standard input is JSON lines with `key` (the etcd key as text), `value` (base64), and where the key does not tell it
/// `resource`; or what `etcdctl get --prefix -w json` prints. Standard output is JSON lines in the same order. Exits with 1 if
/// a value does not open.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  etcdctl get --prefix /registry/secrets/ -w json | sealkit at-rest classify --config encryption.yaml")]
pub(crate) struct Arguments {
    /// The configuration file; without one, key names are guessed and nothing is opened
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,

    /// What the server was told as --etcd-prefix
    #[arg(long, value_name = "PREFIX", default_value = DEFAULT_PREFIX)]
    etcd_prefix: String,
}

struct Entry {
    key: String,
    value: Vec<u8>,
    resource: Option<GroupResource>,
}

pub(super) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let rules = match &arguments.config {
        Some(file) => Some(build(&config::read(file)?)?),
        None => None,
    };
    let entries = parse(&files::read_stdin()?, &arguments.etcd_prefix)?;
    let guessed = guess(&entries);
    let mut closed = false;
    let mut out = String::new();
    for (entry, guessed) in entries.iter().zip(guessed) {
        let line = classify(entry, rules.as_ref(), guessed);
        closed |= line["opens"] == false;
        out += &format!("{line}\n");
    }
    super::super::print(console, out.as_bytes())?;
    Ok(if closed { exit::FAILED } else { exit::SUCCESS })
}

/// Names guessed from all values together.
fn guess(entries: &[Entry]) -> Vec<Option<String>> {
    let stored: Vec<Option<Encrypted<'_>>> = entries
        .iter()
        .map(|entry| match Stored::read(&entry.value) {
            Stored::Encrypted(value) => Some(value),
            _ => None,
        })
        .collect();
    let encrypted: Vec<&Encrypted<'_>> = stored.iter().flatten().collect();
    let mut names = probable_names(&encrypted).into_iter();
    stored
        .iter()
        .map(|value| {
            value
                .as_ref()
                .and_then(|_| names.next().flatten())
                .map(str::to_owned)
        })
        .collect()
}

fn classify(entry: &Entry, rules: Option<&Rules>, guessed: Option<String>) -> Value {
    let list = rules
        .zip(entry.resource.as_ref())
        .map(|(rules, resource)| rules.for_resource(resource));
    let examination = Examination::of(entry.key.as_bytes(), &entry.value, list.as_ref());
    let name = if examination.name_is_certain {
        examination.name.clone()
    } else {
        guessed.or(examination.name.clone())
    };
    let mut line = json!({
        "key": entry.key,
        "resource": entry.resource.as_ref().map(ToString::to_string),
        "scheme": examination.scheme.map(|scheme| scheme.to_string()),
        "name": name,
        "nameIsCertain": examination.name_is_certain,
    });
    if let Some(key_id) = &examination.kms_key_id {
        line["kmsKeyId"] = json!(key_id);
    }
    match &examination.opening {
        None => {}
        Some(Ok(opened)) => {
            line["opens"] = json!(true);
            line["stale"] = json!(opened.by.stale);
            line["doublyEncrypted"] = json!(examination.is_doubly_encrypted());
            if let Some(object) = &opened.object {
                line["object"] = json!({
                    "apiVersion": object.api_version,
                    "kind": object.kind,
                    "namespace": object.namespace,
                    "name": object.name,
                });
            }
        }
        Some(Err(error)) => {
            line["opens"] = json!(false);
            line["problem"] = json!(error.to_string());
            line["why"] = json!(error.why());
            line["hint"] = json!(error.hint());
        }
    }
    line
}

fn parse(input: &[u8], prefix: &str) -> Result<Vec<Entry>, Failure> {
    let malformed = |number: usize, what: &str| {
        let diagnostic = Diagnostic::error(format!("line {number} of standard input {what}"))
            .help("give JSON lines with `key` and `value`, or the JSON of etcdctl".to_owned());
        Failure::new(exit::MALFORMED, diagnostic)
    };
    let mut entries = Vec::new();
    for (index, line) in input.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let line: Value = serde_json::from_slice(line).map_err(|_| malformed(index + 1, "is no JSON"))?;
        let base64 = |value: &Value| match value {
            Value::Null => Some(Vec::new()),
            value => STANDARD.decode(value.as_str()?).ok(),
        };
        let mut add = |key: Option<String>, value: &Value, named: Option<&str>| {
            let (Some(key), Some(value)) = (key, base64(value)) else {
                return Err(malformed(index + 1, "has no key, or a value that is not base64"));
            };
            let resource = named.map(resource).or_else(|| resource_of(&key, prefix));
            entries.push(Entry { key, value, resource });
            Ok(())
        };
        match line["kvs"].as_array() {
            // etcdctl's keys are base64 too
            Some(values) => {
                for entry in values {
                    let key = base64(&entry["key"]).and_then(|key| String::from_utf8(key).ok());
                    add(key, &entry["value"], None)?;
                }
            }
            None => add(
                line["key"].as_str().map(str::to_owned),
                &line["value"],
                line["resource"].as_str(),
            )?,
        }
    }
    Ok(entries)
}

//! Holds `.sops.yaml` to the loader of `sops`, which the program named on the command line wraps.
//!
//! `sops_rules ORACLE [COUNT]` makes random configurations from a fixed seed, asks both sides which rule decides for random
//! paths, and prints `held N …`; it fails on the first difference. Azure keys always have a version, because the peer asks
//! the network for a missing one.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development program, and so an adapter, that reports and stops"
)]

mod configs;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sealkit::policy::sops::{CreationRule, MasterKey, Selector, SopsConfig};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(program) = arguments.next() else {
        println!("usage: sops_rules ORACLE [COUNT]");
        return ExitCode::from(2);
    };
    let count = arguments
        .next()
        .map_or(5_000, |count| count.parse().expect("a number of configurations"));
    let mut child = Command::new(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut rng = StdRng::seed_from_u64(9);
    let (mut held, mut decided, mut good) = (0, 0, true);
    while held < count && good {
        let config = configs::config(&mut rng);
        let path = configs::PATHS[rng.random_range(0..configs::PATHS.len())];
        let request = json!({"op": "rule", "text": config, "path": format!("{{dir}}/{path}")});
        writeln!(input, "{request}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let theirs: Value = serde_json::from_str(&line).unwrap();
        let ours = answer(&config, path);
        decided += usize::from(ours.as_ref().is_ok_and(|rule| !rule.is_null()));
        match difference(&ours, &theirs) {
            None => held += 1,
            Some(difference) => {
                println!("{config}\nfor {path}: {difference}\n  ours:   {ours:?}\n  theirs: {theirs}");
                good = false;
            }
        }
    }
    drop(input);
    let _ = child.wait();
    println!("held {held} configurations choose the same rule and the same keys ({decided} found one)");
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Our answer in the judge's form.
fn answer(config: &str, path: &str) -> Result<Value, String> {
    let config = SopsConfig::parse(".sops.yaml", config.as_bytes()).map_err(|error| format!("{error:?}"))?;
    let rule = config.creation_rule(path).map_err(|error| format!("{error:?}"))?;
    Ok(rule.map_or(Value::Null, describe))
}

fn describe(rule: &CreationRule) -> Value {
    let groups: Vec<Option<Vec<String>>> = rule
        .groups()
        .iter()
        .map(|group| Some(group.iter().map(|key| name(&key.key)).collect()))
        .collect();
    let mut selectors = [""; 6];
    match rule.selector() {
        None => {}
        Some(Selector::UnencryptedSuffix(text)) => selectors[0] = text,
        Some(Selector::EncryptedSuffix(text)) => selectors[1] = text,
        Some(Selector::UnencryptedRegex(text)) => selectors[2] = text,
        Some(Selector::EncryptedRegex(text)) => selectors[3] = text,
        Some(Selector::UnencryptedCommentRegex(text)) => selectors[4] = text,
        Some(Selector::EncryptedCommentRegex(text)) => selectors[5] = text,
    }
    json!({
        "groups": groups,
        "threshold": rule.shamir_threshold(),
        "selectors": selectors,
        "mac_only_encrypted": rule.mac_only_encrypted(),
    })
}

/// As the peer prints a key.
fn name(key: &MasterKey) -> String {
    match key {
        MasterKey::Age { recipient } => format!("age {recipient}"),
        MasterKey::Pgp { fingerprint } => format!("pgp {fingerprint}"),
        MasterKey::Kms {
            arn,
            role,
            context,
            aws_profile,
        } => {
            let role = if role.is_empty() {
                String::new()
            } else {
                format!("+{role}")
            };
            let context: Vec<_> = context
                .iter()
                .map(|(key, value)| format!("{key}:{value}"))
                .collect();
            let context = context.join(",");
            match (aws_profile.is_empty(), context.is_empty()) {
                (false, _) => format!("kms {arn}{role}|{context}|{aws_profile}"),
                (true, false) => format!("kms {arn}{role}|{context}"),
                (true, true) => format!("kms {arn}{role}"),
            }
        }
        MasterKey::GcpKms { resource_id } => format!("gcp_kms {resource_id}"),
        MasterKey::HuaweiKms { key_id } => format!("hckms {key_id}"),
        MasterKey::AzureKeyVault {
            vault_url,
            name,
            version,
        } => format!("azure_kv {vault_url}/keys/{name}/{version}"),
        MasterKey::VaultTransit {
            address,
            engine_path,
            key_name,
        } => format!("hc_vault {address}/v1/{engine_path}/keys/{key_name}"),
        _ => unreachable!("every kind of key is named above"),
    }
}

fn difference(ours: &Result<Value, String>, theirs: &Value) -> Option<&'static str> {
    match (ours, theirs["error"].as_str()) {
        (Err(_), Some(_)) => None,
        (Err(_), None) => Some("we refuse it"),
        (Ok(_), Some(_)) => Some("the peer refuses it"),
        (Ok(ours), None) => (*ours != theirs["rule"]).then_some("another rule"),
    }
}

//! Key files of every origin: age, PEM, and backups of a cluster's keys.

use std::sync::Arc;

use sealkit::crypto::identity::NoPassphrase;
use sealkit::{KeyHelp, Keyring};

fn help() -> KeyHelp {
    KeyHelp {
        passphrases: Arc::new(NoPassphrase),
        plugins: None,
    }
}

fn check(file: &str, expected: usize) {
    let mut keyring = Keyring::new();
    let added = keyring.add_file(&sealkit_testdata::read(file), &help());
    assert_eq!(added.unwrap(), expected, "{file}");
    assert_eq!(keyring.len(), expected, "{file}");
    assert_eq!(format!("{keyring:?}"), format!("Keyring({expected} identities)"));
}

#[test]
fn pem_keys_and_cluster_backups_are_read() {
    check("sealed-secrets/peer-0.36.6/key-2048.pkcs1.pem", 1);
    check("sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem", 1);
    check("sealed-secrets/peer-0.36.6/backup-key-2048.yaml", 1);
}

#[test]
fn backups_in_lists_typed_or_not_are_read() {
    let one = String::from_utf8(sealkit_testdata::read(
        "sealed-secrets/peer-0.36.6/backup-key-2048.yaml",
    ))
    .unwrap();
    let indented: String = one
        .lines()
        .filter(|line| *line != "---")
        .map(|line| format!("  {line}\n"))
        .collect();
    let item = indented.replacen("  ", "- ", 1);
    for list in [
        format!("apiVersion: v1\nkind: List\nitems:\n{item}{item}"),
        format!("items:\n{item}{item}"),
        format!("{one}\n---\n{one}"),
    ] {
        let mut keyring = Keyring::new();
        assert_eq!(keyring.add_file(list.as_bytes(), &help()).unwrap(), 2, "{list}");
    }
}

#[test]
fn identities_of_a_controller_are_read_by_their_label() {
    let identity = sealkit::crypto::identity::X25519Identity::generate(&mut rand::rng());
    let secret = |labels: &str| {
        let text = identity.to_string();
        format!(
            "metadata: {{name: a, labels: {{{labels}}}}}\nstringData:\n  identity: |\n    # mine\n    {}\n",
            *text
        )
    };
    let mut keyring = Keyring::new();
    let backup = secret("sealkit.dev/identity: active");
    assert_eq!(keyring.add_file(backup.as_bytes(), &help()).unwrap(), 1);
    let public = identity.to_public().to_string();
    assert_eq!(keyring.recipients()[0].to_string(), public);
    assert!(keyring.add_file(secret("").as_bytes(), &help()).is_err());
}

#[test]
fn a_file_without_a_key_is_refused_without_showing_it() {
    let mut keyring = Keyring::new();
    let error = keyring
        .add_file(b"# mine\nhunter2-hunter2\n", &help())
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert!(keyring.is_empty());
}

//! `.sealkit.yaml`: what is read, which rule decides, and what each mistake is answered with.

use std::io;

use rand::{SeedableRng as _, rngs::StdRng};
use sealkit::crypto::identity::{PostQuantumIdentity, X25519Identity};
use sealkit::formats::Scope;
use sealkit::{Format, Policy, PolicyError, policy};

const ALICE_SEED: u64 = 1;
const BOB_SEED: u64 = 2;

fn x25519_key(seed: u64) -> String {
    X25519Identity::generate(&mut StdRng::seed_from_u64(seed))
        .to_public()
        .to_string()
}

fn quantum_key(seed: u64) -> String {
    PostQuantumIdentity::generate(&mut StdRng::seed_from_u64(seed))
        .to_public()
        .to_string()
}

fn files(path: &str) -> io::Result<Vec<u8>> {
    match path {
        "keys/carol.pub" => Ok(format!("# Carol's laptop\n{}\n", quantum_key(3)).into_bytes()),
        "keys/two.pub" => Ok(format!("{}\n{}\n", x25519_key(8), x25519_key(9)).into_bytes()),
        "keys/cluster.pem" => Ok(sealkit_testdata::read("sealed-secrets/peer-0.36.6/cert-4096.pem")),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    }
}

fn parse(text: &str) -> Result<Policy, PolicyError> {
    let text = text
        .replace("ALICE", &x25519_key(ALICE_SEED))
        .replace("BOB", &x25519_key(BOB_SEED));
    Policy::parse(".sealkit.yaml", text.as_bytes(), &mut |path| files(path))
}

const WHOLE: &str = "\
version: 1
recipients:
  alice: ALICE
  bob: BOB   # on leave
  carol: {file: keys/carol.pub}
  cluster: {file: keys/cluster.pem}
groups:
  team: [alice, bob]
rules:
  - paths: [production/**]
    format: sealed-secrets
    scope: namespace-wide
    recipients: [cluster]
  - paths: ['*.secret.yaml', staging/]
    recipients: [team, alice]
  - paths: [quantum/*]
    recipients: [carol]
  - paths: [mixed/*]
    recipients: [carol, team]
    allow-classic-recipients: true
";

#[test]
fn the_first_rule_that_matches_decides() {
    let policy = parse(WHOLE).unwrap();
    let sealed = policy.decide("production/shop/db.yaml").unwrap();
    assert_eq!(
        (sealed.format, sealed.scope),
        (Format::SealedSecrets, Some(Scope::NamespaceWide))
    );
    assert!(sealed.certificate.is_some());
    assert_eq!(sealed.origin, "rule 1 at .sealkit.yaml:10:5");

    let native = policy.decide("apps/db.secret.yaml").unwrap();
    assert_eq!((native.format, native.scope), (Format::Native, None));
    let names: Vec<_> = native
        .recipients
        .iter()
        .map(|one| one.name.clone().unwrap())
        .collect();
    assert_eq!(names, ["alice", "bob"]);
    assert!(policy.decide("staging/a/b.yaml").is_some());
    assert!(policy.decide("README.md").is_none());
    assert!(policy.decide("mixed/a.yaml").unwrap().allow_classic_recipients);
}

#[test]
fn people_are_shown_by_name() {
    let policy = parse(WHOLE).unwrap();
    let alice = &policy.recipients()[0];
    assert_eq!(policy.names().show(&alice.recipient.name()), "alice");
    assert!(
        policy
            .names()
            .show("age1pq:sha256:0000000000000000000000000000")
            .starts_with("age1pq:sha256:0000")
    );
}

#[test]
fn a_rule_that_one_key_opens_is_noted() {
    let notes = parse(WHOLE).unwrap().notes();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0].place.as_ref().unwrap().to_string(), ".sealkit.yaml:16:5");
    assert!(notes[0].message.contains("carol"));
}

/// Checks that `text` is refused at `place` with a message and a hint that contain these words.
fn check(text: &str, place: &str, message: &str, hint: &str) {
    let error = parse(text).map(|_| ()).expect_err(text);
    let shown = format!("{error}; {}", error.why().unwrap_or_default());
    assert!(shown.contains(message), "{text}\n{shown}");
    assert_eq!(
        error.place().map(ToString::to_string).as_deref(),
        Some(place),
        "{text}\n{error}"
    );
    let given = error.hint().unwrap_or_default();
    assert!(given.contains(hint), "{text}\n{given}");
}

fn with_rules(rules: &str) -> String {
    format!(
        "version: 1\nrecipients:\n  alice: ALICE\n  bob: BOB\n  carol: {{file: keys/carol.pub}}\nrules:\n{rules}"
    )
}

#[test]
fn unknown_fields_are_refused_at_every_level() {
    check(
        "version: 1\nrecipient: {}\n",
        ".sealkit.yaml:2:1",
        "unknown field `recipient`",
        "recipients",
    );
    check(
        &with_rules("  - path: [a]\n"),
        ".sealkit.yaml:7:5",
        "unknown field `path`",
        "paths",
    );
    check(
        "version: 1\nrecipients:\n  a: {path: x}\nrules: []\n",
        ".sealkit.yaml:3:7",
        "unknown field `path`",
        "file",
    );
}

#[test]
fn missing_and_empty_fields_are_named() {
    check(
        "recipients: {}\n",
        ".sealkit.yaml:1:1",
        "`version` is missing",
        "version: 1",
    );
    check(
        "version: 2\n",
        ".sealkit.yaml:1:10",
        "version 1 only",
        "version: 1",
    );
    check(
        "version: 1\nrecipients: {}\nrules: []\n",
        ".sealkit.yaml:2:13",
        "`recipients` is empty",
        "at least one",
    );
    check(
        &with_rules("  - paths: []\n    recipients: [alice]\n"),
        ".sealkit.yaml:7:12",
        "`paths` is empty",
        "",
    );
    check(
        &with_rules("  - paths: [a]\n    recipients: []\n"),
        ".sealkit.yaml:8:17",
        "`recipients` is empty",
        "",
    );
    check(
        &with_rules("  - recipients: [alice]\n"),
        ".sealkit.yaml:7:5",
        "`paths` is missing",
        "",
    );
}

#[test]
fn a_name_that_nobody_has_is_answered_with_the_nearest() {
    check(
        &with_rules("  - paths: [a]\n    recipients: [alise]\n"),
        ".sealkit.yaml:8:18",
        "`alise`",
        "`alice`",
    );
    check(
        &with_rules("  - paths: [a]\n    recipients: [zoe]\n"),
        ".sealkit.yaml:8:18",
        "`zoe`",
        "define",
    );
}

#[test]
fn keys_and_key_files_are_checked() {
    check(
        "version: 1\nrecipients:\n  a: age1nonsense\nrules: []\n",
        ".sealkit.yaml:3:6",
        "key of `a`",
        "age1",
    );
    check(
        "version: 1\nrecipients:\n  a: {file: none}\nrules: []\n",
        ".sealkit.yaml:3:13",
        "`none`",
        "relative",
    );
    check(
        "version: 1\nrecipients:\n  a: {file: keys/two.pub}\nrules: []\n",
        ".sealkit.yaml:3:13",
        "one public key",
        "own",
    );
    check(
        "version: 1\nrecipients:\n  a: [b]\nrules: []\n",
        ".sealkit.yaml:3:6",
        "a public key",
        "",
    );
}

#[test]
fn rules_that_cannot_work_are_refused() {
    let rule = |rest: &str| with_rules(&format!("  - paths: [a]\n    {rest}\n"));
    check(
        &rule("recipients: [alice]\n    format: yaml"),
        ".sealkit.yaml:9:13",
        "`native`, `sealed-secrets` or `sops`",
        "",
    );
    check(
        &rule("recipients: [alice]\n    scope: wide"),
        ".sealkit.yaml:9:12",
        "`strict`",
        "",
    );
    check(
        &rule("recipients: [alice]\n    format: sealed-secrets"),
        ".sealkit.yaml:7:5",
        "one RSA certificate",
        "cert",
    );
    check(
        &rule("recipients: [alice, carol]"),
        ".sealkit.yaml:7:5",
        "mixes",
        "keygen",
    );
    check(
        &with_rules("  - paths: [ok, ../a]\n    recipients: [bob]\n"),
        ".sealkit.yaml:7:17",
        "glob",
        "..",
    );
    let twice =
        "version: 1\nrecipients:\n  a: ALICE\n  b: ALICE\nrules:\n  - {paths: [x], recipients: [a, b]}\n";
    check(twice, ".sealkit.yaml:6:5", "`a` and `b` are the same key", "");
    let both = "version: 1\nrecipients:\n  a: ALICE\ngroups:\n  a: [a]\nrules: []\n";
    check(
        both,
        ".sealkit.yaml:5:3",
        "both a recipient and a group",
        "another name",
    );
}

#[test]
fn what_is_not_one_yaml_mapping_is_refused() {
    check("- a\n", ".sealkit.yaml:1:1", "one YAML mapping", "");
    check(
        "version: 1\n---\na: b\n",
        ".sealkit.yaml:3:1",
        "one YAML mapping",
        "",
    );
    let twice = parse("version: 1\nversion: 1\n")
        .map(|_| ())
        .expect_err("a duplicate key");
    assert!(
        twice
            .place()
            .unwrap()
            .to_string()
            .starts_with(".sealkit.yaml:2:1"),
        "{twice}"
    );
}

#[test]
fn the_starter_is_a_policy_for_short_and_for_long_keys() {
    for key in [x25519_key(ALICE_SEED), quantum_key(3)] {
        let recipient = key.parse().unwrap();
        let starter = policy::starter("alice", &recipient);
        let policy = Policy::parse(
            ".sealkit.yaml",
            starter.policy.as_bytes(),
            &mut |path| match &starter.key_file {
                Some((name, text)) if name == path => Ok(text.clone().into_bytes()),
                _ => Err(io::Error::from(io::ErrorKind::NotFound)),
            },
        )
        .unwrap();
        let sealing = policy.decide("any/where.yaml").unwrap();
        assert_eq!(sealing.recipients(), [recipient]);
    }
}

#[test]
fn the_schema_in_the_repository_is_the_one_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/sealkit-policy.schema.json");
    let kept: serde_json::Value =
        serde_json::from_str(include_str!("../../schema/sealkit-policy.schema.json")).unwrap();
    assert_eq!(
        kept,
        policy::json_schema(),
        "run `cargo run -p sealkit --example policy_schema > {path}`"
    );
}

#[test]
fn the_schema_knows_exactly_the_fields_that_the_reader_knows() {
    let schema = policy::json_schema();
    let names = |value: &serde_json::Value| {
        let mut names: Vec<_> = value["properties"].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names(&schema), ["groups", "recipients", "rules", "version"]);
    let rule = &schema["$defs"]["RuleEntry"];
    assert_eq!(
        names(rule),
        [
            "allow-classic-recipients",
            "format",
            "paths",
            "recipients",
            "scope"
        ]
    );
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(rule["additionalProperties"], false);
}

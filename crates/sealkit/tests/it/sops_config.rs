//! `.sops.yaml`: which rule decides, which keys it names in which order, and what each mistake is answered with.

use sealkit::policy::sops::{Destination, MasterKey, Selector, SopsConfig, SopsConfigError};

fn parse(text: &str) -> SopsConfig {
    SopsConfig::parse(".sops.yaml", text.as_bytes()).expect("a configuration")
}

/// The recipients and fingerprints that a file gets, group by group.
fn keys(config: &SopsConfig, path: &str) -> Vec<Vec<String>> {
    let rule = config.creation_rule(path).expect("a rule that can be used");
    let rule = rule.expect("there are rules");
    let name = |key: &MasterKey| match key {
        MasterKey::Age { recipient } => recipient.clone(),
        MasterKey::Pgp { fingerprint } => fingerprint.clone(),
        MasterKey::Kms { arn, role, .. } => format!("{arn}+{role}"),
        other => format!("{other:?}"),
    };
    let groups = rule.groups().iter();
    groups
        .map(|group| group.iter().map(|key| name(&key.key)).collect())
        .collect()
}

#[test]
fn the_first_rule_whose_pattern_matches_decides() {
    let config = parse(
        "creation_rules:\n\
         \x20 - path_regex: ^prod/\n\
         \x20   age: a\n\
         \x20 - path_regex: \\.json$\n\
         \x20   age: b\n\
         \x20 - age: c\n",
    );
    assert_eq!(keys(&config, "prod/x.json"), [["a"]]);
    assert_eq!(keys(&config, "x.json"), [["b"]]);
    assert_eq!(keys(&config, "x.yaml"), [["c"]]);
    let rule = config
        .creation_rule("x.json")
        .expect("a rule")
        .expect("there are rules");
    assert_eq!(
        (rule.number(), rule.place().to_string().as_str()),
        (2, ".sops.yaml:4:5")
    );
}

#[test]
fn no_rules_are_as_no_file_and_rules_without_a_match_are_an_error() {
    for text in ["", "stores: {}\n", "creation_rules:\n"] {
        assert!(
            parse(text).creation_rule("x").expect("no mistake").is_none(),
            "{text:?}"
        );
    }
    for text in ["creation_rules: []\n", "creation_rules:\n  - path_regex: y\n"] {
        let error = parse(text).creation_rule("x").unwrap_err();
        assert!(
            error.to_string().contains("no matching creation rules found"),
            "{text:?}"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn flat_fields_are_texts_with_commas_or_lists_in_the_order_of_the_peer() {
    let config = parse(
        "creation_rules:\n\
         \x20 - kms: 'arn:k+arn:r'\n\
         \x20   pgp: [A B, C]\n\
         \x20   age: >-\n\
         \x20     x,\n\
         \x20     y,\n",
    );
    assert_eq!(keys(&config, "f"), [["x", "y", "AB", "C", "arn:k+arn:r"]]);
    let empty = parse("creation_rules:\n  - age: ''\n");
    assert_eq!(keys(&empty, "f"), [Vec::<String>::new()]);
}

#[test]
fn groups_merge_lose_repetitions_and_hide_the_flat_fields() {
    let config = parse(
        "creation_rules:\n\
         \x20 - age: hidden\n\
         \x20   shamir_threshold: 2\n\
         \x20   key_groups:\n\
         \x20     - age: [x, 'y,z']\n\
         \x20       merge:\n\
         \x20         - pgp: [P]\n\
         \x20           merge: [{age: [y]}]\n\
         \x20     - pgp: [Q, Q]\n",
    );
    assert_eq!(keys(&config, "f"), [vec!["y", "P", "x", "z"], vec!["Q"]]);
    let rule = config
        .creation_rule("f")
        .expect("a rule")
        .expect("there are rules");
    assert_eq!(rule.shamir_threshold(), 2);
    assert_eq!(rule.groups()[1][0].place.to_string(), ".sops.yaml:9:15");
}

#[test]
fn selectors_and_layout_are_read() {
    let config = parse(
        "stores: {yaml: {indent: 2}, json: {indent: 0}}\n\
         creation_rules:\n\
         \x20 - encrypted_regex: ^data$\n\
         \x20   unencrypted_suffix: ''\n\
         \x20   mac_only_encrypted: on\n",
    );
    let rule = config
        .creation_rule("f")
        .expect("a rule")
        .expect("there are rules");
    assert_eq!(
        rule.selector(),
        Some(&Selector::EncryptedRegex("^data$".to_owned()))
    );
    assert!(rule.mac_only_encrypted());
    let stores = config.stores();
    assert_eq!(
        (stores.yaml_indent, stores.json_indent, stores.json_binary_indent),
        (2, 0, -1)
    );
}

#[test]
fn destinations_are_read() {
    let config = parse(
        "destination_rules:\n\
         \x20 - path_regex: '['\n\
         \x20   s3_bucket: never\n\
         \x20 - path_regex: s3/\n\
         \x20   s3_bucket: b\n\
         \x20   s3_prefix: p\n\
         \x20   recreation_rule: {age: x}\n\
         \x20   omit_extensions: true\n\
         \x20 - vault_path: v\n\
         \x20   gcs_bucket: g\n",
    );
    let rule = config.destination_rule("s3/db.yaml").expect("a rule");
    let expected = Destination::S3 {
        bucket: "b".to_owned(),
        prefix: "p".to_owned(),
    };
    assert_eq!(rule.destination(), Some(&expected));
    assert!(rule.omits_extensions() && rule.recreation_rule().is_some());
    let error = config.destination_rule("x").unwrap_err();
    assert!(matches!(error, SopsConfigError::TwoDestinations { .. }));
    assert_eq!(config.problems().len(), 2);
}

#[test]
fn a_mistake_in_a_rule_waits_until_the_rule_is_reached() {
    let check = |rule: &str, place: &str, expected: fn(&SopsConfigError) -> bool| {
        let config = parse(&format!("creation_rules:\n  - path_regex: ^ok$\n  - {rule}\n"));
        assert!(config.creation_rule("ok").is_ok(), "{rule}");
        let error = config.creation_rule("other").unwrap_err();
        assert!(expected(&error), "{rule}: {error:?}");
        assert_eq!(error.place().expect("a place").to_string(), place, "{rule}");
        assert_eq!(config.problems(), [error]);
    };
    check("path_regex: '(?=x)'", ".sops.yaml:3:17", |e| {
        matches!(e, SopsConfigError::Pattern { .. })
    });
    check(
        "{encrypted_suffix: a, encrypted_regex: b}",
        ".sops.yaml:3:44",
        |e| matches!(e, SopsConfigError::TwoSelectors { .. }),
    );
    check("age: [x, 1]", ".sops.yaml:3:14", |e| {
        matches!(e, SopsConfigError::WrongKind { .. })
    });
    check("hckms: [nowhere]", ".sops.yaml:3:13", |e| {
        matches!(e, SopsConfigError::Key { .. })
    });
    check("azure_keyvault: ftp://x", ".sops.yaml:3:21", |e| {
        matches!(e, SopsConfigError::Key { .. })
    });
    check("hc_vault_transit_uri: x", ".sops.yaml:3:27", |e| {
        matches!(e, SopsConfigError::Key { .. })
    });
}

#[test]
fn a_file_of_the_wrong_shape_is_refused_at_once() {
    let check = |text: &str, place: &str| {
        let error = SopsConfig::parse(".sops.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(
            error.place().expect("a place").to_string(),
            place,
            "{text:?}: {error:?}"
        );
    };
    check("[1]\n", ".sops.yaml:1:1");
    check("creation_rules: x\n", ".sops.yaml:1:17");
    check("creation_rules:\n  - shamir_threshold: two\n", ".sops.yaml:2:23");
    check("creation_rules:\n  - key_groups: [{age: x}]\n", ".sops.yaml:2:24");
    check("creation_rules:\n  - path_regex: [a]\n", ".sops.yaml:2:17");
    check("stores: {yaml: {indent: x}}\n", ".sops.yaml:1:25");
    check("creation_rules: [{age: a, age: b}]\n", ".sops.yaml:1:27");
    check("a: [\n", ".sops.yaml:1:4");
}

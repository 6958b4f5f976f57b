//! Adding, promoting and removing keys in the author's text.

use proptest::prelude::*;
use rand::RngExt;
use sealkit_crypto::Plaintext;
use sealkit_formats::at_rest::config::{EditError, EncryptionConfig, KeyAt, NoKeyServices};
use sealkit_formats::at_rest::{GroupResource, Scheme, Server, Transformers};

use super::seeded;

const BLOCK: &str = "# who may read what
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]   # only these
    providers:
      # the old way
      - aescbc:
          keys:
            - name: 'old'  # from 2024
              secret: R3jmMobWKkxS+3jWYquLZ+91l2JLIMTa2o4AZoLrotc=
            # made by Ann
            - name: \"new\"
              secret: SKDCoTRVsrlp0PKyl5cpdKSD/Zyv0Pni4iRhwJbQ8ns=

      # better
      - secretbox:
          keys:
          - {name: box, secret: Dj/Fs6gfPB5Cw2+UDn+yvlv4WuOzwQ8+AIixtzjTpeQ=}
      - identity: {}
# the end
";

const JSON: &str = r#"{"kind":"EncryptionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","resources":[{"resources":["secrets"],"providers":[{"aescbc":{"keys":[{"name":"aescbckey","secret":"R3jmMobWKkxS+3jWYquLZ+91l2JLIMTa2o4AZoLrotc="}]}},{"identity":{}}]}]}"#;

fn config(text: &str) -> EncryptionConfig {
    EncryptionConfig::parse("file", text.as_bytes()).unwrap()
}

fn at(scheme: Scheme, name: &str) -> KeyAt {
    KeyAt {
        scheme,
        name: name.to_owned(),
        resource: None,
    }
}

fn secret(seed: u64) -> Plaintext {
    let mut bytes = vec![0; 32];
    seeded(seed).fill(&mut bytes[..]);
    bytes.into()
}

fn list(config: &EncryptionConfig) -> Transformers {
    config
        .build(&Server::default(), &NoKeyServices)
        .unwrap()
        .for_resource(&GroupResource::parse("secrets"))
}

/// Checks that the edit changed these lines and no others, as `-old` and `+new`.
fn check_lines(before: &str, after: &EncryptionConfig, expected: &[&str]) {
    let diff = similar_lines(before, after.text());
    assert_eq!(diff, expected, "\n{}", after.text());
}

/// Lines only in one of the two, in order; enough for texts whose lines are all different.
fn similar_lines(before: &str, after: &str) -> Vec<String> {
    let removed = before
        .lines()
        .filter(|line| !after.lines().any(|other| other == *line))
        .map(|line| format!("-{line}"));
    let added = after
        .lines()
        .filter(|line| !before.lines().any(|other| other == *line))
        .map(|line| format!("+{line}"));
    removed.chain(added).collect()
}

#[test]
fn a_key_is_added_behind_the_others_and_nothing_else_changes() {
    let secret = secret(1);
    let edited = config(BLOCK)
        .add_key(&at(Scheme::AesCbc, "third"), &secret)
        .unwrap();
    let encoded = edited.rules()[0].providers.value[0].keys().unwrap().keys[2]
        .secret
        .value
        .clone();
    check_lines(
        BLOCK,
        &edited,
        &[
            "+            - name: third",
            &format!("+              secret: {}", *encoded),
        ],
    );
    assert_eq!(list(&edited).entries()[0].names(), ["old", "new", "third"]);
}

#[test]
fn a_provider_is_added_in_front_of_identity() {
    let edited = config(JSON)
        .add_key(&at(Scheme::Secretbox, "box"), &secret(2))
        .unwrap();
    let schemes: Vec<Scheme> = list(&edited)
        .entries()
        .iter()
        .map(|entry| entry.scheme())
        .collect();
    assert_eq!(schemes, [Scheme::AesCbc, Scheme::Secretbox, Scheme::Plaintext]);
    let edited = config(BLOCK)
        .add_key(&at(Scheme::AesGcm, "g"), &secret(3))
        .unwrap();
    assert_eq!(list(&edited).entries()[2].scheme(), Scheme::AesGcm);
}

#[test]
fn a_promoted_key_takes_its_comments_along() {
    let edited = config(BLOCK).promote(&at(Scheme::AesCbc, "new")).unwrap();
    let expected = BLOCK.replace(
        "            - name: 'old'  # from 2024
              secret: R3jmMobWKkxS+3jWYquLZ+91l2JLIMTa2o4AZoLrotc=
            # made by Ann
            - name: \"new\"
              secret: SKDCoTRVsrlp0PKyl5cpdKSD/Zyv0Pni4iRhwJbQ8ns=
",
        "            # made by Ann
            - name: \"new\"
              secret: SKDCoTRVsrlp0PKyl5cpdKSD/Zyv0Pni4iRhwJbQ8ns=
            - name: 'old'  # from 2024
              secret: R3jmMobWKkxS+3jWYquLZ+91l2JLIMTa2o4AZoLrotc=
",
    );
    assert_eq!(edited.text(), expected);
}

#[test]
fn a_promoted_provider_takes_its_comments_along() {
    let edited = config(BLOCK).promote(&at(Scheme::Secretbox, "box")).unwrap();
    let moved = "      # better
      - secretbox:
          keys:
          - {name: box, secret: Dj/Fs6gfPB5Cw2+UDn+yvlv4WuOzwQ8+AIixtzjTpeQ=}
";
    let expected = BLOCK
        .replace(moved, "")
        .replace("      # the old way\n", &format!("{moved}      # the old way\n"));
    assert_eq!(edited.text(), expected);
    assert_eq!(list(&edited).entries()[0].scheme(), Scheme::Secretbox);
}

#[test]
fn promotion_in_json_and_flow_style_swaps_items_only() {
    let two = config(JSON)
        .add_key(&at(Scheme::AesCbc, "second"), &secret(4))
        .unwrap();
    let edited = two.promote(&at(Scheme::AesCbc, "second")).unwrap();
    assert_eq!(list(&edited).entries()[0].names(), ["second", "aescbckey"]);
    assert_eq!(edited.text().len(), two.text().len());
    let back = edited.promote(&at(Scheme::AesCbc, "aescbckey")).unwrap();
    assert_eq!(back.text(), two.text());
    let off = config(JSON).promote(&at(Scheme::Plaintext, "")).unwrap();
    assert_eq!(list(&off).entries()[0].scheme(), Scheme::Plaintext);
}

#[test]
fn removing_is_refused_until_everything_is_rewritten_and_for_what_writes() {
    let config = config(BLOCK);
    assert!(matches!(
        config.remove_key(&at(Scheme::AesCbc, "old"), true),
        Err(EditError::Writes { .. })
    ));
    for key in [
        at(Scheme::AesCbc, "new"),
        at(Scheme::Secretbox, "box"),
        at(Scheme::Plaintext, ""),
    ] {
        let error = config.remove_key(&key, false).unwrap_err();
        assert!(
            matches!(error, EditError::StillNeeded { .. })
                && error.place().is_some()
                && error.hint().is_some()
        );
        let edited = config.remove_key(&key, true).unwrap();
        assert!(edited.text().contains("# from 2024") && edited.text().contains("# the end"));
    }
    let edited = config.remove_key(&at(Scheme::Secretbox, "box"), true).unwrap();
    assert_eq!(
        list(&edited).entries().len(),
        2,
        "the provider goes with its last key"
    );
}

#[test]
fn names_are_given_once() {
    let config = config(BLOCK);
    for name in ["old", "new", "old:2", ""] {
        assert!(
            config.add_key(&at(Scheme::AesCbc, name), &secret(5)).is_err(),
            "{name}"
        );
    }
    assert!(
        config.add_key(&at(Scheme::AesCbc, "box"), &secret(5)).is_ok(),
        "of another scheme"
    );
    assert!(
        config
            .add_key(&at(Scheme::AesCbc, "a"), &vec![1; 25].into())
            .is_err()
    );
    assert!(config.add_key(&at(Scheme::KmsV2, "a"), &secret(5)).is_err());
    assert!(matches!(
        config.promote(&at(Scheme::AesGcm, "x")),
        Err(EditError::NotFound(_))
    ));
}

#[test]
fn several_rules_need_a_resource() {
    let text = sealkit_testdata::text("at-rest/config-aescbc.yaml");
    let config = config(&text);
    let mut key = at(Scheme::Secretbox, "box");
    let error = config.promote(&key).unwrap_err();
    assert!(
        matches!(error, EditError::Ambiguous { .. }) && error.hint().unwrap().contains("file:11:16"),
        "{:?}",
        error.hint()
    );
    key.resource = Some(GroupResource::parse("secrets"));
    let edited = config.promote(&key).unwrap();
    assert_eq!(list(&edited).entries()[0].scheme(), Scheme::Secretbox);
    assert!(edited.text().starts_with("# Test keys only."));
}

#[test]
fn a_resource_means_the_rule_that_wins_for_it() {
    let text = BLOCK.replace(
        "# the end\n",
        "  - resources: ['*.apps']\n    providers:\n      - identity: {}\n",
    );
    let mut key = at(Scheme::Secretbox, "apps");
    key.resource = Some(GroupResource::parse("deployments.apps"));
    let edited = config(&text).add_key(&key, &secret(6)).unwrap();
    assert_eq!(edited.rules()[1].providers.value.len(), 2);
    assert_eq!(edited.rules()[0].providers.value.len(), 3);
    key.resource = Some(GroupResource::parse("configmaps"));
    assert!(matches!(
        config(&text).add_key(&key, &secret(6)),
        Err(EditError::NotFound(_))
    ));
}

#[test]
fn layouts_that_cannot_be_moved_line_by_line_are_refused_whole() {
    let anchors = BLOCK.replace("- secretbox:", "- &anchor\n        secretbox:");
    let error = config(&anchors)
        .promote(&at(Scheme::Secretbox, "box"))
        .unwrap_err();
    assert!(matches!(error, EditError::Layout { .. }));
}

#[test]
fn the_last_line_may_lack_its_end() {
    let text = BLOCK.replace("      - identity: {}\n# the end\n", "      - identity: {}");
    let edited = config(&text).promote(&at(Scheme::Plaintext, "")).unwrap();
    assert_eq!(list(&edited).entries()[0].scheme(), Scheme::Plaintext);
    let crlf = text.replace('\n', "\r\n");
    let edited = config(&crlf).promote(&at(Scheme::Plaintext, "")).unwrap();
    assert!(!edited.text().replace("\r\n", "").contains('\n'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// After any sequence of steps the server accepts the file, and what an earlier version wrote is readable as long as its
    /// key was not removed.
    #[test]
    fn what_was_promised_to_stay_readable_is_readable(steps in proptest::collection::vec((0..3u8, any::<u16>()), 1..12), json: bool) {
        let mut config = config(if json { JSON } else { BLOCK });
        let mut written: Vec<(KeyAt, Vec<u8>)> = Vec::new();
        for (number, (step, pick)) in steps.into_iter().enumerate() {
            let keys: Vec<KeyAt> = list(&config).entries().iter().flat_map(|entry| match entry.names().as_slice() {
                [] => vec![at(entry.scheme(), "")],
                names => names.iter().map(|name| at(entry.scheme(), name)).collect(),
            }).collect();
            let stored = list(&config).encrypt(b"/registry/secrets/a/b", b"{}", &mut seeded(number as u64)).unwrap();
            written.push((keys[0].clone(), stored));
            let chosen = &keys[usize::from(pick) % keys.len()];
            let schemes = [Scheme::AesCbc, Scheme::AesGcm, Scheme::Secretbox];
            let edited = match step {
                0 => config.add_key(&at(schemes[usize::from(pick) % 3], &format!("added-{number}")), &secret(u64::from(pick))),
                1 => config.promote(chosen),
                _ => config.remove_key(chosen, true),
            };
            match edited {
                Ok(edited) => {
                    if step == 2 {
                        written.retain(|(key, _)| key != chosen);
                    }
                    config = edited;
                }
                Err(error) => prop_assert!(matches!(error, EditError::Writes { .. }), "{error}: {:?}\n{}", error, config.text()),
            }
            prop_assert!(EncryptionConfig::parse("again", config.text().as_bytes()).is_ok());
            for (key, stored) in &written {
                let opened = list(&config).decrypt(b"/registry/secrets/a/b", stored);
                prop_assert!(opened.is_ok(), "{key} after step {number}:\n{}", config.text());
            }
            if !json {
                prop_assert!(config.text().starts_with("# who may read what\n") && config.text().ends_with("# the end\n"));
            }
        }
    }
}

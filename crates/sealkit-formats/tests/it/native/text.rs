//! Sealing and opening leave the author's text alone: styles, comments, order, quoting, line ends.

use proptest::prelude::*;
use sealkit_formats::{
    Scope,
    native::{self, SealOptions},
    secret::printable,
};

use super::people::{SECRET, alice, apply, items, open, public, seal, stream};

/// Seals and opens, and expects the very text back.
fn comes_back(text: &str) {
    let sealed = seal(text);
    assert_eq!(open(&sealed, &[&alice()]).unwrap(), text, "{sealed}");
}

#[test]
fn a_secret_comes_back_with_comments_order_and_quoting() {
    comes_back(SECRET);
}

#[test]
fn a_value_is_sealed_where_its_plaintext_stood() {
    let sealed = seal(SECRET);
    let lines: Vec<_> = sealed.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.starts_with("    password: k"))
        .unwrap();
    assert_eq!(lines[at - 1], "    # rotate yearly");
    assert!(lines[at].ends_with("   # ask Ann"));
    assert_eq!(lines[at + 1], "");
    assert!(lines[at + 2].starts_with("    username: \"k") && lines[at + 2].ends_with('"'));
    assert_eq!(
        &lines[..4],
        &[
            "# Database credentials",
            "apiVersion: sealkit.dev/v1alpha1",
            "kind: EncryptedSecret",
            "metadata: {name: database, namespace: shop, labels: {app: shop}}",
        ]
    );
}

#[test]
fn crlf_and_a_byte_order_mark_come_back() {
    comes_back(&SECRET.replace('\n', "\r\n"));
    comes_back(&format!("\u{feff}{SECRET}"));
}

#[test]
fn json_comes_back() {
    comes_back(
        r#"{
  "apiVersion": "v1",
  "kind": "Secret",
  "metadata": {"name": "database", "namespace": "shop"},
  "type": "Opaque",
  "stringData": {
    "password": "hunter2",
    "note": "two\nlines \"quoted\""
  }
}
"#,
    );
}

#[test]
fn block_scalars_come_back_as_the_same_bytes() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: tls\n  namespace: shop\nstringData:\n  key: |\n    \
                -----BEGIN KEY-----\n    abc\n  strip: >-\n    folded\n    line\n  last: x\n";
    let opened = open(&seal(text), &[&alice()]).unwrap();
    assert_eq!(
        items(&seal(&opened), &[&alice()]),
        items(&seal(text), &[&alice()])
    );
    assert!(opened.contains("    -----BEGIN KEY-----\n    abc\n"), "{opened}");
}

#[test]
fn binary_values_come_back_as_data() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata:\n  bin: /wA=\n";
    comes_back(text);
}

#[test]
fn printable_values_of_data_come_back_as_string_data() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata:\n  a: aGk=\n  bin: /wA=\n";
    let opened = open(&seal(text), &[&alice()]).unwrap();
    assert!(
        opened.contains("stringData:\n  a: hi\ndata:\n  bin: /wA=\n"),
        "{opened}"
    );
}

#[test]
fn a_flow_mapping_comes_back() {
    comes_back(
        "{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}, stringData: {a: \"b\", c: 'd'}}\n",
    );
}

#[test]
fn objects_of_a_list_are_sealed_in_their_place() {
    let secret = |name: &str| {
        format!(
            "  - apiVersion: v1\n    kind: Secret\n    metadata: {{name: {name}, namespace: shop}}\n    stringData:\n      \
             # why\n      a: {name}-value\n"
        )
    };
    let text = format!(
        "# two\napiVersion: v1\nkind: List\nitems:\n{}{}",
        secret("one"),
        secret("two")
    );
    let before = stream(&text);
    let recipients = public(&[&alice()]);
    let options = SealOptions::new(Scope::Strict, &recipients);
    let mut changes = Vec::new();
    for object in before.objects() {
        changes.extend(
            native::seal_object(&object, &options, &mut rand::rng())
                .unwrap()
                .changes,
        );
    }
    let sealed = stream(&apply(&before, &changes));
    assert_eq!(sealed.objects().filter(native::is_encrypted_secret).count(), 2);
    let mut changes = Vec::new();
    for object in sealed.objects() {
        let alice = alice();
        let opened = native::open_object(&object, &[&alice]).unwrap();
        changes.extend(opened.changes(&object));
    }
    assert_eq!(apply(&sealed, &changes), text);
}

#[test]
fn item_keys_that_yaml_reads_as_something_else_stay_in_quotes() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData:\n  \"on\": a\n  'y': b\n  \
                \"123\": c\n  \"234567e2\": d\n";
    comes_back(text);
    assert!(seal(text).contains("    \"on\": k"));
}

#[test]
fn sealing_twice_changes_nothing() {
    let sealed = seal(SECRET);
    let stream = stream(&sealed);
    let recipients = public(&[&alice()]);
    let again = native::seal_object(
        &stream.objects().next().unwrap(),
        &SealOptions::new(Scope::Strict, &recipients),
        &mut rand::rng(),
    )
    .unwrap();
    assert!(again.changes.is_empty() && again.plan.steps.is_empty() && again.hidden.is_empty());
    assert_eq!(seal(&sealed), sealed);
}

/// A value that a person or a program might want to keep secret.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "\\PC{0,40}".prop_map(String::into_bytes),
        "[ -~\n\t]{0,80}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..100),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn opening_undoes_sealing(values in proptest::collection::btree_map("[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,20}", value(), 0..6)) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let mut text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata:\n".to_owned();
        for (key, value) in &values {
            text += &format!("  \"{key}\": \"{}\"\n", STANDARD.encode(value));
        }
        let sealed = seal(&text);
        let expected: Vec<_> = values.into_iter().collect();
        let mut read = items(&sealed, &[&alice()]);
        read.sort();
        prop_assert_eq!(&read, &expected);

        // The same Secret, read as Kubernetes reads it, after going through text.
        let opened = open(&sealed, &[&alice()]).unwrap();
        let opened = stream(&opened);
        let mut plain: Vec<_> = sealkit_formats::secret::read(&opened.objects().next().unwrap())
            .unwrap()
            .into_iter()
            .map(|item| {
                assert_eq!(printable(item.value.expose()).is_some(), item.from == sealkit_manifest::ItemSource::StringData);
                (item.key, item.value.expose().to_vec())
            })
            .collect();
        plain.sort();
        prop_assert_eq!(&plain, &expected);
    }

    #[test]
    fn any_changed_character_of_a_sealed_value_fails(at in 0usize..96, by in 1u8..64) {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let sealed = seal(SECRET);
        let start = sealed.find("password: k").unwrap() + "password: k12345678:".len();
        let mut bytes = sealed.into_bytes();
        let letter = LETTERS.iter().position(|letter| *letter == bytes[start + at]).unwrap();
        bytes[start + at] = LETTERS[(letter + by as usize) % 64];
        let changed = String::from_utf8(bytes).unwrap();
        let refused = matches!(
            open(&changed, &[&alice()]),
            Err(native::OpenError::Values(values)) if values.len() == 1 && values[0].item == "password"
        );
        prop_assert!(refused);
    }

    #[test]
    fn text_that_is_not_sealed_is_not_touched(head in "(# [ -~]{0,30}\n){0,3}", tail in "(# [ -~]{0,30}\n){0,3}") {
        let text = format!("{head}{SECRET}---\n# {{not a secret}}\nkind: ConfigMap\napiVersion: v1\n{tail}");
        let before = stream(&text);
        let recipients = public(&[&alice()]);
        let options = SealOptions::new(Scope::Strict, &recipients);
        let sealed = native::seal_object(&before.objects().next().unwrap(), &options, &mut rand::rng()).unwrap();
        let sealed = apply(&before, &sealed.changes);
        prop_assert!(sealed.starts_with(&head));
        let rest = "---\n# {not a secret}\nkind: ConfigMap\napiVersion: v1\n";
        let expected_end = format!("{rest}{tail}");
        prop_assert!(sealed.ends_with(&expected_end));
        let sealed = stream(&sealed);
        let object = sealed.objects().next().unwrap();
        let alice = alice();
        let opened = native::open_object(&object, &[&alice]).unwrap();
        prop_assert_eq!(apply(&sealed, &opened.changes(&object)), text);
    }
}

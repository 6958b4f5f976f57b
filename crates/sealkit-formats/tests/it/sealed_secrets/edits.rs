//! Single values, and Secrets that were opened, edited and sealed again.

use sealkit_crypto::Plaintext;
use sealkit_formats::sealed_secrets::{
    Envelope, SealError, SealOptions, Step, remove_values, seal_edited, seal_object, set_values,
};

use super::*;

fn value(text: &str) -> Plaintext {
    Plaintext::from(text.as_bytes().to_vec())
}

fn set(sealed: &Manifest, values: &[(&str, &Plaintext)]) -> Manifest {
    let key = key(2048);
    let set = set_values(
        &sealed.object(),
        values,
        &SealOptions::new(key.public_key()),
        &mut rng(),
    )
    .expect("sealed");
    sealed.edit(&set.changes).expect("good edits")
}

#[test]
fn a_value_is_replaced_in_its_place_and_a_new_one_comes_last() {
    let before = seal(&manifest(&text("seal/commented.yaml")), &key(2048));
    let after = set(
        &before,
        &[("username", &value("ann")), ("new", &value("made-up"))],
    );
    let (before_text, after_text) = (before.to_string(), after.to_string());
    let differing: Vec<_> = after_text
        .lines()
        .filter(|line| !before_text.lines().any(|old| old == *line))
        .collect();
    assert_eq!(differing.len(), 2, "only the two values' lines differ");
    let opened = open(&after, &key(2048));
    assert_eq!(
        opened.items().map(|(key, _)| key).collect::<Vec<_>>(),
        ["password", "username", "url", "new"]
    );
    assert_eq!(
        opened.get("username").map(|value| value.expose()),
        Some(&b"ann"[..])
    );
}

#[test]
fn a_value_is_set_where_the_peer_would_crash() {
    for spec in [
        "",
        "spec: {}\n",
        "spec:\n  encryptedData: {}\n",
        "spec:\n  encryptedData: null\n",
        "spec: null\n",
    ] {
        let sealed = format!(
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: a, namespace: b}}\n{spec}"
        );
        let after = set(&manifest(&sealed), &[("x", &value("y"))]);
        assert_eq!(
            open(&after, &key(2048)).get("x").map(|value| value.expose()),
            Some(&b"y"[..]),
            "{spec:?}"
        );
    }
}

#[test]
fn a_value_that_is_no_string_is_replaced() {
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a, namespace: b}\nspec:\n  \
                  encryptedData:\n    a: [1]\n    b: null\n    c: 12\n";
    let after = set(
        &manifest(sealed),
        &[("a", &value("1")), ("b", &value("2")), ("c", &value("3"))],
    );
    assert_eq!(opened_items(&open(&after, &key(2048))).len(), 3);
}

#[test]
fn removing_leaves_the_others_alone() {
    let before = seal(&manifest(&text("seal/commented.yaml")), &key(2048));
    let removed = remove_values(&before.object(), &["username"]).expect("it is there");
    let after = before.edit(&removed.changes).expect("good edits");
    assert_eq!(
        open(&after, &key(2048))
            .items()
            .map(|(key, _)| key)
            .collect::<Vec<_>>(),
        ["password", "url"]
    );
    let error = remove_values(&before.object(), &["nothing"]).expect_err("it is not there");
    assert!(matches!(error, SealError::NoSuchItem { ref item, .. } if item == "nothing"));
}

#[test]
fn nothing_is_set_beside_plaintext_or_the_deprecated_field() {
    let key = key(2048);
    let options = SealOptions::new(key.public_key());
    let head = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a, namespace: b}\n";
    let waiting = manifest(&format!(
        "{head}spec: {{encryptedData: {{}}}}\nstringData: {{p: made-up}}\n"
    ));
    let error =
        set_values(&waiting.object(), &[("x", &value("y"))], &options, &mut rng()).expect_err("plaintext");
    assert!(matches!(error, SealError::Unsealed { .. }) && error.place().is_some() && error.hint().is_some());
    let legacy = manifest(&format!("{head}spec: {{data: AQ==}}\n"));
    let error = set_values(&legacy.object(), &[("x", &value("y"))], &options, &mut rng())
        .expect_err("one value for all");
    assert!(error.to_string().contains("deprecated"));
}

#[test]
fn what_was_not_edited_keeps_its_sealed_bytes() {
    let key = key(2048);
    let options = SealOptions::new(key.public_key());
    for name in [
        "commented.yaml",
        "namespace-wide.yaml",
        "pretty.json",
        "flow.yaml",
        "crlf.yaml",
        "both-maps-clean.yaml",
    ] {
        let sealed = seal(&manifest(&text(&format!("seal/{name}"))), &key);
        let reuse = open(&sealed, &key).reuse(&sealed.object());
        let plain = reopened(&sealed, &key);
        let again = seal_edited(&plain.object(), &reuse, &options, &mut rng()).expect("a Secret");
        assert!(
            again
                .plan
                .steps
                .iter()
                .all(|step| matches!(step, Step::Convert | Step::Keep { .. })),
            "{name}"
        );
        assert_eq!(
            plain.edit(&again.changes).expect("good edits").to_string(),
            sealed.to_string(),
            "{name}"
        );
    }
}

#[test]
fn an_edited_value_is_sealed_anew_and_the_others_are_kept() {
    let key = key(2048);
    let sealed = seal(&manifest(&text("seal/commented.yaml")), &key);
    let reuse = open(&sealed, &key).reuse(&sealed.object());
    let edited = manifest(
        &reopened(&sealed, &key)
            .to_string()
            .replace("hunter2-made-up", "hunter3-made-up"),
    );
    let again = seal_edited(
        &edited.object(),
        &reuse,
        &SealOptions::new(key.public_key()),
        &mut rng(),
    )
    .expect("good");
    let replaced: Vec<_> = again
        .plan
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Seal { .. }))
        .collect();
    assert_eq!(
        replaced,
        [&Step::Seal {
            item: "password".to_owned()
        }]
    );
    let again = edited.edit(&again.changes).expect("good edits");
    assert_eq!(
        open(&again, &key).get("password").map(|value| value.expose()),
        Some(&b"hunter3-made-up"[..])
    );
}

#[test]
fn a_renamed_secret_keeps_nothing_because_nothing_would_open() {
    let key = key(2048);
    let sealed = seal(&manifest(&text("seal/commented.yaml")), &key);
    let reuse = open(&sealed, &key).reuse(&sealed.object());
    let renamed = manifest(
        &reopened(&sealed, &key)
            .to_string()
            .replace("name: database", "name: other"),
    );
    let again = seal_edited(
        &renamed.object(),
        &reuse,
        &SealOptions::new(key.public_key()),
        &mut rng(),
    )
    .expect("good");
    assert!(
        !again
            .plan
            .steps
            .iter()
            .any(|step| matches!(step, Step::Keep { .. }))
    );
    open(&renamed.edit(&again.changes).expect("good edits"), &key);
}

#[test]
fn what_only_the_sealed_document_had_survives_an_edit() {
    let key = key(2048);
    let sealed = seal(&manifest(&text("seal/namespace-wide.yaml")), &key).to_string();
    let own = "  annotations:\n    argocd.argoproj.io/sync-wave: \"-1\"\n";
    // As people write it by hand: the scope on the SealedSecret alone, a tracking annotation beside it.
    let by_hand = sealed.replacen("  annotations:\n", own, 1).replace("      annotations:\n        sealedsecrets.bitnami.com/namespace-wide: \"true\"\n        example.com/note: kept\n", "");
    let by_hand = manifest(&by_hand);
    let opened = open(&by_hand, &key);
    assert!(
        opened.notices(&by_hand.object())[0]
            .to_string()
            .contains("metadata.annotations")
    );
    let reuse = opened.reuse(&by_hand.object());
    let plain = reopened(&by_hand, &key);
    assert!(
        plain.object().at(&["metadata", "annotations"]).is_none(),
        "the Secret never had them: {plain}"
    );
    let again = seal_edited(
        &plain.object(),
        &reuse,
        &SealOptions::new(key.public_key()),
        &mut rng(),
    )
    .expect("good");
    let again = plain.edit(&again.changes).expect("good edits");
    let envelope = Envelope::read(&again.object()).expect("a SealedSecret");
    assert_eq!(envelope.label(), b"shop");
    assert_eq!(
        json(&again)["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"],
        "-1"
    );
    open(&again, &key);
}

#[test]
fn templates_survive_opening_and_sealing() {
    let key = key(2048);
    let sealed = seal(&manifest(&text("seal/commented.yaml")), &key).to_string();
    let templates =
        "  template:\n    # rendered by the controller\n    data:\n      url2: '{{ .username }}@db' # kept\n";
    let sealed = manifest(&sealed.replacen("  template:\n", templates, 1));
    let plain = reopened(&sealed, &key);
    assert!(
        plain.to_string().contains("url2: '{{ .username }}@db' # kept"),
        "{plain}"
    );
    assert_eq!(
        json(&plain)["spec"],
        serde_json::json!({"template": {"data": {"url2": "{{ .username }}@db"}}})
    );
    let again = seal_object(&plain.object(), &SealOptions::new(key.public_key()), &mut rng()).expect("good");
    let again = plain.edit(&again.changes).expect("good edits");
    assert_eq!(
        without_ciphertext(json(&again)),
        without_ciphertext(json(&sealed))
    );
}

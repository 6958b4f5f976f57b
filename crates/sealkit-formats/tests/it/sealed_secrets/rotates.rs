//! Another certificate, and the deprecated form.

use sealkit_crypto::identity::RsaIdentity;
use sealkit_formats::Scope;
use sealkit_formats::sealed_secrets::{
    Due, Envelope, OpenError, OpenOptions, SealOptions, Step, due, encrypt_value, label, open_with_keys,
    rotate,
};

use super::*;

fn rotated(
    sealed: &Manifest,
    from: &RsaPrivateKey,
    to: &RsaPrivateKey,
    fresh: bool,
) -> (Manifest, Vec<Step>) {
    let identity = RsaIdentity::new(from.clone());
    let options = SealOptions::new(to.public_key());
    let rotated = rotate(&sealed.object(), &[&identity], &options, fresh, &mut rng()).expect("its key");
    (
        sealed.edit(&rotated.changes).expect("good edits"),
        rotated.plan.steps,
    )
}

#[test]
fn every_value_moves_to_the_new_key_and_nothing_else_changes() {
    let (old, new) = (key(2048), key(4096));
    let sealed = seal(&manifest(&text("seal/commented.yaml")), &old);
    let (moved, _) = rotated(&sealed, &old, &new, false);
    assert_eq!(masked(&moved), masked(&sealed));
    assert_eq!(
        opened_items(&open(&moved, &new)),
        opened_items(&open(&sealed, &old))
    );
    assert!(open_with_keys(&moved.object(), &[&old], &OpenOptions::default()).is_err());
}

#[test]
fn what_is_sealed_for_the_key_already_stays_unless_fresh_is_asked_for() {
    let key = key(2048);
    let sealed = seal(&manifest(&text("seal/commented.yaml")), &key);
    let (same, steps) = rotated(&sealed, &key, &key, false);
    assert_eq!(same.to_string(), sealed.to_string());
    assert!(steps.iter().all(|step| matches!(step, Step::Keep { .. })));
    let (fresh, _) = rotated(&sealed, &key, &key, true);
    assert_ne!(fresh.to_string(), sealed.to_string());
    assert_eq!(
        opened_items(&open(&fresh, &key)),
        opened_items(&open(&sealed, &key))
    );
}

#[test]
fn a_peers_file_rotates_and_still_opens() {
    let sealed = manifest(&text("peer-0.36.6/sealed-mixed-2048-strict.yaml"));
    let (moved, _) = rotated(&sealed, &key(2048), &key(3072), false);
    assert_ne!(moved.to_string(), sealed.to_string());
    assert_eq!(
        opened_items(&open(&moved, &key(3072))),
        opened_items(&open(&sealed, &key(2048)))
    );
}

#[test]
fn a_template_that_says_cluster_wide_does_not_widen_the_scope() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let annotated = "    metadata:\n      annotations: {sealedsecrets.bitnami.com/cluster-wide: \"true\"}";
    let sealed = manifest(&sealed.replacen("    metadata:", annotated, 1));
    let (moved, _) = rotated(&sealed, &key(2048), &key(3072), false);
    let envelope = Envelope::read(&moved.object()).expect("a SealedSecret");
    assert_eq!(
        (envelope.scope(), envelope.label()),
        (Scope::Strict, b"shop/db".to_vec())
    );
    open(&moved, &key(3072));
}

#[test]
fn templates_are_neither_rendered_nor_lost() {
    let sealed = text("peer-0.36.6/sealed-db-2048-strict.yaml");
    let sealed = manifest(&sealed.replacen(
        "  template:",
        "  template:\n    data:\n      url: '{{ .username }}@db'",
        1,
    ));
    let (moved, _) = rotated(&sealed, &key(2048), &key(3072), false);
    assert_eq!(
        json(&moved)["spec"]["template"]["data"]["url"],
        "{{ .username }}@db"
    );
    assert_eq!(open(&moved, &key(3072)).items().count(), 2);
}

#[test]
fn only_the_key_size_shows_what_is_due() {
    let sealed = manifest(&text("peer-0.36.6/sealed-db-2048-strict.yaml"));
    let envelope = Envelope::read(&sealed.object()).expect("a SealedSecret");
    let due_for = |key: &RsaPrivateKey| due(&envelope, &SealOptions::new(key.public_key()));
    assert_eq!(due_for(&key(4096)), Due::Certain);
    assert_eq!(due_for(&key(2048)), Due::Unknown);
}

fn legacy(secret: &str, beside: &str) -> Manifest {
    let label = label(Scope::Strict, "shop", "old");
    let value =
        encrypt_value(key(2048).public_key(), &label, secret.as_bytes(), &mut rng()).expect("a good key");
    manifest(&format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: old\n  namespace: shop\nspec:\n  \
         data: {value}\n{beside}"
    ))
}

const OLD_SECRET: &str = concat!(
    r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"other","namespace":"elsewhere","creationTimestamp":null,"#,
    r#""labels":{"app":"shop"}},"data":{"password":"bWFkZS11cA==","binary":"AP8="},"type":"example.com/old"}"#,
    "\n"
);

#[test]
fn the_deprecated_form_opens_when_accepted() {
    let sealed = legacy(OLD_SECRET, "");
    let plain = reopened(&sealed, &key(2048));
    let expected = serde_json::json!({
        "apiVersion": "v1", "kind": "Secret", "type": "example.com/old",
        "metadata": {"name": "old", "namespace": "shop", "labels": {"app": "shop"}},
        "stringData": {"password": "made-up"}, "data": {"binary": "AP8="},
    });
    assert_eq!(json(&plain), expected, "{plain}");
}

#[test]
fn the_deprecated_form_is_refused_when_not_accepted() {
    let options = OpenOptions {
        accept_deprecated_data: false,
        ..OpenOptions::default()
    };
    for sealed in [
        legacy(OLD_SECRET, ""),
        legacy(OLD_SECRET, "  encryptedData: {a: AQ==}\n"),
    ] {
        let error = open_with_keys(&sealed.object(), &[&key(2048)], &options).expect_err("not accepted");
        assert!(error.to_string().contains("deprecated"), "{error}");
    }
}

#[test]
fn both_forms_at_once_are_refused() {
    let text = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a, namespace: b}\nspec: {data: '', \
                encryptedData: {a: AQ==}}\n";
    let error = open_with_keys(&manifest(text).object(), &[&key(2048)], &OpenOptions::default())
        .expect_err("two forms");
    assert!(error.to_string().contains("at the same time") && matches!(error, OpenError::BothForms { .. }));
}

#[test]
fn a_deprecated_value_that_does_not_open_or_is_no_secret_says_so() {
    let wrong = open_with_keys(
        &legacy(OLD_SECRET, "").object(),
        &[&key(3072)],
        &OpenOptions::default(),
    );
    assert!(matches!(wrong, Err(OpenError::Values(ref values)) if values[0].path.to_string() == "spec.data"));
    for not_a_secret in [
        "",
        "made-up text",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\"}",
    ] {
        let error = open_with_keys(
            &legacy(not_a_secret, "").object(),
            &[&key(2048)],
            &OpenOptions::default(),
        );
        let error = error.expect_err("no Secret");
        assert!(matches!(error, OpenError::NotASecret { .. }), "{error:?}");
        assert!(!format!("{error:?} {error} {:?}", error.why()).contains("made-up"));
    }
}

#[test]
fn rotating_upgrades_the_deprecated_form() {
    let (moved, steps) = rotated(&legacy(OLD_SECRET, ""), &key(2048), &key(3072), false);
    assert_eq!(steps[0], Step::Upgrade);
    let opened = open(&moved, &key(3072));
    assert_eq!(
        opened.get("password").map(|value| value.expose()),
        Some(&b"made-up"[..])
    );
    assert_eq!(
        opened.envelope().template().secret_type.as_deref(),
        Some("example.com/old")
    );
    assert_eq!(
        json(&moved)["spec"]["template"]["metadata"]["labels"]["app"],
        "shop"
    );
    assert!(opened.envelope().legacy().is_none());
}

//! The peer's behaviours that need no cluster, by their row in the specification's table of conformance.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_formats::sealed_secrets::encrypt_value;
use serde_json::{Value, json};

use super::*;
use crate::keys::{KeySet, SealingKey};
use crate::open::open;
use crate::resource::Condition;
use crate::templates::GoTemplates;

const NOON: &str = "2026-11-28T12:00:00Z";
const ONE: &str = "2026-11-28T13:00:00Z";

fn keys() -> KeySet {
    let pem = sealkit_testdata::read("sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem");
    KeySet::new(vec![SealingKey {
        name: "key".to_owned(),
        ordering_time: 0,
        created: 0,
        private: RsaPrivateKey::from_pem(&pem).expect("a test key"),
        certificate_pem: String::new(),
    }])
}

fn seal(label: &str, value: &[u8]) -> String {
    let keys = keys();
    let key = keys.current().expect("one key").private.public_key().clone();
    encrypt_value(&key, label.as_bytes(), value, &mut StdRng::seed_from_u64(7)).expect("it fits")
}

/// A SealedSecret `myns/myname` with this metadata and spec.
fn object(metadata: Value, spec: Value) -> SealedSecret {
    let mut all = json!({"name": "myname", "namespace": "myns", "uid": "uid-1", "generation": 1});
    for (key, value) in metadata.as_object().expect("fields") {
        all[key] = value.clone();
    }
    serde_json::from_value(json!({"metadata": all, "spec": spec})).expect("anything reads")
}

fn sealed() -> SealedSecret {
    object(
        json!({}),
        json!({"encryptedData": {"foo": seal("myns/myname", b"bar")}}),
    )
}

fn opened(object: &SealedSecret) -> Result<Opened, Closed> {
    open(object, &keys(), true, &GoTemplates)
}

fn live(metadata: Value, data: Value) -> Secret {
    let mut all = json!({"name": "myname", "namespace": "myns", "resourceVersion": "5"});
    for (key, value) in metadata.as_object().expect("fields") {
        all[key] = value.clone();
    }
    serde_json::from_value(json!({"metadata": all, "data": data, "type": "Opaque"})).expect("a Secret")
}

fn owner(uid: &str) -> Value {
    json!([{"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "myname", "uid": uid, "controller": true}])
}

fn check(object: &SealedSecret, live: Option<&Secret>) -> Decision {
    decide(object, live, opened(object))
}

/// The Secret that is written.
fn written(decision: Decision) -> Secret {
    assert_eq!(decision.outcome, Ok(()));
    match decision.action {
        Action::Create(secret) | Action::Replace(secret) => *secret,
        Action::Keep => panic!("nothing is written"),
    }
}

fn failure(decision: Decision) -> Failure {
    assert_eq!(decision.action, Action::Keep);
    decision.outcome.expect_err("it fails")
}

fn value(secret: &Secret, key: &str) -> Option<Vec<u8>> {
    Some(secret.data.as_ref()?.get(key)?.0.clone())
}

fn map(pairs: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
    filled(
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

const ANNOTATION: &str = "sealedsecrets.bitnami.com/";

#[test]
fn a_list_in_the_place_of_the_spec_fails_and_makes_no_empty_secret() {
    let spec = json!([{"foo": seal("myns/myname", b"bar")}]);
    let failure = failure(check(&object(json!({}), spec), None));
    assert_eq!(failure.message, "the spec is not an object");
}

#[test]
fn row_6_another_scope_than_it_was_sealed_for_opens_nothing() {
    for (scope, label) in [("cluster-wide", ""), ("namespace-wide", "myns")] {
        let at = |value: &str| {
            let annotations = json!({"annotations": {format!("{ANNOTATION}{scope}"): value}});
            object(
                annotations,
                json!({"encryptedData": {"foo": seal(label, b"bar")}}),
            )
        };
        assert!(opened(&at("true")).is_ok(), "{scope}");
        let error = opened(&at("false")).expect_err("it is strict now");
        assert_eq!(error.to_string(), "no key could decrypt secret (foo)");
    }
}

#[test]
fn row_3_cluster_wide_counts_before_namespace_wide() {
    let both = json!({"annotations": {
        format!("{ANNOTATION}cluster-wide"): "true", format!("{ANNOTATION}namespace-wide"): "true",
    }});
    let object = object(both, json!({"encryptedData": {"foo": seal("", b"bar")}}));
    assert!(opened(&object).is_ok());
}

#[test]
fn row_7_a_value_of_another_place_does_not_open() {
    for label in ["myns/other", "otherns/myname"] {
        let object = object(json!({}), json!({"encryptedData": {"foo": seal(label, b"bar")}}));
        assert!(opened(&object).is_err(), "{label}");
    }
}

#[test]
fn row_9_broken_base64_names_its_key_and_speaks_of_no_decryption() {
    let object = object(json!({}), json!({"encryptedData": {"foo": "NOTVALIDBASE64"}}));
    let error = opened(&object).expect_err("no base64").to_string();
    assert_eq!(error, "illegal base64 data at input byte 12 (foo)");
    assert!(!error.contains("decrypt"));
}

#[test]
fn row_11_templates_alone_need_no_key() {
    let object = object(
        json!({}),
        json!({"encryptedData": {}, "template": {"data": {"a": "text"}}}),
    );
    let opened = open(&object, &KeySet::default(), true, &GoTemplates).expect("nothing is sealed");
    let secret = written(decide(&object, None, Ok(opened)));
    assert_eq!(value(&secret, "a").as_deref(), Some(&b"text"[..]));
}

#[test]
fn row_13_the_sealed_value_of_a_key_in_both_maps_wins_and_null_removes() {
    let data = json!({"foo": "plain", "new": "more", "gone": null});
    let values = json!({"foo": seal("myns/myname", b"sealed"), "gone": seal("myns/myname", b"x")});
    let object = object(
        json!({}),
        json!({"encryptedData": values, "template": {"data": data}}),
    );
    let secret = written(check(&object, None));
    assert_eq!(value(&secret, "foo").as_deref(), Some(&b"sealed"[..]));
    assert_eq!(value(&secret, "new").as_deref(), Some(&b"more"[..]));
    assert_eq!(value(&secret, "gone"), None);
}

#[test]
fn row_14_the_owner_is_set_unless_the_template_says_otherwise() {
    let owners = |value: &str| {
        let name = format!("{ANNOTATION}skip-set-owner-references");
        let template = json!({"metadata": {"annotations": {name: value}}});
        let object = object(json!({}), json!({"encryptedData": {}, "template": template}));
        let Action::Create(secret) = check(&object, None).action else {
            panic!("there is none yet")
        };
        secret.metadata.owner_references.unwrap_or_default()
    };
    assert_eq!(owners("true").len(), 0);
    let one = owners("false");
    let one = serde_json::to_value(one).expect("plain data");
    assert_eq!(one, owner("uid-1"));
}

#[test]
fn a_secret_without_owner_is_made_and_called_unmanaged_unless_its_template_manages_it() {
    let skip = format!("{ANNOTATION}skip-set-owner-references");
    let with = |more: &[&str]| {
        let mut annotations = json!({&skip: "true"});
        for name in more {
            annotations[format!("{ANNOTATION}{name}")] = json!("true");
        }
        let template = json!({"metadata": {"annotations": annotations}});
        check(
            &object(json!({}), json!({"encryptedData": {}, "template": template})),
            None,
        )
    };
    let alone = with(&[]);
    assert!(matches!(alone.action, Action::Create(_)));
    assert_eq!(
        alone.outcome.expect_err("nobody owns it").reason,
        Reason::Unmanaged
    );
    assert_eq!(with(&["managed"]).outcome, Ok(()));
    assert_eq!(with(&["patch"]).outcome, Ok(()));
}

#[test]
fn row_16_the_deprecated_form_opens_where_it_is_accepted() {
    let json = "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"old\",\"labels\":{\"a\":\"b\"}},\
                \"data\":{\"foo\":\"YmFy\"},\"type\":\"T\"}\n";
    let object = object(json!({}), json!({"data": seal("myns/myname", json.as_bytes())}));
    let secret = written(check(&object, None));
    assert_eq!(secret.metadata.name.as_deref(), Some("myname"));
    assert_eq!(secret.metadata.labels, map(&[("a", "b")]));
    assert_eq!(secret.type_.as_deref(), Some("T"));
    assert_eq!(value(&secret, "foo").as_deref(), Some(&b"bar"[..]));
    let error = open(&object, &keys(), false, &GoTemplates).expect_err("not accepted");
    assert!(error.to_string().contains("deprecated"));
}

#[test]
fn row_17_both_forms_together_are_refused() {
    let values = json!({"foo": seal("myns/myname", b"bar")});
    let object = object(json!({}), json!({"encryptedData": values, "data": ""}));
    let says = |accept| {
        open(&object, &keys(), accept, &GoTemplates)
            .expect_err("both")
            .to_string()
    };
    assert!(says(true).contains("at the same time"));
    assert!(says(false).contains("deprecated"));
}

#[test]
fn row_18_only_the_exact_word_true_lets_a_foreign_secret_be_written() {
    for name in ["managed", "patch"] {
        for (value, may) in [("true", true), ("TRUE", false), ("false", false), ("", false)] {
            let annotations = json!({"annotations": {format!("{ANNOTATION}{name}"): value}});
            let decision = check(&sealed(), Some(&live(annotations, json!({}))));
            assert_eq!(decision.outcome.is_ok(), may, "{name} {value:?}");
        }
    }
    let failure = failure(check(&sealed(), Some(&live(json!({}), json!({})))));
    assert_eq!(failure.reason, Reason::Unmanaged);
    assert_eq!(
        failure.message,
        "failed update: Resource \"myname\" already exists and is not managed by SealedSecret"
    );
    assert!(failure.again);
}

#[test]
fn a_secret_of_an_earlier_object_of_the_same_name_is_somebody_elses() {
    let others = live(json!({"ownerReferences": owner("uid-0")}), json!({}));
    assert_eq!(failure(check(&sealed(), Some(&others))).reason, Reason::Unmanaged);
}

/// The status after each of these outcomes, from the one before.
fn settle_after(before: Option<&str>, now_ok: bool) -> crate::sealed::Settled<crate::resource::Status> {
    let mut object = sealed();
    let failure = Failure::refused("no");
    if let Some(word) = before {
        let message = (word == "False").then(|| "no".to_owned());
        object.status = Some(crate::resource::Status {
            observed_generation: Some(1),
            conditions: vec![Condition {
                kind: "Synced".to_owned(),
                status: word.to_owned(),
                last_update_time: Some(NOON.to_owned()),
                last_transition_time: Some(NOON.to_owned()),
                reason: None,
                message,
            }],
        });
    }
    settle(&object, if now_ok { Ok(()) } else { Err(&failure) }, false, ONE)
}

#[test]
fn row_19_a_status_is_written_only_where_it_changes() {
    for (before, ok, written) in [
        (None, true, true),
        (Some("False"), true, true),
        (Some("True"), false, true),
        (Some("False"), false, false),
        (Some("True"), true, false),
    ] {
        assert_eq!(
            settle_after(before, ok).status.is_some(),
            written,
            "{before:?} {ok}"
        );
    }
}

#[test]
fn row_20_a_change_sets_both_times_and_another_generation_only_the_one() {
    let status = settle_after(Some("False"), true).status.expect("it changes");
    let times = |condition: &Condition| {
        let text = |time: &Option<String>| time.clone().expect("a time");
        (
            text(&condition.last_update_time),
            text(&condition.last_transition_time),
        )
    };
    assert_eq!(times(&status.conditions[0]), (ONE.to_owned(), ONE.to_owned()));
    assert_eq!(status.conditions[0].message, None);
    let mut object = sealed();
    object.status = Some(status);
    object.metadata.generation = Some(2);
    let status = settle(&object, Ok(()), true, "2026-11-28T14:00:00Z")
        .status
        .expect("generation 2");
    assert_eq!(status.observed_generation, Some(2));
    assert_eq!(
        times(&status.conditions[0]),
        ("2026-11-28T14:00:00Z".to_owned(), ONE.to_owned())
    );
}

#[test]
fn another_reason_for_the_same_failure_reaches_the_status() {
    let mut object = sealed();
    let settled = settle(&object, Err(&Failure::refused("one")), false, NOON);
    object.status = settled.status;
    assert_eq!(
        settle(&object, Err(&Failure::refused("one")), false, ONE).status,
        None
    );
    let status = settle(&object, Err(&Failure::refused("two")), false, ONE)
        .status
        .expect("it says so");
    assert_eq!(status.conditions[0].message.as_deref(), Some("two"));
    assert_eq!(status.conditions[0].last_transition_time.as_deref(), Some(NOON));
}

#[test]
fn events_are_the_peers_and_nothing_new_is_no_event() {
    let object = sealed();
    let notice =
        |outcome: Result<(), &Failure>| settle(&object, outcome, true, NOON).notice.expect("an event");
    let good = notice(Ok(()));
    assert_eq!((good.severity, good.reason), (Severity::Normal, "Unsealed"));
    assert_eq!(good.message, "SealedSecret unsealed successfully");
    let closed = notice(Err(&Failure::closed(&Closed("x (foo)".to_owned()))));
    assert_eq!(
        (closed.severity, closed.reason),
        (Severity::Warning, "ErrUnsealFailed")
    );
    assert_eq!(closed.message, "Failed to unseal: x (foo)");
    assert_eq!(notice(Err(&Failure::unmanaged("db"))).reason, "ErrUpdateFailed");
    assert_eq!(settle_after(Some("True"), true).notice, None);
}

#[test]
fn row_56_a_new_object_gets_its_secret_with_the_templates_labels() {
    let template =
        json!({"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["f/g"]}});
    let values = json!({"foo": seal("myns/myname", b"bar")});
    let object = object(json!({}), json!({"encryptedData": values, "template": template}));
    let secret = written(check(&object, None));
    assert_eq!(value(&secret, "foo").as_deref(), Some(&b"bar"[..]));
    assert_eq!(secret.metadata.labels, map(&[("a", "b")]));
    assert_eq!(secret.metadata.annotations, map(&[("c", "d")]));
    assert_eq!(secret.metadata.finalizers, Some(vec!["f/g".to_owned()]));
}

#[test]
fn row_58_renamed_and_added_items_follow() {
    let owned = live(json!({"ownerReferences": owner("uid-1")}), json!({"old": "YmFy"}));
    let secret = written(check(&sealed(), Some(&owned)));
    assert_eq!(secret.data.expect("one").keys().collect::<Vec<_>>(), ["foo"]);
    assert_eq!(secret.metadata.resource_version.as_deref(), Some("5"));
}

#[test]
fn what_is_right_already_is_not_written() {
    let owned = live(json!({"ownerReferences": owner("uid-1")}), json!({"foo": "YmFy"}));
    let decision = check(&sealed(), Some(&owned));
    assert_eq!((decision.action, decision.outcome), (Action::Keep, Ok(())));
}

#[test]
fn drift_of_data_labels_annotations_and_type_is_corrected() {
    let metadata = json!({"ownerReferences": owner("uid-1")});
    let mut labelled = metadata.clone();
    labelled["labels"] = json!({"x": "y"});
    let mut annotated = metadata.clone();
    annotated["annotations"] = json!({"x": "y"});
    for drifted in [
        live(metadata.clone(), json!({"foo": "YmF6"})),
        live(metadata.clone(), json!({"foo": "YmFy", "more": ""})),
        live(labelled, json!({"foo": "YmFy"})),
        live(annotated, json!({"foo": "YmFy"})),
    ] {
        let secret = written(check(&sealed(), Some(&drifted)));
        assert_eq!(value(&secret, "foo").as_deref(), Some(&b"bar"[..]));
        assert_eq!(
            (secret.metadata.labels, secret.metadata.annotations),
            (None, None)
        );
    }
}

#[test]
fn row_59_a_managed_secret_is_taken_over_whole() {
    let metadata =
        json!({"labels": {"l": "1"}, "annotations": {format!("{ANNOTATION}managed"): "true", "x": "y"}});
    let secret = written(check(&sealed(), Some(&live(metadata, json!({"other": "YmFy"})))));
    assert_eq!(secret.data.expect("one").keys().collect::<Vec<_>>(), ["foo"]);
    assert_eq!(
        (secret.metadata.labels, secret.metadata.annotations),
        (None, None)
    );
    assert_eq!(secret.metadata.owner_references.expect("one")[0].uid, "uid-1");
}

#[test]
fn row_60_a_managed_and_patched_secret_keeps_what_others_put_there() {
    let annotations = json!({format!("{ANNOTATION}managed"): "true", format!("{ANNOTATION}patch"): "true"});
    let metadata = json!({"labels": {"l": "1"}, "annotations": annotations});
    let secret = written(check(&sealed(), Some(&live(metadata, json!({"other": "YmFy"})))));
    assert_eq!(
        secret.data.expect("two").keys().collect::<Vec<_>>(),
        ["foo", "other"]
    );
    assert_eq!(secret.metadata.labels, map(&[("l", "1")]));
    assert_eq!(secret.metadata.annotations.expect("two").len(), 2);
    assert_eq!(secret.metadata.owner_references.expect("one").len(), 1);
}

#[test]
fn row_61_a_patched_secret_gets_no_owner_even_where_it_had_nothing() {
    let metadata = json!({"annotations": {format!("{ANNOTATION}patch"): "true"}});
    let mut bare = live(metadata, json!({}));
    bare.data = None;
    let secret = written(check(&sealed(), Some(&bare)));
    assert_eq!(secret.metadata.owner_references, None);
    assert_eq!(value(&secret, "foo").as_deref(), Some(&b"bar"[..]));
}

#[test]
fn row_65_the_type_is_the_templates() {
    let template = json!({"type": "kubernetes.io/dockerconfigjson"});
    let object = object(json!({}), json!({"encryptedData": {}, "template": template}));
    let secret = written(check(&object, None));
    assert_eq!(secret.type_.as_deref(), Some("kubernetes.io/dockerconfigjson"));
}

#[test]
fn row_66_an_immutable_secret_that_would_change_fails_once() {
    let object = object(
        json!({}),
        json!({"encryptedData": {"foo": seal("myns/myname", b"new")}, "template": {"immutable": true}}),
    );
    assert_eq!(written(check(&object, None)).immutable, Some(true));
    let mut frozen = live(json!({"ownerReferences": owner("uid-1")}), json!({"foo": "YmFy"}));
    frozen.immutable = Some(true);
    let failed = failure(check(&object, Some(&frozen)));
    assert!(failed.event.contains("the target Secret is immutable"));
    assert!(failed.event.starts_with("Error updating myns/myname: "));
    assert!(!failed.again);
    frozen.data = Some(BTreeMap::from([("foo".to_owned(), ByteString(b"new".to_vec()))]));
    assert_eq!(check(&object, Some(&frozen)).action, Action::Keep);
}

#[test]
fn nothing_of_a_closed_object_is_written() {
    let values = json!({"good": seal("myns/myname", b"x"), "bad": seal("myns/other", b"x"), "odd": 5});
    let object = object(json!({}), json!({"encryptedData": values}));
    let failed = failure(check(&object, None));
    assert_eq!(failed.message, "no key could decrypt secret (bad, odd)");
    assert_eq!(failed.reason, Reason::Unseal);
}

/// A Secret with what hands it over to an EncryptedSecret, or has done so.
fn of_the_other_kind(metadata: Value) -> Secret {
    live(metadata, json!({"foo": "b2xk"}))
}

#[test]
fn a_secret_that_is_handed_over_is_not_fought_for() {
    let object = sealed();
    let ours = json!([{"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "myname",
        "uid": "uid-1", "controller": true}]);
    let theirs = json!([{"apiVersion": "sealkit.dev/v1alpha1", "kind": "EncryptedSecret", "name": "myname",
        "uid": "uid-9", "controller": true}]);
    let says = |metadata| {
        let decision = decide(&object, Some(&of_the_other_kind(metadata)), opened(&object));
        assert_eq!(decision.action, Action::Keep);
        let failure = decision.outcome.expect_err("it is not ours any more");
        assert_eq!(failure.reason, Reason::Unmanaged);
        failure.message
    };
    let adopt = json!({"ownerReferences": ours, "annotations": {"sealkit.dev/adopt": "myname"}});
    assert!(says(adopt).ends_with("it is handed over to the EncryptedSecret of the same name"));
    let gone = json!({"ownerReferences": theirs});
    assert!(says(gone).ends_with("it belongs to the EncryptedSecret of the same name"));
    // by another name it asks for nothing, and managed it is handed back
    for metadata in [
        json!({"ownerReferences": ours, "annotations": {"sealkit.dev/adopt": "other"}}),
        json!({"ownerReferences": theirs, "annotations": {"sealedsecrets.bitnami.com/managed": "true"}}),
    ] {
        let secret = of_the_other_kind(metadata);
        let decision = decide(&object, Some(&secret), opened(&object));
        assert!(matches!(decision.action, Action::Replace(_)), "{decision:?}");
    }
}

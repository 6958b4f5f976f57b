//! EncryptedSecrets from what is sealed to what a status says, without a cluster.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::identity::{Identity, X25519Identity};
use sealkit_crypto::recipient::Recipient;
use sealkit_formats::{Scope, native};
use sealkit_manifest::Manifest;
use serde_json::{Value, json};

use super::*;
use crate::decide::{Action, Severity};
use crate::identities::Identities;
use crate::metrics::Reason;

const NOON: &str = "2026-11-28T12:00:00Z";
const ONE: &str = "2026-11-28T13:00:00Z";

fn identity(seed: u8) -> X25519Identity {
    X25519Identity::from_bytes(&[seed; 32])
}

fn recipient(seed: u8) -> Recipient {
    Recipient::X25519(identity(seed).to_public().clone())
}

/// Identities, the first one current.
fn identities(seeds: &[u8]) -> Identities {
    let all = seeds.iter().map(|seed| {
        let identity: Arc<dyn Identity> = Arc::new(identity(*seed));
        identity
    });
    Identities::new(all.collect(), seeds.first().map(|seed| recipient(*seed)))
}

/// What sealing the Secret `shop/db` with two items for one recipient gives, with the server's fields.
fn sealed(seed: u8, more: &Value) -> Value {
    let mut secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
        "stringData": {"user": "admin", "password": "hunter2 hunter2"},
    });
    for (key, value) in more.as_object().expect("fields") {
        secret[key] = value.clone();
    }
    let manifest = Manifest::parse(&secret.to_string()).expect("a manifest");
    let mut rng = StdRng::seed_from_u64(7);
    let sealed = native::seal(&manifest, Scope::Strict, &[recipient(seed)], &mut rng).expect("it seals");
    let mut object: Value = serde_json::from_str(&sealed.to_string()).expect("JSON stays JSON");
    object["metadata"]["uid"] = json!("uid-1");
    object["metadata"]["generation"] = json!(1);
    object
}

fn read(object: &Value) -> EncryptedSecret {
    serde_json::from_value(object.clone()).expect("anything reads")
}

fn live(metadata: Value) -> Secret {
    let mut all = json!({"name": "db", "namespace": "shop", "resourceVersion": "5", "uid": "live"});
    for (key, value) in metadata.as_object().expect("fields") {
        all[key] = value.clone();
    }
    serde_json::from_value(json!({"metadata": all, "data": {"old": "b2xk"}})).expect("a Secret")
}

fn owned_by(kind: &str, uid: &str) -> Value {
    json!([{"apiVersion": "x/v1", "kind": kind, "name": "db", "uid": uid, "controller": true}])
}

fn decided(object: &EncryptedSecret, live: Option<&Secret>) -> Decision {
    decide(object, live, open(object, &identities(&[1])).0)
}

/// Why it does not open, and what the report says of each item.
fn refused(object: &Value) -> (Closed, Report) {
    let (found, report) = open(&read(object), &identities(&[1]));
    (found.expect_err("it must not open"), report)
}

#[test]
fn an_object_becomes_a_secret_with_its_template_and_owner() {
    let template = json!({"type": "kubernetes.io/basic-auth", "immutable": true,
        "metadata": {"name": "db", "namespace": "shop", "labels": {"app": "shop"}, "annotations": {"a": "b"}}});
    let object = read(&sealed(1, &template));
    let Action::Create(secret) = decided(&object, None).action else {
        panic!("there is none")
    };
    assert_eq!(secret.type_.as_deref(), Some("kubernetes.io/basic-auth"));
    assert_eq!(secret.immutable, Some(true));
    assert_eq!(secret.metadata.labels.expect("one")["app"], "shop");
    assert_eq!(secret.metadata.annotations.expect("one")["a"], "b");
    assert_eq!(secret.metadata.owner_references.expect("one")[0].uid, "uid-1");
    assert_eq!(secret.data.expect("two")["password"].0, b"hunter2 hunter2");
}

#[test]
fn its_report_says_which_data_key_and_recipient_opened_it() {
    let (_, report) = open(&read(&sealed(1, &json!({}))), &identities(&[2, 1]));
    let id = &report.items[0].data_key;
    assert_eq!(report.data_keys, [(id.clone(), recipient(1).name())]);
    let items: Vec<_> = report
        .items
        .iter()
        .map(|item| (item.key.as_str(), item.closed))
        .collect();
    assert_eq!(items, [("user", None), ("password", None)]);
    assert_eq!(report.reseal, Some("OlderRecipient"));
    let (_, report) = open(&read(&sealed(1, &json!({}))), &identities(&[1, 2]));
    assert_eq!(report.reseal, None);
}

#[test]
fn what_does_not_open_says_why_for_each_item() {
    let good = sealed(1, &json!({}));
    let mut moved = good.clone();
    moved["metadata"]["namespace"] = json!("other");
    let mut swapped = good.clone();
    let items = swapped["spec"]["encryptedData"].as_object_mut().expect("two");
    let user = items["user"].clone();
    items.insert("password".to_owned(), user);
    let mut odd = good.clone();
    odd["spec"] = json!([1]);
    let mut other = sealed(9, &json!({}));
    other["metadata"]["labels"] = json!({"x": "y"});
    for (object, reason, items) in [
        (&moved, "NotUnwrapped", vec![Some("NotUnwrapped"); 2]),
        (&swapped, "Tampered", vec![None, Some("Tampered")]),
        (&other, "NoIdentity", vec![Some("NoIdentity"); 2]),
        (&odd, "Malformed", vec![]),
    ] {
        let (closed, report) = refused(object);
        assert_eq!((closed.reason, report.closed), (reason, Some(reason)), "{closed}");
        assert_eq!(
            report.items.iter().map(|item| item.closed).collect::<Vec<_>>(),
            items
        );
        assert!(
            !closed.message.contains("hunter2") && !closed.message.contains("object:"),
            "{closed}"
        );
    }
}

#[test]
fn no_object_becomes_a_token_or_plants_a_key() {
    for template in [
        json!({"type": "kubernetes.io/service-account-token"}),
        json!({"type": "bootstrap.kubernetes.io/token"}),
        json!({"metadata": {"labels": {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}}}),
        json!({"metadata": {"labels": {"sealkit.dev/identity": "active"}}}),
        json!({"metadata": {"annotations": {"sealkit.dev/adopt": "db"}}}),
    ] {
        let mut object = sealed(1, &json!({}));
        object["spec"]["template"] = template.clone();
        let (closed, _) = refused(&object);
        assert_eq!(closed.reason, "Refused", "{template}");
    }
}

#[test]
fn only_what_is_ours_or_asks_for_it_is_written() {
    let object = read(&sealed(1, &json!({})));
    let adopt = |name: &str| json!({"sealkit.dev/adopt": name});
    for (metadata, says) in [
        (json!({}), "belongs to nobody that it names"),
        (
            json!({"ownerReferences": owned_by("SealedSecret", "s")}),
            "belongs to the SealedSecret db",
        ),
        (
            json!({"ownerReferences": owned_by("EncryptedSecret", "older")}),
            "belongs to the EncryptedSecret db",
        ),
        (
            json!({"annotations": adopt("other")}),
            "belongs to nobody that it names",
        ),
        (
            json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}),
            "was applied by the Flux Kustomization apps",
        ),
        (
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "x"}}),
            "was applied by Argo CD",
        ),
        (
            json!({"ownerReferences": owned_by("EncryptedSecret", "uid-1"),
                "annotations": {"sealedsecrets.bitnami.com/managed": "true"}}),
            "asks to be a SealedSecret's",
        ),
    ] {
        let decision = decided(&object, Some(&live(metadata)));
        assert_eq!(decision.action, Action::Keep);
        let failure = decision.outcome.expect_err("it is not ours");
        assert_eq!(failure.reason, Reason::Unmanaged);
        assert!(failure.message.contains(says), "{}", failure.message);
        assert!(
            failure
                .message
                .ends_with("annotate it with sealkit.dev/adopt: db"),
            "{}",
            failure.message
        );
    }
    for metadata in [
        json!({"ownerReferences": owned_by("EncryptedSecret", "uid-1")}),
        json!({"ownerReferences": owned_by("SealedSecret", "s"), "annotations": adopt("db")}),
        json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}, "annotations": adopt("db")}),
    ] {
        let Action::Replace(secret) = decided(&object, Some(&live(metadata))).action else {
            panic!("it is ours")
        };
        // nothing by which the former owner would prune it, and the same Secret all the time
        let metadata = &secret.metadata;
        assert_eq!(
            (metadata.labels.as_ref(), metadata.annotations.as_ref()),
            (None, None)
        );
        assert_eq!(metadata.uid.as_deref(), Some("live"));
        let owners = metadata.owner_references.as_ref().expect("one");
        assert_eq!((owners.len(), owners[0].uid.as_str()), (1, "uid-1"));
        assert!(!secret.data.as_ref().expect("two").contains_key("old"));
    }
}

#[test]
fn a_secret_that_is_right_is_kept_and_one_that_is_frozen_is_not_changed() {
    let object = read(&sealed(1, &json!({"immutable": true})));
    let Action::Create(mut secret) = decided(&object, None).action else {
        panic!("there is none")
    };
    assert_eq!(decided(&object, Some(&secret)).action, Action::Keep);
    secret.immutable = None;
    assert!(matches!(
        decided(&object, Some(&secret)).action,
        Action::Replace(_)
    ));
    secret.immutable = Some(true);
    secret.data.as_mut().expect("two").remove("user");
    let failure = decided(&object, Some(&secret)).outcome.expect_err("it is frozen");
    assert_eq!((failure.reason, failure.again), (Reason::Update, false));
}

/// Statuses of the three conditions, and the reason of the first.
fn conditions(status: &Status) -> (Vec<&str>, &str) {
    let kinds: Vec<_> = status
        .conditions
        .iter()
        .map(|condition| condition.kind.as_str())
        .collect();
    assert_eq!(kinds[..3], ["Ready", "Reconciling", "Stalled"]);
    let words = status
        .conditions
        .iter()
        .map(|condition| condition.status.as_str());
    (words.take(3).collect(), status.conditions[0].reason.as_str())
}

fn failure(reason: Reason, again: bool) -> Failure {
    Failure {
        reason,
        message: "why".to_owned(),
        event: "why".to_owned(),
        again,
    }
}

#[test]
fn conditions_are_what_generic_tools_wait_on() {
    let object = read(&sealed(1, &json!({})));
    let (_, report) = open(&object, &identities(&[1]));
    let (_, closed) = open(&object, &identities(&[2]));
    let after = |failure: Option<&Failure>, report: &Report| {
        let settled = settle(
            &object,
            failure.map_or(Ok(()), Err),
            Some(report),
            failure.is_none(),
            NOON,
        );
        (
            settled.status.expect("it is the first"),
            settled.notice.expect("something happened"),
        )
    };
    let (status, notice) = after(None, &report);
    assert_eq!(conditions(&status), (vec!["True", "False", "False"], "Opened"));
    assert_eq!((notice.severity, notice.reason), (Severity::Normal, "Opened"));
    assert_eq!((status.observed_generation, status.reseal), (Some(1), false));
    for (failure, report, expected, reason) in [
        (
            failure(Reason::Unseal, true),
            &closed,
            ["False", "False", "True"],
            "NoIdentity",
        ),
        (
            failure(Reason::Unmanaged, true),
            &report,
            ["False", "False", "True"],
            "NotOwned",
        ),
        (
            failure(Reason::Update, false),
            &report,
            ["False", "False", "True"],
            "Immutable",
        ),
        (
            failure(Reason::Update, true),
            &report,
            ["False", "True", "False"],
            "ServerRefused",
        ),
    ] {
        let (status, notice) = after(Some(&failure), report);
        assert_eq!(conditions(&status), (expected.to_vec(), reason));
        assert_eq!((notice.severity, notice.reason), (Severity::Warning, reason));
    }
}

#[test]
fn a_status_is_written_once_and_keeps_its_times_and_what_others_wrote() {
    let mut value = sealed(1, &json!({}));
    let mut object = read(&value);
    let (_, report) = open(&object, &identities(&[1]));
    let mut status = settle(&object, Ok(()), Some(&report), true, NOON)
        .status
        .expect("new");
    let mut foreign = status.conditions[0].clone();
    foreign.kind = "Healthy".to_owned();
    status.conditions.push(foreign);
    value["status"] = serde_json::to_value(&status).expect("JSON");
    object = read(&value);
    assert_eq!(object.status.as_ref(), Some(&status));
    let again = settle(&object, Ok(()), Some(&report), false, ONE);
    assert_eq!((again.status, again.notice), (None, None));
    assert_ne!(object.went_well(), Some(false));

    // the server did not answer: what was known of the items stays
    let refused = failure(Reason::Update, true);
    let failed = settle(&object, Err(&refused), None, false, ONE)
        .status
        .expect("another");
    assert_eq!(
        (failed.items, failed.data_keys),
        (status.items.clone(), status.data_keys.clone())
    );
    let times: Vec<_> = failed
        .conditions
        .iter()
        .map(|condition| condition.last_transition_time.as_str())
        .collect();
    assert_eq!(times, [ONE, ONE, NOON, NOON]);
    assert_eq!(failed.conditions[3].kind, "Healthy");
}

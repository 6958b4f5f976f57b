//! What nobody may learn here. Each test is a hole that the peer once had, or one that lies beside it.
//!
//! A client that may not read a Secret can still send its SealedSecret with everything around the values changed. All it
//! may find out is whether the values open where they belong.

use sealkit_crypto::rsa_oaep::RsaPublicKey;
use sealkit_formats::sealed_secrets::encrypt_value;
use serde_json::{Value, json};

use super::{Served, key, options};

fn sealed(label: &str, value: &str) -> String {
    let key = key(2048);
    let public: &RsaPublicKey = key.private.public_key();
    encrypt_value(public, label.as_bytes(), value.as_bytes(), &mut rand::rng()).expect("it fits")
}

fn document(spec: Value) -> Value {
    json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "db", "namespace": "shop"}, "spec": spec,
    })
}

/// The scope comes from the object's own metadata: CVE-2026-22728 was a template that widened it.
#[test]
fn a_template_cannot_widen_the_scope() {
    let served = Served::start();
    for annotation in ["cluster-wide", "namespace-wide"] {
        let name = format!("sealedsecrets.bitnami.com/{annotation}");
        let mut forged = document(json!({"encryptedData": {"password": sealed("shop/db", "hunter2")}}));
        forged["spec"]["template"]["metadata"] =
            json!({"name": "mine", "namespace": "mine", "annotations": {name.clone(): "true"}});
        let answer = served.post("/v1/rotate", forged.to_string());
        assert_eq!(answer.status, 200);
        assert!(
            !answer.text().contains(annotation),
            "neither in metadata nor in the template"
        );
        let mut moved: Value = serde_json::from_slice(&answer.body).expect("JSON");
        moved["apiVersion"] = json!("bitnami.com/v1alpha1");
        moved["kind"] = json!("SealedSecret");
        assert_eq!(
            served.post("/v1/verify", moved.to_string()).status,
            200,
            "still where it belongs"
        );
        for (place, value) in [("name", "mine"), ("namespace", "mine")] {
            let mut elsewhere = moved.clone();
            elsewhere["metadata"][place] = json!(value);
            elsewhere["metadata"]["annotations"] = json!({name.clone(): "true"});
            assert_eq!(
                served.post("/v1/verify", elsewhere.to_string()).status,
                409,
                "{annotation} {place}"
            );
        }
    }
}

#[test]
fn a_wider_scope_in_the_metadata_does_not_open_what_was_sealed_strictly() {
    let served = Served::start();
    for annotation in ["cluster-wide", "namespace-wide"] {
        let mut forged = document(json!({"encryptedData": {"password": sealed("shop/db", "hunter2")}}));
        forged["metadata"]["annotations"] =
            json!({format!("sealedsecrets.bitnami.com/{annotation}"): "true"});
        assert_eq!(served.post("/v1/verify", forged.to_string()).status, 409);
        assert_eq!(served.post("/v1/rotate", forged.to_string()).status, 500);
    }
}

/// A template that fails for one plaintext and not for another would tell them apart, one bit for each request.
#[test]
fn no_template_is_rendered_for_an_answer() {
    let served = Served::start();
    let value = sealed("shop/db", "hunter2");
    let templates = [
        "{{ if eq .password \"hunter2\" }}{{ fail \"yes\" }}{{ end }}",
        "{{ if ne .password \"hunter2\" }}{{ fail \"no\" }}{{ end }}",
        "{{ index .password 99 }}",
        "{{ range $i := untilStep 0 1000000000 1 }}{{ $i }}{{ end }}",
        "{{ not a template",
        "{{ env \"HOME\" }}",
    ];
    for template in templates {
        let document = document(
            json!({"encryptedData": {"password": value}, "template": {"data": {"probe": template}}}),
        );
        assert_eq!(
            served.post("/v1/verify", document.to_string()).status,
            200,
            "{template}"
        );
        let answer = served.post("/v1/rotate", document.to_string());
        assert_eq!(answer.status, 200, "{template}");
        let after: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(
            after["spec"]["template"]["data"]["probe"], template,
            "it comes back as it was sent"
        );
        let items: Vec<_> = after["spec"]["encryptedData"]
            .as_object()
            .expect("items")
            .keys()
            .cloned()
            .collect();
        assert_eq!(items, ["password"], "and nothing that it would give is sealed");
    }
}

/// Every failure to open looks the same: a wrong key, place or scope, cut text, a changed byte.
#[test]
fn why_a_value_does_not_open_is_not_told() {
    let served = Served::start();
    let good = sealed("shop/db", "hunter2");
    let mut bytes = good.clone().into_bytes();
    for at in [1, 5, 200, good.len() - 5] {
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    }
    let changed = String::from_utf8(bytes).expect("base64");
    let tampered = format!("{}AAAA", &good[..good.len() - 4]);
    let cases = [
        sealed("shop/other", "hunter2"),
        good[..good.len() / 2].to_owned(),
        changed,
        tampered,
        "AA".to_owned(),
        String::new(),
        "%".to_owned(),
    ];
    let answers = |path: &str| {
        let ask = |value: &String| {
            let answer = served.post(
                path,
                document(json!({"encryptedData": {"password": value}})).to_string(),
            );
            let head: Vec<_> = answer
                .head
                .lines()
                .filter(|line| !line.starts_with("Date: ") && !line.starts_with("X-Ratelimit-"))
                .map(str::to_owned)
                .collect();
            (head, answer.body)
        };
        cases.iter().map(ask).collect::<Vec<_>>()
    };
    for path in ["/v1/verify", "/v1/rotate"] {
        let answers = answers(path);
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{path} {answers:?}"
        );
    }
}

/// The deprecated form holds a whole Secret. To look whether it does would tell something of any value put there.
#[test]
fn verifying_the_deprecated_form_does_not_look_inside() {
    let served = Served::start();
    for inside in [
        "hunter2",
        "{",
        "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"data\":{\"a\":\"Yg==\"}}",
    ] {
        let document = document(json!({"data": sealed("shop/db", inside), "encryptedData": {}}));
        assert_eq!(
            served.post("/v1/verify", document.to_string()).status,
            200,
            "{inside}"
        );
    }
    let document = document(json!({"data": sealed("shop/db", "hunter2"), "encryptedData": {}}));
    let answer = served.post("/v1/rotate", document.to_string());
    assert_eq!((answer.status, answer.body.len()), (500, 0));
}

#[test]
fn the_deprecated_form_is_upgraded_in_its_own_scope_or_refused() {
    let inside = json!({
        "kind": "Secret", "apiVersion": "v1", "type": "Opaque", "data": {"a": "Yg=="},
        "metadata": {"name": "mine", "namespace": "mine", "annotations": {"sealedsecrets.bitnami.com/cluster-wide": "true"}},
    });
    let old = document(json!({"data": sealed("shop/db", &inside.to_string()), "encryptedData": {}}));
    let served = Served::start();
    let answer = served.post("/v1/rotate", old.to_string());
    assert_eq!(answer.status, 200);
    let mut new: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(new["metadata"], json!({"name": "db", "namespace": "shop"}));
    assert!(!answer.text().contains("cluster-wide") && new["spec"]["data"].is_null());
    new["apiVersion"] = json!("bitnami.com/v1alpha1");
    new["kind"] = json!("SealedSecret");
    assert_eq!(served.post("/v1/verify", new.to_string()).status, 200);
    let both = document(
        json!({"data": sealed("shop/db", &inside.to_string()), "encryptedData": {"a": sealed("shop/db", "b")}}),
    );
    assert_eq!(served.post("/v1/verify", both.to_string()).status, 409);
    let served = Served::with(options(), false, vec![key(2048)]);
    assert_eq!(served.post("/v1/verify", old.to_string()).status, 409);
    assert_eq!(served.post("/v1/rotate", old.to_string()).status, 500);
}

#[test]
fn the_log_holds_no_part_of_a_request() {
    let served = Served::start();
    let marks = ["MARKBODY", "MARKNAME", "MARKITEM", "MARKPATH", "MARKKIND"];
    let mut document = document(
        json!({"encryptedData": {"MARKITEM": "MARKBODY"}, "template": {"data": {"a": "{{ MARKBODY }}"}}}),
    );
    document["metadata"]["name"] = json!("MARKNAME");
    for path in ["/v1/verify?MARKPATH", "/v1/rotate?MARKPATH", "/MARKPATH"] {
        served.post(path, document.to_string());
        served.post(path, "MARKBODY");
        served.post(path, "{\"kind\": \"MARKKIND\", \"apiVersion\": \"MARKKIND\"}");
        served.post(
            path,
            "kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\nspec: MARKBODY: x",
        );
        served.post(
            path,
            "kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\nspec: MARKBODY",
        );
    }
    let log = served.log.text();
    assert_eq!(log.matches("msg=\"HTTP request\"").count(), 10, "{log}");
    assert!(log.contains("path=/v1/verify code=409"), "{log}");
    for mark in marks {
        assert!(!log.contains(mark), "{mark} in {log}");
    }
}

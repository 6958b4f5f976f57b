//! What clients of the peer get, they get: paths, statuses, headers and bodies.

use std::sync::Arc;
use std::time::Duration;

use sealkit_cluster::identities::{IdentityKey, Ring};
use sealkit_cluster::keys::{KeySet, Keys};
use sealkit_crypto::Plaintext;
use sealkit_formats::sealed_secrets::{OpenOptions, open_with_keys};
use sealkit_manifest::Manifest;
use serde_json::{Value, json};

use super::{Client, Options, Served, golden, key, options};

/// The sealed document as the peer's client sends it.
fn document(name: &str) -> Value {
    let text = golden(name);
    let manifest = Manifest::parse(&text).expect("golden files are manifests");
    let value = manifest.object().root().value().expect("a document");
    value.to_json()
}

/// The values of a resealed answer.
fn opened(answer: &[u8], bits: usize) -> Vec<(String, Vec<u8>)> {
    let mut answer: Value = serde_json::from_slice(answer).expect("JSON");
    answer["apiVersion"] = json!("bitnami.com/v1alpha1");
    answer["kind"] = json!("SealedSecret");
    let text = answer.to_string();
    let manifest = Manifest::parse(&text).expect("JSON");
    let opened =
        open_with_keys(&manifest.object(), &[&key(bits).private], &OpenOptions::default()).expect("it opens");
    let bytes = |(item, value): (&str, &Plaintext)| (item.to_owned(), value.expose().to_vec());
    let mut items: Vec<_> = opened.items().map(bytes).collect();
    items.sort();
    items
}

fn expected() -> Vec<(String, Vec<u8>)> {
    vec![
        (
            "password".to_owned(),
            b"s3cr3t # not a comment: \"quoted\"".to_vec(),
        ),
        ("username".to_owned(), b"admin".to_vec()),
    ]
}

#[test]
fn health_and_readiness_are_two_things() {
    let served = Served::start();
    served.ready.send_replace(false);
    let health = served.get("/healthz");
    assert_eq!((health.status, health.text()), (200, "ok\n"));
    assert_eq!(health.header("Content-Type"), Some("text/plain; charset=utf-8"));
    let ready = served.get("/readyz");
    assert_eq!((ready.status, ready.text()), (503, "not ready\n"));
    served.ready.send_replace(true);
    let ready = served.get("/readyz");
    assert_eq!((ready.status, ready.text()), (200, "ok\n"));
}

#[test]
fn the_certificate_is_that_of_the_newest_key() {
    let served = Served::start();
    let answer = served.get("/v1/cert.pem");
    assert_eq!(answer.header("Content-Type"), Some("application/x-pem-file"));
    assert_eq!(
        (answer.status, answer.text()),
        (200, golden("cert-2048.pem").as_str())
    );
    let mut newest = key(3072);
    newest.ordering_time = 1;
    served.keys.replace(KeySet::new(vec![newest, key(2048)]));
    assert_eq!(served.get("/v1/cert.pem").text(), golden("cert-3072.pem"));
    served.keys.replace(KeySet::default());
    let answer = served.get("/v1/cert.pem");
    assert_eq!((answer.status, answer.text()), (500, "cannot get certificate\n"));
}

#[test]
fn the_recipient_is_there_where_encrypted_secrets_are() {
    let answer = Served::start().get("/v1/recipient");
    assert_eq!((answer.status, answer.text()), (404, "404 page not found\n"));
    let file = sealkit_testdata::read("native/identities/test-key-alice.txt");
    let identity = IdentityKey::read("alice", 0, &file).expect("an identity");
    let recipient = identity.recipient().expect("it has one").to_string();
    let secrets = Keys::new(KeySet::new(vec![identity]));
    let (files, sealing) = (Keys::new(KeySet::default()), Keys::new(KeySet::default()));
    let ring = |secrets| Some(Arc::new(Ring::new(secrets, files.clone(), sealing.clone())));
    let served = Served::with_ring(options(), true, vec![key(2048)], ring(secrets));
    let answer = served.get("/v1/recipient");
    assert_eq!(
        (answer.status, answer.text()),
        (200, format!("{recipient}\n").as_str())
    );
    assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
    let nobody = ring(Keys::new(KeySet::default()));
    let served = Served::with_ring(options(), true, vec![key(2048)], nobody);
    assert_eq!(served.get("/v1/recipient").status, 500);
}

#[test]
fn methods_are_not_looked_at_and_other_paths_are_not_there() {
    let served = Served::start();
    for method in ["GET", "POST", "PUT", "BREW"] {
        let answer = served
            .connect()
            .ask(&format!("{method} /v1/cert.pem HTTP/1.1\r\nhost: x\r\n"), b"");
        assert_eq!(answer.status, 200, "{method}");
    }
    let head = served
        .connect()
        .ask("HEAD /v1/cert.pem HTTP/1.1\r\nhost: x\r\n", b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    for path in [
        "/",
        "/v1",
        "/v1/verify/",
        "/metrics",
        "/healthz/../v1/cert.pem",
        "/v1/%76erify",
    ] {
        let answer = served.get(path);
        assert_eq!(
            (answer.status, answer.text()),
            (404, "404 page not found\n"),
            "{path}"
        );
    }
}

#[test]
fn verify_tells_what_opens_from_what_does_not_and_from_what_is_nothing() {
    let served = Served::start();
    for scope in ["strict", "namespace-wide", "cluster-wide"] {
        for bits in [2048, 3072] {
            let answer = served.post("/v1/verify", golden(&format!("sealed-db-{bits}-{scope}.yaml")));
            assert_eq!((answer.status, answer.body.len()), (200, 0), "{bits} {scope}");
        }
        let answer = served.post("/v1/verify", golden(&format!("sealed-db-4096-{scope}.yaml")));
        assert_eq!((answer.status, answer.body.len()), (409, 0), "{scope}");
    }
    let mut moved = document("sealed-db-2048-strict.yaml");
    assert_eq!(served.post("/v1/verify", moved.to_string()).status, 200);
    moved["metadata"]["name"] = json!("other");
    assert_eq!(served.post("/v1/verify", moved.to_string()).status, 409);
    for strange in [
        json!("NOTVALIDBASE64"),
        json!(3),
        Value::Null,
        json!({"a": 1}),
        json!(""),
    ] {
        let mut document = document("sealed-db-2048-strict.yaml");
        document["spec"]["encryptedData"]["more"] = strange.clone();
        assert_eq!(
            served.post("/v1/verify", document.to_string()).status,
            409,
            "{strange}"
        );
    }
    let mut empty = document("sealed-db-2048-strict.yaml");
    empty["spec"]["encryptedData"] = json!([1, 2]);
    assert_eq!(
        served.post("/v1/verify", empty.to_string()).status,
        200,
        "a map of the wrong type is an empty one"
    );
}

#[test]
fn what_is_not_one_sealed_secret_is_an_error_without_words() {
    let served = Served::start();
    let one = golden("sealed-db-2048-strict.yaml");
    let mut cases = vec![
        String::new(),
        "foo".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "a: b: c".to_owned(),
        one.replace("SealedSecret", "Secret"),
        one.replace("bitnami.com/v1alpha1", "bitnami.com/v2"),
        one.replace("kind: SealedSecret\n", ""),
        format!("{one}{one}"),
        format!("{one}---\na: 1\n"),
        golden("plain-db.yaml"),
    ];
    cases.push(
        json!({"apiVersion": "v1", "kind": "List", "items": [document("sealed-db-2048-strict.yaml")]})
            .to_string(),
    );
    for case in cases {
        for path in ["/v1/verify", "/v1/rotate"] {
            let answer = served.post(path, &case);
            assert_eq!((answer.status, answer.body.len()), (500, 0), "{path} {case}");
        }
    }
}

#[test]
fn rotate_seals_for_the_newest_key() {
    let served = Served::start();
    for (scope, annotation) in [
        ("strict", None),
        ("namespace-wide", Some("namespace-wide")),
        ("cluster-wide", Some("cluster-wide")),
    ] {
        let answer = served.post("/v1/rotate", golden(&format!("sealed-db-3072-{scope}.yaml")));
        assert_eq!(answer.status, 200, "{scope}");
        assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
        assert!(
            !answer.text().contains('\n') && !answer.text().contains(": "),
            "it is compact"
        );
        let value: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let fields: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(fields, ["metadata", "spec"], "neither kind, version nor status");
        let annotations = &value["metadata"]["annotations"];
        let found = annotations
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str());
        let expected_name = annotation.map(|name| format!("sealedsecrets.bitnami.com/{name}"));
        assert_eq!(
            found.collect::<Vec<_>>(),
            expected_name.iter().collect::<Vec<_>>()
        );
        assert_eq!(opened(&answer.body, 2048), expected(), "{scope}");
    }
    let refused = served.post("/v1/rotate", golden("sealed-db-4096-strict.yaml"));
    assert_eq!((refused.status, refused.body.len()), (500, 0));
}

#[test]
fn rotate_keeps_what_stands_around_the_values() {
    let served = Served::start();
    let mut before = document("sealed-db-2048-strict.yaml");
    before["metadata"]["labels"] = json!({"app": "db"});
    before["metadata"]["annotations"] = json!({"note": "a <b>"});
    before["metadata"]["uid"] = json!("1234");
    before["metadata"]["resourceVersion"] = json!("7");
    before["spec"]["template"] = json!({
        "metadata": {"name": "db", "namespace": "shop", "labels": {"tier": "back"}},
        "type": "example.org/thing", "immutable": true, "data": {"url": "{{ .username }}@db"},
    });
    before["status"] = json!({"observedGeneration": 3});
    let answer = served.post("/v1/rotate", before.to_string());
    assert_eq!(answer.status, 200);
    let after: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(after["spec"]["template"], before["spec"]["template"]);
    assert_eq!(
        after["metadata"],
        json!({"name": "db", "namespace": "shop", "labels": {"app": "db"}, "annotations": {"note": "a <b>"}})
    );
    assert!(answer.text().contains("a \\u003cb\\u003e"), "as Go writes it");
    assert_ne!(
        after["spec"]["encryptedData"]["username"],
        before["spec"]["encryptedData"]["username"]
    );
    assert_eq!(opened(&answer.body, 2048), expected());
}

#[test]
fn clients_are_limited_each_by_itself() {
    let limits = Options {
        rate_limit: 2,
        rate_limit_burst: 2,
        ..options()
    };
    let served = Served::with(limits, true, vec![key(2048)]);
    let ask = |client: &str| {
        let head = format!(
            "POST /v1/verify HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {client}\r\ncontent-length: 0\r\n"
        );
        served.connect().ask(&head, b"")
    };
    let left: Vec<_> = (0..3)
        .map(|_| ask("192.0.2.1"))
        .map(|answer| answer.header("X-Ratelimit-Remaining").map(str::to_owned))
        .collect();
    assert_eq!(
        left,
        [Some("2".to_owned()), Some("1".to_owned()), Some("0".to_owned())]
    );
    let refused = ask("192.0.2.1");
    assert_eq!((refused.status, refused.text()), (429, "limit exceeded\n"));
    assert_eq!(refused.header("Retry-After"), Some("1"));
    assert_eq!(refused.header("X-Ratelimit-Limit"), Some("3"));
    assert_eq!(refused.header("X-Ratelimit-Reset"), Some("2"));
    assert_eq!(
        ask("192.0.2.2").status,
        500,
        "another client's empty body is only that"
    );
    for _ in 0..5 {
        assert_eq!(
            served.get("/v1/cert.pem").status,
            200,
            "the certificate is for everybody"
        );
    }
}

#[test]
fn requests_are_counted_by_path_and_health_checks_are_not() {
    let served = Served::start();
    served.get("/v1/cert.pem");
    served.post("/v1/verify", "foo");
    served.get("/healthz");
    let page = served.metrics();
    assert_eq!(
        page.header("Content-Type"),
        Some("text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
    );
    let text = page.text();
    for line in [
        "sealed_secrets_controller_http_requests_total{code=\"200\",method=\"get\",path=\"/v1/cert.pem\"} 1",
        "sealed_secrets_controller_http_requests_total{code=\"500\",method=\"post\",path=\"/v1/verify\"} 1",
        "sealed_secrets_controller_http_request_duration_seconds_count{method=\"get\",path=\"/v1/cert.pem\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(!text.contains("healthz"));
    let elsewhere = Client::new(served.metrics).ask("GET /v1/cert.pem HTTP/1.1\r\nhost: x\r\n", b"");
    assert_eq!(elsewhere.status, 404);
}

#[test]
fn a_connection_serves_one_request_after_another() {
    let served = Served::start();
    let mut client = served.connect();
    for _ in 0..3 {
        client.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
        std::thread::sleep(Duration::from_millis(20));
    }
    let answer = client.ask("GET /healthz HTTP/1.1\r\nhost: x\r\n", b"");
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(
        text.matches("HTTP/1.1 200 OK").count(),
        3,
        "and the first: {text}"
    );
}

#[test]
fn what_has_begun_is_finished_when_it_is_time_to_stop() {
    let mut served = Served::start();
    let body = golden("sealed-db-2048-strict.yaml");
    let mut client = served.connect();
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.send(head);
    client.send(&body[..100]);
    let mut idle = served.connect();
    idle.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    let (address, rest) = (served.api, body.clone());
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        let refused = std::net::TcpStream::connect(address).is_err();
        client.send(&rest[100..]);
        (refused, client.answer().expect("it was promised").status)
    });
    served.stop();
    assert_eq!(late.join().expect("it ends"), (true, 200));
    assert_eq!(idle.answer().expect("it was answered before").status, 200);
}

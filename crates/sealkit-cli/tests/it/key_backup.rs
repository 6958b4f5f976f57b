//! `sealkit keys`: what is asked of a cluster, what becomes a file, what is refused before anything is made. The real cluster
//! is in `cargo xtask conformance controller`.

use std::os::unix::fs::PermissionsExt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    api_server::{Answer, JSON, Server},
    leaks::MARKS,
    scene::{Said, Scene, person, public},
};

const SECRETS: &str = "/api/v1/namespaces/kube-system/secrets";

fn not_found() -> Answer {
    (
        "404 Not Found",
        JSON,
        r#"{"kind":"Status","message":"not found"}"#.to_owned(),
    )
}

fn ok(body: impl ToString) -> Answer {
    ("200 OK", JSON, body.to_string())
}

fn items(items: &[&Value]) -> Answer {
    ok(json!({"kind": "SecretList", "items": items}))
}

fn sealing_key() -> Value {
    let file = |name: &str| {
        STANDARD.encode(sealkit_testdata::read(&format!(
            "sealed-secrets/peer-0.36.6/{name}"
        )))
    };
    json!({
        "metadata": {
            "name": "sealed-secrets-keyabc", "namespace": "kube-system", "uid": "7", "resourceVersion": "9",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"sealedsecrets.bitnami.com/sealed-secrets-key": "compromised"},
        },
        "type": "kubernetes.io/tls",
        "data": {"tls.key": file("key-2048.pkcs1.pem"), "tls.crt": file("cert-2048.pem")},
    })
}

/// An identity that is Bob's.
fn identity(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "kube-system", "labels": {"sealkit.dev/identity": "active"}},
        "type": "Opaque",
        "data": {"identity": STANDARD.encode(person("bob"))},
    })
}

/// A cluster with one key of each kind.
fn full() -> Server {
    let (sealing, identity) = (sealing_key(), identity("sealkit-identity-b"));
    Server::start(vec![not_found(), items(&[&sealing]), items(&[&identity])])
}

fn keys(scene: &Scene, server: &Server, words: &[&str]) -> Said {
    let config = server.kubeconfig(scene);
    let all = [&["keys"], words, &["--kubeconfig", config.to_str().unwrap()]].concat();
    let said = scene.sealkit(&all);
    for mark in MARKS {
        assert!(
            !said.err.contains(mark) && !said.out.contains(mark),
            "{all:?} says {mark}"
        );
    }
    said
}

fn backed_up(scene: &Scene, file: &str) {
    let said = keys(
        scene,
        &full(),
        &["backup", "-o", file, "--recipient", &public("alice")],
    );
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
}

#[test]
fn a_backup_is_encrypted_and_restores_into_an_empty_cluster() {
    let scene = Scene::new();
    let server = full();
    let said = keys(
        &scene,
        &server,
        &["backup", "-o", "keys.age", "--recipient", &public("alice")],
    );
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert!(
        said.err
            .contains("sealing key sealed-secrets-keyabc (compromised)"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("wrote 2 keys of the namespace kube-system to keys.age, for age1"),
        "{}",
        said.err
    );
    assert!(
        scene
            .read("keys.age")
            .starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n")
    );
    let mode = std::fs::metadata(scene.at("keys.age"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let label = "?labelSelector=sealedsecrets.bitnami.com%2Fsealed-secrets-key ";
    assert!(
        server.asked()[1].starts_with(&format!("GET {SECRETS}{label}")),
        "{:?}",
        server.asked()
    );

    let empty = || {
        let none = items(&[]);
        Server::start(vec![
            none.clone(),
            none,
            not_found(),
            not_found(),
            ("201 Created", JSON, "{}".to_owned()),
        ])
    };
    let server = empty();
    let said = keys(&scene, &server, &["restore", "--dry-run", "keys.age"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err
            .contains("kube-system: would create identity sealkit-identity-b\n"),
        "{}",
        said.err
    );
    assert!(server.asked().iter().all(|asked| asked.starts_with("GET ")));

    let server = empty();
    let said = keys(&scene, &server, &["restore", "keys.age", "--output", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let made = json!({
        "name": "sealed-secrets-keyabc", "kind": "sealing-key", "state": "compromised", "step": "create", "done": true,
    });
    assert_eq!(report["keys"][0], made);
    let asked = server.asked();
    let posted: Vec<Value> = asked
        .iter()
        .filter_map(|asked| asked.strip_prefix(&format!("POST {SECRETS} HTTP/1.1\r\n")))
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    let mut expected = sealing_key();
    assert_eq!(posted.len(), 2);
    assert_eq!(posted[0]["data"], expected["data"].take());
    assert_eq!(posted[0]["type"], "kubernetes.io/tls");
    assert_eq!(posted[0]["metadata"]["uid"], Value::Null);
    assert_eq!(posted[1]["data"], identity("")["data"]);
}

#[test]
fn what_is_there_stays_and_another_key_of_the_same_name_stops_everything() {
    let scene = Scene::new();
    backed_up(&scene, "keys.age");
    let (mut sealing, bob) = (sealing_key(), identity("by-hand"));
    sealing["metadata"]["labels"] = json!({"sealedsecrets.bitnami.com/sealed-secrets-key": "active"});
    let all = [items(&[&sealing]), items(&[&bob]), ok(&sealing), not_found()];
    let server = Server::start(all.to_vec());
    let said = keys(&scene, &server, &["restore", "keys.age"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let there =
        "sealing key sealed-secrets-keyabc is there already, active here and compromised in the backup\n";
    assert!(said.err.contains(there), "{}", said.err);
    assert!(
        said.err
            .contains("identity sealkit-identity-b is there already, as by-hand\n"),
        "{}",
        said.err
    );
    assert!(server.asked().iter().all(|asked| asked.starts_with("GET ")));

    sealing["data"]["tls.key"] = "QQ==".into();
    let server = Server::start(vec![items(&[&sealing]), items(&[]), ok(&sealing), not_found()]);
    let said = keys(&scene, &server, &["restore", "keys.age"]);
    assert_eq!(said.code, 1);
    let first = "error: another Secret has the name of the sealing key sealed-secrets-keyabc\n  --> kube-system/sealed-secrets-keyabc\n";
    assert!(said.err.contains(first), "{}", said.err);
    assert!(
        said.err.contains("identity sealkit-identity-b is missing\n"),
        "{}",
        said.err
    );
    assert!(server.asked().iter().all(|asked| asked.starts_with("GET ")));
}

#[test]
fn plaintext_must_be_asked_for_and_needs_a_file_of_its_owner() {
    let scene = Scene::new();
    let said = keys(&scene, &full(), &["backup", "--plaintext"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    let said = scene.sealkit(&["keys", "backup", "--plaintext", "-o", ".sealkit.yaml"]);
    assert!(said.code == 6 && said.err.contains("exists"), "{}", said.err);

    let said = keys(&scene, &full(), &["backup", "--plaintext", "-o", "keys.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert!(
        said.err
            .contains("warning: the backup is not encrypted\n  --> keys.yaml\n"),
        "{}",
        said.err
    );
    let mode = std::fs::metadata(scene.at("keys.yaml"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = scene.read("keys.yaml");
    assert!(text.starts_with("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n"));
    assert!(!text.contains("uid") && !text.contains("creationTimestamp"));
    let said = scene.sealkit(&["keygen", "--public", "keys.yaml"]);
    assert!(
        said.out.contains(&public("bob")) && said.out.contains("PUBLIC KEY"),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn a_backup_is_not_encrypted_to_a_key_that_is_inside() {
    let scene = Scene::new();
    let said = keys(&scene, &full(), &["backup", "--recipient", &public("bob")]);
    assert_eq!((said.code, said.out.as_str()), (7, ""));
    assert!(
        said.err.contains("error: nobody could open the backup\n"),
        "{}",
        said.err
    );
    // the policy of the repository names both
    let said = keys(&scene, &full(), &["backup"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains(&format!("not encrypted to {}", public("bob"))),
        "{}",
        said.err
    );
    assert!(said.out.starts_with("-----BEGIN AGE"));

    scene.write(".sealkit.yaml", "version: 1\nrules: []\n");
    let said = keys(&scene, &full(), &["backup"]);
    assert_eq!((said.code, said.out.as_str()), (7, ""));
    assert!(said.err.contains("`--recipient KEY` says who"), "{}", said.err);
}

#[test]
fn what_is_no_backup_or_is_not_for_us_says_so() {
    let scene = Scene::new();
    let nothing = Server::start(vec![items(&[])]);
    let refused = |words: &[&str]| {
        let said = keys(&scene, &nothing, words);
        assert_eq!(said.out, "");
        (said.code, said.err)
    };
    scene.write("other.yaml", "kind: ConfigMap\nmetadata: {name: a}\n");
    let (code, err) = refused(&["restore", "other.yaml"]);
    assert!(
        code == 3 && err.contains("error: this is no backup of keys\n  --> other.yaml:1:1\n"),
        "{err}"
    );
    let broken = "metadata: {name: sealed-secrets-key}\nstringData: {tls.key: hunter2}\n";
    scene.write("broken.yaml", broken);
    let (code, err) = refused(&["restore", "broken.yaml"]);
    assert!(
        code == 3 && err.contains("the sealing key sealed-secrets-key cannot be used"),
        "{err}"
    );

    backed_up(&scene, "keys.age");
    let file = scene.home().join("carol.txt");
    scene.write_home("carol.txt", &person("carol"));
    let (code, err) = refused(&["restore", "keys.age", "--identity", file.to_str().unwrap()]);
    assert!(
        code == 4 && err.contains("error: cannot open the backup\n  --> keys.age\n"),
        "{err}"
    );

    let (code, err) = refused(&["backup", "--recipient", &public("alice")]);
    assert!(
        code == 1 && err.contains("there are no keys in the namespace kube-system"),
        "{err}"
    );
    let forbidden = r#"{"kind":"Status","message":"secrets is forbidden"}"#.to_owned();
    let closed = Server::start(vec![("403 Forbidden", JSON, forbidden)]);
    let said = keys(&scene, &closed, &["backup", "--recipient", &public("alice")]);
    assert!(
        said.code == 1 && said.err.contains("error: secrets is forbidden\n"),
        "{}",
        said.err
    );
    assert!(said.err.contains("may `get secrets`"), "{}", said.err);
}

//! One test for each kind of bad input that the project promises to answer clearly: the message has its place, it has
//! a hint, and the file on disk is what it was.

use std::fs;

use crate::scene::{SECRET, Scene};

/// Runs `words` on `db.yaml` with this text, and asserts the four things that every refusal owes.
fn check(text: &str, words: &[&str], place: &str, says: &[&str]) {
    let scene = Scene::new();
    scene.write("db.yaml", text);
    refuses(&scene, words, place, says);
    assert_eq!(scene.read("db.yaml"), text, "the file was changed");
}

fn refuses(scene: &Scene, words: &[&str], place: &str, says: &[&str]) {
    let said = scene.sealkit(words);
    assert_ne!(said.code, 0, "it was accepted: {}", said.err);
    assert!(
        said.err.contains(&format!("  --> {place}\n")),
        "no place {place} in:\n{}",
        said.err
    );
    assert!(said.err.contains("   = help: "), "no hint in:\n{}", said.err);
    for text in says {
        assert!(said.err.contains(text), "`{text}` is not in:\n{}", said.err);
    }
    let temporary = scene
        .names()
        .into_iter()
        .find(|name| name.starts_with(".sealkit-tmp"));
    assert_eq!(temporary, None, "a temporary file was left");
}

const SEAL: &[&str] = &["seal", "-i", "db.yaml"];

/// The Secret of the tests with one line replaced.
fn with(line: &str, other: &str) -> String {
    assert!(SECRET.contains(line));
    SECRET.replace(line, other)
}

#[test]
fn malformed_yaml() {
    check(
        &with("  name: database", "  name: [database"),
        SEAL,
        "db.yaml:6:12",
        &["error: "],
    );
}

#[test]
fn malformed_json() {
    let scene = Scene::new();
    let text = "{\"apiVersion\": \"v1\",\n \"kind\": \"Secret\"\n \"metadata\": {}}";
    scene.write("db.json", text);
    refuses(&scene, &["seal", "-i", "db.json"], "db.json:3:2", &[]);
    assert_eq!(scene.read("db.json"), text);
}

#[test]
fn duplicate_keys() {
    check(
        &with("  username: shop", "  password: other"),
        SEAL,
        "db.yaml:9:3",
        &["second time"],
    );
}

#[test]
fn no_namespace_where_the_scope_needs_one() {
    check(
        &with("  namespace: shop\n", ""),
        SEAL,
        "db.yaml:5:3",
        &["namespace", "kustomize", "`namePrefix:`", "`-n`"],
    );
}

#[test]
fn no_name() {
    check(&with("  name: database\n", ""), SEAL, "db.yaml:5:3", &["name"]);
}

#[test]
fn invalid_base64_in_data() {
    let text = SECRET
        .replace("stringData", "data")
        .replace("shop\n  password", "c2hv!cA==\n  password");
    check(&text, SEAL, "db.yaml:8:13", &["base64"]);
}

#[test]
fn a_boolean_where_a_string_is_meant() {
    check(
        &with("username: shop", "username: on"),
        SEAL,
        "db.yaml:8:13",
        &["quote"],
    );
    check(
        &with("username: shop", "username: n"),
        SEAL,
        "db.yaml:8:13",
        &["quote"],
    );
    check(
        &with("  username: shop", "  off: shop"),
        SEAL,
        "db.yaml:8:3",
        &["quote"],
    );
}

#[test]
fn a_template() {
    check(
        &with("username: shop", "username: {{ .Values.user }}"),
        SEAL,
        "db.yaml:8:13",
        &["template"],
    );
}

#[test]
fn ten_thousand_levels() {
    let text = format!("{}a: {}1{}\n", SECRET, "[".repeat(10_000), "]".repeat(10_000));
    let scene = Scene::new();
    scene.write("db.yaml", &text);
    let said = scene.sealkit(SEAL);
    assert_ne!(said.code, 0);
    assert!(
        said.err.contains("  --> db.yaml:11:") && said.err.contains("   = help: "),
        "{}",
        said.err
    );
    assert_eq!(scene.read("db.yaml"), text);
}

#[test]
fn a_billion_laughs() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, inner) in "bcdefghij".chars().zip("abcdefghi".chars()) {
        let many = vec![format!("*{inner}"); 10].join(", ");
        text += &format!("{name}: &{name} [{many}]\n");
    }
    let text = format!("{text}kind: Secret\n");
    let scene = Scene::new();
    scene.write("db.yaml", &text);
    let said = scene.sealkit(SEAL);
    assert_ne!(said.code, 0);
    assert!(
        said.err.contains("  --> db.yaml:") && said.err.contains("   = help: "),
        "{}",
        said.err
    );
    assert_eq!(scene.read("db.yaml"), text);
}

#[test]
fn a_file_over_the_limit() {
    let scene = Scene::new();
    let file = fs::File::create(scene.at("db.yaml")).unwrap();
    file.set_len(17 * 1024 * 1024).unwrap();
    refuses(&scene, SEAL, "db.yaml", &["16 MiB"]);
    assert_eq!(file.metadata().unwrap().len(), 17 * 1024 * 1024);
}

#[test]
fn an_expired_certificate() {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET);
    scene.write("old.pem", include_str!("../cmd/people/expired.pem"));
    refuses(
        &scene,
        &["seal", "-i", "db.yaml", "--cert", "old.pem"],
        "db.yaml:2:1",
        &["expired", "--cert names it, and it was valid until"],
    );
    assert_eq!(scene.read("db.yaml"), SECRET);
}

#[test]
fn an_rsa_key_under_2048_bits() {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET);
    scene.write("small.pem", include_str!("../cmd/people/rsa-1024.pem"));
    refuses(
        &scene,
        &["seal", "-i", "db.yaml", "--cert", "small.pem"],
        "small.pem",
        &["2048"],
    );
    assert_eq!(scene.read("db.yaml"), SECRET);
}

#[test]
fn no_matching_identity() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    scene.write_home("carol.txt", &crate::scene::person("carol"));
    let carol = scene.home().join("carol.txt");
    refuses(
        &scene,
        &["open", "-i", "db.yaml", "--identity", carol.to_str().unwrap()],
        "db.yaml:10:7",
        &["alice, bob"],
    );
    assert_eq!(scene.read("db.yaml"), sealed);
}

#[test]
fn a_moved_or_renamed_document() {
    for (from, to) in [
        ("name: database", "name: other"),
        ("namespace: shop", "namespace: test"),
    ] {
        let scene = Scene::new();
        let moved = scene.sealed("db.yaml").replace(from, to);
        scene.write("db.yaml", &moved);
        let said = scene.sealkit(&["open", "-i", "db.yaml"]);
        assert_eq!(said.code, 5, "{}", said.err);
        assert!(
            said.err.contains("  --> db.yaml:") && said.err.contains("moved or renamed"),
            "{}",
            said.err
        );
        assert!(said.err.contains("   = help: "));
        assert_eq!(scene.read("db.yaml"), moved);
    }
}

#[test]
fn a_flipped_bit_anywhere() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    // Every line that holds something: a bit of its last character, and one in the middle.
    for (number, line) in sealed.lines().enumerate().skip(1) {
        for column in [line.len() - 1, line.len() / 2] {
            let mut lines: Vec<Vec<u8>> = sealed.lines().map(|line| line.as_bytes().to_vec()).collect();
            lines[number][column] ^= 1;
            let flipped = lines.join(&b'\n');
            if line.contains('#') && column > line.find('#').unwrap() {
                continue; // a comment
            }
            scene.write("db.yaml", &flipped);
            let said = scene.sealkit(&["get", "db.yaml", "password"]);
            assert!(
                said.code != 0 || said.out == "hunter2-marked",
                "line {}: {}",
                number + 1,
                said.out
            );
            assert_eq!(fs::read(scene.at("db.yaml")).unwrap(), flipped);
        }
    }
}

#[test]
fn an_unreadable_directory_entry_and_a_missing_file() {
    let scene = Scene::new();
    refuses(&scene, SEAL, "db.yaml", &["no such file"]);
    std::os::unix::fs::symlink("nowhere", scene.at("db.yaml")).unwrap();
    refuses(&scene, SEAL, "db.yaml", &["broken symbolic link"]);
}

#[test]
fn a_document_that_is_no_secret_is_left_alone() {
    let scene = Scene::new();
    let text = format!(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: x}} # {{mine}}\n---\n{SECRET}---\n- 1\n- two\n"
    );
    scene.write("db.yaml", &text);
    assert_eq!(scene.sealkit(SEAL).code, 0);
    let sealed = scene.read("db.yaml");
    assert!(sealed.starts_with("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x} # {mine}\n---\n"));
    assert!(sealed.ends_with("---\n- 1\n- two\n"));
}

#[test]
fn one_key_in_data_and_string_data() {
    let scene = Scene::new();
    scene.write("db.yaml", format!("{SECRET}data:\n  username: b3RoZXI=\n"));
    let said = scene.sealkit(SEAL);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("warning: ") && said.err.contains("  --> db.yaml:12:13"),
        "{}",
        said.err
    );
    assert_eq!(scene.sealkit(&["get", "db.yaml", "username"]).out, "shop");
}

#[test]
fn a_sops_document_is_never_sealed_again() {
    let scene = Scene::new();
    let text = SECRET.replace(
        "hunter2-marked",
        "ENC[AES256_GCM,data:Zm9v,iv:YQ==,tag:YQ==,type:str]",
    );
    scene.write("db.yaml", &text);
    let said = scene.sealkit(SEAL);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(scene.read("db.yaml"), text);
}

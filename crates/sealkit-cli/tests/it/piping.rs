//! Standard input and output, other syntaxes, and several documents in one file.

use crate::scene::{SECRET, Scene};

#[test]
fn what_is_piped_through_seal_and_open_comes_back_byte_for_byte() {
    let scene = Scene::new();
    let crlf = SECRET.replace('\n', "\r\n");
    let two = format!("{SECRET}---\n{}", SECRET.replace("database", "replica"));
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: a, namespace: b}\n  stringData:\n    x: hunter2-marked # mine\n";
    for text in [SECRET, &crlf, &two, list, &format!("\u{FEFF}{SECRET}")] {
        let sealed = scene.pipe(&["seal"], text.as_bytes());
        assert_eq!(sealed.code, 0, "{}", sealed.err);
        assert!(
            !sealed.out.contains("hunter2") && sealed.out.contains("EncryptedSecret"),
            "{}",
            sealed.out
        );
        let again = scene.pipe(&["seal", "-"], sealed.out.as_bytes());
        assert_eq!(again.out, sealed.out);
        let opened = scene.pipe(&["open"], sealed.out.as_bytes());
        assert_eq!(opened.code, 0, "{}", opened.err);
        assert_eq!(opened.out, text);
    }
}

#[test]
fn json_comes_back_as_the_same_json() {
    let scene = Scene::new();
    let text = r#"{"apiVersion": "v1", "kind": "Secret",
  "metadata": {"name": "database", "namespace": "shop"},
  "stringData": {"password": "hunter2-marked"}}
"#;
    let sealed = scene.pipe(&["seal"], text.as_bytes());
    let opened = scene.pipe(&["open"], sealed.out.as_bytes());
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(value(&opened.out), value(text));
    assert_eq!(value(&sealed.out)["kind"], "EncryptedSecret");
}

#[test]
fn several_files_are_joined_to_one_stream_or_none_is_printed() {
    let scene = Scene::new();
    scene.write("a.yaml", SECRET);
    scene.write("b.yaml", SECRET.replace("database", "replica"));
    let said = scene.sealkit(&["seal", "a.yaml", "b.yaml"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.out.matches("\n---\n").count(), 1);
    assert_eq!(
        scene
            .pipe(&["open"], said.out.as_bytes())
            .out
            .matches("hunter2-marked")
            .count(),
        2
    );
    let said = scene.sealkit(&["seal", "a.yaml", "missing.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (6, ""));
}

#[test]
fn one_document_that_fails_keeps_the_whole_file_from_being_printed() {
    let scene = Scene::new();
    scene.write(
        "two.yaml",
        format!("{SECRET}---\n{}", SECRET.replace("database", "replica")),
    );
    assert_eq!(scene.sealkit(&["seal", "-i", "two.yaml"]).code, 0);
    let moved = scene.read("two.yaml").replace("name: replica", "name: other");
    let said = scene.pipe(&["open"], moved.as_bytes());
    assert_eq!((said.code, said.out.as_str()), (5, ""));
    let said = scene.pipe(&["open", "--partial"], moved.as_bytes());
    assert_eq!(said.code, 1, "{}", said.err);
    assert_eq!(said.out.matches("hunter2-marked").count(), 1, "{}", said.err);
    assert!(
        said.out.contains("name: other") && said.err.contains("warning: "),
        "{}",
        said.err
    );
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let scene = Scene::new();
    let text = SECRET.replace("hunter2-marked", &"x".repeat(300_000));
    scene.write("big.yaml", text);
    let said = scene.shell("sealkit seal big.yaml | head -c 10");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[test]
fn json_reports_say_what_the_sentences_say() {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET);
    let said = scene.sealkit(&["seal", "-i", "db.yaml", "--output", "json"]);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["files"][0]["path"], "db.yaml");
    assert_eq!(report["files"][0]["entries"][0]["action"], "sealed");
    assert_eq!(report["summary"]["changed"], 1);
    // Where standard output carries the result, the report goes to standard error.
    let said = scene.sealkit(&["open", "db.yaml", "--output", "json"]);
    assert_eq!(said.out, SECRET);
    let report: serde_json::Value = serde_json::from_str(said.err.trim()).unwrap();
    assert_eq!(report["files"][0]["entries"][0]["items"][1], "password");
    // So is a command line that makes no sense.
    let said = scene.sealkit(&["seal", "--bogus", "--output", "json"]);
    let error: serde_json::Value = serde_json::from_str(said.err.trim()).unwrap();
    assert_eq!((said.code, error["severity"].as_str()), (2, Some("error")));
    // And an error is one JSON value, with the same exit code.
    let said = scene.sealkit(&["get", "db.yaml", "nothing", "--output", "json"]);
    let error: serde_json::Value = serde_json::from_str(said.err.trim()).unwrap();
    assert_eq!((said.code, error["severity"].as_str()), (2, Some("error")));
    assert!(error["places"][0].as_str().unwrap().starts_with("db.yaml:"));
}

#[test]
fn a_dry_run_writes_nothing() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    scene.write("plain.yaml", SECRET);
    for words in [
        &["seal", "-i", "--dry-run", "plain.yaml"][..],
        &["seal", "--dry-run", "plain.yaml"],
        &["open", "-i", "--dry-run", "db.yaml"],
        &["unset", "--dry-run", "db.yaml", "url"],
        &["rotate", "--dry-run", "--data-keys", "db.yaml"],
        &["set", "--dry-run", "db.yaml", "x", "--from-file", "plain.yaml"],
    ] {
        let said = scene.sealkit(words);
        assert_eq!(said.code, 0, "{words:?}: {}", said.err);
        assert!(!said.out.contains("hunter2") && !said.err.contains("hunter2"));
    }
    assert_eq!(scene.read("db.yaml"), sealed);
    assert_eq!(scene.read("plain.yaml"), SECRET);
}

#[test]
fn values_are_stored_and_returned_byte_for_byte() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    for value in [&b""[..], b"\0\xff\n\n", b"line\nline\n", "größe".as_bytes()] {
        assert_eq!(scene.pipe(&["set", "db.yaml", "blob"], value).code, 0);
        let output = scene
            .command(crate::scene::SEALKIT)
            .args(["get", "db.yaml", "blob"])
            .output()
            .unwrap();
        assert_eq!(output.stdout, value);
    }
}

#[test]
fn in_place_without_a_file_is_refused() {
    let scene = Scene::new();
    for words in [&["seal", "-i"][..], &["seal", "-i", "-"], &["open", "-i"]] {
        let said = scene.pipe(words, SECRET.as_bytes());
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains("   = help: name a file"), "{}", said.err);
    }
}

#[test]
fn a_staged_file_is_checked_though_it_is_gone_from_disk() {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET);
    assert_eq!(
        scene.shell("git init -q . && git add db.yaml && rm db.yaml").code,
        0
    );
    assert_eq!(scene.sealkit(&["check", "--staged", "db.yaml"]).code, 1);
    assert_eq!(scene.sealkit(&["check", "--staged"]).code, 1);
    let said = scene.sealkit(&["check", "--staged", "bd.yaml"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("nothing is staged as bd.yaml"), "{}", said.err);
}

#[test]
fn a_tree_is_searched_for_secrets_that_hide() {
    let scene = Scene::new();
    let json = r#"{"apiVersion":"v1","kind":"\u0053ecret","metadata":{"name":"a","namespace":"b"},"data":{"x":"eA=="}}"#;
    scene.write("a.json", json);
    assert_eq!(scene.sealkit(&["check"]).code, 1);
    assert_eq!(scene.sealkit(&["seal", "-i", "."]).code, 0);
    assert!(scene.read("a.json").contains("EncryptedSecret"));
    let wide: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
    scene.write("wide.yaml", [b"\xff\xfe", wide.as_slice()].concat());
    assert_eq!(scene.sealkit(&["check"]).code, 2);
    assert_ne!(scene.sealkit(&["seal", "-i", "."]).code, 0);
}

#[test]
fn what_would_lose_something_is_refused() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    assert_eq!(scene.sealkit(&["open", "-i", "--partial", "db.yaml"]).code, 2);
    let said = scene.pipe(&["set", "db.yaml", "x", "--scope", "cluster-wide"], b"y");
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("scope strict"), "{}", said.err);
    assert_eq!(scene.read("db.yaml"), sealed);
}

//! No secret byte in anything the program emits. Marked secrets are planted in values, passphrases, keys and policies;
//! then every error path we know of is walked, and everything said is searched.

use crate::scene::{SECRET, Scene, person};

/// What must never be said: the secret, pieces of it, and its base64.
pub(crate) const MARKS: &[&str] = &[
    "hunter2",
    "marked",
    "aHVudGVyMi1tYXJrZWQ",
    "SECRET-KEY-1",
    "secretkey1",
    "PRIVATE KEY",
];

#[track_caller]
fn search(scene: &Scene, words: &[&str], input: Option<&str>) {
    for style in ["text", "json"] {
        let words = [words, &["--output", style]].concat();
        let said = match input {
            Some(input) => scene.pipe(&words, input.as_bytes()),
            None => scene.sealkit(&words),
        };
        for mark in MARKS {
            assert!(!said.err.contains(mark), "{words:?} says {mark}:\n{}", said.err);
            assert!(!said.out.contains(mark), "{words:?} prints {mark}:\n{}", said.out);
        }
    }
}

/// The Secret of the tests, broken in many ways.
fn broken_secrets() -> Vec<String> {
    let line = "  password: hunter2-marked # ask Ann\n";
    let mut texts: Vec<String> = [
        "  password: \"hunter2-marked # ask Ann\n",
        "  password: [hunter2-marked\n",
        "  password: {hunter2-marked: hunter2-marked}\n",
        "  password: hunter2-marked: hunter2-marked\n",
        "  password: *hunter2-marked\n",
        "  password: &hunter2-marked\n",
        "  password: !hunter2-marked x\n",
        "  password: @hunter2-marked\n",
        "  password: `hunter2-marked`\n",
        "  password: |9hunter2-marked\n",
        "  password: {{ hunter2-marked }}\n",
        "  password: {{ .Values.hunter2-marked }}\n",
        "  password: \"\\q hunter2-marked\"\n",
        "\tpassword: hunter2-marked\n",
        " password: hunter2-marked\n",
        "  hunter2-marked\n",
        "  hunter2-marked: on\n",
        "  password: hunter2-marked\n  password: hunter2-marked\n",
        "  password: 0xhunter2-marked\n  on: hunter2-marked\n",
        "  password: on\n  other: hunter2-marked\n",
        "  <<: hunter2-marked\n",
        "  - hunter2-marked\n",
    ]
    .iter()
    .map(|other| SECRET.replace(line, other))
    .collect();
    texts.push(SECRET.replace("stringData:", "data:"));
    texts.push(SECRET.replace("  namespace: shop\n", ""));
    texts.push(SECRET.replace("  name: database\n", ""));
    texts.push(SECRET.replace("stringData:", "stringData: hunter2-marked\ndata:"));
    texts.push(SECRET.replace(
        "# Credentials of the shop",
        "# hunter2-marked aHVudGVyMi1tYXJrZWQ=",
    ));
    texts.push(format!("{SECRET}data:\n  password: hunter2-marked!\n"));
    texts.push(format!("{SECRET}data:\n  password: aHVudGVyMi1tYXJrZWQ\n"));
    texts.push(format!("{SECRET}...\nhunter2-marked\n%hunter2-marked\n"));
    texts.push(
        SECRET
            .replace("  name: database", "  name: hunter2-marked\u{7}")
            .replace("hunter2-marked # ask", "x # ask"),
    );
    texts.push("{\"kind\": \"Secret\", \"stringData\": {\"a\": \"hunter2-marked\" \"b\"}}".into());
    texts.push("{\"kind\": \"Secret\", \"stringData\": {\"a\": hunter2-marked}}".into());
    texts.push("{\"kind\": \"Secret\", \"stringData\": {\"a\": \"hunter2-marked".into());
    texts
}

#[test]
fn broken_plaintext_is_never_quoted() {
    let scene = Scene::new();
    for text in broken_secrets() {
        // A name or an item key is no secret; a person who puts the secret there has published it already.
        if text.contains("name: hunter2-marked") || text.contains("\n  hunter2-marked: on") {
            continue;
        }
        for (file, words) in [
            ("db.yaml", &["seal", "-i", "db.yaml"][..]),
            ("db.yaml", &["seal", "--dry-run", "--deny-repeats", "db.yaml"]),
            ("db.yaml", &["check", "db.yaml"]),
            ("db.yaml", &["inspect", "db.yaml"]),
            ("db.yaml", &["get", "db.yaml", "nothing"]),
            ("db.yaml", &["rotate", "db.yaml"]),
            ("db.yaml", &["unset", "db.yaml", "nothing"]),
        ] {
            scene.write(file, &text);
            search(&scene, words, None);
        }
        scene.write("db.yaml", &text);
        search(&scene, &["seal", "--dry-run"], Some(&text));
    }
}

#[test]
fn broken_sealed_documents_tell_nothing_of_their_values() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    scene.write_home("carol.txt", &person("carol"));
    let carol = scene.home().join("carol.txt").display().to_string();
    let value = |key: &str| {
        let line = sealed
            .lines()
            .find(|line| line.trim_start().starts_with(key))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let broken = [
        sealed.replace("name: database", "name: other"),
        sealed.replace("scope: strict", "scope: cluster-wide"),
        sealed.replace(&value("password:"), "hunter2-marked"),
        sealed.replace(&value("password:"), &value("username:")),
        sealed.replace(&value("password:"), &value("password:").to_uppercase()),
        sealed.replace("commitment: ", "commitment: hunter2-marked"),
        format!("{sealed}stringData:\n  token: [hunter2-marked\n"),
        format!("{sealed}stringData:\n  token: on\n  t: hunter2-marked\n"),
        format!("{sealed}stringData: hunter2-marked\n"),
        format!("{sealed}data:\n  token: hunter2-marked\n"),
    ];
    for text in broken {
        scene.write("db.yaml", &text);
        for words in [
            &["open", "-i", "--dry-run", "db.yaml"][..],
            &["open", "-i", "db.yaml", "--identity", &carol],
            &["get", "db.yaml", "nothing"],
            &["inspect", "db.yaml"],
            &["check", "db.yaml"],
            &["check", "db.yaml", "--identity", &carol],
            &["rotate", "--data-keys", "--dry-run", "db.yaml"],
            &["unset", "db.yaml", "nothing", "--dry-run"],
            &["seal", "-i", "--dry-run", "db.yaml"],
        ] {
            search(&scene, words, None);
        }
    }
}

#[test]
fn values_given_to_set_and_create_are_not_repeated_in_errors() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let secret = Some("hunter2-marked");
    search(&scene, &["set", "db.yaml", "bad key"], secret);
    search(
        &scene,
        &["set", "db.yaml", "password", "--name", "nobody"],
        secret,
    );
    search(&scene, &["set", "missing.yaml", "password"], secret);
    search(&scene, &["set", "db.yaml", "password", "--dry-run"], secret);
    search(
        &scene,
        &["set", "db.yaml", "password", "--cert", "missing.pem"],
        secret,
    );
    for text in [
        "hunter2-marked\n",
        "A=1\nhunter2-marked\n",
        "hunter2 marked=1\n",
        "A=hunter2-marked\nA=hunter2-marked\n",
    ] {
        scene.write("bad.env", text);
        search(
            &scene,
            &["create", "x", "-n", "shop", "--from-env-file", "bad.env"],
            None,
        );
    }
    scene.write("value", "hunter2-marked");
    search(
        &scene,
        &[
            "create",
            "x",
            "-n",
            "shop",
            "--from-file",
            "value",
            "--from-file",
            "value",
        ],
        None,
    );
    search(&scene, &["create", "x", "--from-file", "value"], None);
}

#[test]
fn private_keys_in_wrong_places_are_not_shown() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let key = person("alice").lines().last().unwrap().to_owned();
    let pem = "-----BEGIN PRIVATE KEY-----\nhunter2marked\n-----END PRIVATE KEY-----\n";
    scene.write("broken.txt", format!("# mine\n{key}X\n"));
    scene.write("broken.pem", pem);
    scene.write("key.txt", &key);
    search(
        &scene,
        &["open", "db.yaml", "-o", "/dev/null", "--identity", "broken.txt"],
        None,
    );
    search(
        &scene,
        &["open", "db.yaml", "-o", "/dev/null", "--identity", "broken.pem"],
        None,
    );
    search(
        &scene,
        &["seal", "db.yaml", "--recipient", &key, "--dry-run"],
        None,
    );
    search(
        &scene,
        &["seal", "db.yaml", "--recipient", "key.txt", "--dry-run"],
        None,
    );
    search(
        &scene,
        &["seal", "db.yaml", "--cert", "key.txt", "--dry-run"],
        None,
    );
    search(
        &scene,
        &["seal", "db.yaml", "--cert", "broken.pem", "--dry-run"],
        None,
    );
    search(&scene, &["keygen", "--public", "broken.txt"], None);
    scene.write(
        ".sealkit.yaml",
        format!("version: 1\nrecipients:\n  alice: {key}\nrules: []\n"),
    );
    search(&scene, &["check", "."], None);
    search(&scene, &["rotate", "db.yaml"], None);
    scene.write("db.yaml", SECRET);
    search(&scene, &["seal", "-i", "db.yaml"], None);
}

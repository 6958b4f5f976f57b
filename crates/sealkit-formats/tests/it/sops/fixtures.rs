//! Every file that a released `sops` wrote opens to what went in.

use sealkit_formats::sops::binary;
use sealkit_formats::sops::tree::{Mapping, Node};
use sealkit_formats::sops::value::Value;

use super::*;

const KEYS: &[&str] = &["age-x25519.txt", "age-second.txt", "age-pq.txt", "ssh_ed25519"];

/// The documents of a plaintext, by way of sealing and opening it.
fn documents(file: &str) -> Vec<Mapping> {
    let plain = Stream::parse(file, &bytes(file)).expect("it parses");
    let sealed = seal(&plain);
    open(&sealed.stream).expect("our own file").documents().to_vec()
}

fn check(sealed: &str, plain: &str) {
    let sealed_stream = Stream::parse(sealed, &bytes(sealed)).expect("it parses");
    let opened =
        open_with(&sealed_stream, KEYS).unwrap_or_else(|error| panic!("{sealed}: {error} {:?}", error.why()));
    let expected = documents(plain);
    assert_eq!(entries(opened.documents()), entries(&expected), "{sealed}");
    assert_eq!(opened.notices(), &[], "{sealed}");
}

/// Paths and plaintexts of all leaves, and the comments, sorted: inline comments stand above their line in old files.
fn entries(documents: &[Mapping]) -> (Vec<String>, Vec<String>) {
    let (mut leaves, mut comments) = (Vec::new(), Vec::new());
    for document in documents {
        node("", &Node::Mapping(document.clone()), &mut leaves, &mut comments);
    }
    comments.sort();
    (leaves, comments)
}

fn node(path: &str, tree: &Node, leaves: &mut Vec<String>, comments: &mut Vec<String>) {
    use sealkit_formats::sops::tree::Item;
    match tree {
        Node::Mapping(mapping) => {
            leaves.push(format!("{path}{{"));
            for item in &mapping.0 {
                match item {
                    Item::Entry(key, value) => node(&format!("{path}.{key}"), value, leaves, comments),
                    Item::Comment(comment) => comments.push(comment.text.to_string()),
                }
            }
        }
        Node::List(nodes) => {
            leaves.push(format!("{path}["));
            nodes.iter().for_each(|value| node(path, value, leaves, comments));
        }
        Node::Leaf(leaf) => leaves.push(format!("{path}={}", text(&leaf.value))),
        Node::Comment(comment) => comments.push(comment.text.to_string()),
    }
}

fn text(value: &Value) -> String {
    // Versions before 3.13 had no integers in JSON.
    let kind = match value {
        Value::Float(_) | Value::Int(_) => "number",
        other => other.kind().map_or("null", |kind| kind.as_str()),
    };
    format!("{kind} {}", String::from_utf8_lossy(&value.plaintext()))
}

const CASES: &[&str] = &[
    "age",
    "two",
    "pq",
    "ssh",
    "both",
    "unencsuffix",
    "encregex",
    "maconly",
    "shamir",
];

#[test]
fn yaml_of_sops_3_13_opens_to_its_input() {
    for case in CASES {
        check(&format!("enc-3.13.3-{case}.yaml"), "in.yaml");
    }
}

#[test]
fn json_of_sops_3_13_opens_to_its_input() {
    for case in CASES {
        check(&format!("enc-3.13.3-{case}.json"), "in.json");
    }
}

#[test]
fn yaml_of_older_versions_opens_to_its_input() {
    check("enc-3.9.4-age.yaml", "in-older.yaml");
    check("enc-3.8.1-age.yaml", "in-older.yaml");
}

#[test]
fn json_of_older_versions_opens_to_what_they_rounded_it_to() {
    for version in ["3.8.1", "3.9.4"] {
        let file = format!("enc-{version}-age.json");
        let opened = open(&Stream::parse(&file, &bytes(&file)).expect("it parses")).expect("our key");
        let rounded = String::from_utf8(bytes("in.json"))
            .expect("text")
            .replace("9007199254740993", "9007199254740992");
        let sealed = seal(&stream("in.json", &rounded));
        let expected = open(&sealed.stream).expect("our own file");
        assert_eq!(entries(opened.documents()), entries(expected.documents()));
    }
}

#[test]
fn the_file_that_3_13_2_cannot_open_itself_opens() {
    check("enc-3.13.2-bug-comment-in-list.yaml", "bug-comment-in-list.yaml");
    let file = "enc-3.13.2-bug-comment-in-list.yaml";
    let opened = open(&Stream::parse(file, &bytes(file)).expect("it parses")).expect("our key");
    assert_eq!(opened.stream().as_str(), "l:\n    - a\n    # inner\n    - b\n");
}

#[test]
fn binary_files_open_to_their_bytes() {
    for case in CASES
        .iter()
        .map(|case| format!("3.13.3-{case}"))
        .chain(["3.8.1-age".into(), "3.9.4-age".into()])
    {
        let file = format!("enc-{case}.bin");
        let sealed = Stream::parse(&file, &bytes(&file)).expect("it is JSON");
        let identities = identities(KEYS);
        let identities: Vec<&dyn Identity> = identities.iter().map(Box::as_ref).collect();
        let opened = binary::open(&sealed, &[&AgeIdentities(&identities)], &OpenOptions::default());
        assert_eq!(opened.expect("our key").expose(), bytes("in.bin"), "{file}");
    }
}

#[test]
fn a_file_for_pgp_alone_stays_closed_and_says_for_whom_it_is() {
    let sealed = Stream::parse("t.yaml", &bytes("enc-3.13.3-pgp.yaml")).expect("it parses");
    let error = open_with(&sealed, KEYS).expect_err("there is no gpg here");
    let OpenError::Key { error, .. } = error else {
        panic!("{error}")
    };
    assert!(error.is_for_others());
    assert!(
        error.why().expect("a reason").starts_with("pgp "),
        "{:?}",
        error.why()
    );
}

#[test]
fn too_few_groups_stay_closed() {
    let sealed = Stream::parse("t.yaml", &bytes("enc-3.13.3-shamir.yaml")).expect("it parses");
    let error = open_with(&sealed, &["age-x25519.txt"]).expect_err("two groups are needed");
    assert!(
        error
            .why()
            .expect("a reason")
            .starts_with("1 of 2 key groups opened"),
        "{:?}",
        error.why()
    );
    let opened = open_with(&sealed, &["age-x25519.txt", "age-second.txt"]).expect("two groups");
    assert_eq!(opened.used().len(), 2);
}

#[test]
fn opening_keeps_the_layout_of_the_sealed_text() {
    let sealed = Stream::parse("t.yaml", &bytes("enc-3.13.3-age.yaml")).expect("it parses");
    let opened = open(&sealed).expect("our key");
    let text = opened.stream().as_str();
    assert!(
        text.starts_with("# top comment\napiVersion: v1 # keep me\nkind: Secret\n"),
        "{text}"
    );
    assert!(
        text.contains("    multi: |\n        line one\n        line two\n"),
        "{text}"
    );
    assert!(
        text.contains("        # inner comment\n        - last\n"),
        "{text}"
    );
    assert!(
        text.ends_with("    unicode: pässwörd ☃\n    plain_unencrypted: visible\n"),
        "{text}"
    );
}

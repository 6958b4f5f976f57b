//! Every manifest reads as kubectl reads it and prints back as it was written.

use sealkit_manifest::{ParseError, Stream};
use serde_json::Value;

const FOLDER: &str = "manifests";

/// Parses a golden manifest under its own name.
fn parse(file: &str) -> Result<Stream, ParseError> {
    Stream::parse(file, &sealkit_testdata::read(&format!("{FOLDER}/{file}")))
}

/// Numbers compare by value: kubectl's JSON writes `1` where YAML says `1.0`.
fn normalized(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(normalized).collect(),
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(k, v)| (k.clone(), normalized(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// kubectl adds an empty `metadata` where there is none, and does not print `managedFields`.
fn with_metadata(mut value: Value) -> Value {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if let Value::Object(entries) = &mut value {
        entries
            .entry("metadata")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    value
}

#[test]
fn every_manifest_reads_as_kubectl_reads_it() {
    let mut compared = 0;
    for case in sealkit_testdata::cases("manifests/as-kubectl-reads") {
        let file = case.name.as_str();
        if file == "duplicate-key.yaml" {
            continue;
        }
        let expected: Vec<Value> = serde_json::from_slice(&case.bytes()).unwrap();
        let stream = parse(file).unwrap();
        let read: Vec<Value> = stream
            .objects()
            .map(|o| o.root().value().unwrap().to_json())
            .collect();
        assert_eq!(read.len(), expected.len(), "{file}");
        for (read, expected) in read.into_iter().zip(expected) {
            assert_eq!(normalized(&with_metadata(read)), normalized(&expected), "{file}");
        }
        compared += 1;
    }
    assert!(compared >= 18, "only {compared} files were compared");
}

#[test]
fn every_manifest_prints_back_identical() {
    for case in sealkit_testdata::cases(FOLDER) {
        let file = case.path.file_name().unwrap().to_str().unwrap();
        let manifest = file.ends_with(".yaml") || file.ends_with(".json");
        if !manifest || matches!(file, "duplicate-key.yaml" | "helm-template.yaml") {
            continue;
        }
        let bytes = case.bytes();
        let stream = Stream::parse(file, &bytes).unwrap();
        assert_eq!(stream.to_string().as_bytes(), bytes, "{file}");
    }
}

#[test]
fn duplicate_keys_are_refused_where_the_second_one_stands() {
    let error = parse("duplicate-key.yaml").unwrap_err();
    assert_eq!(error.place().unwrap().to_string(), "duplicate-key.yaml:6:3");
    assert!(
        error.to_string().ends_with("first at duplicate-key.yaml:5:3"),
        "{error}"
    );
    assert_eq!(error.hint().as_deref(), Some("keep the one that is meant"));
}

#[test]
fn helm_templates_are_refused_where_the_first_action_stands() {
    let error = parse("helm-template.yaml").unwrap_err();
    assert!(matches!(error, ParseError::Template { .. }), "{error:?}");
    assert_eq!(error.place().unwrap().to_string(), "helm-template.yaml:4:9");
    assert!(error.hint().unwrap().contains("helm template"));
}

#[test]
fn items_of_a_typed_list_need_not_say_what_they_are() {
    // `kubectl label --local -f` reads secret/a from it.
    let text =
        "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: a}\n  stringData: {k: v}\n- kind: X\n";
    let stream = Stream::parse("list.yaml", text.as_bytes()).unwrap();
    let kinds: Vec<_> = stream
        .objects()
        .map(|object| object.kind().unwrap().into_owned())
        .collect();
    assert_eq!(kinds, ["Secret", "X"]);
    let first = stream.objects().next().unwrap();
    assert!(first.is("v1", "Secret"));
    assert_eq!(first.document_path().to_string(), "items[0]");
    let plain = "apiVersion: v1\nkind: List\nitems:\n- metadata: {name: a}\n";
    assert_eq!(
        Stream::parse("list.yaml", plain.as_bytes())
            .unwrap()
            .objects()
            .count(),
        0
    );
}

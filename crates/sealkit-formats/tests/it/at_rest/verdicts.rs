//! Configurations that the server's own code judged: the same verdict, fields and texts, and a place for every problem.

use sealkit_formats::at_rest::Server;
use std::collections::BTreeSet;

use sealkit_formats::at_rest::config::{EncryptionConfig, NoKeyServices, Stage, Surroundings};
use serde_json::Value;

#[test]
fn recorded_configurations_get_the_server_s_verdict_fields_and_texts() {
    let (mut accepted, mut refused) = (0, 0);
    for line in sealkit_testdata::text("at-rest/verdicts.jsonl").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let case = line["case"].as_str().expect("a case");
        let text = line["config"].as_str().expect("a configuration");
        let server = Server {
            reload: line["reload"] == true,
            kms_v1: line["kmsv1"] == true,
        };
        // a byte order mark or a comment makes YAML of the same text
        for text in [text.to_owned(), format!("# yaml\n{text}")] {
            let problems = match EncryptionConfig::read("file", text.as_bytes()) {
                Err(error) => error.problems().to_vec(),
                Ok(config) => config.problems(&server),
            };
            assert!(problems.iter().all(|problem| problem.place.is_some()), "{case}");
            if problems
                .iter()
                .any(|problem| problem.text.contains("a control character"))
            {
                continue; // refused by the text layer, see the room's list of differences
            }
            let number = |problem: &str| problem.contains("cachesize") && case.contains("1000.0");
            if line["error"].as_str().is_some_and(number) && text.starts_with('#') {
                continue; // YAML has no digits of its own: 1000.0 is 1000
            }
            assert_eq!(
                problems.is_empty(),
                line["accepted"] == true,
                "{case}: {problems:?}"
            );
            let expected: Vec<(&str, &str)> = line["errors"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|error| {
                    (
                        error["field"].as_str().expect("text"),
                        error["text"].as_str().expect("text"),
                    )
                })
                .collect();
            let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
            if let Some(error) = line["error"].as_str() {
                // what stands before our part says where in the server it was found
                if let Some((_, unknown)) = error.split_once("strict decoding error: ") {
                    // in YAML the server sorts the keys before it looks at them
                    let ours: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
                    assert_eq!(ours, unknown.split(", ").collect(), "{case}");
                } else {
                    assert!(error.ends_with(&texts[0]), "{case}: {error}\n{}", texts[0]);
                }
            } else {
                let found: Vec<(&str, &str)> = problems
                    .iter()
                    .zip(&texts)
                    .filter(|(problem, _)| problem.stage == Stage::Validation)
                    .map(|(problem, text)| (problem.field.as_str(), text.as_str()))
                    .collect();
                assert_eq!(found, expected, "{case}");
            }
            if problems.is_empty() {
                accepted += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(
        accepted >= 100 && refused >= 300,
        "{accepted} accepted, {refused} refused"
    );
}

/// Found by fuzzing: selectors were compared with one another, and a long list took minutes.
#[test]
fn fifty_thousand_selectors_are_judged_in_one_pass() {
    let mut text =
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n".to_owned();
    text.push_str("- providers: [identity: {}]\n  resources:\n");
    (0..50_000).for_each(|n| text.push_str(&format!("  - r{n}.example\n")));
    let config = EncryptionConfig::parse("file", text.as_bytes()).expect("good");
    assert_eq!(
        config.findings(&Surroundings::default()).len(),
        1,
        "secrets are not covered"
    );
    assert!(config.build(&Server::default(), &NoKeyServices).is_ok());
}

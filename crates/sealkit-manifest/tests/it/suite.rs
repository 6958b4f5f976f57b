//! The YAML test suite: valid cases print back identical and mean what the suite says, invalid ones are refused.

use std::fmt::Write as _;

use sealkit_manifest::{Node, NodeKind, ParseError, Stream, Style};

/// Cases where we answer differently on purpose, with the reason. Nothing else may differ.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "9C9N",
        "a flow sequence continues at the margin: go-yaml, and so kubectl, accept it",
    ),
    (
        "DK95/01",
        "a tab indents the continuation of a quoted scalar: go-yaml, and so kubectl, accept it",
    ),
    (
        "QB6E",
        "a quoted scalar continues at the margin: go-yaml, and so kubectl, accept it",
    ),
];

struct Case {
    name: String,
    valid: bool,
    yaml: String,
    events: String,
}

fn cases() -> Vec<Case> {
    let all: Vec<serde_json::Value> =
        serde_json::from_str(&sealkit_testdata::text("yaml-test-suite/cases.json")).unwrap();
    let text = |case: &serde_json::Value, key: &str| case[key].as_str().unwrap().to_owned();
    all.iter()
        .map(|case| Case {
            name: text(case, "name"),
            valid: case["valid"].as_bool().unwrap(),
            yaml: text(case, "yaml"),
            events: text(case, "events"),
        })
        .collect()
}

/// The reason why a case is an exception.
fn exception(name: &str) -> Option<&'static str> {
    EXCEPTIONS
        .iter()
        .find(|(case, _)| *case == name)
        .map(|(_, reason)| *reason)
}

#[test]
fn valid_cases_print_back_identical_and_mean_what_the_suite_says() {
    let mut passed = 0;
    let mut failed = Vec::new();
    for case in cases().into_iter().filter(|case| case.valid) {
        let outcome = match Stream::parse(&case.name, case.yaml.as_bytes()) {
            Err(error) => Err(error.to_string()),
            Ok(stream) if stream.to_string() != case.yaml => Err("printed differently".to_owned()),
            Ok(stream) => {
                let (read, expected) = (events(&stream), nodes_only(&case.events));
                if read == expected {
                    Ok(())
                } else {
                    Err(format!("read as\n{read}\nexpected\n{expected}"))
                }
            }
        };
        match (outcome, exception(&case.name)) {
            (Ok(()), None) => passed += 1,
            (Err(_), Some(_)) => {}
            (Ok(()), Some(_)) => failed.push(format!("{}: listed as an exception but passes", case.name)),
            (Err(why), None) => failed.push(format!("{}: {why}", case.name)),
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n{}",
        failed.len(),
        passed + failed.len(),
        failed.join("\n")
    );
}

#[test]
fn invalid_cases_are_refused() {
    let mut accepted = Vec::new();
    for case in cases().into_iter().filter(|case| !case.valid) {
        let refused = Stream::parse(&case.name, case.yaml.as_bytes()).is_err();
        if refused == exception(&case.name).is_some() {
            accepted.push(case.name);
        }
    }
    assert!(
        accepted.is_empty(),
        "accepted, or refused although listed: {accepted:?}"
    );
}

#[test]
fn errors_have_a_place_and_no_text() {
    for case in cases().into_iter().filter(|case| !case.valid) {
        let Err(error) = Stream::parse(&case.name, case.yaml.as_bytes()) else {
            continue;
        };
        assert!(error.place().is_some(), "{}: {error}", case.name);
        assert!(!matches!(error, ParseError::TooLarge { .. }), "{}", case.name);
    }
}

/// The suite's events without markers of streams and documents.
fn nodes_only(events: &str) -> String {
    let mut out = String::new();
    for line in events.lines() {
        let line = line.trim_end();
        if line.starts_with(['+', '-']) && matches!(&line[1..4], "STR" | "DOC") {
            continue;
        }
        // Flow or block is no part of the meaning, and anchors compare by name elsewhere.
        let line = line.replace("+MAP {}", "+MAP").replace("+SEQ []", "+SEQ");
        let _ = writeln!(out, "{line}");
    }
    out
}

/// The same lines from our tree.
fn events(stream: &Stream) -> String {
    let mut out = String::new();
    for root in stream.documents() {
        write_node(&mut out, root);
    }
    out
}

fn write_node(out: &mut String, node: Node<'_>) {
    let props = |node: Node<'_>| {
        let anchor = node
            .anchor_name()
            .map(|name| format!(" &{name}"))
            .unwrap_or_default();
        let tag = node.tag().map(|tag| format!(" <{tag}>")).unwrap_or_default();
        anchor + &tag
    };
    match node.kind() {
        NodeKind::Alias => {
            let _ = writeln!(out, "=ALI {}", node.raw());
        }
        NodeKind::Sequence => {
            let _ = writeln!(out, "+SEQ{}", props(node));
            node.items().for_each(|item| write_node(out, item));
            out.push_str("-SEQ\n");
        }
        NodeKind::Mapping => {
            let _ = writeln!(out, "+MAP{}", props(node));
            for (key, value) in node.raw_entries() {
                write_node(out, key);
                write_node(out, value);
            }
            out.push_str("-MAP\n");
        }
        _ => {
            let mark = match node.style() {
                Style::SingleQuoted => '\'',
                Style::DoubleQuoted => '"',
                Style::Literal => '|',
                Style::Folded => '>',
                _ => ':',
            };
            let text = node.scalar_text().unwrap();
            let escaped: String = text
                .chars()
                .map(|c| match c {
                    '\\' => "\\\\".to_owned(),
                    '\n' => "\\n".to_owned(),
                    '\r' => "\\r".to_owned(),
                    '\t' => "\\t".to_owned(),
                    '\u{8}' => "\\b".to_owned(),
                    c => c.to_string(),
                })
                .collect();
            let line = format!("=VAL{} {mark}{escaped}", props(node));
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
}

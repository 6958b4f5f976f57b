//! Texts that nobody would write: the corpus with random damage. What still parses prints back identical, and edits of it
//! are right or refused; nothing panics.

use proptest::prelude::*;
use sealkit_manifest::{Change, EditError, New, Node, Path, Position, Stream, Target, secret_items};

use crate::garden::{self, Dice};

const HEAD: &str = "apiVersion: v1\nkind: Secret\n";

/// A random text of the corpus under an object's head.
fn sprout(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => garden::manifest(dice),
        1 => garden::json(dice),
        _ => {
            let cases: Vec<serde_json::Value> =
                serde_json::from_str(&sealkit_testdata::text("yaml-test-suite/cases.json")).unwrap();
            let body = cases[dice.below(cases.len())]["yaml"]
                .as_str()
                .unwrap()
                .to_owned();
            match dice.below(3) {
                0 => format!("{HEAD}{body}"),
                1 => format!("{HEAD}data:\n{}", body.replace('\n', "\n  ")),
                _ => format!("{HEAD}data:\n- {}", body.replace('\n', "\n  ")),
            }
        }
    }
}

fn mangle(dice: &mut Dice, text: &str) -> String {
    const PIECES: &[&str] = &[
        "\n", " ", "  ", "\t", "#", ": ", "- ", "? ", "{", "}", "[", "]", ",", "\"", "'", "|", ">", "&a ",
        "*a", "!!str ", "---\n", "...\n", "\r\n", "\u{feff}", "\\", "<<: ", "%", "|2\n", "|+\n", "{}", "~",
        "ä", "\u{2028}", "# c\n",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..dice.below(4) {
        let at = dice.below(chars.len() + 1);
        match dice.below(3) {
            0 if at < chars.len() => {
                let end = (at + 1 + dice.below(8)).min(chars.len());
                chars.drain(at..end);
            }
            _ => {
                chars.splice(at..at, dice.pick(PIECES).chars());
            }
        }
    }
    chars.into_iter().collect()
}

fn changes(dice: &mut Dice, stream: &Stream) -> Vec<Change> {
    let Some(object) = stream.objects().next() else {
        return Vec::new();
    };
    let skip = object.document_path().segments().len();
    let mut todo: Vec<Node<'_>> = vec![object.root()];
    let mut paths = Vec::new();
    while let Some(node) = todo.pop() {
        paths.push(Path::from(
            node.path().segments()[skip.min(node.path().segments().len())..].to_vec(),
        ));
        if !node.is_alias() {
            todo.extend(node.entries().map(|entry| entry.value));
            todo.extend(node.items());
        }
    }
    let mut target = || Target::new(object.id(), paths[dice.below(paths.len())].clone());
    let (a, b) = (target(), target());
    let text = ["x", "a\nb\n", "on", "a\n\n"][dice.below(4)];
    vec![match dice.below(6) {
        0 => Change::Set {
            target: a,
            value: text.into(),
        },
        1 => Change::Remove { target: a },
        2 => Change::Insert {
            parent: a,
            key: "fresh".into(),
            value: New::string(text),
            at: Position::Last,
        },
        3 => Change::Append {
            sequence: a,
            value: New::Mapping(vec![("k".into(), New::string(text))]),
        },
        4 => Change::Replace {
            target: a,
            value: New::Mapping(vec![("k".into(), New::string(text))]),
        },
        _ => Change::Move {
            target: a,
            parent: b,
            at: Position::First,
            key: Some("fresh".into()),
        },
    }]
}

fn survives(seed: u64) {
    let mut dice = Dice::new(seed);
    let text = sprout(&mut dice);
    let text = mangle(&mut dice, &text);
    let Ok(stream) = Stream::parse("mangled", text.as_bytes()) else {
        return;
    };
    assert_eq!(stream.as_str(), text, "seed {seed}");
    match stream.edit(&[]) {
        Ok(same) => assert_eq!(same.as_str(), text, "seed {seed}"),
        Err(EditError::LoneCarriageReturn { .. }) => return,
        Err(error) => panic!("seed {seed}: {error:?}\n{text}"),
    }
    for object in stream.objects() {
        let _ = object.root().value();
        let _ = secret_items(&object);
    }
    let changes = changes(&mut dice, &stream);
    if let Ok(edited) = stream.edit(&changes) {
        assert!(
            Stream::parse("again", edited.as_str().as_bytes()).is_ok(),
            "seed {seed}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_texts_are_refused_or_kept(seed in any::<u64>()) {
        survives(seed);
    }
}

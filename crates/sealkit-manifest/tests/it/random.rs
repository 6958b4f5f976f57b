//! Random edits of random manifests, against a model that knows no text.

use proptest::prelude::*;
use sealkit_manifest::{
    Change, EditError, New, NodeKind, ObjectId, Path, Position, Scalar, Segment, Stream, Target,
};
use serde_json::Value;

use crate::garden::{self, Dice};

/// The model: what a change does to the value, by path.
fn apply(model: &mut Value, change: &Change) -> Option<()> {
    match change {
        Change::Set { target, value } => *at(model, &target.path)? = scalar(value),
        Change::Replace { target, value } => *at(model, &target.path)? = fresh(value),
        Change::Append { sequence, value } => {
            let items = at(model, &sequence.path)?;
            if items.is_null() {
                *items = Value::Array(Vec::new());
            }
            items.as_array_mut()?.push(fresh(value));
        }
        Change::InsertItem {
            sequence,
            index,
            value,
        } => {
            let items = at(model, &sequence.path)?.as_array_mut()?;
            items.insert((*index).min(items.len()), fresh(value));
        }
        Change::Insert {
            parent,
            key,
            value,
            at: position,
        } => {
            put(at(model, &parent.path)?, key, fresh(value), position)?;
        }
        Change::Remove { target } => {
            take(model, &target.path)?;
        }
        Change::Rename { target, key } => {
            let parent = at(model, &target.path.parent()?)?.as_object_mut()?;
            let old = target.path.last_key()?;
            let entries = std::mem::take(parent).into_iter();
            *parent = entries
                .map(|(k, v)| if k == old { (key.clone(), v) } else { (k, v) })
                .collect();
        }
        Change::Move {
            target,
            parent,
            at: position,
            key,
        } => {
            let old = target.path.last_key()?.to_owned();
            // The new parent is found first: taking the entry out may change nothing about its path, because
            // neither lies in the other.
            let value = take(model, &target.path)?;
            put(
                at(model, &parent.path)?,
                key.as_deref().unwrap_or(&old),
                value,
                position,
            )?;
        }
    }
    Some(())
}

fn at<'a>(model: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    path.segments()
        .iter()
        .try_fold(model, |value, segment| match segment {
            Segment::Key(key) => value.get_mut(key),
            Segment::Index(index) => value.get_mut(index),
        })
}

fn take(model: &mut Value, path: &Path) -> Option<Value> {
    let parent = at(model, &path.parent()?)?;
    match path.segments().last()? {
        Segment::Key(key) => parent.as_object_mut()?.shift_remove(key),
        Segment::Index(index) => Some(parent.as_array_mut()?.remove(*index)),
    }
}

fn put(mapping: &mut Value, key: &str, value: Value, position: &Position) -> Option<()> {
    if mapping.is_null() {
        *mapping = Value::Object(serde_json::Map::new());
    }
    let entries = mapping.as_object_mut()?;
    let find = |sibling: &str| entries.keys().position(|k| k == sibling);
    let index = match position {
        Position::First => 0,
        Position::Last => entries.len(),
        Position::Before(sibling) => find(sibling)?,
        Position::After(sibling) => find(sibling)? + 1,
        Position::Sorted => entries
            .keys()
            .position(|k| k.as_str() > key)
            .unwrap_or(entries.len()),
    };
    entries.shift_insert(index, key.to_owned(), value);
    Some(())
}

fn scalar(value: &Scalar) -> Value {
    // The only scalars made below are these.
    [
        (Scalar::bool(true), true.into()),
        (Scalar::int(-7), (-7).into()),
        (Scalar::null(), Value::Null),
    ]
    .into_iter()
    .chain(
        STRINGS
            .iter()
            .map(|text| (Scalar::string(*text), Value::from(*text))),
    )
    .find_map(|(known, json)| (known == *value).then_some(json))
    .unwrap()
}

fn fresh(value: &New) -> Value {
    match value {
        New::Scalar(value) => scalar(value),
        New::Mapping(entries) => entries.iter().map(|(k, v)| (k.clone(), fresh(v))).collect(),
        New::Sequence(items) => items.iter().map(fresh).collect(),
    }
}

const STRINGS: &[&str] = &[
    "x",
    "",
    "on",
    "two words",
    "a\nb",
    "a\nb\n",
    "a\n\n",
    "  lead\nb\n",
    "it's \"q\": # no",
    "1_000",
    "\t",
    "ä\u{85}",
    "- a",
    "a: b",
    "{{ x }}",
    "trail ",
    "\n",
    "a\r\nb",
    "<<",
    "é\u{2028}",
    "null",
    "x\n y\n\n z\n",
];

fn random_scalar(dice: &mut Dice) -> Scalar {
    match dice.below(10) {
        0 => Scalar::bool(true),
        1 => Scalar::int(-7),
        2 => Scalar::null(),
        _ => Scalar::string(dice.pick(STRINGS)),
    }
}

fn random_new(dice: &mut Dice, depth: usize) -> New {
    match dice.below(if depth > 2 { 1 } else { 4 }) {
        2 => New::Mapping(
            (0..dice.below(3))
                .map(|at| (format!("n{at}"), random_new(dice, depth + 1)))
                .collect(),
        ),
        3 => New::Sequence((0..dice.below(3)).map(|_| random_new(dice, depth + 1)).collect()),
        _ => New::Scalar(random_scalar(dice)),
    }
}

struct Paths {
    all: Vec<Path>,
    mappings: Vec<Path>,
    sequences: Vec<Path>,
    scalars: Vec<Path>,
}

fn paths(stream: &Stream, id: ObjectId) -> Paths {
    let mut out = Paths {
        all: vec![],
        mappings: vec![],
        sequences: vec![],
        scalars: vec![],
    };
    let mut todo = vec![stream.object(id).root()];
    while let Some(node) = todo.pop() {
        let path = node.path();
        match node.kind() {
            NodeKind::Mapping => {
                todo.extend(node.entries().map(|entry| entry.value));
                out.mappings.push(path.clone());
            }
            NodeKind::Sequence => {
                todo.extend(node.items());
                out.sequences.push(path.clone());
            }
            NodeKind::Null => {
                out.mappings.push(path.clone());
                out.sequences.push(path.clone());
                out.scalars.push(path.clone());
            }
            _ => out.scalars.push(path.clone()),
        }
        if !path.is_root() {
            out.all.push(path);
        }
    }
    out
}

fn random_change(dice: &mut Dice, stream: &Stream, id: ObjectId, fresh_key: &str) -> Option<Change> {
    let paths = paths(stream, id);
    let target = |path: &Path| Target::new(id, path.clone());
    let pick =
        |dice: &mut Dice, from: &[Path]| (!from.is_empty()).then(|| from[dice.below(from.len())].clone());
    let keyed: Vec<Path> = paths
        .all
        .iter()
        .filter(|path| path.last_key().is_some())
        .cloned()
        .collect();
    let position = |dice: &mut Dice, parent: &Path, not: Option<&str>| {
        let node = stream.object(id).get(parent)?;
        let keys: Vec<String> = node
            .entries()
            .map(|e| e.key.into_owned())
            .filter(|k| Some(k.as_str()) != not)
            .collect();
        Some(match dice.below(5) {
            0 => Position::First,
            1 => Position::Last,
            2 if !keys.is_empty() => Position::Before(keys[dice.below(keys.len())].clone()),
            3 if !keys.is_empty() => Position::After(keys[dice.below(keys.len())].clone()),
            _ => Position::Sorted,
        })
    };
    Some(match dice.below(10) {
        0 | 1 => Change::Set {
            target: target(&pick(dice, &paths.scalars)?),
            value: random_scalar(dice),
        },
        2 => {
            let parent = pick(dice, &paths.mappings)?;
            let at = position(dice, &parent, None)?;
            Change::Insert {
                parent: target(&parent),
                key: fresh_key.to_owned(),
                value: random_new(dice, 0),
                at,
            }
        }
        3 => Change::Append {
            sequence: target(&pick(dice, &paths.sequences)?),
            value: random_new(dice, 0),
        },
        4 => Change::Replace {
            target: target(&pick(dice, &paths.all)?),
            value: random_new(dice, 0),
        },
        5 => Change::Remove {
            target: target(&pick(dice, &paths.all)?),
        },
        6 => Change::Rename {
            target: target(&pick(dice, &keyed)?),
            key: fresh_key.to_owned(),
        },
        _ => {
            let moved = pick(dice, &keyed)?;
            let parent = pick(dice, &paths.mappings)?;
            if parent.segments().starts_with(moved.segments()) {
                return None;
            }
            let own = moved.parent().as_ref() == Some(&parent);
            let at = position(dice, &parent, if own { moved.last_key() } else { None })?;
            let key = (!own || dice.chance(30)).then(|| fresh_key.to_owned());
            Change::Move {
                target: target(&moved),
                parent: target(&parent),
                at,
                key,
            }
        }
    })
}

fn normalized(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(normalized).collect(),
        Value::Object(entries) => entries.iter().map(|(k, v)| (k.clone(), normalized(v))).collect(),
        other => other.clone(),
    }
}

/// Compares with the order of keys, which `serde_json` leaves out of its equality.
fn same(a: &Value, b: &Value) -> bool {
    let (a, b) = (normalized(a).to_string(), normalized(b).to_string());
    a == b
}

fn comments(stream: &Stream) -> Vec<String> {
    let mut comments: Vec<String> = stream.comments().map(str::to_owned).collect();
    comments.sort();
    comments
}

/// One edit; `None` if it was refused for a reason that is fine.
fn step(stream: &Stream, change: &Change, seed: u64) -> Option<Stream> {
    let id = stream.object_ids().next()?;
    let mut model = stream.object(id).root().value().unwrap().to_json();
    apply(&mut model, change)
        .unwrap_or_else(|| panic!("seed {seed}: the model refuses {change:?}\n{stream}"));
    match stream.edit(std::slice::from_ref(change)) {
        Ok(edited) => {
            let root = edited.documents().next().unwrap();
            let read = root.value().unwrap().to_json();
            assert!(
                same(&read, &model),
                "seed {seed}: {change:?}\nof\n{stream}\ngave\n{edited}\n{read}\ninstead of\n{model}"
            );
            if !matches!(change, Change::Remove { .. } | Change::Replace { .. }) {
                assert_eq!(
                    comments(stream),
                    comments(&edited),
                    "seed {seed}: {change:?}\nof\n{stream}\ngave\n{edited}"
                );
            }
            Some(edited)
        }
        Err(EditError::CommentIntoFlow { .. }) => None,
        Err(error) => panic!("seed {seed}: {error:?}\n{change:?}\nof\n{stream}"),
    }
}

fn grow(seed: u64) -> (Dice, Stream) {
    let mut dice = Dice::new(seed);
    let text = if dice.chance(20) {
        garden::json(&mut dice)
    } else {
        garden::manifest(&mut dice)
    };
    let stream = Stream::parse("garden.yaml", text.as_bytes())
        .unwrap_or_else(|error| panic!("seed {seed}: {error} at {:?}\n{text}", error.place()));
    assert_eq!(stream.as_str(), text);
    (dice, stream)
}

fn random_edits(seed: u64) {
    let (mut dice, mut stream) = grow(seed);
    for round in 0..4 {
        let Some(id) = stream.object_ids().next() else {
            return;
        };
        let Some(change) = random_change(&mut dice, &stream, id, &format!("new{round}")) else {
            continue;
        };
        if let Some(edited) = step(&stream, &change, seed) {
            stream = edited;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_read_back_as_the_model_says(seed in any::<u64>()) {
        random_edits(seed);
    }
}

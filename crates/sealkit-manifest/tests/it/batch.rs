//! Many random changes in one call, against a model whose nodes have identity: paths name nodes as they were before.

use std::collections::HashMap;

use proptest::prelude::*;
use sealkit_manifest::{Change, EditError, New, ObjectId, Path, Position, Scalar, Stream, Target};
use serde_json::Value;

use crate::garden::{self, Dice};

/// A value whose nodes remember who they are.
#[derive(Default)]
struct Model {
    nodes: Vec<Part>,
    /// Nodes by their path before the edit.
    before: HashMap<Path, usize>,
}

struct Part {
    holds: Holds,
    parent: Option<usize>,
}

#[derive(Clone)]
enum Holds {
    Scalar(Value),
    Mapping(Vec<(String, usize)>),
    Sequence(Vec<usize>),
}

impl Model {
    fn plant(&mut self, value: &Value, parent: Option<usize>, path: Option<Path>) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Part {
            holds: Holds::Scalar(Value::Null),
            parent,
        });
        if let Some(path) = &path {
            self.before.insert(path.clone(), id);
        }
        let holds = match value {
            Value::Object(entries) => Holds::Mapping(
                entries
                    .iter()
                    .map(|(k, v)| {
                        (
                            k.clone(),
                            self.plant(v, Some(id), path.as_ref().map(|p| p.key(k))),
                        )
                    })
                    .collect(),
            ),
            Value::Array(items) => Holds::Sequence(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, v)| self.plant(v, Some(id), path.as_ref().map(|p| p.index(at))))
                    .collect(),
            ),
            other => Holds::Scalar(other.clone()),
        };
        self.nodes[id].holds = holds;
        id
    }

    fn value(&self, id: usize) -> Value {
        match &self.nodes[id].holds {
            Holds::Scalar(value) => value.clone(),
            Holds::Mapping(entries) => entries.iter().map(|(k, v)| (k.clone(), self.value(*v))).collect(),
            Holds::Sequence(items) => items.iter().map(|item| self.value(*item)).collect(),
        }
    }

    /// Whether a node still hangs below the root.
    fn lives(&self, mut id: usize) -> bool {
        loop {
            let Some(parent) = self.nodes[id].parent else {
                return id == 0;
            };
            let held = match &self.nodes[parent].holds {
                Holds::Mapping(entries) => entries.iter().any(|(_, v)| *v == id),
                Holds::Sequence(items) => items.contains(&id),
                Holds::Scalar(_) => false,
            };
            if !held {
                return false;
            }
            id = parent;
        }
    }

    fn contains(&self, outer: usize, mut id: usize) -> bool {
        loop {
            if id == outer {
                return true;
            }
            match self.nodes[id].parent {
                Some(parent) => id = parent,
                None => return false,
            }
        }
    }

    fn take(&mut self, id: usize) -> Option<String> {
        let parent = self.nodes[id].parent?;
        match &mut self.nodes[parent].holds {
            Holds::Mapping(entries) => {
                let at = entries.iter().position(|(_, v)| *v == id)?;
                Some(entries.remove(at).0)
            }
            Holds::Sequence(items) => {
                items.retain(|item| *item != id);
                None
            }
            Holds::Scalar(_) => None,
        }
    }

    fn put(&mut self, parent: usize, key: &str, id: usize, before: Option<usize>) {
        self.nodes[id].parent = Some(parent);
        let Holds::Mapping(entries) = &mut self.nodes[parent].holds else {
            panic!("not a mapping")
        };
        let at = before.and_then(|sibling| entries.iter().position(|(_, v)| *v == sibling));
        entries.insert(at.unwrap_or(entries.len()), (key.to_owned(), id));
    }

    fn key(&self, id: usize) -> Option<String> {
        let Holds::Mapping(entries) = &self.nodes[self.nodes[id].parent?].holds else {
            return None;
        };
        entries.iter().find(|(_, v)| *v == id).map(|(k, _)| k.clone())
    }
}

/// Makes one change in the model and returns it; `None` if the dice fell on nothing.
fn change(dice: &mut Dice, model: &mut Model, object: ObjectId, fresh: &str) -> Option<Change> {
    let mut living: Vec<(Path, usize)> = model
        .before
        .iter()
        .map(|(path, id)| (path.clone(), *id))
        .filter(|(_, id)| model.lives(*id))
        .collect();
    living.sort();
    let mappings: Vec<_> = living
        .iter()
        .filter(|(_, id)| matches!(model.nodes[*id].holds, Holds::Mapping(_)))
        .cloned()
        .collect();
    let target = |path: &Path| Target::new(object, path.clone());
    let (path, id) = living[dice.below(living.len())].clone();
    let in_mapping = model.key(id).is_some();
    match dice.below(8) {
        0..=2 if matches!(model.nodes[id].holds, Holds::Scalar(_)) => {
            let text = dice.pick(&["new", "on", "a\nb\n", ""]);
            model.nodes[id].holds = Holds::Scalar(text.into());
            Some(Change::Set {
                target: target(&path),
                value: Scalar::string(text),
            })
        }
        3 if !path.is_root() => {
            model.take(id);
            model.nodes[id].parent = None;
            Some(Change::Remove {
                target: target(&path),
            })
        }
        4 => {
            let (path, parent) = mappings[dice.below(mappings.len())].clone();
            let child = model.plant(&serde_json::json!({"in": "x"}), Some(parent), None);
            model.put(parent, fresh, child, None);
            let value = New::Mapping(vec![("in".to_owned(), New::string("x"))]);
            Some(Change::Insert {
                parent: target(&path),
                key: fresh.to_owned(),
                value,
                at: Position::Last,
            })
        }
        5..=7 if in_mapping && !path.is_root() => {
            let (parent_path, parent) = mappings[dice.below(mappings.len())].clone();
            if model.contains(id, parent) {
                return None;
            }
            // A neighbour that never moved and kept its name.
            let siblings: Vec<String> = living
                .iter()
                .filter(|(path, sibling)| {
                    *sibling != id
                        && path.parent().as_ref() == Some(&parent_path)
                        && model.nodes[*sibling].parent == Some(parent)
                        && model.key(*sibling).as_deref() == path.last_key()
                })
                .filter_map(|(path, _)| path.last_key().map(str::to_owned))
                .collect();
            let sibling = (!siblings.is_empty() && dice.chance(50))
                .then(|| siblings[dice.below(siblings.len())].clone());
            let sibling_id = sibling.as_ref().map(|key| model.before[&parent_path.key(key)]);
            model.take(id);
            model.put(parent, fresh, id, sibling_id);
            let at = sibling.map_or(Position::Last, Position::Before);
            Some(Change::Move {
                target: target(&path),
                parent: target(&parent_path),
                at,
                key: Some(fresh.to_owned()),
            })
        }
        _ => None,
    }
}

fn batch(seed: u64) {
    let mut dice = Dice::new(seed);
    let text = if dice.chance(20) {
        garden::json(&mut dice)
    } else {
        garden::manifest(&mut dice)
    };
    let stream = Stream::parse("batch.yaml", text.as_bytes()).unwrap();
    let object = stream.object_ids().next().unwrap();
    let mut model = Model::default();
    model.plant(
        &stream.object(object).root().value().unwrap().to_json(),
        None,
        Some(Path::root()),
    );
    let mut changes = Vec::new();
    for at in 0..dice.below(12) {
        changes.extend(change(&mut dice, &mut model, object, &format!("new{at}")));
    }
    match stream.edit(&changes) {
        Ok(edited) => {
            let read = edited.documents().next().unwrap().value().unwrap().to_json();
            assert_eq!(
                read.to_string(),
                model.value(0).to_string(),
                "seed {seed}: {changes:?}\nof\n{text}\ngave\n{edited}"
            );
            if changes.is_empty() {
                assert_eq!(edited.as_str(), text);
            }
        }
        Err(EditError::CommentIntoFlow { .. }) => {}
        Err(error) => panic!("seed {seed}: {error:?}\n{changes:?}\nof\n{text}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_changes_at_once_read_back_as_the_model_says(seed in any::<u64>()) {
        batch(seed);
    }
}

//! A tree as a list of keys, for formats that have no trees: `a__map_b`, `l__list_0`, as `sops` writes them.
//!
//! Keys of the first level stand alone; below a mapping comes `__map_` and the key, below a list `__list_` and the
//! index. Leaves are text here. Knows no prefix and no format.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::value::Value;

const MAP: &str = "__map_";
const LIST: &str = "__list_";
/// Deeper keys are refused: no metadata nests like that.
const MAX_DEPTH: usize = 32;

/// Why keys are not a flattened tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlatError {
    /// Two keys name the same leaf.
    #[error("the key {key:?} occurs twice")]
    Duplicate {
        /// The key.
        key: String,
    },
    /// A key names a value where another key names a mapping or list.
    #[error("the key {key:?} does not fit the keys around it")]
    Conflict {
        /// The key.
        key: String,
    },
    /// The indices of a list do not run from zero without a gap.
    #[error("the list {key:?} has a gap")]
    Gap {
        /// The key of the list.
        key: String,
    },
    /// `__list_` is not followed by a number, or a key nests too deeply.
    #[error("the key {key:?} cannot be taken apart")]
    Malformed {
        /// The key.
        key: String,
    },
}

impl FlatError {
    /// The key at fault, with which a caller finds its place.
    pub fn key(&self) -> &str {
        match self {
            Self::Duplicate { key }
            | Self::Conflict { key }
            | Self::Gap { key }
            | Self::Malformed { key } => key,
        }
    }
}

/// Every leaf of a tree under its flattened key, in the tree's order. Empty mappings and lists have no leaf and vanish;
/// null is the empty text.
pub fn flatten(entries: &[(String, Value)]) -> Vec<(String, Zeroizing<String>)> {
    let mut flat = Vec::new();
    for (key, value) in entries {
        descend(value, key, &mut flat);
    }
    flat
}

fn descend(value: &Value, key: &str, flat: &mut Vec<(String, Zeroizing<String>)>) {
    let leaf = match value {
        Value::Mapping(entries) => {
            for (child, value) in entries {
                descend(value, &[key, MAP, child].concat(), flat);
            }
            return;
        }
        Value::Sequence(items) => {
            for (index, value) in items.iter().enumerate() {
                descend(value, &format!("{key}{LIST}{index}"), flat);
            }
            return;
        }
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.clone(),
        Value::String(text) => {
            flat.push((key.to_owned(), text.clone()));
            return;
        }
    };
    flat.push((key.to_owned(), Zeroizing::new(leaf)));
}

/// The tree that flattened keys describe, its mappings ordered by key and its leaves all strings.
///
/// # Errors
///
/// [`FlatError`]: keys that contradict each other, and lists with gaps.
pub fn unflatten<'a>(
    entries: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<(String, Value)>, FlatError> {
    let mut root = Branch::default();
    for (key, value) in entries {
        root.place(key, value)?;
    }
    let named = root.named.into_iter();
    named
        .map(|(key, branch)| Ok((key.to_owned(), branch.value(key)?)))
        .collect()
}

/// One step of a key.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

#[derive(Default)]
struct Branch<'a> {
    leaf: Option<&'a str>,
    named: BTreeMap<&'a str, Branch<'a>>,
    numbered: BTreeMap<usize, Branch<'a>>,
}

impl<'a> Branch<'a> {
    fn place(&mut self, key: &'a str, value: &'a str) -> Result<(), FlatError> {
        let mut branch = self;
        for step in steps(key)? {
            branch = match step {
                Step::Key(key) => branch.named.entry(key).or_default(),
                Step::Index(index) => branch.numbered.entry(index).or_default(),
            };
        }
        match branch.leaf.replace(value) {
            None => Ok(()),
            Some(_) => Err(FlatError::Duplicate { key: key.to_owned() }),
        }
    }

    fn value(self, path: &str) -> Result<Value, FlatError> {
        let key = || path.to_owned();
        match (self.leaf, self.named.is_empty(), self.numbered.is_empty()) {
            (Some(text), true, true) => Ok(Value::String(Zeroizing::new(text.to_owned()))),
            (None, false, true) => {
                let named = self.named.into_iter();
                let entries: Result<_, _> = named
                    .map(|(key, branch)| Ok((key.to_owned(), branch.value(&[path, MAP, key].concat())?)))
                    .collect();
                Ok(Value::Mapping(entries?))
            }
            (None, true, false) => {
                let full = self.numbered.len().checked_sub(1);
                if self.numbered.keys().next_back().copied() != full {
                    return Err(FlatError::Gap { key: key() });
                }
                let numbered = self.numbered.into_iter();
                let items: Result<_, _> = numbered
                    .map(|(index, branch)| branch.value(&format!("{path}{LIST}{index}")))
                    .collect();
                Ok(Value::Sequence(items?))
            }
            _ => Err(FlatError::Conflict { key: key() }),
        }
    }
}

fn steps(whole: &str) -> Result<Vec<Step<'_>>, FlatError> {
    let malformed = || FlatError::Malformed {
        key: whole.to_owned(),
    };
    let end = |text: &str| [MAP, LIST].iter().filter_map(|mark| text.find(mark)).min();
    let (mut steps, mut rest, mut in_list) = (Vec::new(), whole, false);
    loop {
        let at = end(rest).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(at);
        steps.push(match in_list {
            true => Step::Index(piece.parse().map_err(|_| malformed())?),
            false => Step::Key(piece),
        });
        if steps.len() > MAX_DEPTH {
            return Err(malformed());
        }
        (rest, in_list) = match (behind.strip_prefix(MAP), behind.strip_prefix(LIST)) {
            (Some(rest), _) => (rest, false),
            (None, Some(rest)) => (rest, true),
            (None, None) => return Ok(steps),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flat: &[(&str, &str)], json: &str) {
        let tree = unflatten(flat.iter().copied()).expect("the keys fit");
        assert_eq!(Value::Mapping(tree.clone()).to_json().to_string(), json);
        let again = flatten(&tree);
        let again: Vec<_> = again
            .iter()
            .map(|(key, text)| (key.as_str(), text.as_str()))
            .collect();
        assert_eq!(again, flat);
    }

    #[test]
    fn a_tree_comes_apart_and_together_again() {
        check(&[], "{}");
        check(&[("a", "1"), ("b", "")], r#"{"a":"1","b":""}"#);
        check(
            &[
                ("age__list_0__map_enc", "x\ny"),
                ("age__list_0__map_recipient", "r"),
                ("age__list_1__map_enc", "z"),
                ("kms__list_0__map_context__map_team", "t"),
                ("mac", "m"),
            ],
            r#"{"age":[{"enc":"x\ny","recipient":"r"},{"enc":"z"}],"kms":[{"context":{"team":"t"}}],"mac":"m"}"#,
        );
    }

    #[test]
    fn the_order_of_lines_does_not_matter() {
        let ten = (0..11)
            .rev()
            .map(|index| (format!("l__list_{index}"), index.to_string()));
        let ten: Vec<_> = ten.collect();
        let tree = unflatten(ten.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let tree = tree.expect("the keys fit");
        let Value::Sequence(items) = &tree[0].1 else {
            panic!("a list was expected");
        };
        assert_eq!(items[10].as_str(), Some("10"));
    }

    #[test]
    fn contradictions_are_refused_by_key() {
        let check = |flat: &[(&str, &str)], expected: FlatError| {
            assert_eq!(unflatten(flat.iter().copied()).unwrap_err(), expected);
        };
        let key = |key: &str| key.to_owned();
        check(&[("a", "1"), ("a", "2")], FlatError::Duplicate { key: key("a") });
        check(
            &[("a", "1"), ("a__map_b", "2")],
            FlatError::Conflict { key: key("a") },
        );
        check(
            &[("a__list_0", "1"), ("a__map_b", "2")],
            FlatError::Conflict { key: key("a") },
        );
        check(&[("a__list_1", "1")], FlatError::Gap { key: key("a") });
        check(
            &[("a__list_x", "1")],
            FlatError::Malformed {
                key: key("a__list_x"),
            },
        );
        check(
            &[("a__list_99999999999999999999", "1")],
            FlatError::Malformed {
                key: key("a__list_99999999999999999999"),
            },
        );
    }
}

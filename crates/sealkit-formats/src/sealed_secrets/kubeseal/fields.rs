//! An object as the peer holds it: known fields in their order, reached by their path.
//!
//! Knows no field by name but through what its callers say.

use sealkit_manifest::Value;

use super::shape::Shape;

/// A mapping, and never anything else.
#[derive(Clone)]
pub(super) struct Fields(Value);

impl Fields {
    pub(super) fn new(entries: Vec<(String, Value)>) -> Self {
        Self(Value::Mapping(entries))
    }

    pub(super) fn value(&self) -> &Value {
        &self.0
    }

    pub(super) fn get(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.0, |value, key| value.get(key))
    }

    /// The text under a path; empty where there is none.
    pub(super) fn text(&self, path: &[&str]) -> &str {
        self.get(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The entries of the mapping under a path; none where there is none.
    pub(super) fn entries(&self, path: &[&str]) -> &[(String, Value)] {
        match self.get(path) {
            Some(Value::Mapping(entries)) => entries,
            _ => &[],
        }
    }

    /// The strings by name under a path.
    pub(super) fn texts(&self, path: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.entries(path).iter();
        entries.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    pub(super) fn remove(&mut self, path: &[&str]) {
        let Some((last, parents)) = path.split_last() else {
            return;
        };
        let parent = parents
            .iter()
            .try_fold(&mut self.0, |value, key| entry(value, key));
        if let Some(Value::Mapping(entries)) = parent {
            entries.retain(|(key, _)| key != last);
        }
    }

    /// Puts a value under a path, making the mappings on the way. A new entry stands among the others of its mapping by
    /// the bytes of its key.
    pub(super) fn set(&mut self, path: &[&str], value: Value) {
        let Some((last, parents)) = path.split_last() else {
            return;
        };
        let mut at = &mut self.0;
        for key in parents {
            if entry(at, key).is_none() {
                put(at, key, Value::Mapping(Vec::new()));
            }
            let Some(inner) = entry(at, key) else {
                return;
            };
            at = inner;
        }
        put(at, last, value);
    }

    /// Brings the entries under a path into the order of a struct.
    pub(super) fn sort(&mut self, path: &[&str], shape: &Shape) {
        let found = path.iter().try_fold(&mut self.0, |value, key| entry(value, key));
        if let Some(Value::Mapping(entries)) = found {
            entries.sort_by_key(|(key, _)| shape.fields.iter().position(|field| field.name == *key));
        }
    }

    /// A copy in which these fields come first.
    pub(super) fn with(&self, first: &[(&str, Value)]) -> Self {
        let rest = self.entries(&[]).iter();
        let rest = rest.filter(|(key, _)| !first.iter().any(|(name, _)| name == key));
        let first = first
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()));
        Self::new(first.chain(rest.cloned()).collect())
    }
}

/// Text as a value.
pub(super) fn string(text: &str) -> Value {
    Value::String(text.to_owned().into())
}

fn entry<'v>(value: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    match value {
        Value::Mapping(entries) => entries.iter_mut().find(|(k, _)| k == key).map(|(_, value)| value),
        _ => None,
    }
}

fn put(value: &mut Value, key: &str, new: Value) {
    if let Some(old) = entry(value, key) {
        *old = new;
    } else if let Value::Mapping(entries) = value {
        let at = entries.iter().position(|(other, _)| other.as_str() > key);
        entries.insert(at.unwrap_or(entries.len()), (key.to_owned(), new));
    }
}

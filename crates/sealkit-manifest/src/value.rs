//! Values as kubectl reads them: types without text positions.

use std::fmt;

use zeroize::Zeroizing;

/// A value as kubectl's JSON would have it. Strings are wiped when dropped, and `Debug` hides them.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `null`.
    Null,
    /// A boolean, also from YAML 1.1 words such as `on`.
    Bool(bool),
    /// A number as JSON text: integers in decimal, floats as short as they read back.
    Number(String),
    /// A string.
    String(Zeroizing<String>),
    /// A sequence.
    Sequence(Vec<Value>),
    /// A mapping in the author's order, merge keys already merged; keys occur once.
    Mapping(Vec<(String, Value)>),
}

impl Value {
    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Mapping(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// This value as `serde_json` has it. The copy is not wiped: meant for tests and for data that is not secret.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(text) => text
                .parse::<serde_json::Number>()
                .map_or(serde_json::Value::Null, Into::into),
            Self::String(text) => text.as_str().into(),
            Self::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Self::Mapping(entries) => entries
                .iter()
                .map(|(k, value)| (k.clone(), value.to_json()))
                .collect(),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(_) => f.write_str("Bool(..)"),
            Self::Number(_) => f.write_str("Number(..)"),
            Self::String(_) => f.write_str("String(..)"),
            Self::Sequence(items) => f.debug_list().entries(items).finish(),
            Self::Mapping(entries) => f
                .debug_map()
                .entries(entries.iter().map(|(k, v)| (k, v)))
                .finish(),
        }
    }
}

//! Values of an object that was opened, kept so that sealing its edited text leaves alone what nobody changed.
//!
//! Holds plaintext in memory for comparing. Encrypts nothing: a kept value stays, byte for byte, under the data key it
//! was sealed with.

use std::collections::{HashMap, HashSet};

use sealkit_crypto::secret::Plaintext;
use sealkit_manifest::Position;

use super::{
    binding::Binding,
    envelope::{DataKeyEntry, Envelope},
    value::Token,
};

/// What is known of an object as it was sealed before. Valid only while its place (scope, namespace, name) is the same.
#[derive(Clone, Debug)]
pub struct Reuse {
    binding: Binding,
    data_keys: Vec<DataKeyEntry>,
    items: Vec<(String, Token, Plaintext)>,
    /// Where in `items` a key stands.
    index: HashMap<String, usize>,
}

impl Reuse {
    pub(super) fn new(envelope: &Envelope, items: &[(String, Plaintext)]) -> Self {
        // The envelope's items and the opened ones stand in the same order.
        let tokens = envelope.items().iter().map(|item| item.token.clone());
        let items: Vec<_> = items
            .iter()
            .zip(tokens)
            .map(|((key, plaintext), token)| (key.clone(), token, plaintext.clone()))
            .collect();
        Self {
            binding: envelope.binding().clone(),
            data_keys: envelope.named().cloned().collect(),
            index: items
                .iter()
                .enumerate()
                .map(|(at, (key, ..))| (key.clone(), at))
                .collect(),
            items,
        }
    }

    /// The old value of an item, if it is bound to the same place and its plaintext is the same.
    pub(super) fn unchanged(&self, binding: &Binding, item: &str, plaintext: &Plaintext) -> Option<&Token> {
        let (_, token, old) = &self.items[*self.index.get(item)?];
        (self.binding == *binding && old.ct_eq(plaintext.expose())).then_some(token)
    }

    /// Where an item stood among the items that are there now; at the end if it was not there.
    pub(super) fn position(&self, item: &str, now: &HashSet<&str>) -> Position {
        let Some(at) = self.index.get(item) else {
            return Position::Last;
        };
        let mut before = self.items[..*at].iter().rev().map(|(key, ..)| key);
        let neighbour = before.find(|key| now.contains(key.as_str()));
        neighbour.map_or(Position::First, |key| Position::After(key.clone()))
    }

    /// The data keys that these values name.
    pub(super) fn data_keys_of(&self, kept: &[&Token]) -> Vec<DataKeyEntry> {
        let named = |key: &&DataKeyEntry| kept.iter().any(|token| token.id == key.id);
        self.data_keys.iter().filter(named).cloned().collect()
    }
}

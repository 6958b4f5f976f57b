//! What is known of an object that was opened, kept so that sealing its edited text leaves alone what nobody changed.
//!
//! Holds plaintext in memory for comparing. A kept value stays byte for byte as it was sealed.

use sealkit_crypto::Plaintext;
use sealkit_manifest::{Object, Position, Value};

use super::envelope::fields;
use super::open::Opened;
use super::unseal::own_fields;
use crate::Scope;
use crate::secret::Item;

/// What an object was before it was opened and edited. Its sealed values are valid only under the same label.
#[derive(Clone, Debug)]
pub struct Reuse {
    label: Vec<u8>,
    items: Vec<(String, String, Plaintext)>,
    scope: Scope,
    scope_in_template: bool,
    own: Vec<(String, Vec<(String, String)>)>,
}

impl Reuse {
    pub(super) fn new(opened: &Opened, object: &Object<'_>) -> Self {
        let envelope = opened.envelope();
        let items = opened.items.iter().filter_map(|(key, plaintext)| {
            Some((key.clone(), envelope.item(key)?.value.clone(), plaintext.clone()))
        });
        Self {
            label: envelope.label(),
            items: items.collect(),
            scope: envelope.scope(),
            scope_in_template: envelope.template().scope() == envelope.scope(),
            own: own(object, opened),
        }
    }

    /// The old value of an item, if it is bound to the same label and its plaintext is the same.
    pub(super) fn unchanged(&self, label: &[u8], item: &str, plaintext: &Plaintext) -> Option<&str> {
        let (_, sealed, old) = self.items.iter().find(|(key, ..)| key == item)?;
        (self.label == label && old.ct_eq(plaintext.expose())).then_some(sealed.as_str())
    }

    /// Where an item stood among the items that are there now; at the end if it was not there.
    pub(super) fn position(&self, item: &str, now: &[Item]) -> Position {
        let Some(at) = self.items.iter().position(|(key, ..)| key == item) else {
            return Position::Last;
        };
        let mut before = self.items[..at].iter().rev().map(|(key, ..)| key);
        let neighbour = before.find(|key| now.iter().any(|item| item.key == **key));
        neighbour.map_or(Position::First, |key| Position::After(key.clone()))
    }

    /// The scope that only the SealedSecret's own annotations gave, so that no edited Secret can show it.
    pub(super) fn scope_of_its_own(&self) -> Option<Scope> {
        (!self.scope_in_template).then_some(self.scope)
    }

    /// Labels and annotations that only the SealedSecret had, for the tools that apply it.
    pub(super) fn own(&self, field: &str) -> &[(String, String)] {
        self.own
            .iter()
            .find(|(own, _)| own == field)
            .map_or(&[], |(_, entries)| entries)
    }
}

fn own(object: &Object<'_>, opened: &Opened) -> Vec<(String, Vec<(String, String)>)> {
    let mut own: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for path in own_fields(object, opened.envelope()) {
        let [field, key] = path.as_slice() else { continue };
        let Some(map) = object.at(&["metadata", field]) else {
            continue;
        };
        let Some((_, node)) = fields(map).into_iter().find(|(name, _)| name == key) else {
            continue;
        };
        let Ok(Value::String(text)) = node.value() else {
            continue;
        };
        let entry = (key.clone(), text.to_string());
        match own.iter_mut().find(|(name, _)| name == field) {
            Some((_, entries)) => entries.push(entry),
            None => own.push((field.clone(), vec![entry])),
        }
    }
    own
}

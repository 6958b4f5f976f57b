//! Merging: the items, labels and annotations of one SealedSecret into another, key by key.
//!
//! Everything else of the target stays as it is. Beyond the peer, a map that the target lacks is made.
//!
//! Source: sealed-secrets v0.40.0 `SealMergingInto` of `pkg/kubeseal/kubeseal.go`.

use super::{SealedSecret, shape};

/// The maps that are merged.
const MAPS: [&[&str]; 4] = [
    &["spec", "encryptedData"],
    &["spec", "template", "metadata", "annotations"],
    &["spec", "template", "metadata", "labels"],
    &["spec", "template", "data"],
];

impl SealedSecret {
    /// Takes over what `update` has; its entries replace those of the same key.
    pub fn merge(&mut self, update: &Self) {
        for map in MAPS {
            for (key, value) in update.0.entries(map) {
                self.0.set(&[map, &[key]].concat(), value.clone());
            }
        }
        self.0.sort(&["spec", "template", "metadata"], shape::METADATA);
        self.0.sort(&["spec", "template"], shape::TEMPLATE);
        self.0.sort(&["spec"], shape::SPEC);
    }
}

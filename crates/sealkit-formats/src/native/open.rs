//! Opening a sealed object: unwrap every data key that values name, check its commitment, decrypt every value.
//!
//! All or nothing: an [`Opened`] exists only after every tag verified. Knows where no identity comes from.
//!
//! Source: the native format, sections 3 to 5.

use sealkit_crypto::{identity::Identity, secret::DataKey, secret::Plaintext};
use sealkit_manifest::{Change, Node, Object, Path, Position, Scalar, Target};

use super::{
    envelope::{DataKeyEntry, Envelope, items_path},
    error::{ClosedValue, OpenError},
    id::DataKeyId,
    limits::MAX_PLAINTEXT_BYTES,
    reuse::Reuse,
    value::BoundKey,
};
use crate::secret::{self, Leaving};

/// A sealed object's Secret, after every check passed.
#[derive(Debug)]
pub struct Opened {
    envelope: Envelope,
    items: Vec<(String, Plaintext)>,
    used: Vec<(DataKeyId, String)>,
}

/// Opens a sealed object with the first identities that fit. One private-key operation for each data key that a value
/// names and each entry that is tried.
///
/// # Errors
/// [`OpenError`]; there is no partial result.
pub fn open_object(object: &Object<'_>, identities: &[&dyn Identity]) -> Result<Opened, OpenError> {
    let envelope = Envelope::read(object)?;
    refuse_unsealed(object)?;
    let keyring = Keyring::new(identities);
    let mut keys = Vec::new();
    let mut used = Vec::new();
    for entry in envelope.named() {
        let unwrapped = keyring.unwrap(entry, &envelope)?;
        used.push((entry.id, unwrapped.recipient));
        keys.push(unwrapped.bound);
    }
    let items = decrypt(&envelope, &keys)?;
    if items.iter().map(|(_, value)| value.len()).sum::<usize>() > MAX_PLAINTEXT_BYTES {
        return Err(OpenError::TooMuchPlaintext {
            place: envelope.place().clone(),
        });
    }
    Ok(Opened {
        envelope,
        items,
        used,
    })
}

impl Opened {
    /// The items and their values, in the order of the text.
    pub fn items(&self) -> impl Iterator<Item = (&str, &Plaintext)> {
        self.items.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// One item's value.
    pub fn get(&self, item: &str) -> Option<&Plaintext> {
        self.items()
            .find_map(|(key, value)| (key == item).then_some(value))
    }

    /// Through which recipient each data key was unwrapped, by short name.
    pub fn used(&self) -> impl Iterator<Item = (DataKeyId, &str)> {
        self.used.iter().map(|(id, recipient)| (*id, recipient.as_str()))
    }

    /// What the object says without a key.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What a later seal of the same object needs in order to leave values alone whose plaintext did not change.
    pub fn reuse(&self) -> Reuse {
        Reuse::new(&self.envelope, &self.items)
    }

    /// The edits that turn the object back into a Secret: items become `stringData` (printable text) or `data`, with
    /// their comments and in their order; `type`, `immutable`, labels and annotations are those of the template. Labels
    /// and annotations that only the object has stay, since the author wrote them.
    ///
    /// `object` must be the one that was opened.
    pub fn changes(&self, object: &Object<'_>) -> Vec<Change> {
        let target = |path: Path| Target {
            object: object.id(),
            path,
        };
        let mut changes = vec![
            Change::Set {
                target: target(Path::keys(["apiVersion"])),
                value: Scalar::string("v1"),
            },
            Change::Set {
                target: target(Path::keys(["kind"])),
                value: Scalar::string("Secret"),
            },
        ];
        changes.extend(secret::cleaning(object));
        changes.extend(self.metadata(object));
        for (field, present) in [
            ("type", self.envelope.template().secret_type.is_some()),
            ("immutable", self.envelope.template().immutable.is_some()),
        ] {
            if present {
                changes.push(Change::Move {
                    target: target(Path::keys(["spec", "template", field])),
                    parent: target(Path::root()),
                    at: Position::Before("spec".to_owned()),
                    key: None,
                });
            }
        }
        let items = self.items().map(|(key, value)| Leaving {
            from: items_path(),
            key,
            value,
        });
        let items: Vec<_> = items.collect();
        changes.extend(secret::move_out(object, &items, "spec"));
        changes.push(Change::Remove {
            target: target(Path::keys(["spec"])),
        });
        changes
    }

    /// Brings `metadata` to what the template says where the two differ.
    fn metadata(&self, object: &Object<'_>) -> Vec<Change> {
        let template = self.envelope.template();
        let metadata = object.root().get("metadata");
        // Annotations that are removed as a whole take no entry.
        let gone = |field: &str| field == "annotations" && secret::only_last_applied(object);
        let of = |field| {
            metadata
                .and_then(|metadata| metadata.get(field))
                .filter(|_| !gone(field))
        };
        let mut changes = overlay(object, "labels", of("labels"), &template.labels);
        changes.extend(overlay(
            object,
            "annotations",
            of("annotations"),
            &template.annotations,
        ));
        changes
    }
}

fn overlay(
    object: &Object<'_>,
    field: &str,
    present: Option<Node<'_>>,
    wanted: &[(String, String)],
) -> Vec<Change> {
    let parent = Path::keys(["metadata", field]);
    let target = |path: &Path| Target {
        object: object.id(),
        path: path.clone(),
    };
    let missing = present.is_none_or(secret::is_null);
    let mut changes = Vec::new();
    let mut added = Vec::new();
    for (key, value) in wanted {
        let scalar = Scalar::string(value);
        match present.and_then(|node| node.get(key)) {
            Some(node) if node.as_str().as_deref() == Some(value) => {}
            Some(_) => changes.push(Change::Set {
                target: target(&parent.key(key)),
                value: scalar,
            }),
            None => added.push((key.clone(), scalar.into())),
        }
    }
    if missing && !added.is_empty() {
        if present.is_some() {
            changes.push(Change::Remove {
                target: target(&parent),
            });
        }
        changes.push(Change::Insert {
            parent: target(&Path::keys(["metadata"])),
            key: field.to_owned(),
            value: sealkit_manifest::New::Mapping(added),
            at: Position::Last,
        });
        return changes;
    }
    changes.extend(added.into_iter().map(|(key, value)| Change::Insert {
        parent: target(&parent),
        key,
        value,
        at: Position::Last,
    }));
    changes
}

/// Refuses an object in which plaintext waits to be sealed: opening it would have to choose between two values.
pub(super) fn unsealed(object: &Object<'_>) -> Result<Option<secret::Item>, secret::SecretError> {
    Ok(secret::plaintext(object)?.into_iter().next())
}

fn refuse_unsealed(object: &Object<'_>) -> Result<(), OpenError> {
    match unsealed(object).map_err(super::EnvelopeError::from)? {
        None => Ok(()),
        Some(item) => Err(OpenError::Unsealed {
            item: item.key,
            place: item.place,
        }),
    }
}

/// Identities with the names they answer to, asked for once.
pub(super) struct Keyring<'a> {
    identities: Vec<(Vec<String>, &'a dyn Identity)>,
}

/// A data key that an identity unwrapped and whose commitment matched.
pub(super) struct Unwrapped {
    pub(super) key: DataKey,
    pub(super) bound: BoundKey,
    pub(super) recipient: String,
}

impl<'a> Keyring<'a> {
    pub(super) fn new(identities: &[&'a dyn Identity]) -> Self {
        Self {
            identities: identities
                .iter()
                .map(|identity| (identity.names(), *identity))
                .collect(),
        }
    }

    /// Unwraps one data key with the first identity that can.
    ///
    /// "None of mine is named" and "mine is named and does not unwrap" are told apart: the first is for a keyring to
    /// mend, the second for whoever wrote the file.
    pub(super) fn unwrap(&self, entry: &DataKeyEntry, envelope: &Envelope) -> Result<Unwrapped, OpenError> {
        let info = envelope.binding().wrap_info(&entry.commitment);
        let mut failed = None;
        for (names, identity) in &self.identities {
            for wrap in &entry.wrapped {
                let recipient = &wrap.wrapped.recipient;
                // An identity without names is a plugin's: it knows its own entries, and answers `None` to others.
                if !names.is_empty() && !names.contains(recipient) {
                    continue;
                }
                match identity.unwrap_key(&wrap.wrapped, &info) {
                    Ok(None) => {}
                    Ok(Some(key)) => {
                        let Some(bound) = BoundKey::verify(&key, envelope.binding(), &entry.commitment)
                        else {
                            // Not "try the next": a key that opens and does not match was planted or moved.
                            return Err(OpenError::Commitment {
                                id: entry.id,
                                place: entry.place.clone(),
                            });
                        };
                        return Ok(Unwrapped {
                            key,
                            bound,
                            recipient: recipient.clone(),
                        });
                    }
                    Err(source) => {
                        failed = Some(OpenError::Unwrap {
                            id: entry.id,
                            recipient: recipient.clone(),
                            place: wrap.place.clone(),
                            source: Box::new(source),
                        });
                    }
                }
            }
        }
        Err(failed.unwrap_or_else(|| OpenError::NotNamed {
            id: entry.id,
            place: entry.place.clone(),
            recipients: entry.recipients().map(str::to_owned).collect(),
        }))
    }
}

fn decrypt(envelope: &Envelope, keys: &[BoundKey]) -> Result<Vec<(String, Plaintext)>, OpenError> {
    let mut items = Vec::with_capacity(envelope.items().len());
    let mut closed = Vec::new();
    for item in envelope.items() {
        let key = keys
            .iter()
            .find(|key| key.id() == item.token.id)
            .expect("every data key that a value names was unwrapped, or there is an error already");
        match key.decrypt(&item.key, &item.token) {
            Ok(plaintext) => items.push((item.key.clone(), plaintext)),
            Err(error) => {
                closed.push(ClosedValue {
                    item: item.key.clone(),
                    place: item.place.clone(),
                    error,
                });
            }
        }
    }
    // What did decrypt is dropped here, unseen.
    if closed.is_empty() {
        Ok(items)
    } else {
        Err(OpenError::Values(closed))
    }
}

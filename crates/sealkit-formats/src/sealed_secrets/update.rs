//! Writing values into a SealedSecret, and taking values out, with the public key only.
//!
//! What `seal` (of plaintext that was added) and `set` have in common. The values that are not named are not touched.

use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_manifest::{Change, New, NodeKind, Object, Path, Position, Scalar, Target};

use super::envelope::{Envelope, items_path};
use super::error::SealError;
use super::open::unsealed;
use super::options::SealOptions;
use super::plan::{Plan, Step};
use super::seal::{Sealed, allow_scope, encrypt};
use crate::secret::{Hidden, names::is_item_key};

/// One value to be sealed into an object.
pub(super) struct Put<'v> {
    pub(super) key: &'v str,
    pub(super) value: &'v Plaintext,
    /// Where its plaintext stands in the object, if it does.
    pub(super) moves: Option<&'v Path>,
}

/// Adds values to a SealedSecret, or replaces values; the others are not touched. Where a key is given twice, the last
/// one counts. The values are bound to the scope that the object has.
///
/// # Errors
/// [`SealError`]; [`SealError::Unsealed`] if plaintext waits in the object, which [`seal_object`](super::seal_object)
/// moves in.
pub fn set_values(
    object: &Object<'_>,
    values: &[(&str, &Plaintext)],
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let envelope = sealed(object)?;
    let mut puts: Vec<Put<'_>> = Vec::new();
    for &(key, value) in values {
        if !is_item_key(key) {
            return Err(SealError::ItemKey { item: key.to_owned() });
        }
        puts.retain(|put| put.key != key);
        puts.push(Put {
            key,
            value,
            moves: None,
        });
    }
    put(object, &envelope, &puts, options, rng)
}

/// Removes values from a SealedSecret. Draws nothing.
///
/// # Errors
/// [`SealError::NoSuchItem`], [`SealError::Unsealed`], [`SealError::Envelope`].
pub fn remove_values(object: &Object<'_>, items: &[&str]) -> Result<Sealed, SealError> {
    let envelope = sealed(object)?;
    let (mut changes, mut steps) = (Vec::new(), Vec::new());
    for &item in items {
        if envelope.item(item).is_none() {
            return Err(SealError::NoSuchItem {
                item: item.to_owned(),
                place: envelope.place().clone(),
            });
        }
        let step = Step::Remove {
            item: item.to_owned(),
        };
        if !steps.contains(&step) {
            changes.push(Change::Remove {
                target: Target::new(object.id(), items_path().key(item)),
            });
            steps.push(step);
        }
    }
    Ok(Sealed {
        changes,
        plan: plan(&envelope, steps),
        notices: Vec::new(),
        hidden: Vec::new(),
    })
}

/// Seals values into an object, each where its old value stands, or at the end.
pub(super) fn put(
    object: &Object<'_>,
    envelope: &Envelope,
    puts: &[Put<'_>],
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let (mut changes, mut steps, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
    if !puts.is_empty() {
        may_add(object, envelope, options)?;
        changes.extend(make_room(object));
    }
    let label = envelope.label();
    for put in puts {
        let token = encrypt(object, &label, put.key, put.value, options, rng)?;
        changes.extend(write(object, put, token));
        let item = put.key.to_owned();
        let known = envelope.item(put.key).is_some();
        steps.push(if known {
            Step::Replace { item }
        } else {
            Step::Seal { item }
        });
        hidden.push(Hidden {
            item: put.key.to_owned(),
            plaintext: put.value.clone(),
        });
    }
    Ok(Sealed {
        changes,
        plan: plan(envelope, steps),
        notices: Vec::new(),
        hidden,
    })
}

pub(super) fn plan(envelope: &Envelope, steps: Vec<Step>) -> Plan {
    let object = match envelope.namespace() {
        "" => envelope.name().to_owned(),
        namespace => format!("{namespace}/{}", envelope.name()),
    };
    Plan {
        object,
        place: envelope.place().clone(),
        scope: envelope.scope(),
        steps,
    }
}

fn sealed(object: &Object<'_>) -> Result<Envelope, SealError> {
    let envelope = Envelope::read(object)?;
    match unsealed(object)? {
        None => Ok(envelope),
        Some(item) => Err(SealError::Unsealed {
            item: item.key,
            place: item.place,
        }),
    }
}

/// Refuses what would not open afterwards, or would open more widely than the caller wants.
fn may_add(object: &Object<'_>, envelope: &Envelope, options: &SealOptions<'_>) -> Result<(), SealError> {
    if let Some(legacy) = envelope.legacy() {
        return Err(SealError::Deprecated {
            place: legacy.place.clone(),
        });
    }
    allow_scope(object, envelope.scope(), options)?;
    let place = || object.root().get("metadata").unwrap_or(object.root()).place();
    let other = |wanted: Option<&str>, own: &str| wanted.filter(|wanted| *wanted != own).map(str::to_owned);
    if let Some(wanted) = other(options.namespace, envelope.namespace()) {
        return Err(SealError::OtherNamespace {
            wanted,
            place: place(),
        });
    }
    if let Some(wanted) = other(options.name, envelope.name()) {
        return Err(SealError::OtherName {
            wanted,
            place: place(),
        });
    }
    if envelope.scope().needs_namespace() && envelope.namespace().is_empty() {
        return Err(SealError::NamespaceNeeded {
            scope: envelope.scope(),
            place: place(),
        });
    }
    if envelope.name().is_empty() {
        crate::secret::object_name(object)?;
    }
    Ok(())
}

/// Makes a mapping of `spec.encryptedData` where there is none; the API server stores anything there.
fn make_room(object: &Object<'_>) -> Vec<Change> {
    let is_mapping = |path: &Path| {
        object
            .get(path)
            .is_some_and(|node| node.resolved().kind() == NodeKind::Mapping)
    };
    let target = |path: Path| Target::new(object.id(), path);
    let items = ("encryptedData".to_owned(), New::Mapping(Vec::new()));
    let (parent, (key, value)) = match (is_mapping(&Path::keys(["spec"])), is_mapping(&items_path())) {
        (_, true) => return Vec::new(),
        (true, false) => (Path::keys(["spec"]), items),
        (false, false) => (Path::root(), ("spec".to_owned(), New::Mapping(vec![items]))),
    };
    let path = parent.key(&key);
    match object.get(&path) {
        Some(_) => vec![Change::Replace {
            target: target(path),
            value,
        }],
        None => vec![Change::Insert {
            parent: target(parent),
            key,
            value,
            at: Position::Last,
        }],
    }
}

fn write(object: &Object<'_>, put: &Put<'_>, token: String) -> Vec<Change> {
    let target = |path: &Path| Target::new(object.id(), path.clone());
    let (parent, old) = (items_path(), items_path().key(put.key));
    match (object.get(&old), put.moves) {
        (Some(node), _) if matches!(node.kind(), NodeKind::Scalar) => {
            vec![Change::Set {
                target: target(&old),
                value: Scalar::string(token),
            }]
        }
        (Some(_), _) => vec![Change::Replace {
            target: target(&old),
            value: New::string(token),
        }],
        (None, Some(path)) => vec![
            Change::Set {
                target: target(path),
                value: Scalar::string(token),
            },
            Change::Move {
                target: target(path),
                parent: target(&parent),
                at: Position::Last,
                key: None,
            },
        ],
        (None, None) => vec![Change::Insert {
            parent: target(&parent),
            key: put.key.to_owned(),
            value: New::string(token),
            at: Position::Last,
        }],
    }
}

//! Writing values into a sealed object, and taking values out, with public keys only.
//!
//! What `seal` (of plaintext that was added), `set` and `unset` have in common: one fresh data key for all values of one
//! write, data keys that no value names any more dropped, everything else left as it is.
//!
//! Source: the native format, section 3.

use sealkit_crypto::{CryptoRng, secret::Plaintext};
use sealkit_manifest::{Change, New, Object, Path, Position, Scalar, Target};

use super::{
    envelope::{DataKeyEntry, Envelope, data_keys_path, items_path},
    error::SealError,
    limits::{Limit, MANY_DATA_KEYS, MAX_DATA_KEYS, MAX_ITEMS, MAX_OBJECT_BYTES, MAX_PLAINTEXT_BYTES},
    mint::Minted,
    options::SealOptions,
    plan::{Notice, Plan, Step},
    recipients::Recipients,
    seal::{Sealed, described},
};
use crate::secret::{self, Hidden, Item};

/// A value to be written.
pub(super) struct Put<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a Plaintext,
    /// The item of the text that holds it, if it stands there.
    pub(super) from: Option<&'a Item>,
}

/// Writes values into a sealed object.
pub(super) fn put(
    object: &Object<'_>,
    envelope: &Envelope,
    puts: &[Put<'_>],
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let recipients = Recipients::new(options)?;
    let mut notices = recipients.compare(options, envelope)?;
    let (kept, dropped) = divide(envelope, |item| puts.iter().any(|put| put.key == item));
    within_limits(envelope, puts, &kept)?;

    let taken: Vec<_> = envelope.data_keys().iter().map(DataKeyEntry::id).collect();
    let minted = Minted::new(envelope.binding(), &recipients, &taken, envelope.place(), rng)?;
    let mut changes = secret::cleaning(object);
    let mut steps = cleaned(&changes);
    changes.push(insert_data_key(object, envelope, &minted));
    steps.push(minted.step());

    let mut bytes = object.root().raw().len() + minted.text_bytes();
    for put in puts {
        let token = minted.encrypt(put.key, put.value.expose(), rng);
        bytes += token.len();
        let stands = put.from.and_then(|item| object.get(&item.path));
        bytes = bytes.saturating_sub(stands.map_or(0, |node| node.raw().len()));
        let replaces = envelope.item(put.key).is_some();
        steps.push(if replaces {
            replace(put.key)
        } else {
            Step::Seal {
                item: put.key.to_owned(),
            }
        });
        changes.extend(place(object, put, token, replaces));
    }
    if bytes > MAX_OBJECT_BYTES {
        return Err(SealError::Limit {
            limit: Limit::Object,
            place: envelope.place().clone(),
        });
    }
    changes.extend(secret::remove_plaintext(object));
    drop_data_keys(object, envelope, &dropped, &mut changes, &mut steps);

    notices.extend(not_yet_rewrapped(&recipients, kept.iter().copied()));
    let count = kept.len() + 1;
    if count > MANY_DATA_KEYS {
        notices.push(Notice::ManyDataKeys {
            count,
            place: envelope.place().clone(),
        });
    }
    let hidden = puts.iter().map(|put| Hidden {
        item: put.key.to_owned(),
        plaintext: put.value.clone(),
    });
    Ok(Sealed {
        changes,
        plan: plan(envelope, steps),
        notices,
        hidden: hidden.collect(),
    })
}

/// Takes values out of a sealed object.
pub(super) fn take(object: &Object<'_>, envelope: &Envelope, keys: &[&str]) -> Result<Sealed, SealError> {
    let mut changes = secret::cleaning(object);
    let mut steps = cleaned(&changes);
    for (at, key) in keys.iter().enumerate() {
        if envelope.item(key).is_none() {
            let item = (*key).to_owned();
            return Err(SealError::NoSuchItem {
                item,
                place: envelope.place().clone(),
            });
        }
        if keys[..at].contains(key) {
            continue;
        }
        changes.push(Change::Remove {
            target: at_path(object, items_path().key(*key)),
        });
        steps.push(Step::Remove {
            item: (*key).to_owned(),
        });
    }
    let (_, dropped) = divide(envelope, |item| keys.contains(&item));
    drop_data_keys(object, envelope, &dropped, &mut changes, &mut steps);
    Ok(Sealed {
        changes,
        plan: plan(envelope, steps),
        notices: Vec::new(),
        hidden: Vec::new(),
    })
}

/// Changes nothing but what has to go from a sealed object in any case: what the server left behind, and data keys that no
/// value names.
pub(super) fn tidy(object: &Object<'_>, envelope: &Envelope) -> Sealed {
    let mut changes = secret::cleaning(object);
    let mut steps = cleaned(&changes);
    let (_, dropped) = divide(envelope, |_| false);
    drop_data_keys(object, envelope, &dropped, &mut changes, &mut steps);
    Sealed {
        changes,
        plan: plan(envelope, steps),
        notices: Vec::new(),
        hidden: Vec::new(),
    }
}

pub(super) fn plan(envelope: &Envelope, steps: Vec<Step>) -> Plan {
    Plan {
        object: described(envelope.namespace(), envelope.name()),
        place: envelope.place().clone(),
        scope: envelope.scope(),
        steps,
    }
}

/// What removing fields is called in a plan.
pub(super) fn cleaned(changes: &[Change]) -> Vec<Step> {
    let removed = changes.iter().filter_map(|change| match change {
        Change::Remove { target } => Some(Step::Clean {
            path: target.path.to_string(),
        }),
        _ => None,
    });
    removed.collect()
}

pub(super) fn replace(item: &str) -> Step {
    Step::Replace {
        item: item.to_owned(),
    }
}

pub(super) fn at_path(object: &Object<'_>, path: Path) -> Target {
    Target {
        object: object.id(),
        path,
    }
}

/// The data keys that values other than the touched ones name, and those that none of them does.
fn divide(envelope: &Envelope, touched: impl Fn(&str) -> bool) -> (Vec<&DataKeyEntry>, Vec<&DataKeyEntry>) {
    let named: Vec<_> = envelope
        .items()
        .iter()
        .filter(|item| !touched(item.key()))
        .map(|item| item.data_key())
        .collect();
    envelope
        .data_keys()
        .iter()
        .partition(|key| named.contains(&key.id))
}

/// Removes data keys; called last, since `Remove` names entries as they were.
pub(super) fn drop_data_keys(
    object: &Object<'_>,
    envelope: &Envelope,
    dropped: &[&DataKeyEntry],
    changes: &mut Vec<Change>,
    steps: &mut Vec<Step>,
) {
    for (index, key) in envelope.data_keys().iter().enumerate() {
        if dropped.iter().any(|dropped| dropped.id == key.id) {
            changes.push(Change::Remove {
                target: at_path(object, data_keys_path().index(index)),
            });
            steps.push(Step::DropDataKey { id: key.id });
        }
    }
}

/// Puts the new data key among the others: `spec.dataKeys` is sorted by id, so that two people's insertions do not meet.
fn insert_data_key(object: &Object<'_>, envelope: &Envelope, minted: &Minted) -> Change {
    let value = minted.entry();
    if object.get(&data_keys_path()).is_none() {
        return Change::Insert {
            parent: at_path(object, Path::keys(["spec"])),
            key: "dataKeys".to_owned(),
            value: New::Sequence(vec![value]),
            at: Position::Before("encryptedData".to_owned()),
        };
    }
    let sequence = at_path(object, data_keys_path());
    match envelope.data_keys().iter().position(|key| key.id > minted.id()) {
        None => Change::Append { sequence, value },
        Some(index) => Change::InsertItem {
            sequence,
            index,
            value,
        },
    }
}

fn place(object: &Object<'_>, put: &Put<'_>, token: String, replaces: bool) -> Vec<Change> {
    let value = Scalar::string(token);
    let sealed = items_path().key(put.key);
    match put.from {
        // The value's place is where it was sealed before; its plaintext goes with `data` and `stringData`.
        _ if replaces => vec![Change::Set {
            target: at_path(object, sealed),
            value,
        }],
        None => vec![Change::Insert {
            parent: at_path(object, items_path()),
            key: put.key.to_owned(),
            value: New::Scalar(value),
            at: Position::Last,
        }],
        Some(item) => {
            let target = at_path(object, item.path.clone());
            let parent = at_path(object, items_path());
            vec![
                Change::Set {
                    target: target.clone(),
                    value,
                },
                Change::Move {
                    target,
                    parent,
                    at: Position::Last,
                    key: None,
                },
            ]
        }
    }
}

/// Refuses what readers would refuse afterwards.
fn within_limits(envelope: &Envelope, puts: &[Put<'_>], kept: &[&DataKeyEntry]) -> Result<(), SealError> {
    let untouched = || {
        envelope
            .items()
            .iter()
            .filter(|item| !puts.iter().any(|put| put.key == item.key))
    };
    let items = untouched().count() + puts.len();
    let plaintext = untouched()
        .map(|item| item.token.least_plaintext_bytes())
        .sum::<usize>()
        + puts.iter().map(|put| put.value.len()).sum::<usize>();
    let limit = if items > MAX_ITEMS {
        Limit::Items
    } else if plaintext > MAX_PLAINTEXT_BYTES {
        Limit::Plaintext
    } else if kept.len() >= MAX_DATA_KEYS {
        Limit::DataKeys
    } else {
        return Ok(());
    };
    Err(SealError::Limit {
        limit,
        place: envelope.place().clone(),
    })
}

/// Tells whom older data keys are not wrapped for.
pub(super) fn not_yet_rewrapped<'k>(
    recipients: &Recipients<'_>,
    kept: impl Iterator<Item = &'k DataKeyEntry> + Clone,
) -> Option<Notice> {
    let lacks = |key: &DataKeyEntry, name: &str| !key.recipients().any(|own| own == name);
    let names: Vec<_> = recipients
        .names()
        .filter(|name| kept.clone().any(|key| lacks(key, name)))
        .map(str::to_owned)
        .collect();
    let place = kept
        .clone()
        .find(|key| names.iter().any(|name| lacks(key, name)))?
        .place
        .clone();
    Some(Notice::NotYetRewrapped { names, place })
}

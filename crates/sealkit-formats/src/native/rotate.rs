//! Making a sealed object agree with the recipients it should have: the same data keys wrapped for more people, or a new
//! data key and every value encrypted anew.
//!
//! What is due can be told without an identity. Removing a recipient takes nothing back that she could already read;
//! saying so, and naming the values to change at their source, is the caller's.
//!
//! Source: the native format, section 3.

use sealkit_crypto::{CryptoRng, identity::Identity};
use sealkit_manifest::{Change, New, Object, Path, Position, Scalar};

use super::{
    envelope::{DataKeyEntry, Envelope, data_keys_path, items_path},
    error::{RotateError, SealError},
    id::DataKeyId,
    limits::MANY_DATA_KEYS,
    mint::{Minted, wrap_entry},
    open::{Keyring, Unwrapped, open_object, unsealed},
    options::SealOptions,
    plan::{Notice, Plan, Step},
    recipients::Recipients,
    update::{at_path, cleaned, drop_data_keys, plan, replace},
};
use crate::secret::{self, Hidden};

/// What has to be done so that a file agrees with its recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Recipients are missing: the same data keys have to be wrapped for them too.
    Rewrap {
        /// By short name, in the order of the policy.
        added: Vec<String>,
    },
    /// A new data key has to replace all, and every value be encrypted anew.
    Rotate {
        /// Recipients that only the file names, by short name.
        removed: Vec<String>,
        /// Recipients that are missing, by short name.
        added: Vec<String>,
        /// More data keys have gathered than [`MANY_DATA_KEYS`].
        many_data_keys: bool,
        /// It was asked for.
        asked: bool,
    },
}

/// What a rotation does to an object's text.
#[derive(Debug)]
#[must_use]
pub struct Rotated {
    /// The edits; empty if nothing was due.
    pub changes: Vec<Change>,
    /// The same for people.
    pub plan: Plan,
    /// What was due.
    pub due: Due,
    /// Through which recipient each data key was opened, by short name.
    pub used: Vec<(DataKeyId, String)>,
    /// What a person should hear of.
    pub notices: Vec<Notice>,
    /// The plaintexts that were encrypted anew, for the [last look](crate::secret::last_look) at the edited text. Empty
    /// where values stay as they are.
    pub hidden: Vec<Hidden>,
}

/// Tells what is due, without an identity. `data_keys` asks for new data keys in any case.
///
/// # Errors
/// [`SealError::Recipients`] if the recipients cannot stand together.
pub fn due(envelope: &Envelope, options: &SealOptions<'_>, data_keys: bool) -> Result<Due, SealError> {
    Ok(decide(envelope, &Recipients::new(options)?, data_keys))
}

/// Does what is due: nothing, [`rewrap`] or [`rotate`].
///
/// # Errors
/// [`RotateError`]; nothing is changed unless every data key opens.
pub fn rotate_as_due(
    object: &Object<'_>,
    identities: &[&dyn Identity],
    options: &SealOptions<'_>,
    data_keys: bool,
    rng: &mut dyn CryptoRng,
) -> Result<Rotated, RotateError> {
    let envelope = Envelope::read(object)?;
    refuse_unsealed(object)?;
    match due(&envelope, options, data_keys)? {
        Due::Nothing => Ok(Rotated {
            changes: Vec::new(),
            plan: plan(&envelope, Vec::new()),
            due: Due::Nothing,
            used: Vec::new(),
            notices: Vec::new(),
            hidden: Vec::new(),
        }),
        Due::Rewrap { .. } => rewrap(object, identities, options, rng),
        Due::Rotate { .. } => rotate(object, identities, options, data_keys, rng),
    }
}

/// Wraps the data keys that values name for recipients that are missing. Values and the wraps that are there stay as they
/// are.
///
/// # Errors
/// [`RotateError::Removed`] if the file names a recipient that the caller does not; [`RotateError::Open`] if a single data
/// key does not open: then nothing is changed.
pub fn rewrap(
    object: &Object<'_>,
    identities: &[&dyn Identity],
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Rotated, RotateError> {
    let envelope = Envelope::read(object)?;
    refuse_unsealed(object)?;
    let recipients = Recipients::new(options).map_err(SealError::from)?;
    let removed = foreign(&envelope, &recipients);
    if !removed.is_empty() {
        return Err(RotateError::Removed(removed));
    }
    let notices = recipients.compare(options, &envelope)?;
    let keyring = Keyring::new(identities);
    let mut changes = secret::cleaning(object);
    let mut steps = cleaned(&changes);
    let mut used = Vec::new();
    for (index, entry) in envelope.data_keys().iter().enumerate() {
        if !envelope.named().any(|named| named.id == entry.id) {
            continue;
        }
        // Opened even if nobody is missing here: a key that does not open is not passed on with the file.
        let Unwrapped { key, recipient, .. } = keyring.unwrap(entry, &envelope)?;
        used.push((entry.id, recipient));
        let info = envelope.binding().wrap_info(&entry.commitment);
        let sequence = data_keys_path().index(index).key("wrapped");
        let mut wrapped = Vec::new();
        for (at, name) in recipients.names().enumerate() {
            if entry.recipients().any(|own| own == name) {
                continue;
            }
            wrapped.push((name, recipients.wrap_one(at, &key, &info, envelope.place(), rng)?));
            steps.push(Step::AddRecipient {
                id: entry.id,
                recipient: name.to_owned(),
            });
        }
        for (name, wrap) in wrapped {
            let sequence = at_path(object, sequence.clone());
            changes.push(match position(entry, &recipients, name) {
                None => Change::Append {
                    sequence,
                    value: wrap_entry(&wrap),
                },
                Some(index) => Change::InsertItem {
                    sequence,
                    index,
                    value: wrap_entry(&wrap),
                },
            });
        }
    }
    let unnamed: Vec<_> = envelope
        .data_keys()
        .iter()
        .filter(|key| !envelope.named().any(|named| named.id == key.id))
        .collect();
    drop_data_keys(object, &envelope, &unnamed, &mut changes, &mut steps);
    let due = decide(&envelope, &recipients, false);
    Ok(Rotated {
        changes,
        plan: plan(&envelope, steps),
        due,
        used,
        notices,
        hidden: Vec::new(),
    })
}

/// Replaces all data keys by one that is generated here, and encrypts every value anew under it.
///
/// # Errors
/// [`RotateError::Open`] if the object does not open; [`RotateError::Seal`] if it cannot be written.
pub fn rotate(
    object: &Object<'_>,
    identities: &[&dyn Identity],
    options: &SealOptions<'_>,
    asked: bool,
    rng: &mut dyn CryptoRng,
) -> Result<Rotated, RotateError> {
    let opened = open_object(object, identities)?;
    let envelope = opened.envelope();
    let recipients = Recipients::new(options).map_err(SealError::from)?;
    // Recipients that only the file names are what a rotation removes; the scope stays and has to be allowed.
    let notices = recipients.compare_scope(options, envelope)?;
    let mut changes = secret::cleaning(object);
    let mut steps = cleaned(&changes);
    let mut entries = Vec::new();
    if !envelope.items().is_empty() {
        let taken: Vec<_> = envelope.data_keys().iter().map(DataKeyEntry::id).collect();
        let minted = Minted::new(envelope.binding(), &recipients, &taken, envelope.place(), rng)?;
        steps.push(minted.step());
        for (item, plaintext) in opened.items() {
            let token = Scalar::string(minted.encrypt(item, plaintext.expose(), rng));
            changes.push(Change::Set {
                target: at_path(object, items_path().key(item)),
                value: token,
            });
            steps.push(replace(item));
        }
        entries.push(minted.entry());
    }
    steps.extend(
        envelope
            .data_keys()
            .iter()
            .map(|key| Step::DropDataKey { id: key.id }),
    );
    changes.push(replace_data_keys(object, New::Sequence(entries)));
    let due = match decide(envelope, &recipients, asked) {
        due @ Due::Rotate { .. } => due,
        // Rotating was the caller's decision, whatever was due.
        _ => decide(envelope, &recipients, true),
    };
    let used = opened
        .used()
        .map(|(id, recipient)| (id, recipient.to_owned()))
        .collect();
    let hidden = opened.items().map(|(item, plaintext)| Hidden {
        item: item.to_owned(),
        plaintext: plaintext.clone(),
    });
    Ok(Rotated {
        changes,
        plan: plan(envelope, steps),
        due,
        used,
        notices,
        hidden: hidden.collect(),
    })
}

fn replace_data_keys(object: &Object<'_>, value: New) -> Change {
    match object.get(&data_keys_path()) {
        Some(_) => Change::Replace {
            target: at_path(object, data_keys_path()),
            value,
        },
        None => Change::Insert {
            parent: at_path(object, Path::keys(["spec"])),
            key: "dataKeys".to_owned(),
            value,
            at: Position::Before("encryptedData".to_owned()),
        },
    }
}

fn decide(envelope: &Envelope, recipients: &Recipients<'_>, asked: bool) -> Due {
    let removed = foreign(envelope, recipients);
    let missing = |name: &&str| {
        envelope
            .named()
            .any(|key| !key.recipients().any(|own| own == *name))
    };
    let added: Vec<_> = recipients.names().filter(missing).map(str::to_owned).collect();
    let many_data_keys = envelope.data_keys().len() > MANY_DATA_KEYS;
    if asked || many_data_keys || !removed.is_empty() {
        Due::Rotate {
            removed,
            added,
            many_data_keys,
            asked,
        }
    } else if !added.is_empty() {
        Due::Rewrap { added }
    } else {
        Due::Nothing
    }
}

fn foreign(envelope: &Envelope, recipients: &Recipients<'_>) -> Vec<String> {
    let names = envelope.recipients().into_iter();
    names
        .filter(|name| !recipients.contains(name))
        .map(str::to_owned)
        .collect()
}

/// Before which of the wraps that are there a missing recipient belongs: the first that the policy names after her.
fn position(entry: &DataKeyEntry, recipients: &Recipients<'_>, name: &str) -> Option<usize> {
    let rank = |name: &str| recipients.names().position(|own| own == name);
    entry.recipients().position(|own| rank(own) > rank(name))
}

fn refuse_unsealed(object: &Object<'_>) -> Result<(), RotateError> {
    match unsealed(object).map_err(SealError::from)? {
        None => Ok(()),
        Some(item) => Err(SealError::Unsealed {
            item: item.key,
            place: item.place,
        }
        .into()),
    }
}

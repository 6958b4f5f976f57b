//! Making a SOPS file agree with the keys that it should have. Where a key only came, the data key is wrapped once more;
//! where one went, every value is sealed anew, since whoever was removed still knows the old data key.

use sealkit_crypto::CryptoRng;
use sealkit_formats::sops::metadata::{KeyKind, Metadata};
use sealkit_formats::sops::time::Timestamp;
use sealkit_formats::sops::{self as room, NewKey};
use sealkit_manifest::{Place, Stream};

use super::{SopsKey, SopsSealing, entry, notes, opened, seal};
use crate::keyring::Keyring;
use crate::problem::{Problem, Problems};
use crate::recognise::Format;
use crate::report::{Action, Report};
use crate::rotate::{Due, RotateOptions, RotationStep, removal_note};
use crate::seal::Outcome;
use crate::sealing::Sealing;

/// What a rotation would do to a file.
pub(crate) fn rotation(
    stream: &Stream,
    sealing: &Sealing,
    options: &RotateOptions,
) -> Result<Vec<RotationStep>, Problems> {
    refuse_other_format(&stream.source().place(0), sealing)?;
    let survey = room::survey(stream).map_err(Problem::from)?;
    let due = due(&survey.metadata, &seal::decided(sealing), options.data_keys);
    let mut items: Vec<String> = Vec::new();
    if matches!(due, Due::Rotate { .. }) {
        for value in survey.sealed {
            if !items.contains(&value.path) {
                items.push(value.path);
            }
        }
    }
    let entry = entry(stream, Action::Unchanged);
    Ok(vec![RotationStep {
        place: survey.place,
        object: entry.object,
        due,
        items,
    }])
}

/// What is due, from what the file says of itself.
pub(super) fn due(metadata: &Metadata, wanted: &SopsSealing, asked: bool) -> Due {
    let names = |keys: &mut dyn Iterator<Item = (KeyKind, String)>| {
        let mut names: Vec<(KeyKind, String)> = Vec::new();
        for key in keys {
            if !names.contains(&key) {
                names.push(key);
            }
        }
        names
    };
    let old = names(
        &mut metadata
            .keys()
            .map(|key| (key.kind, comparable(key.kind, &key.name()))),
    );
    let new = names(
        &mut wanted
            .groups
            .iter()
            .flatten()
            .map(|key| (key.kind(), comparable(key.kind(), key.name()))),
    );
    let missing = |from: &[(KeyKind, String)], of: &[(KeyKind, String)]| -> Vec<String> {
        let gone = from.iter().filter(|key| !of.contains(key));
        gone.map(|(_, name)| name.clone()).collect()
    };
    let (removed, added) = (missing(&old, &new), missing(&new, &old));
    let regrouped = grouping(metadata) != wanted_grouping(wanted)
        || (wanted.groups.len() > 1 && metadata.shamir_threshold != threshold(metadata, wanted));
    // Where groups are others, those who could open the file alone may no longer be meant to.
    let stricter = regrouped && removed.is_empty() && (added.is_empty() || wanted.groups.len() > 1);
    if !removed.is_empty() || stricter || asked {
        return Due::Rotate {
            removed,
            added,
            many_data_keys: false,
            asked,
        };
    }
    match added.is_empty() {
        true => Due::Nothing,
        false => Due::Rewrap { added },
    }
}

/// A fingerprint is the same in capitals.
fn comparable(kind: KeyKind, name: &str) -> String {
    match kind {
        KeyKind::Pgp => name.to_ascii_uppercase(),
        _ => name.to_owned(),
    }
}

type Grouping = Vec<Vec<(KeyKind, String)>>;

fn grouping(metadata: &Metadata) -> Grouping {
    let group = |group: &room::metadata::KeyGroup| {
        let mut keys: Vec<_> = group
            .0
            .iter()
            .map(|key| (key.kind, comparable(key.kind, &key.name())))
            .collect();
        keys.sort();
        keys
    };
    metadata.groups.iter().map(group).collect()
}

fn wanted_grouping(wanted: &SopsSealing) -> Grouping {
    let group = |group: &Vec<SopsKey>| {
        let mut keys: Vec<_> = group
            .iter()
            .map(|key| (key.kind(), comparable(key.kind(), key.name())))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    };
    wanted.groups.iter().map(group).collect()
}

/// The rule's threshold; where it names none, the file's as far as the groups allow it.
fn threshold(metadata: &Metadata, wanted: &SopsSealing) -> usize {
    match (wanted.shamir_threshold, metadata.shamir_threshold) {
        (0, 0) => wanted.groups.len(),
        (0, stored) => stored.min(wanted.groups.len()),
        (named, _) => named,
    }
}

/// The threshold that is stored: none, where there is one group.
pub(super) fn new_threshold(metadata: &Metadata, wanted: &SopsSealing) -> usize {
    match wanted.groups.len() {
        0 | 1 => 0,
        _ => threshold(metadata, wanted),
    }
}

/// Does what is due.
pub(crate) fn rotate(
    stream: &Stream,
    sealing: &Sealing,
    keyring: &Keyring,
    options: &RotateOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    refuse_other_format(&stream.source().place(0), sealing)?;
    let wanted = seal::decided(sealing);
    let metadata = room::envelope(stream).map_err(Problem::from)?;
    let due = due(&metadata, &wanted, options.data_keys);
    let mut entry = entry(stream, Action::Unchanged);
    if !due.is_due() {
        return Ok(Outcome {
            stream: None,
            report: Report { entries: vec![entry] },
        });
    }
    let opened = opened(stream, keyring, false)?;
    entry.notes = notes(&opened);
    let threshold = new_threshold(&metadata, &wanted);
    let sealed = match &due {
        Due::Rewrap { .. } => {
            entry.action = Action::Rewrapped;
            let names: Vec<Vec<String>> = wanted
                .groups
                .iter()
                .map(|group| names_of(group, &metadata))
                .collect();
            let groups: Vec<Vec<NewKey<'_>>> = wanted
                .groups
                .iter()
                .zip(&names)
                .map(|(group, names)| {
                    group
                        .iter()
                        .zip(names)
                        .map(|(key, name)| new_key(key, name))
                        .collect()
                })
                .collect();
            opened.update_keys(&groups, threshold, rng)
        }
        _ => {
            entry.action = Action::Rotated;
            let now = Timestamp::from_unix(options.now);
            opened.rotate(&seal::wrappers(&wanted.groups), threshold, now, rng)
        }
    };
    let sealed = sealed.map_err(Problem::from)?;
    if entry.action == Action::Rotated {
        entry.items = super::changed_items(None, &sealed.stream);
    }
    entry
        .notes
        .extend(removal_note(&due, &entry.place, &sealing.names));
    Ok(Outcome {
        stream: Some(sealed.stream),
        report: Report { entries: vec![entry] },
    })
}

/// The keys' names, spelled as the file has them where it has them.
fn names_of(group: &[SopsKey], metadata: &Metadata) -> Vec<String> {
    let name = |key: &SopsKey| {
        let wanted = comparable(key.kind(), key.name());
        let standing = metadata
            .keys()
            .find(|other| other.kind == key.kind() && comparable(other.kind, &other.name()) == wanted);
        standing.map_or_else(|| key.name().to_owned(), |other| other.name())
    };
    group.iter().map(name).collect()
}

fn new_key<'a>(key: &'a SopsKey, name: &'a str) -> NewKey<'a> {
    NewKey {
        kind: key.kind(),
        name,
        wrap: key,
    }
}

/// A rule for another format says nothing about the keys of a SOPS file.
pub(super) fn refuse_other_format(place: &Place, sealing: &Sealing) -> Result<(), Problem> {
    match sealing.format {
        Format::Sops => Ok(()),
        other => Err(Problem::other_format(
            place.clone(),
            Format::Sops.as_str(),
            other.as_str(),
            &sealing.origin,
        )),
    }
}

//! Sealing a file as SOPS does, and sealing again what somebody edited, or put into it in the clear.

use sealkit_crypto::CryptoRng;
use sealkit_formats::secret::{self, Hidden};
use sealkit_formats::sops::rules::Selector;
use sealkit_formats::sops::time::Timestamp;
use sealkit_formats::sops::{self as room, OpenError, WrapKey};
use sealkit_manifest::{Place, Stream};

use super::{SopsKey, SopsSealing, changed_items, entry, notes, opened};
use crate::keyring::Keyring;
use crate::problem::{Problem, Problems};
use crate::recognise::{Recognised, is_sops, recognise};
use crate::report::{Action, Note, Report};
use crate::seal::{Outcome, SealOptions, last_look};
use crate::sealing::Sealing;

/// What is encrypted of a Kubernetes Secret where nobody says it: more would hide from tools what object it is.
const SECRET_FIELDS: &str = "^(data|stringData)$";

/// Seals a whole file under a fresh data key. It is opened again in memory and compared before it is given out.
pub(crate) fn seal(
    stream: &Stream,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    refuse_bindings(stream, sealing, options)?;
    // Tokens without metadata are what a broken merge leaves; sealing them again would bury them.
    if let Some(document) = stream.documents().find(is_sops) {
        return Err(Problem::sops(document.place()).into());
    }
    let decided = decided(sealing);
    let room_options = room::SealOptions {
        groups: wrappers(&decided.groups),
        shamir_threshold: decided.shamir_threshold,
        selector: decided
            .selector
            .clone()
            .or_else(|| default_selector(stream, sealing)),
        mac_only_encrypted: decided.mac_only_encrypted,
    };
    let now = Timestamp::from_unix(options.now);
    let sealed = room::seal(stream, &room_options, now, rng).map_err(Problem::from)?;
    let mut entry = entry(stream, Action::Sealed);
    entry.items = changed_items(None, &sealed.stream);
    entry.notes = last_look(&sealed.stream, &hidden(stream), options.deny_repeats)?;
    if entry.items.is_empty() {
        entry.notes.push(Note {
            place: Some(stream.source().place(0)),
            message: "nothing in this file is encrypted".to_owned(),
            hint: Some("the rule selects none of its values, or it holds none".to_owned()),
        });
    }
    Ok(Outcome {
        stream: Some(sealed.stream),
        report: Report { entries: vec![entry] },
    })
}

/// The groups and rules: those of a `.sops.yaml`, else one group of everybody.
pub(super) fn decided(sealing: &Sealing) -> SopsSealing {
    if let Some(sops) = &sealing.sops {
        return sops.clone();
    }
    let key =
        |named: &crate::NamedRecipient| SopsKey::age(&named.recipient.to_string(), named.recipient.clone());
    SopsSealing {
        groups: vec![sealing.recipients.iter().map(key).collect()],
        ..SopsSealing::default()
    }
}

pub(super) fn wrappers(groups: &[Vec<SopsKey>]) -> Vec<Vec<&dyn WrapKey>> {
    fn group(keys: &[SopsKey]) -> Vec<&dyn WrapKey> {
        keys.iter().map(|key| key as &dyn WrapKey).collect()
    }
    groups.iter().map(|keys| group(keys)).collect()
}

/// Of Secrets only the values, unless a `.sops.yaml` decided.
fn default_selector(stream: &Stream, sealing: &Sealing) -> Option<Selector> {
    let secrets = stream
        .objects()
        .filter(|object| recognise(object) == Recognised::Secret)
        .count();
    let only_secrets =
        secrets > 0 && stream.objects().count() == secrets && secrets >= stream.document_count();
    (sealing.sops.is_none() && only_secrets).then(|| Selector::EncryptedRegex(SECRET_FIELDS.to_owned()))
}

fn hidden(stream: &Stream) -> Vec<Hidden> {
    let secrets = stream
        .objects()
        .filter(|object| recognise(object) == Recognised::Secret);
    let items = secrets.flat_map(|object| secret::read(&object).unwrap_or_default());
    items
        .map(|item| Hidden {
            item: item.key,
            plaintext: item.value,
        })
        .collect()
}

/// SOPS binds a value to the keys above it and to nothing else.
fn refuse_bindings(stream: &Stream, sealing: &Sealing, options: &SealOptions) -> Result<(), Problem> {
    let place = stream.source().place(0);
    if sealing.scope.is_some() {
        return Err(Problem::not_bound(place, "a scope"));
    }
    match options.namespace.is_some() || options.name.is_some() {
        true => Err(Problem::not_bound(place, "a namespace or a name")),
        false => Ok(()),
    }
}

/// Refuses a sealed file in which something stands in the clear that should not.
///
/// # Errors
/// One problem with the place of each such value, or what is wrong with the file's metadata.
pub fn refuse_exposed(stream: &Stream) -> Result<Report, Problems> {
    let survey = room::survey(stream).map_err(Problem::from)?;
    match survey.exposed.is_empty() {
        true => Ok(Report {
            entries: vec![entry(stream, Action::Unchanged)],
        }),
        false => Err(Problem::from(OpenError::Values(survey.exposed)).into()),
    }
}

/// Seals plaintext that stands where encrypted values belong, for instance because somebody pasted it there. A file
/// without any stays as it is.
///
/// # Errors
/// Whatever keeps the file from being opened, plaintext aside; then nothing is sealed.
pub fn seal_exposed(
    stream: &Stream,
    keyring: &Keyring,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    let opened = opened(stream, keyring, true).map_err(|problem| -> Problems {
        // Whoever cannot seal it should still learn where it is.
        let exposed = refuse_exposed(stream).err().into_iter().flatten();
        std::iter::once(problem).chain(exposed).collect()
    })?;
    let mut entry = entry(stream, Action::Updated);
    entry.notes = notes(&opened);
    if opened.exposed().is_empty() {
        entry.action = Action::Unchanged;
        return Ok(Outcome {
            stream: None,
            report: Report { entries: vec![entry] },
        });
    }
    entry.items = opened.exposed().iter().map(|value| value.path.clone()).collect();
    if !opened.is_verified() {
        let first = opened.exposed().first();
        entry.notes.push(unverified_note(first.map(|value| &value.place)));
    }
    let sealed = opened.seal_exposed(Timestamp::from_unix(options.now), rng);
    Ok(Outcome {
        stream: Some(sealed.map_err(Problem::from)?.stream),
        report: Report { entries: vec![entry] },
    })
}

/// What is to be said where the code could not be checked for what was put in the clear.
pub(super) fn unverified_note(place: Option<&Place>) -> Note {
    Note {
        place: place.cloned(),
        message: "the file's code could not be checked: what was put in the clear took the place of a value that it \
                  covers"
            .to_owned(),
        hint: Some("look at the difference: nothing but that value should be another (`git diff`)".to_owned()),
    }
}

/// Seals what became of an opened file in an editor; see [`reseal`](crate::reseal).
pub(crate) fn reseal(
    sealed: &Stream,
    edited: &Stream,
    keyring: &Keyring,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    let opened = opened(sealed, keyring, false)?;
    resealed(sealed, opened, edited, options.now, Action::Updated, rng)
}

/// Seals an edited text of an opened file, and tells which values are others.
pub(super) fn resealed(
    sealed: &Stream,
    opened: room::Opened,
    edited: &Stream,
    now: u64,
    action: Action,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    let mut entry = entry(edited, action);
    entry.notes = notes(&opened);
    let again = opened
        .reseal(edited, Timestamp::from_unix(now), rng)
        .map_err(Problem::from)?;
    let changed = again.stream.as_str() != sealed.as_str();
    if changed {
        entry.items = changed_items(Some(sealed), &again.stream);
    } else {
        entry.action = Action::Unchanged;
    }
    Ok(Outcome {
        stream: changed.then_some(again.stream),
        report: Report { entries: vec![entry] },
    })
}

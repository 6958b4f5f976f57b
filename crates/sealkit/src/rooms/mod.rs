//! One exhaustive match for each verb: which room serves a format. A new format fails to compile here until it has an
//! answer for everything. Knows the rooms' furniture, no text and no terminal.
//!
//! SOPS seals files, not documents: [`crate::sops`] answers for it before anybody comes here.

#[cfg(feature = "native")]
mod native;

mod not_built;
#[cfg(feature = "sealed-secrets")]
mod sealed_secrets;

#[cfg(not(feature = "native"))]
use not_built as native;
#[cfg(not(feature = "sealed-secrets"))]
use not_built as sealed_secrets;

use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_formats::Scope;
use sealkit_formats::secret::Hidden;
use sealkit_manifest::{Change, Object};

use crate::keyring::Keyring;
use crate::open::OpenOptions;
use crate::problem::{Problem, Problems};
use crate::recognise::Format;
use crate::report::{Action, Note};
use crate::rotate::{Due, RotateOptions};
use crate::seal::SealOptions;
use crate::sealing::Sealing;

/// What a verb does to one document.
pub(crate) struct Done {
    pub(crate) action: Action,
    pub(crate) changes: Vec<Change>,
    pub(crate) items: Vec<String>,
    pub(crate) notes: Vec<Note>,
    pub(crate) hidden: Vec<Hidden>,
}

/// A document that a room opened.
pub(crate) struct Opened {
    pub(crate) items: Vec<(String, Plaintext)>,
    pub(crate) changes: Vec<Change>,
    pub(crate) notes: Vec<Note>,
    pub(crate) partial: bool,
    pub(crate) reuse: Reuse,
}

/// What an edited document may keep of its sealed form.
pub(crate) enum Reuse {
    #[cfg(feature = "native")]
    Native(sealkit_formats::native::Reuse),
    #[cfg(feature = "sealed-secrets")]
    SealedSecrets(sealkit_formats::sealed_secrets::Reuse),
    #[cfg(not(all(feature = "native", feature = "sealed-secrets")))]
    #[allow(dead_code, reason = "keeps the enum inhabited without a format")]
    None,
}

/// Renders one template over the values of a SealedSecret.
#[cfg(feature = "sealed-secrets")]
pub(crate) use sealkit_formats::sealed_secrets::Renderer;
/// No other format has templates.
#[cfg(not(feature = "sealed-secrets"))]
pub(crate) type Renderer<'r> = dyn FnMut() + 'r;

/// What a sealed document says without a key.
pub(crate) struct Facts {
    pub(crate) scope: Scope,
    /// Short names of those who can open, where the format tells.
    pub(crate) recipients: Vec<String>,
    /// Data keys with the items under them, where the format has data keys.
    pub(crate) data_keys: Vec<(String, Vec<String>, Vec<String>)>,
    pub(crate) items: Vec<(String, sealkit_manifest::Place)>,
    pub(crate) secret_type: Option<String>,
    pub(crate) notes: Vec<Note>,
}

macro_rules! in_room_of {
    ($format:expr, $call:ident ( $($argument:expr),* )) => {
        match $format {
            Format::Native => native::$call($($argument),*),
            Format::SealedSecrets => sealed_secrets::$call($($argument),*),
            Format::Sops => not_built::$call($($argument),*),
        }
    };
}

/// Translates what a verb of a room answers with. The rooms' types are alike, and no room knows another one's.
#[cfg(any(feature = "native", feature = "sealed-secrets"))]
macro_rules! room_answers {
    ($sealed:ty, $step:ident, $notice:ty) => {
        fn done(sealed: $sealed, action: Action) -> Done {
            Done {
                action: if sealed.changes.is_empty() {
                    Action::Unchanged
                } else {
                    action
                },
                items: items_of(&sealed.plan.steps),
                notes: sealed.notices.iter().map(note_of).collect(),
                changes: sealed.changes,
                hidden: sealed.hidden,
            }
        }

        fn items_of(steps: &[$step]) -> Vec<String> {
            let item = |step: &$step| match step {
                $step::Seal { item } | $step::Replace { item } | $step::Remove { item } => Some(item.clone()),
                _ => None,
            };
            steps.iter().filter_map(item).collect()
        }

        fn note_of(notice: &$notice) -> Note {
            note(notice.place(), notice, notice.hint().map(str::to_owned))
        }
    };
}
#[cfg(any(feature = "native", feature = "sealed-secrets"))]
use room_answers;

pub(crate) fn seal(
    format: Format,
    object: &Object<'_>,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    Ok(named(
        in_room_of!(format, seal(object, sealing, options, rng))?,
        sealing,
    ))
}

pub(crate) fn seal_edited(
    format: Format,
    object: &Object<'_>,
    before: &Reuse,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    Ok(named(
        in_room_of!(format, seal_edited(object, before, sealing, options, rng))?,
        sealing,
    ))
}

pub(crate) fn open(
    format: Format,
    object: &Object<'_>,
    keyring: &Keyring,
    options: &OpenOptions,
    render: Option<&mut Renderer<'_>>,
) -> Result<Opened, Problems> {
    in_room_of!(format, open(object, keyring, options, render))
}

pub(crate) fn set(
    format: Format,
    object: &Object<'_>,
    values: &[(&str, &Plaintext)],
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    Ok(named(
        in_room_of!(format, set(object, values, sealing, options, rng))?,
        sealing,
    ))
}

pub(crate) fn unset(format: Format, object: &Object<'_>, items: &[&str]) -> Result<Done, Problem> {
    in_room_of!(format, unset(object, items))
}

pub(crate) fn due(
    format: Format,
    object: &Object<'_>,
    sealing: &Sealing,
    options: &RotateOptions,
) -> Result<Due, Problem> {
    in_room_of!(format, due(object, sealing, options))
}

pub(crate) fn rotate(
    format: Format,
    object: &Object<'_>,
    sealing: &Sealing,
    keyring: &Keyring,
    options: &RotateOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    Ok(named(
        in_room_of!(format, rotate(object, sealing, keyring, options, rng))?,
        sealing,
    ))
}

pub(crate) fn facts(format: Format, object: &Object<'_>) -> Result<Facts, Problem> {
    in_room_of!(format, facts(object))
}

/// Says in the notes what people call the recipients.
fn named(mut done: Done, sealing: &Sealing) -> Done {
    for note in &mut done.notes {
        note.message = sealing.names.in_text(&note.message);
    }
    done
}

/// Takes items that wait in the open out of an object's report.
pub(crate) fn note(place: &sealkit_manifest::Place, message: impl ToString, hint: Option<String>) -> Note {
    Note {
        place: Some(place.clone()),
        message: message.to_string(),
        hint,
    }
}

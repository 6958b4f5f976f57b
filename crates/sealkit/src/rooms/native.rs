//! The use cases on `EncryptedSecret`s: translates between the facade's words and the room's.

use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_formats::Scope;
use sealkit_formats::native::{
    self, Due as NativeDue, Envelope, EnvelopeError, Notice, OpenError, RotateError, SealError, Sealed, Step,
};
use sealkit_manifest::Object;

use super::{Done, Facts, Opened, Renderer, Reuse, note, room_answers};
use crate::keyring::Keyring;
use crate::open::OpenOptions;
use crate::problem::{Problem, ProblemKind, Problems, RoomError, room_error};
use crate::report::{Action, Note};
use crate::rotate::{Due, RotateOptions};
use crate::seal::SealOptions;
use crate::sealing::Sealing;

pub(super) fn seal(
    object: &Object<'_>,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    let recipients = sealing.recipients();
    let was_sealed = native::is_encrypted_secret(object);
    let sealed = native::seal_object(object, &room_options(sealing, options, &recipients), rng)?;
    Ok(done(
        sealed,
        if was_sealed {
            Action::Updated
        } else {
            Action::Sealed
        },
    ))
}

pub(super) fn seal_edited(
    object: &Object<'_>,
    before: &Reuse,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    let recipients = sealing.recipients();
    let options = room_options(sealing, options, &recipients);
    let sealed = match before {
        Reuse::Native(before) => native::seal_edited(object, before, &options, rng)?,
        _ => native::seal_object(object, &options, rng)?,
    };
    Ok(done(sealed, Action::Updated))
}

pub(super) fn open(
    object: &Object<'_>,
    keyring: &Keyring,
    _options: &OpenOptions,
    _render: Option<&mut Renderer<'_>>,
) -> Result<Opened, Problems> {
    let opened = native::open_object(object, &keyring.identities()).map_err(Problem::from)?;
    Ok(Opened {
        items: opened
            .items()
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect(),
        changes: opened.changes(object),
        notes: Vec::new(),
        partial: false,
        reuse: Reuse::Native(opened.reuse()),
    })
}

pub(super) fn set(
    object: &Object<'_>,
    values: &[(&str, &Plaintext)],
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    let recipients = sealing.recipients();
    let sealed = native::set_values(object, values, &room_options(sealing, options, &recipients), rng)?;
    Ok(done(sealed, Action::Updated))
}

pub(super) fn unset(object: &Object<'_>, items: &[&str]) -> Result<Done, Problem> {
    Ok(done(native::remove_values(object, items)?, Action::Removed))
}

pub(super) fn due(object: &Object<'_>, sealing: &Sealing, options: &RotateOptions) -> Result<Due, Problem> {
    let envelope = Envelope::read(object)?;
    let recipients = sealing.recipients();
    let seal_options = options.as_seal_options();
    let due = native::due(
        &envelope,
        &room_options(sealing, &seal_options, &recipients),
        options.data_keys,
    )?;
    Ok(translate(due))
}

pub(super) fn rotate(
    object: &Object<'_>,
    sealing: &Sealing,
    keyring: &Keyring,
    options: &RotateOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    let recipients = sealing.recipients();
    let seal_options = options.as_seal_options();
    let room_options = room_options(sealing, &seal_options, &recipients);
    let rotated = native::rotate_as_due(
        object,
        &keyring.identities(),
        &room_options,
        options.data_keys,
        rng,
    )?;
    let action = match rotated.due {
        NativeDue::Nothing => Action::Unchanged,
        NativeDue::Rewrap { .. } => Action::Rewrapped,
        _ => Action::Rotated,
    };
    let items = match action {
        Action::Rotated => items_of(&rotated.plan.steps),
        _ => Vec::new(),
    };
    let notes = rotated.notices.iter().map(note_of).collect();
    Ok(Done {
        action,
        changes: rotated.changes,
        items,
        notes,
        hidden: rotated.hidden,
    })
}

pub(super) fn facts(object: &Object<'_>) -> Result<Facts, Problem> {
    let envelope = Envelope::read(object)?;
    let data_keys = envelope
        .data_keys()
        .iter()
        .map(|key| {
            let items = envelope.items_under(key.id()).map(str::to_owned).collect();
            (
                key.id().to_string(),
                key.recipients().map(str::to_owned).collect(),
                items,
            )
        })
        .collect();
    Ok(Facts {
        scope: envelope.scope(),
        recipients: envelope.recipients().into_iter().map(str::to_owned).collect(),
        data_keys,
        items: envelope
            .items()
            .iter()
            .map(|item| (item.key().to_owned(), item.place().clone()))
            .collect(),
        secret_type: object
            .at(&["spec", "template", "type"])
            .and_then(|node| Some(node.as_str()?.into_owned())),
        notes: Vec::new(),
    })
}

fn room_options<'a>(
    sealing: &'a Sealing,
    options: &'a SealOptions,
    recipients: &'a [sealkit_crypto::Recipient],
) -> native::SealOptions<'a> {
    let mut room = native::SealOptions::new(sealing.scope.unwrap_or(Scope::Strict), recipients);
    room.namespace = options.namespace.as_deref();
    room.name = options.name.as_deref();
    room.allow_classic_recipients = sealing.allow_classic_recipients;
    room.allow_foreign_recipients = options.allow_foreign_recipients;
    room.allow_wider_scope = options.allow_wider_scope;
    room
}

room_answers!(Sealed, Step, Notice);

fn translate(due: NativeDue) -> Due {
    match due {
        NativeDue::Rewrap { added } => Due::Rewrap { added },
        NativeDue::Rotate {
            removed,
            added,
            many_data_keys,
            asked,
        } => Due::Rotate {
            removed,
            added,
            many_data_keys,
            asked,
        },
        _ => Due::Nothing,
    }
}

room_error!(EnvelopeError, |_error| ProblemKind::Malformed);

room_error!(SealError, |error| match error {
    Self::ForeignRecipients { .. } | Self::WiderScope { .. } => ProblemKind::Conflict,
    Self::OtherNamespace { .. }
    | Self::OtherName { .. }
    | Self::NameUnfit { .. }
    | Self::NamespaceUnfit { .. }
    | Self::NoSuchItem { .. }
    | Self::Recipients(_)
    | Self::ItemKey { .. } => ProblemKind::Misuse,
    _ => ProblemKind::Malformed,
});

room_error!(OpenError, |error| match error {
    Self::NotNamed { .. } => ProblemKind::NoIdentity,
    Self::Commitment { .. } | Self::Values(_) | Self::Unwrap { .. } => ProblemKind::Tampered,
    _ => ProblemKind::Malformed,
});

room_error!(RotateError, |error| match error {
    Self::Open(error) => RoomError::kind(error.as_ref()),
    Self::Seal(error) => RoomError::kind(error),
    _ => ProblemKind::Conflict,
});

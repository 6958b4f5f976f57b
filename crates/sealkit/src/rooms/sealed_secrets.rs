//! The use cases on Bitnami `SealedSecret`s: translates between the facade's words and the room's.

use sealkit_crypto::rsa_oaep::RsaPublicKey;
use sealkit_crypto::{CryptoRng, Plaintext, Recipient};
use sealkit_formats::sealed_secrets::{
    self as room, AnswerProblem, ClosedValue, Due as RoomDue, Envelope, ExpiredCertificate, FailedTemplate,
    NotASealedSecret, Notice, OpenError, RotateError, SealError, Sealed, Step,
};
use sealkit_manifest::{Object, Place};

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
    let was_sealed = room::is_sealed_secret(object);
    let sealed = room::seal_object(object, &room_options(object, sealing, options)?, rng)?;
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
    let options = room_options(object, sealing, options)?;
    let sealed = match before {
        Reuse::SealedSecrets(before) => room::seal_edited(object, before, &options, rng)?,
        _ => room::seal_object(object, &options, rng)?,
    };
    Ok(done(sealed, Action::Updated))
}

pub(super) fn open(
    object: &Object<'_>,
    keyring: &Keyring,
    options: &OpenOptions,
    render: Option<&mut Renderer<'_>>,
) -> Result<Opened, Problems> {
    let options = room::OpenOptions {
        accept_deprecated_data: options.accept_legacy_data,
        partial: options.partial,
    };
    let mut opened = room::open_object(object, &keyring.identities(), &options).map_err(one_by_one)?;
    let failed = render.map_or_else(Vec::new, |render| opened.render(object, render));
    if !failed.is_empty() && !options.partial {
        return Err(failed.into_iter().map(Problem::from).collect());
    }
    let mut notes: Vec<Note> = opened.notices(object).iter().map(note_of).collect();
    for closed in opened.closed() {
        let message = format!("{closed}: {}", closed.error);
        notes.push(note(&closed.place, message, closed.hint()));
    }
    let partial = !opened.closed().is_empty() || !failed.is_empty();
    notes.extend(failed.into_iter().map(|failed| Problem::from(failed).to_note()));
    Ok(Opened {
        items: opened
            .secret_items()
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect(),
        changes: opened.changes(object),
        notes,
        partial,
        reuse: Reuse::SealedSecrets(opened.reuse(object)),
    })
}

pub(super) fn set(
    object: &Object<'_>,
    values: &[(&str, &Plaintext)],
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    let sealed = room::set_values(object, values, &room_options(object, sealing, options)?, rng)?;
    Ok(done(sealed, Action::Updated))
}

pub(super) fn unset(object: &Object<'_>, items: &[&str]) -> Result<Done, Problem> {
    Ok(done(room::remove_values(object, items)?, Action::Removed))
}

pub(super) fn due(object: &Object<'_>, sealing: &Sealing, options: &RotateOptions) -> Result<Due, Problem> {
    let envelope = Envelope::read(object)?;
    let seal_options = options.as_seal_options();
    let due = room::due(&envelope, &room_options(object, sealing, &seal_options)?);
    let moved = |asked| Due::Rotate {
        removed: Vec::new(),
        added: Vec::new(),
        many_data_keys: false,
        asked,
    };
    Ok(match due {
        RoomDue::Nothing => Due::Nothing,
        _ if options.data_keys => moved(true),
        RoomDue::Certain => moved(false),
        _ => Due::Unknown,
    })
}

pub(super) fn rotate(
    object: &Object<'_>,
    sealing: &Sealing,
    keyring: &Keyring,
    options: &RotateOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    let seal_options = options.as_seal_options();
    let room_options = room_options(object, sealing, &seal_options)?;
    let rotated = room::rotate(
        object,
        &keyring.identities(),
        &room_options,
        options.data_keys,
        rng,
    )?;
    let action = if rotated.changes.is_empty() {
        Action::Unchanged
    } else {
        Action::Rotated
    };
    let items = items_of(&rotated.plan.steps);
    Ok(Done {
        action,
        changes: rotated.changes,
        items,
        notes: Vec::new(),
        hidden: Vec::new(),
    })
}

pub(super) fn facts(object: &Object<'_>) -> Result<Facts, Problem> {
    let envelope = Envelope::read(object)?;
    let bits = envelope.items().iter().find_map(|item| item.claimed_key_bits());
    let mut notes = Vec::new();
    if let Some(bits) = bits {
        notes.push(note(
            envelope.place(),
            format!("sealed for an RSA-{bits} key, which the format does not name"),
            None,
        ));
    }
    if let Some(legacy) = envelope.legacy() {
        let hint = Some("`sealkit rotate` turns it into spec.encryptedData".to_owned());
        notes.push(note(&legacy.place, "uses the deprecated field spec.data", hint));
    }
    if let Some(first) = envelope.template().data.first() {
        let keys: Vec<_> = envelope
            .template()
            .data
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        notes.push(note(
            &first.place,
            format!("the controller renders these items: {}", keys.join(", ")),
            None,
        ));
    }
    Ok(Facts {
        scope: envelope.scope(),
        recipients: Vec::new(),
        data_keys: Vec::new(),
        items: envelope
            .items()
            .iter()
            .map(|item| (item.key.clone(), item.place.clone()))
            .collect(),
        secret_type: object
            .at(&["spec", "template", "type"])
            .and_then(|node| Some(node.as_str()?.into_owned())),
        notes,
    })
}

/// A person fixes values one by one.
fn one_by_one(error: OpenError) -> Problems {
    match error {
        OpenError::Values(closed) => closed.into_iter().map(Problem::from).collect(),
        other => Problem::from(other).into(),
    }
}

fn room_options<'a>(
    object: &Object<'_>,
    sealing: &'a Sealing,
    options: &'a SealOptions,
) -> Result<room::SealOptions<'a>, Problem> {
    let mut room = room::SealOptions::new(public_key(object, sealing, options.now)?);
    room.scope = sealing.scope;
    room.namespace = options.namespace.as_deref();
    room.name = options.name.as_deref();
    room.allow_wider_scope = options.allow_wider_scope;
    Ok(room)
}

fn public_key<'a>(object: &Object<'_>, sealing: &'a Sealing, now: u64) -> Result<&'a RsaPublicKey, Problem> {
    if let Some(certificate) = &sealing.certificate {
        return room::sealing_key(certificate, now).map_err(|source| {
            let (place, origin) = (object.place(), sealing.origin.clone());
            Expired {
                place,
                origin,
                source,
            }
            .into()
        });
    }
    match sealing.recipients.as_slice() {
        [only] => match &only.recipient {
            Recipient::Rsa(recipient) => Ok(recipient.key()),
            _ => Err(Problem::no_certificate(object.place())),
        },
        _ => Err(Problem::no_certificate(object.place())),
    }
}

room_answers!(Sealed, Step, Notice);

/// An expired certificate, with the document that it was to seal.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
struct Expired {
    place: Place,
    origin: String,
    source: ExpiredCertificate,
}

impl RoomError for Expired {
    fn place(&self) -> Option<Place> {
        Some(self.place.clone())
    }
    fn why(&self) -> Option<String> {
        let until = self.source.why()?;
        Some(format!("{} names it, and {until}", self.origin))
    }
    fn hint(&self) -> Option<String> {
        self.source.hint()
    }
    fn kind(&self) -> ProblemKind {
        ProblemKind::Misuse
    }
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        self
    }
}

impl RoomError for ClosedValue {
    fn place(&self) -> Option<Place> {
        Some(self.place.clone())
    }
    fn why(&self) -> Option<String> {
        ClosedValue::why(self)
    }
    fn hint(&self) -> Option<String> {
        ClosedValue::hint(self)
    }
    fn kind(&self) -> ProblemKind {
        ProblemKind::Tampered
    }
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        self
    }
}

impl RoomError for FailedTemplate {
    fn place(&self) -> Option<Place> {
        Some(self.place.clone())
    }
    fn why(&self) -> Option<String> {
        FailedTemplate::why(self)
    }
    fn hint(&self) -> Option<String> {
        FailedTemplate::hint(self)
    }
    fn kind(&self) -> ProblemKind {
        ProblemKind::Malformed
    }
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        self
    }
}

impl RoomError for NotASealedSecret {
    fn place(&self) -> Option<Place> {
        Some(self.place.clone())
    }
    fn why(&self) -> Option<String> {
        None
    }
    fn hint(&self) -> Option<String> {
        None
    }
    fn kind(&self) -> ProblemKind {
        ProblemKind::Malformed
    }
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        self
    }
}

room_error!(SealError, |error| match error {
    Self::WiderScope { .. } => ProblemKind::Conflict,
    Self::OtherNamespace { .. }
    | Self::OtherName { .. }
    | Self::NoSuchItem { .. }
    | Self::Expired(_)
    | Self::ItemKey { .. } => ProblemKind::Misuse,
    Self::Deprecated { .. } => ProblemKind::Unsupported,
    _ => ProblemKind::Malformed,
});

room_error!(OpenError, |error| match error {
    Self::NoKeys { .. } => ProblemKind::NoIdentity,
    Self::Values(_) => ProblemKind::Tampered,
    Self::Deprecated { .. } => ProblemKind::Unsupported,
    _ => ProblemKind::Malformed,
});

room_error!(RotateError, |error| match error {
    Self::Open(error) => RoomError::kind(error),
    Self::Seal(error) => RoomError::kind(error),
    Self::Answer { problem, .. } => match problem {
        AnswerProblem::Deprecated => ProblemKind::Unsupported,
        AnswerProblem::NotSealed(_) => ProblemKind::Malformed,
        _ => ProblemKind::Tampered,
    },
    _ => ProblemKind::Malformed,
});

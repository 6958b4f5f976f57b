//! Sealing: a plain Secret becomes an EncryptedSecret, and plaintext added to an EncryptedSecret is moved in.
//!
//! Needs public keys only. The author's text stays hers: comments, order, quoting; a value's place is where its plaintext
//! stood. Describes the edits; the text layer makes and verifies them.
//!
//! Source: the native format, sections 1 and 3.

use std::collections::HashSet;

use sealkit_crypto::{CryptoRng, recipient::Recipient};
use sealkit_manifest::{Change, Manifest, New, Object, Path, Position, Scalar};

use super::{
    binding::Binding,
    envelope::{API_VERSION, Envelope, KIND, is_encrypted_secret},
    error::SealError,
    limits::{Limit, MANY_DATA_KEYS, MAX_ITEMS, MAX_PLAINTEXT_BYTES},
    naming::{Named, named},
    options::SealOptions,
    plan::{Notice, Plan, Step},
    recipients::Recipients,
    reuse::Reuse,
    update::{self, Put, at_path, cleaned, not_yet_rewrapped},
    values::Values,
};
use crate::{
    Scope,
    secret::{self, Form, Hidden, Item},
};

/// Labels and annotations with these prefixes are for the tools that apply the object, not for the Secret: a tracking
/// label copied to the Secret would make Argo CD prune it.
const NOT_COPIED: [&str; 2] = ["argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"];

/// What sealing one object does to its text.
#[derive(Debug)]
#[must_use]
pub struct Sealed {
    /// The edits; empty if there is nothing to seal.
    pub changes: Vec<Change>,
    /// The same for people.
    pub plan: Plan,
    /// What a person should hear of.
    pub notices: Vec<Notice>,
    /// The plaintexts that were sealed, for the [last look](crate::secret::last_look) at the edited text, which is the
    /// caller's to take before she writes anything.
    pub hidden: Vec<Hidden>,
}

/// Seals a manifest for these recipients: a Secret, or an EncryptedSecret to which somebody added plaintext. Sealing a
/// second time changes nothing.
///
/// # Errors
/// [`SealError`]; among them [`SealError::Repeats`] if the base64 form of a sealed value stands elsewhere in the text.
/// The raw form is no error here, because it may be a coincidence: [`seal_object`] and
/// [`last_look`](crate::secret::last_look) tell.
pub fn seal(
    manifest: &Manifest,
    scope: Scope,
    recipients: &[Recipient],
    rng: &mut dyn CryptoRng,
) -> Result<Manifest, SealError> {
    let sealed = seal_object(&manifest.object(), &SealOptions::new(scope, recipients), rng)?;
    let output = manifest.stream().edit(&sealed.changes)?;
    let mut repeats = secret::last_look(output.source(), &sealed.hidden);
    repeats.retain(|repeat| repeat.form == Form::Base64);
    if repeats.is_empty() {
        Ok(output.try_into()?)
    } else {
        Err(SealError::Repeats(repeats))
    }
}

/// Seals one object: a Secret, or an EncryptedSecret to which somebody added plaintext.
///
/// # Errors
/// [`SealError`].
pub fn seal_object(
    object: &Object<'_>,
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    if is_encrypted_secret(object) {
        seal_added(object, options, rng)
    } else {
        seal_plain(object, options, None, rng)
    }
}

/// Seals the plain Secret that an opened object became, after somebody edited it: items whose plaintext is what it was
/// keep their sealed value byte for byte, as long as scope, namespace and name are the same.
///
/// # Errors
/// [`SealError`].
pub fn seal_edited(
    object: &Object<'_>,
    before: &Reuse,
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    seal_plain(object, options, Some(before), rng)
}

/// How an object is called in a plan.
pub(super) fn described(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

/// Moves plaintext into an object that is sealed already.
fn seal_added(
    object: &Object<'_>,
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let envelope = Envelope::read(object)?;
    let plain = secret::plaintext(object)?;
    if plain.is_empty() {
        let mut sealed = update::tidy(object, &envelope);
        sealed.changes.extend(secret::remove_plaintext(object));
        return Ok(sealed);
    }
    let puts: Vec<_> = plain
        .iter()
        .map(|item| Put {
            key: &item.key,
            value: &item.value,
            from: Some(item),
        })
        .collect();
    let mut sealed = update::put(object, &envelope, &puts, options, rng)?;
    sealed.notices.splice(..0, overridden(&plain));
    Ok(sealed)
}

/// Turns a plain Secret into a sealed object.
fn seal_plain(
    object: &Object<'_>,
    options: &SealOptions<'_>,
    before: Option<&Reuse>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let plain = secret::read(object)?;
    let Named {
        name,
        changes: naming,
    } = named(object, options)?;
    let namespace = name.namespace.as_deref();
    let binding = Binding::new(options.scope, namespace, &name.name).ok_or_else(|| {
        let metadata = object.root().get("metadata").unwrap_or(object.root());
        SealError::NamespaceNeeded {
            scope: options.scope,
            place: metadata.place(),
        }
    })?;
    let recipients = Recipients::new(options)?;
    within_limits(object, &plain)?;

    let mut values = Values::new(&plain, &binding, before);
    let mut notices: Vec<_> = overridden(&plain).collect();
    notices.extend(recipients.compare_keys(options, &values.kept_keys)?);
    notices.extend(not_yet_rewrapped(&recipients, values.kept_keys.iter()));
    values.encrypt(&binding, &recipients, object, rng)?;
    let count = values.kept_keys.len() + usize::from(values.minted.is_some());
    if count > MANY_DATA_KEYS {
        notices.push(Notice::ManyDataKeys {
            count,
            place: object.place(),
        });
    }
    values.within_limits(object)?;

    let mut changes = vec![set(object, "apiVersion", API_VERSION), set(object, "kind", KIND)];
    changes.extend(naming);
    let cleaning = secret::cleaning(object);
    let mut steps = cleaned(&cleaning);
    steps.insert(0, Step::Convert);
    steps.append(&mut values.steps);
    changes.extend(cleaning);
    changes.extend(spec(object, options.scope, &values)?);
    let sealed = (
        &Path::keys(["spec"]),
        "encryptedData",
        Position::After("dataKeys".to_owned()),
    );
    let now: HashSet<&str> = plain.iter().map(|item| item.key.as_str()).collect();
    let order = |key: &str| before.map_or(Position::Last, |before| before.position(key, &now));
    changes.extend(secret::move_in(object, &plain, &values.tokens, sealed, order));

    let hidden = plain.into_iter().map(|item| Hidden {
        item: item.key,
        plaintext: item.value,
    });
    let plan = Plan {
        object: described(namespace, &name.name),
        place: object.place(),
        scope: options.scope,
        steps,
    };
    Ok(Sealed {
        changes,
        plan,
        notices,
        hidden: hidden.collect(),
    })
}

/// Inserts `spec` where the values stood and moves `type` and `immutable` into its template.
fn spec(object: &Object<'_>, scope: Scope, values: &Values<'_>) -> Result<Vec<Change>, SealError> {
    let root = object.root();
    let metadata = template_metadata(object)?;
    let moved: Vec<_> = ["type", "immutable"]
        .into_iter()
        .filter(|field| root.get(field).is_some())
        .collect();
    let mut spec = vec![
        ("scope".to_owned(), New::Scalar(Scalar::string(scope.as_str()))),
        ("dataKeys".to_owned(), values.data_keys()),
    ];
    if !moved.is_empty() || metadata.is_some() {
        let metadata = metadata.map(|metadata| ("metadata".to_owned(), metadata));
        spec.push((
            "template".to_owned(),
            New::Mapping(metadata.into_iter().collect()),
        ));
    }
    let stood = root
        .entries()
        .map(|entry| entry.key)
        .find(|key| matches!(key.as_ref(), "data" | "stringData"));
    let at = stood.map_or(Position::Last, |field| Position::Before(field.into_owned()));
    let mut changes = vec![Change::Insert {
        parent: at_path(object, Path::root()),
        key: "spec".to_owned(),
        value: New::Mapping(spec),
        at,
    }];
    changes.extend(moved.into_iter().map(|field| Change::Move {
        target: at_path(object, Path::keys([field])),
        parent: at_path(object, Path::keys(["spec", "template"])),
        at: Position::First,
        key: None,
    }));
    Ok(changes)
}

/// The labels and annotations that the Secret is to have.
fn template_metadata(object: &Object<'_>) -> Result<Option<New>, SealError> {
    let metadata = object.root().get("metadata");
    let mut fields = Vec::new();
    for field in ["labels", "annotations"] {
        let entries = secret::string_map(metadata.and_then(|metadata| metadata.get(field)))?;
        let copied: Vec<_> = entries
            .into_iter()
            .filter(|(key, _)| !NOT_COPIED.iter().any(|prefix| key.starts_with(prefix)))
            .filter(|(key, _)| !secret::LAST_APPLIED.contains(&key.as_str()))
            .map(|(key, value)| (key, New::Scalar(Scalar::string(value))))
            .collect();
        if !copied.is_empty() {
            fields.push((field.to_owned(), New::Mapping(copied)));
        }
    }
    Ok((!fields.is_empty()).then_some(New::Mapping(fields)))
}

fn within_limits(object: &Object<'_>, plain: &[Item]) -> Result<(), SealError> {
    let limit = if plain.len() > MAX_ITEMS {
        Limit::Items
    } else if plain.iter().map(|item| item.value.len()).sum::<usize>() > MAX_PLAINTEXT_BYTES {
        Limit::Plaintext
    } else {
        return Ok(());
    };
    Err(SealError::Limit {
        limit,
        place: object.place(),
    })
}

fn overridden(plain: &[Item]) -> impl Iterator<Item = Notice> {
    plain.iter().filter_map(|item| {
        let place = item.overrides.clone()?;
        Some(Notice::Overridden {
            item: item.key.clone(),
            place,
        })
    })
}

fn set(object: &Object<'_>, field: &str, value: &str) -> Change {
    Change::Set {
        target: at_path(object, Path::keys([field])),
        value: Scalar::string(value),
    }
}

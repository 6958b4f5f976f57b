//! Moving a SealedSecret to another certificate: every value is opened and sealed anew, the rest of the text stays.
//!
//! Scope, metadata and templates are not touched, and templates are not rendered. Values that are sealed for the new
//! key already stay byte for byte, so an interrupted run can be repeated. Which key a value is sealed for shows only
//! when it opens, so without identities nobody can tell what is due.
//!
//! Source: sealed-secrets v0.40.0 `pkg/controller/controller.go`, `Rotate`; CVE-2026-22728.

use sealkit_crypto::{CryptoRng, Identity};
use sealkit_manifest::{Change, New, Object, Path, Position, Scalar, Target};

use super::envelope::{Envelope, items_path};
use super::error::RotateError;
use super::legacy::LegacySecret;
use super::open::{OpenOptions, Opened, open_object};
use super::options::SealOptions;
use super::plan::{Plan, Step};
use super::seal::{allow_scope, encrypt};
use super::unseal::strings;
use super::update::plan;

/// What moving to another certificate does to an object's text.
#[derive(Debug)]
#[must_use]
pub struct Rotated {
    /// The edits; empty if every value is sealed for the key already.
    pub changes: Vec<Change>,
    /// The same for people.
    pub plan: Plan,
}

/// What can be said without a private key about moving an object to another certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// There is no value to move.
    Nothing,
    /// Values were sealed for a key of another size.
    Certain,
    /// The values say the new key's size, which they may be sealed for already.
    Unknown,
}

/// Tells what can be known without a private key.
#[must_use]
pub fn due(envelope: &Envelope, options: &SealOptions<'_>) -> Due {
    if envelope.legacy().is_some() {
        return Due::Certain;
    }
    let mut sizes = envelope.items().iter().map(|item| item.claimed_key_bits());
    match sizes.any(|bits| bits != Some(options.key.modulus_len() * 8)) {
        true => Due::Certain,
        false if envelope.items().is_empty() => Due::Nothing,
        false => Due::Unknown,
    }
}

/// Seals every value anew for the key of `options`; `fresh` also those that are sealed for it already.
///
/// # Errors
/// [`RotateError::Open`] unless every value opens; [`RotateError::Seal`] if it cannot be written.
pub fn rotate(
    object: &Object<'_>,
    identities: &[&dyn Identity],
    options: &SealOptions<'_>,
    fresh: bool,
    rng: &mut dyn CryptoRng,
) -> Result<Rotated, RotateError> {
    let opened = open_object(object, identities, &OpenOptions::default())?;
    allow_scope(object, opened.envelope().scope(), options)?;
    let label = opened.envelope().label();
    let (mut tokens, mut steps) = (Vec::new(), Vec::new());
    for (item, value) in opened.items() {
        let key = item.to_owned();
        if !fresh && opened.legacy.is_none() && opened.key_of(item) == Some(options.key) {
            steps.push(Step::Keep { item: key });
            continue;
        }
        tokens.push((key.clone(), encrypt(object, &label, item, value, options, rng)?));
        steps.push(Step::Replace { item: key });
    }
    let changes = match opened.legacy {
        None => tokens
            .into_iter()
            .map(|(item, token)| replace(object, &item, token))
            .collect(),
        Some(_) => {
            steps.insert(0, Step::Upgrade);
            upgrade(object, &opened, tokens)
        }
    };
    Ok(Rotated {
        changes,
        plan: plan(opened.envelope(), steps),
    })
}

pub(super) fn replace(object: &Object<'_>, item: &str, token: String) -> Change {
    Change::Set {
        target: Target::new(object.id(), items_path().key(item)),
        value: Scalar::string(token),
    }
}

/// Writes `spec.encryptedData` and a template in the place of `spec.data`.
fn upgrade(object: &Object<'_>, opened: &Opened, tokens: Vec<(String, String)>) -> Vec<Change> {
    let spec = Path::keys(["spec"]);
    let target = |path: Path| Target::new(object.id(), path);
    let items = tokens
        .into_iter()
        .map(|(item, token)| (item, New::string(token)))
        .collect();
    let mut changes = vec![Change::Remove {
        target: target(spec.key("data")),
    }];
    for field in ["encryptedData", "template"] {
        if object.get(&spec.key(field)).is_some() {
            changes.push(Change::Remove {
                target: target(spec.key(field)),
            });
        }
    }
    let template = opened.legacy.as_ref().map_or(New::Mapping(Vec::new()), |legacy| {
        template(opened.envelope(), legacy)
    });
    for (key, value) in [("encryptedData", New::Mapping(items)), ("template", template)] {
        changes.push(Change::Insert {
            parent: target(spec.clone()),
            key: key.to_owned(),
            value,
            at: Position::Last,
        });
    }
    changes
}

/// The template that sealing the decrypted Secret today would give.
fn template(envelope: &Envelope, legacy: &LegacySecret) -> New {
    let mut metadata = vec![("name".to_owned(), New::string(envelope.name()))];
    if !envelope.namespace().is_empty() {
        metadata.push(("namespace".to_owned(), New::string(envelope.namespace())));
    }
    for (field, entries) in [("labels", &legacy.labels), ("annotations", &legacy.annotations)] {
        if !entries.is_empty() {
            metadata.push((field.to_owned(), strings(entries)));
        }
    }
    let mut template = vec![("metadata".to_owned(), New::Mapping(metadata))];
    template.extend(
        legacy
            .secret_type
            .as_ref()
            .map(|text| ("type".to_owned(), New::string(text.clone()))),
    );
    template.extend(
        legacy
            .immutable
            .map(|value| ("immutable".to_owned(), Scalar::bool(value).into())),
    );
    New::Mapping(template)
}

//! Sealing: a plain Secret becomes a SealedSecret, and plaintext added to a SealedSecret is moved in.
//!
//! Needs the public key only. What comes out means what the peer's output would mean: `metadata` keeps name, namespace
//! and the scope annotation, the template gets the Secret's metadata in full. The author's text stays hers: comments,
//! order, quoting; a value's place is where its plaintext stood.
//!
//! Source: sealed-secrets v0.40.0 `sealedsecret_expansion.go`, `NewSealedSecret`, and `pkg/kubeseal/kubeseal.go`, `Seal`.

use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_manifest::{Change, Manifest, Object};

use super::convert::Conversion;
use super::envelope::{Envelope, is_sealed_secret, scope_in};
use super::error::SealError;
use super::label::label;
use super::options::SealOptions;
use super::plan::{Notice, Plan, Step};
use super::reuse::Reuse;
use super::update::{self, Put};
use super::value::encrypt_value;
use crate::Scope;
use crate::secret::{self, Form, Hidden, Item};

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

/// Seals a manifest for one key: a Secret, or a SealedSecret to which somebody added plaintext. Sealing a second time
/// changes nothing.
///
/// # Errors
/// [`SealError`]; among them [`SealError::Repeats`] if the base64 form of a sealed value stands elsewhere in the text.
/// The raw form is no error here, because it may be a coincidence: [`seal_object`] and
/// [`last_look`](crate::secret::last_look) tell.
pub fn seal(
    manifest: &Manifest,
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Manifest, SealError> {
    let sealed = seal_object(&manifest.object(), options, rng)?;
    let output = manifest.edit(&sealed.changes)?;
    let mut repeats = secret::last_look(output.stream().source(), &sealed.hidden);
    repeats.retain(|repeat| repeat.form == Form::Base64);
    if repeats.is_empty() {
        Ok(output)
    } else {
        Err(SealError::Repeats(repeats))
    }
}

/// Seals one object: a Secret, or a SealedSecret to which somebody added plaintext.
///
/// # Errors
/// [`SealError`].
pub fn seal_object(
    object: &Object<'_>,
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    if is_sealed_secret(object) {
        seal_added(object, options, rng)
    } else {
        seal_plain(object, options, None, rng)
    }
}

/// Seals the plain Secret that an opened object became, after somebody edited it: items whose plaintext is what it was
/// keep their sealed value byte for byte, as long as the label is the same, and labels and annotations that only the
/// SealedSecret had come back.
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

/// Moves plaintext into an object that is sealed already.
fn seal_added(
    object: &Object<'_>,
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let envelope = Envelope::read(object)?;
    let plain = secret::plaintext(object)?;
    let puts: Vec<_> = plain
        .iter()
        .map(|item| Put {
            key: &item.key,
            value: &item.value,
            moves: Some(&item.path),
        })
        .collect();
    let mut sealed = update::put(object, &envelope, &puts, options, rng)?;
    sealed.changes.extend(secret::remove_plaintext(object));
    sealed.notices = overridden(&plain).collect();
    Ok(sealed)
}

/// Turns a plain Secret into a SealedSecret.
fn seal_plain(
    object: &Object<'_>,
    options: &SealOptions<'_>,
    before: Option<&Reuse>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let plain = secret::read_beside(object, &["spec"])?;
    let binding = Binding::decide(object, options, before)?;
    let (tokens, mut steps) = seal_items(object, &plain, &binding, options, before, rng)?;
    let conversion = Conversion {
        object,
        binding: &binding,
        before,
    };
    let changes = conversion.changes(&plain, &tokens)?;
    let mut cleaned = conversion.cleaned();
    steps.splice(..0, std::iter::once(Step::Convert).chain(cleaned.drain(..)));

    let mut notices: Vec<_> = overridden(&plain).collect();
    if plain.is_empty() {
        notices.push(Notice::Empty {
            place: object.place(),
        });
    }
    let hidden = plain.into_iter().map(|item| Hidden {
        item: item.key,
        plaintext: item.value,
    });
    let plan = Plan {
        object: binding.to_string(),
        place: object.place(),
        scope: binding.scope,
        steps,
    };
    Ok(Sealed {
        changes,
        plan,
        notices,
        hidden: hidden.collect(),
    })
}

/// The sealed text of each item, in order, and what was done to it.
fn seal_items(
    object: &Object<'_>,
    plain: &[Item],
    binding: &Binding,
    options: &SealOptions<'_>,
    before: Option<&Reuse>,
    rng: &mut dyn CryptoRng,
) -> Result<(Vec<String>, Vec<Step>), SealError> {
    let label = label(binding.scope, &binding.namespace, &binding.name);
    let (mut tokens, mut steps) = (Vec::new(), Vec::new());
    for Item { key, value, .. } in plain {
        let item = key.clone();
        match before.and_then(|before| before.unchanged(&label, key, value)) {
            Some(kept) => {
                tokens.push(kept.to_owned());
                steps.push(Step::Keep { item });
            }
            None => {
                tokens.push(encrypt(object, &label, key, value, options, rng)?);
                steps.push(Step::Seal { item });
            }
        }
    }
    Ok((tokens, steps))
}

/// Encrypts one item's value; an error says whose.
pub(super) fn encrypt(
    object: &Object<'_>,
    label: &[u8],
    item: &str,
    value: &Plaintext,
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<String, SealError> {
    encrypt_value(options.key, label, value.expose(), rng).map_err(|source| SealError::Encrypt {
        item: item.to_owned(),
        place: object.place(),
        source,
    })
}

/// What the values of one Secret are bound to, and whether its text says so already.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) scope: Scope,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Binding {
    fn decide(
        object: &Object<'_>,
        options: &SealOptions<'_>,
        before: Option<&Reuse>,
    ) -> Result<Self, SealError> {
        let asked = match scope_in(object) {
            Scope::Strict => before.and_then(Reuse::scope_of_its_own).unwrap_or_default(),
            asked => asked,
        };
        allow_scope(object, asked, options)?;
        let scope = options.scope.map_or(asked, |wanted| wanted.max(asked));
        let place = object.root().get("metadata").unwrap_or(object.root()).place();
        let namespace = own_or_wanted(
            object.namespace().unwrap_or_default().into_owned(),
            options.namespace,
        )
        .map_err(|wanted| SealError::OtherNamespace {
            wanted,
            place: place.clone(),
        })?;
        let name = own_or_wanted(name(object, options.name)?, options.name).map_err(|wanted| {
            SealError::OtherName {
                wanted,
                place: place.clone(),
            }
        })?;
        if scope.needs_namespace() && namespace.is_empty() {
            return Err(SealError::NamespaceNeeded { scope, place });
        }
        Ok(Self {
            scope,
            namespace,
            name,
        })
    }
}

impl std::fmt::Display for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// Refuses a document that asks for a wider scope than the caller allows.
pub(super) fn allow_scope(
    object: &Object<'_>,
    document: Scope,
    options: &SealOptions<'_>,
) -> Result<(), SealError> {
    match options.scope {
        Some(wanted) if document > wanted && !options.allow_wider_scope => Err(SealError::WiderScope {
            document,
            wanted,
            place: object.place(),
        }),
        _ => Ok(()),
    }
}

/// The object's own name. The peer takes any, so upper-case letters are no error; what would make the label of one
/// object that of another is.
fn name(object: &Object<'_>, wanted: Option<&str>) -> Result<String, SealError> {
    match secret::object_name(object) {
        Ok(named) => Ok(named.name),
        Err(error) => match object.name() {
            Some(name) if !name.is_empty() && !name.contains('/') => Ok(name.into_owned()),
            None if wanted.is_some() => Ok(String::new()),
            _ => Err(error.into()),
        },
    }
}

fn own_or_wanted(own: String, wanted: Option<&str>) -> Result<String, String> {
    match wanted {
        Some(wanted) if own.is_empty() => Ok(wanted.to_owned()),
        Some(wanted) if own != wanted => Err(wanted.to_owned()),
        _ => Ok(own),
    }
}

fn overridden(plain: &[Item]) -> impl Iterator<Item = Notice> {
    let notice = |item: &Item| {
        Some(Notice::Overridden {
            item: item.key.clone(),
            place: item.overrides.clone()?,
        })
    };
    plain.iter().filter_map(notice)
}

//! Opening: every value under the object's label, with the private key that fits.
//!
//! All or nothing unless the caller asks for the part that opens. Templates in `spec.template.data` are named and kept;
//! [`Opened::render`] renders them with a language that the caller brings. Knows where no key comes from.
//!
//! Source: sealed-secrets v0.40.0 `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`, `Unseal`.

use sealkit_crypto::rsa_oaep::{RsaPrivateKey, RsaPublicKey};
use sealkit_crypto::{Identity, Plaintext};
use sealkit_manifest::{Object, Path};

use super::envelope::{Envelope, SealedItem, items_path};
use super::error::{ClosedValue, OpenError};
use super::legacy::{self, LegacySecret};
use super::plan::Notice;
use super::render::Made;
use super::reuse::Reuse;
use super::value::{DecryptError, Decrypter};
use crate::secret;

/// What a caller decides about an open.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// Whether to read `spec.data`, the form of producers older than 0.7.0. The peer's controller does by default.
    pub accept_deprecated_data: bool,
    /// Whether to give what opens if some values do not.
    pub partial: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            accept_deprecated_data: true,
            partial: false,
        }
    }
}

/// A SealedSecret's Secret, after every check passed; if the caller wanted it so, without the values that failed.
#[derive(Debug)]
pub struct Opened {
    pub(super) envelope: Envelope,
    pub(super) items: Vec<(String, Plaintext)>,
    pub(super) legacy: Option<LegacySecret>,
    /// What templates made and which keys are null, once they were rendered.
    pub(super) rendered: Option<Made>,
    closed: Vec<ClosedValue>,
    used: Vec<RsaPublicKey>,
    keys: Vec<usize>,
}

/// Opens a SealedSecret with those of the identities that are RSA keys. One private-key operation for each value and
/// key of its size that is tried; the key that fitted last is tried first.
///
/// # Errors
/// [`OpenError`].
pub fn open_object(
    object: &Object<'_>,
    identities: &[&dyn Identity],
    options: &OpenOptions,
) -> Result<Opened, OpenError> {
    let keys: Vec<_> = identities.iter().filter_map(|identity| identity.rsa()).collect();
    open_with_keys(object, &keys, options)
}

/// Opens a SealedSecret with these private keys, as [`open_object`] does.
///
/// # Errors
/// [`OpenError`].
pub fn open_with_keys(
    object: &Object<'_>,
    keys: &[&RsaPrivateKey],
    options: &OpenOptions,
) -> Result<Opened, OpenError> {
    let envelope = Envelope::read(object)?;
    if let Some(item) = unsealed(object)? {
        return Err(OpenError::Unsealed {
            item: item.key,
            place: item.place,
        });
    }
    let mut opening = Opening {
        envelope: &envelope,
        decrypter: Decrypter::new(keys),
        used: Vec::new(),
    };
    if envelope.legacy().is_some() {
        let (secret, items) = legacy::open(&envelope, options, &mut opening)?;
        let (used, keys) = (opening.used, vec![0; items.len()]);
        return Ok(Opened {
            envelope,
            items,
            legacy: Some(secret),
            rendered: None,
            closed: Vec::new(),
            used,
            keys,
        });
    }
    if keys.is_empty() && !envelope.items().is_empty() {
        return Err(OpenError::NoKeys {
            place: envelope.place().clone(),
        });
    }
    let (mut items, mut closed, mut fitted) = (Vec::new(), Vec::new(), Vec::new());
    for item in envelope.items() {
        match opening.decrypt(&item.value) {
            Ok((value, key)) => {
                items.push((item.key.clone(), value));
                fitted.push(key);
            }
            Err(error) => closed.push(opening.closed(item, error)),
        }
    }
    if !closed.is_empty() && !options.partial {
        return Err(OpenError::Values(closed));
    }
    let used = opening.used;
    Ok(Opened {
        envelope,
        items,
        legacy: None,
        rendered: None,
        closed,
        used,
        keys: fitted,
    })
}

/// One object being opened: its label, and the keys in the order in which they are tried.
pub(super) struct Opening<'e> {
    envelope: &'e Envelope,
    decrypter: Decrypter<'e>,
    used: Vec<RsaPublicKey>,
}

impl Opening<'_> {
    /// Decrypts one value of the object; tells under which of the keys used so far, by index.
    pub(super) fn decrypt(&mut self, value: &str) -> Result<(Plaintext, usize), DecryptError> {
        let plaintext = self.decrypter.decrypt(&self.envelope.label(), value)?;
        let key = self
            .decrypter
            .last_used()
            .expect("a value was just decrypted with it")
            .public_key();
        let index = self.used.iter().position(|used| used == key).unwrap_or_else(|| {
            self.used.push(key.clone());
            self.used.len() - 1
        });
        Ok((plaintext, index))
    }

    fn closed(&self, item: &SealedItem, error: DecryptError) -> ClosedValue {
        ClosedValue {
            item: item.key.clone(),
            path: items_path().key(&item.key),
            place: item.place.clone(),
            label: String::from_utf8_lossy(&self.envelope.label()).into_owned(),
            scope: self.envelope.scope(),
            error,
        }
    }

    pub(super) fn closed_legacy(&self, error: DecryptError) -> Option<ClosedValue> {
        let legacy = self.envelope.legacy()?;
        let item = SealedItem {
            key: String::new(),
            value: String::new(),
            place: legacy.place.clone(),
        };
        Some(ClosedValue {
            path: Path::keys(["spec", "data"]),
            ..self.closed(&item, error)
        })
    }
}

impl Opened {
    /// The items and their values, in the order of the text.
    pub fn items(&self) -> impl Iterator<Item = (&str, &Plaintext)> {
        self.items.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The items that the Secret gets: those that opened, and what [rendering](Self::render) made of the templates.
    pub fn secret_items(&self) -> impl Iterator<Item = (&str, &Plaintext)> {
        self.leaving().map(|(_, key, value)| (key, value))
    }

    /// One item's value.
    #[must_use]
    pub fn get(&self, item: &str) -> Option<&Plaintext> {
        self.items()
            .find_map(|(key, value)| (key == item).then_some(value))
    }

    /// The values that did not open; empty unless the caller wanted the part that does.
    #[must_use]
    pub fn closed(&self) -> &[ClosedValue] {
        &self.closed
    }

    /// The public halves of the keys that opened values, each once, in the order in which they were needed.
    #[must_use]
    pub fn used(&self) -> &[RsaPublicKey] {
        &self.used
    }

    /// The public half of the key that opened one item.
    #[must_use]
    pub fn key_of(&self, item: &str) -> Option<&RsaPublicKey> {
        let index = self.items.iter().position(|(key, _)| key == item)?;
        self.used.get(*self.keys.get(index)?)
    }

    /// What the object says without a key.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What a later seal of the same object needs in order to leave values alone whose plaintext did not change.
    #[must_use]
    pub fn reuse(&self, object: &Object<'_>) -> Reuse {
        Reuse::new(self, object)
    }

    /// What a person should hear of: what became of templates, and metadata that the Secret never gets.
    #[must_use]
    pub fn notices(&self, object: &Object<'_>) -> Vec<Notice> {
        let templates = &self.envelope.template().data;
        let templates = templates.first().map(|first| {
            let keys = templates.iter().map(|entry| entry.key.clone()).collect();
            let place = first.place.clone();
            match (&self.rendered, self.closed.is_empty()) {
                (Some(_), _) => Notice::Rendered { keys, place },
                (None, opened) => Notice::NotRendered { keys, place, opened },
            }
        });
        templates
            .into_iter()
            .chain(super::unseal::own_metadata(object, &self.envelope))
            .collect()
    }
}

/// The first plaintext that waits beside the sealed values.
pub(super) fn unsealed(object: &Object<'_>) -> Result<Option<secret::Item>, secret::SecretError> {
    Ok(secret::plaintext(object)?.into_iter().next())
}

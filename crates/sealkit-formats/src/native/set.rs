//! Setting and removing single values of a sealed object, with public keys only.

use sealkit_crypto::{CryptoRng, secret::Plaintext};
use sealkit_manifest::Object;

use super::{
    envelope::Envelope,
    error::SealError,
    open::unsealed,
    options::SealOptions,
    seal::Sealed,
    update::{self, Put},
};
use crate::secret::names::is_item_key;

/// Adds values to a sealed object, or replaces values; the others are not touched. All of them are sealed under one fresh
/// data key. Where a key is given twice, the last one counts.
///
/// # Errors
/// [`SealError`]; [`SealError::Unsealed`] if plaintext waits in the object, which [`seal_object`](super::seal_object)
/// moves in.
pub fn set_values(
    object: &Object<'_>,
    values: &[(&str, &Plaintext)],
    options: &SealOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let envelope = sealed(object)?;
    let mut puts: Vec<Put<'_>> = Vec::new();
    for &(key, value) in values {
        if !is_item_key(key) {
            return Err(SealError::ItemKey { item: key.to_owned() });
        }
        puts.retain(|put| put.key != key);
        puts.push(Put {
            key,
            value,
            from: None,
        });
    }
    if puts.is_empty() {
        return Ok(update::tidy(object, &envelope));
    }
    update::put(object, &envelope, &puts, options, rng)
}

/// Removes values from a sealed object, and the data keys that no other value names. Draws nothing and wraps nothing.
///
/// # Errors
/// [`SealError::NoSuchItem`], [`SealError::Unsealed`], [`SealError::Envelope`].
pub fn remove_values(object: &Object<'_>, items: &[&str]) -> Result<Sealed, SealError> {
    let envelope = sealed(object)?;
    update::take(object, &envelope, items)
}

fn sealed(object: &Object<'_>) -> Result<Envelope, SealError> {
    let envelope = Envelope::read(object)?;
    match unsealed(object)? {
        None => Ok(envelope),
        Some(item) => Err(SealError::Unsealed {
            item: item.key,
            place: item.place,
        }),
    }
}

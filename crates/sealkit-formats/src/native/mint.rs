//! The data key of one write: generated here, wrapped, encrypting, and written into `spec.dataKeys`.
//!
//! This is the only place where a key is made that encrypts. A key found in a file only opens: anybody with the public
//! keys can mint one that she knows, wrap it for the real recipients and leave it there for the next writer.
//!
//! Source: the native format, section 3.

use base64::{Engine, engine::general_purpose::STANDARD};
use sealkit_crypto::{CryptoRng, secret::DataKey, wrap::WrappedKey};
use sealkit_manifest::{New, Place, Scalar};

use super::{
    binding::Binding, envelope::DataKeyEntry, error::SealError, id::DataKeyId, plan::Step,
    recipients::Recipients, value::BoundKey,
};

/// A data key generated in this write.
pub(super) struct Minted {
    bound: BoundKey,
    wrapped: Vec<WrappedKey>,
}

impl Minted {
    /// Generates and wraps a key; draws again in the unlikely case that its id is taken.
    pub(super) fn new(
        binding: &Binding,
        recipients: &Recipients<'_>,
        taken: &[DataKeyId],
        place: &Place,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, SealError> {
        loop {
            let key = DataKey::generate(rng);
            let bound = BoundKey::new(&key, binding);
            if taken.contains(&bound.id()) {
                continue;
            }
            let wrapped = recipients.wrap(&key, &binding.wrap_info(bound.commitment()), place, rng)?;
            return Ok(Self { bound, wrapped });
        }
    }

    pub(super) fn id(&self) -> DataKeyId {
        self.bound.id()
    }

    /// Encrypts one item and returns the text form of the value.
    pub(super) fn encrypt(&self, item: &str, plaintext: &[u8], rng: &mut dyn CryptoRng) -> String {
        self.bound.encrypt(item, plaintext, rng)
    }

    /// The entry in `spec.dataKeys`.
    pub(super) fn entry(&self) -> New {
        entry(self.id(), self.bound.commitment(), &self.wrapped)
    }

    /// How many bytes the entry adds to the text, roughly.
    pub(super) fn text_bytes(&self) -> usize {
        let wraps = self
            .wrapped
            .iter()
            .map(|w| w.recipient.len() + w.key.len().div_ceil(3) * 4 + 64);
        128 + wraps.sum::<usize>()
    }

    pub(super) fn step(&self) -> Step {
        let recipients = self
            .wrapped
            .iter()
            .map(|wrapped| wrapped.recipient.clone())
            .collect();
        Step::AddDataKey {
            id: self.id(),
            recipients,
        }
    }
}

/// An entry of `spec.dataKeys` that is already in a file, written again as it was.
pub(super) fn entry_again(key: &DataKeyEntry) -> New {
    let wrapped: Vec<_> = key.wrapped.iter().map(|wrap| wrap.wrapped.clone()).collect();
    entry(key.id, &key.commitment, &wrapped)
}

/// One entry of `wrapped`.
pub(super) fn wrap_entry(wrapped: &WrappedKey) -> New {
    New::Mapping(vec![
        (
            "recipient".to_owned(),
            New::Scalar(Scalar::string(&wrapped.recipient)),
        ),
        (
            "key".to_owned(),
            New::Scalar(Scalar::string(STANDARD.encode(&wrapped.key))),
        ),
    ])
}

fn entry(id: DataKeyId, commitment: &[u8; 32], wrapped: &[WrappedKey]) -> New {
    New::Mapping(vec![
        ("id".to_owned(), New::Scalar(Scalar::string(id.as_str()))),
        (
            "commitment".to_owned(),
            New::Scalar(Scalar::string(STANDARD.encode(commitment))),
        ),
        (
            "wrapped".to_owned(),
            New::Sequence(wrapped.iter().map(wrap_entry).collect()),
        ),
    ])
}

//! The values of a Secret that is being sealed: kept as they were sealed before, or encrypted under one fresh data key.

use sealkit_crypto::CryptoRng;
use sealkit_manifest::{New, Object};

use super::{
    binding::Binding,
    envelope::DataKeyEntry,
    error::SealError,
    id::DataKeyId,
    limits::{Limit, MAX_DATA_KEYS, MAX_OBJECT_BYTES},
    mint::{Minted, entry_again},
    plan::Step,
    recipients::Recipients,
    reuse::Reuse,
};
use crate::secret::Item;

/// The sealed values of one Secret, in the order of its items, and the data keys they name.
pub(super) struct Values<'p> {
    plain: &'p [Item],
    /// The text of each value; `None` until it is encrypted.
    kept: Vec<Option<String>>,
    pub(super) kept_keys: Vec<DataKeyEntry>,
    pub(super) tokens: Vec<String>,
    pub(super) minted: Option<Minted>,
    pub(super) steps: Vec<Step>,
}

impl<'p> Values<'p> {
    pub(super) fn new(plain: &'p [Item], binding: &Binding, before: Option<&Reuse>) -> Self {
        let unchanged = |item: &Item| before?.unchanged(binding, &item.key, &item.value);
        let kept: Vec<_> = plain.iter().map(unchanged).collect();
        let named: Vec<_> = kept.iter().copied().flatten().collect();
        Self {
            plain,
            kept_keys: before
                .map(|before| before.data_keys_of(&named))
                .unwrap_or_default(),
            kept: kept
                .into_iter()
                .map(|token| token.map(|token| token.text()))
                .collect(),
            tokens: Vec::new(),
            minted: None,
            steps: Vec::new(),
        }
    }

    /// Encrypts what is not kept, under one key generated here.
    pub(super) fn encrypt(
        &mut self,
        binding: &Binding,
        recipients: &Recipients<'_>,
        object: &Object<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        if self.kept.iter().any(Option::is_none) {
            let taken: Vec<DataKeyId> = self.kept_keys.iter().map(|key| key.id()).collect();
            let minted = Minted::new(binding, recipients, &taken, &object.place(), rng)?;
            self.steps.push(minted.step());
            self.minted = Some(minted);
        }
        for (item, kept) in self.plain.iter().zip(std::mem::take(&mut self.kept)) {
            let key = item.key.clone();
            match (kept, &self.minted) {
                (None, Some(minted)) => {
                    self.tokens.push(minted.encrypt(&key, item.value.expose(), rng));
                    self.steps.push(Step::Seal { item: key });
                }
                (kept, _) => {
                    self.tokens.extend(kept);
                    self.steps.push(Step::Keep { item: key });
                }
            }
        }
        Ok(())
    }

    /// The content of `spec.dataKeys`, sorted by id.
    pub(super) fn data_keys(&self) -> New {
        let mut entries: Vec<_> = self
            .kept_keys
            .iter()
            .map(|key| (key.id(), entry_again(key)))
            .collect();
        entries.extend(self.minted.iter().map(|minted| (minted.id(), minted.entry())));
        entries.sort_by_key(|(id, _)| *id);
        New::Sequence(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Refuses an object that would be too long to be read: what stands now, less the plaintexts, plus what replaces them.
    pub(super) fn within_limits(&self, object: &Object<'_>) -> Result<(), SealError> {
        let fields = ["data", "stringData"]
            .into_iter()
            .filter_map(|field| object.root().get(field));
        let values = fields
            .flat_map(|field| field.entries())
            .map(|entry| entry.value.raw().len());
        let before = object.root().raw().len().saturating_sub(values.sum());
        let count = self.kept_keys.len() + usize::from(self.minted.is_some());
        let keys = self.minted.as_ref().map_or(0, Minted::text_bytes);
        let limit = if count > MAX_DATA_KEYS {
            Limit::DataKeys
        } else if before + keys + self.tokens.iter().map(String::len).sum::<usize>() > MAX_OBJECT_BYTES {
            Limit::Object
        } else {
            return Ok(());
        };
        Err(SealError::Limit {
            limit,
            place: object.place(),
        })
    }
}

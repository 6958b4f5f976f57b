//! For whom a write wraps: recipients checked against each other and against what the file says.
//!
//! A file's own recipients and scope are no policy: whoever may write the file could have added herself and wait for the
//! next value. So writers take both from their caller and compare.
//!
//! Source: the native format, sections 5 and 6.

use sealkit_crypto::{CryptoRng, recipient::Recipient, secret::DataKey, wrap::WrappedKey};
use sealkit_manifest::Place;

use super::{
    envelope::{DataKeyEntry, Envelope, MAX_RECIPIENT_BYTES},
    error::{RecipientsError, SealError},
    limits::{Limit, MAX_WRAPPED_KEY_BYTES, MAX_WRAPS},
    options::SealOptions,
    plan::Notice,
};

/// Recipients that may stand together under one data key, with their short names.
pub(super) struct Recipients<'a> {
    named: Vec<(String, &'a Recipient)>,
}

impl<'a> Recipients<'a> {
    /// Checks the caller's recipients against each other.
    pub(super) fn new(options: &SealOptions<'a>) -> Result<Self, RecipientsError> {
        let named: Vec<_> = options
            .recipients
            .iter()
            .map(|recipient| (recipient.name(), recipient))
            .collect();
        if named.is_empty() {
            return Err(RecipientsError::None);
        }
        if named.len() > MAX_WRAPS {
            return Err(RecipientsError::TooMany);
        }
        for (at, (name, _)) in named.iter().enumerate() {
            if named[..at].iter().any(|(other, _)| other == name) {
                return Err(RecipientsError::SameName(name.clone()));
            }
        }
        let recipients = Self { named };
        recipients.refuse_mixture(options, &[])?;
        Ok(recipients)
    }

    /// Their short names, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }

    /// Compares with what the file names. Returns what the caller allowed and should still hear of.
    pub(super) fn compare(
        &self,
        options: &SealOptions<'_>,
        envelope: &Envelope,
    ) -> Result<Vec<Notice>, SealError> {
        let mut notices = self.compare_keys(options, envelope.data_keys())?;
        notices.extend(self.compare_scope(options, envelope)?);
        Ok(notices)
    }

    /// Compares the scope alone.
    pub(super) fn compare_scope(
        &self,
        options: &SealOptions<'_>,
        envelope: &Envelope,
    ) -> Result<Vec<Notice>, SealError> {
        let (file, wanted, place) = (envelope.scope(), options.scope, envelope.place().clone());
        if file <= wanted {
            return Ok(Vec::new());
        }
        if !options.allow_wider_scope {
            return Err(SealError::WiderScope { file, wanted, place });
        }
        Ok(vec![Notice::WiderScope { file, wanted, place }])
    }

    /// Compares with the recipients of data keys that stay in the file.
    pub(super) fn compare_keys(
        &self,
        options: &SealOptions<'_>,
        data_keys: &[DataKeyEntry],
    ) -> Result<Vec<Notice>, SealError> {
        let mut foreign: Vec<String> = Vec::new();
        let mut first: Option<&Place> = None;
        for wrap in data_keys.iter().flat_map(|key| &key.wrapped) {
            let name = &wrap.wrapped.recipient;
            if !self.contains(name) && !foreign.contains(name) {
                foreign.push(name.clone());
                first = first.or(Some(&wrap.place));
            }
        }
        let Some(place) = first.cloned() else {
            return Ok(Vec::new());
        };
        if !options.allow_foreign_recipients {
            return Err(SealError::ForeignRecipients {
                names: foreign,
                place,
            });
        }
        self.refuse_mixture(options, &foreign)?;
        Ok(vec![Notice::ForeignRecipients {
            names: foreign,
            place,
        }])
    }

    /// Wraps a data key for every recipient, in order.
    pub(super) fn wrap(
        &self,
        key: &DataKey,
        info: &[u8],
        place: &Place,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<WrappedKey>, SealError> {
        self.named
            .iter()
            .map(|named| wrap_for(named, key, info, place, rng))
            .collect()
    }

    /// Wraps a data key for one recipient, by its position.
    pub(super) fn wrap_one(
        &self,
        at: usize,
        key: &DataKey,
        info: &[u8],
        place: &Place,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedKey, SealError> {
        wrap_for(&self.named[at], key, info, place, rng)
    }

    fn refuse_mixture(&self, options: &SealOptions<'_>, standing: &[String]) -> Result<(), RecipientsError> {
        let own = self
            .named
            .iter()
            .map(|(name, recipient)| (name, recipient.is_post_quantum()));
        let standing = standing.iter().map(|name| (name, names_post_quantum(name)));
        let (safe, classic): (Vec<_>, Vec<_>) =
            own.chain(standing).partition(|(_, post_quantum)| *post_quantum);
        if options.allow_classic_recipients || safe.is_empty() || classic.is_empty() {
            return Ok(());
        }
        Err(RecipientsError::Mixed(
            classic.into_iter().map(|(name, _)| name.clone()).collect(),
        ))
    }
}

/// Whether a short name in a file is one of a post-quantum recipient.
fn names_post_quantum(name: &str) -> bool {
    // The tagged post-quantum recipients of hardware tokens, in full or by digest; `age1tagpqx1…` would be another plugin's.
    ["age1pq:", "age1tagpq:", "age1tagpq1"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn wrap_for(
    (name, recipient): &(String, &Recipient),
    key: &DataKey,
    info: &[u8],
    place: &Place,
    rng: &mut dyn CryptoRng,
) -> Result<WrappedKey, SealError> {
    let wrapped = recipient.wrap(key, info, rng).map_err(|source| SealError::Wrap {
        recipient: name.clone(),
        source,
    })?;
    debug_assert!(
        wrapped.recipient == *name && name.len() <= MAX_RECIPIENT_BYTES,
        "short names are short and stable"
    );
    // A plugin may answer at any length.
    if wrapped.key.len() > MAX_WRAPPED_KEY_BYTES {
        return Err(SealError::Limit {
            limit: Limit::WrappedKey,
            place: place.clone(),
        });
    }
    Ok(wrapped)
}

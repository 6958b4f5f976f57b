//! Other people for the same data key: the values, the code and the date stay as they are, byte for byte.
//!
//! A master key that stays keeps its text, so that keys of services which this process cannot reach stay too. That works
//! where the file has one group of keys; shares of several groups are made anew.
//!
//! Source: `cmd/sops/subcommand/updatekeys` of getsops/sops 3.13.

use sealkit_crypto::{CryptoRng, Plaintext};

use super::error::{SealError, WrapKeyError};
use super::keys::{WrapKey, wrap};
use super::metadata::{KeyKind, MasterKey, Metadata};
use super::open::{self, Opened};
use super::plan::Plan;
use super::seal::{self, Sealed, start};
use super::slot;
use super::text::Splices;

/// A key that a file is to have.
pub struct NewKey<'a> {
    /// Its kind.
    pub kind: KeyKind,
    /// Its name, as [`MasterKey::name`] says it.
    pub name: &'a str,
    /// What wraps for it, if the file does not have it already.
    pub wrap: &'a dyn WrapKey,
}

/// A master key that stays as it is.
struct Kept(MasterKey);

impl WrapKey for Kept {
    fn wrap_key(&self, _: &Plaintext, _: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        Ok(self.0.clone())
    }
}

impl Opened {
    /// Lets these groups open the file, with the data key that it has. Whoever could open it before and is not among them
    /// still has that data key: where somebody is to lose access, [`Opened::rotate`].
    ///
    /// # Errors
    /// [`SealError`]; nothing is written.
    pub fn update_keys(
        self,
        groups: &[Vec<NewKey<'_>>],
        shamir_threshold: usize,
        rng: &mut dyn CryptoRng,
    ) -> Result<Sealed, SealError> {
        let old = match (&self.metadata.groups[..], groups) {
            ([old], [_]) => &old.0[..],
            _ => &[],
        };
        let kept: Vec<Vec<Option<Kept>>> = groups
            .iter()
            .map(|group| group.iter().map(|new| standing(old, new)).collect())
            .collect();
        let wrappers: Vec<Vec<&dyn WrapKey>> = groups
            .iter()
            .zip(&kept)
            .map(|(group, kept)| {
                group
                    .iter()
                    .zip(kept)
                    .map(|(new, kept)| chosen(new, kept))
                    .collect()
            })
            .collect();
        let (groups, shamir_threshold) = wrap(&self.recovered.key, &wrappers, shamir_threshold, rng)?;
        let metadata = Metadata {
            groups,
            shamir_threshold,
            ..self.metadata.clone()
        };
        self.with_metadata(metadata)
    }

    /// The sealed text with other metadata around the same tokens.
    fn with_metadata(self, metadata: Metadata) -> Result<Sealed, SealError> {
        let mismatch = || SealError::Mismatch {
            place: start(&self.sealed, 0),
        };
        let mut splices = Splices::default();
        slot::cut(&self.sealed, &mut splices);
        let bare = splices.apply(self.sealed.as_str()).ok_or_else(mismatch)?;
        let bare = open::parse(&self.sealed, &bare).map_err(|()| mismatch())?;
        let mut splices = Splices::default();
        slot::put(&bare, &metadata, None, &mut splices).map_err(|at| SealError::NoPlace {
            place: start(&self.sealed, at),
        })?;
        let text = splices.apply(bare.as_str()).ok_or_else(mismatch)?;
        let sealed = open::parse(&self.sealed, &text).map_err(|()| mismatch())?;
        seal::verify(&self.sealed, &self.documents, &sealed, self.recovered.key)?;
        Ok(Sealed {
            stream: sealed,
            metadata,
            plan: Plan::default(),
        })
    }
}

fn standing(old: &[MasterKey], new: &NewKey<'_>) -> Option<Kept> {
    let same = |key: &&MasterKey| key.kind == new.kind && key.name() == new.name;
    old.iter().find(same).cloned().map(Kept)
}

fn chosen<'a>(new: &NewKey<'a>, kept: &'a Option<Kept>) -> &'a dyn WrapKey {
    match kept {
        Some(kept) => kept,
        None => new.wrap,
    }
}

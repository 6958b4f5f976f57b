//! From master keys to the data key and back: age here, every other kind through [`UnwrapKey`] and [`WrapKey`].
//!
//! Any key of a group opens the group; with several groups each holds a share. Knows no programs and no networks: an
//! adapter that runs gpg or asks a cloud implements the traits.
//!
//! Source: `GetDataKeyWithKeyServices`, `UpdateMasterKeysWithKeyServices` in `sops.go` of getsops/sops 3.13.

use std::fmt;

use sealkit_crypto::age::{self, DecryptError, EncryptError, StanzaRecipient, armor};
use sealkit_crypto::{CryptoRng, DataKey, Identity, Plaintext};

use super::error::{GroupFailure, KeyError, KeyFailure, WrapKeyError};
use super::metadata::{KeyKind, MasterKey, Metadata};
use super::shamir;

/// Something that can decrypt `enc` of some master keys.
pub trait UnwrapKey {
    /// Returns what `enc` holds, or `Ok(None)` if keys of this kind or this name are not for it.
    ///
    /// # Errors
    /// Why it failed although it is responsible, in words without a secret.
    fn unwrap_key(&self, key: &MasterKey) -> Result<Option<Plaintext>, KeyFailure>;
}

/// Identities for the age keys of a file.
pub struct AgeIdentities<'a>(pub &'a [&'a dyn Identity]);

impl UnwrapKey for AgeIdentities<'_> {
    fn unwrap_key(&self, key: &MasterKey) -> Result<Option<Plaintext>, KeyFailure> {
        if key.kind != KeyKind::Age {
            return Ok(None);
        }
        match age::decrypt(key.enc().as_bytes(), self.0) {
            Ok(plaintext) => Ok(Some(plaintext)),
            Err(DecryptError::NoMatch { .. }) => Ok(None),
            Err(error) => Err(KeyFailure {
                hint: error.hint(),
                why: error.why().unwrap_or_else(|| error.to_string()),
            }),
        }
    }
}

/// The kinds that are tried first unless somebody says otherwise.
pub const DEFAULT_ORDER: [KeyKind; 2] = [KeyKind::Age, KeyKind::Pgp];

/// A data key and how it was had.
#[derive(Debug)]
pub struct Recovered {
    /// The data key.
    pub key: DataKey,
    /// The names of the master keys that opened, one for each group.
    pub used: Vec<String>,
}

/// Recovers the data key of a file.
///
/// # Errors
/// [`KeyError`] with what became of every group and every key.
pub fn recover(
    metadata: &Metadata,
    unwrap: &[&dyn UnwrapKey],
    order: &[KeyKind],
) -> Result<Recovered, KeyError> {
    let mut opened = Vec::new();
    let mut used = Vec::new();
    let mut failures = Vec::new();
    for group in &metadata.groups {
        match open_group(&group.0, unwrap, order) {
            Ok((share, name)) => {
                opened.push(share);
                used.push(name);
            }
            Err(failure) => failures.push(failure),
        }
    }
    let needed = match (metadata.groups.len(), metadata.shamir_threshold) {
        (1, _) => 1,
        // The peer counts nothing where no threshold is stored; two shares are the least that can be joined.
        (_, 0) => 2,
        (_, threshold) => threshold.max(2),
    };
    if opened.len() < needed {
        return Err(KeyError::NotOpened {
            opened: opened.len(),
            needed,
            groups: failures,
        });
    }
    let key = if metadata.groups.len() == 1 {
        opened.swap_remove(0)
    } else {
        shamir::combine(&opened).ok_or(KeyError::Shares)?
    };
    let key = DataKey::from_slice(key.expose()).map_err(|_| KeyError::NotADataKey)?;
    Ok(Recovered { key, used })
}

fn open_group(
    keys: &[MasterKey],
    unwrap: &[&dyn UnwrapKey],
    order: &[KeyKind],
) -> Result<(Plaintext, String), GroupFailure> {
    let rank = |key: &&MasterKey| {
        order
            .iter()
            .position(|kind| *kind == key.kind)
            .unwrap_or(order.len())
    };
    let mut sorted: Vec<&MasterKey> = keys.iter().collect();
    sorted.sort_by_key(rank);
    let mut tried = Vec::new();
    for key in sorted {
        let mut failure = None;
        for unwrapper in unwrap {
            match unwrapper.unwrap_key(key) {
                Ok(Some(share)) => return Ok((share, key.name())),
                Ok(None) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        tried.push((key.kind, key.name(), failure));
    }
    Err(GroupFailure { tried })
}

/// Something that can make a master key: encrypt a data key, or a share of it, for somebody.
pub trait WrapKey {
    /// Wraps and names the key as the metadata shows it.
    ///
    /// # Errors
    /// [`WrapKeyError`]; one failure ends the whole seal.
    fn wrap_key(&self, share: &Plaintext, rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError>;
}

/// An age recipient as somebody wrote it down.
pub struct AgeKey<'a> {
    /// The text that the file shows; ssh recipients keep their comment.
    pub text: &'a str,
    /// The recipient itself.
    pub recipient: &'a dyn StanzaRecipient,
}

impl WrapKey for AgeKey<'_> {
    fn wrap_key(&self, share: &Plaintext, rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        let file = age::encrypt(&[self.recipient], share.expose(), rng).map_err(|error: EncryptError| {
            WrapKeyError {
                name: self.text.to_owned(),
                why: error.why().unwrap_or_else(|| error.to_string()),
                hint: error.hint(),
            }
        })?;
        Ok(MasterKey::age(self.text, &armor::encode(&file)))
    }
}

impl fmt::Debug for AgeKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AgeKey").field(&self.text).finish()
    }
}

/// Wraps a data key for groups of keys and returns the groups and the threshold that is stored with them.
///
/// # Errors
/// [`super::SealError`] for an empty group, an impossible threshold, or a key that cannot be wrapped to.
pub(super) fn wrap(
    key: &DataKey,
    groups: &[Vec<&dyn WrapKey>],
    threshold: usize,
    rng: &mut dyn CryptoRng,
) -> Result<(Vec<super::metadata::KeyGroup>, usize), super::SealError> {
    use super::SealError;
    if groups.is_empty() || groups.iter().any(Vec::is_empty) {
        return Err(SealError::EmptyGroup);
    }
    let whole = || Plaintext::from(key.expose().to_vec());
    let (shares, threshold) = if groups.len() == 1 {
        (vec![whole()], threshold)
    } else {
        let threshold = if threshold == 0 { groups.len() } else { threshold };
        if !(2..=groups.len()).contains(&threshold) || groups.len() > 255 {
            return Err(SealError::Threshold {
                threshold,
                groups: groups.len(),
            });
        }
        (
            shamir::split(key.expose(), groups.len(), threshold, rng),
            threshold,
        )
    };
    let mut wrapped = Vec::with_capacity(groups.len());
    for (group, share) in groups.iter().zip(&shares) {
        let mut keys = Vec::with_capacity(group.len());
        for recipient in group {
            keys.push(recipient.wrap_key(share, rng)?);
        }
        wrapped.push(super::metadata::KeyGroup(keys));
    }
    Ok((wrapped, threshold))
}

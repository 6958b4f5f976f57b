//! The keys of this machine: age identities from wherever `sops` looks, and what `gpg` has.

use sealkit::{
    crypto::{CryptoRng, Plaintext, recipient::Recipient},
    formats::sops::{
        AgeKey, KeyFailure, UnwrapKey, WrapKey, WrapKeyError,
        metadata::{KeyKind, MasterKey},
        time::Timestamp,
    },
};

use super::{
    gpg::{Gpg, PgpKey},
    identities::Identities,
};
use crate::identities;

/// What this machine opens.
pub(in crate::sops) struct Keys {
    identities: Identities,
    gpg: Gpg,
}

impl Keys {
    /// Nothing is read before a key asks.
    pub(in crate::sops) fn new(now: Timestamp) -> Self {
        Self {
            identities: Identities::default(),
            gpg: Gpg::new(now),
        }
    }

    /// Which sources of identities could not be used, and why.
    pub(in crate::sops) fn notes(&self) -> &[String] {
        self.identities.notes()
    }
}

impl UnwrapKey for Keys {
    fn unwrap_key(&self, key: &MasterKey) -> Result<Option<Plaintext>, KeyFailure> {
        match key.kind {
            KeyKind::Pgp => self.gpg.unwrap_key(key),
            _ => self.identities.unwrap_key(key),
        }
    }
}

/// What this machine wraps for: a key by its names, in the form that a file has.
///
/// # Errors
/// An age recipient that is none; told before anything is wrapped.
pub(in crate::sops) fn wrapper(key: &MasterKey, now: Timestamp) -> Result<Box<dyn WrapKey>, String> {
    Ok(match key.kind {
        KeyKind::Age => {
            let name = key.name();
            let mut recipient: Recipient = name
                .parse()
                .map_err(|error| format!("failed to parse input as age recipient: {error}"))?;
            if let Some(plugins) = identities::help().plugins {
                recipient.attach_plugins(&plugins);
            }
            Box::new(Age { name, recipient })
        }
        KeyKind::Pgp => Box::new(PgpKey {
            fingerprint: key.name(),
            created_at: Some(key.created_at().to_owned()).filter(|time| !time.is_empty()),
            gpg: Gpg::new(now),
        }),
        _ => Box::new(Unreachable(key.clone())),
    })
}

/// What is said where no key of this machine is for it.
pub(in crate::sops) fn nothing_opens(kind: KeyKind) -> String {
    match kind {
        KeyKind::Age => "no identity at hand opens it".to_owned(),
        KeyKind::Pgp => "gpg has no key for it".to_owned(),
        kind => cannot_ask(kind),
    }
}

/// What is said of keys in services that this build does not speak to.
fn cannot_ask(kind: KeyKind) -> String {
    format!("this build of sealkit cannot ask {} yet", kind.as_str())
}

struct Age {
    name: String,
    recipient: Recipient,
}

impl WrapKey for Age {
    fn wrap_key(&self, share: &Plaintext, rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        let key = AgeKey {
            text: &self.name,
            recipient: &self.recipient,
        };
        key.wrap_key(share, rng)
    }
}

struct Unreachable(MasterKey);

impl WrapKey for Unreachable {
    fn wrap_key(&self, _share: &Plaintext, _rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        Err(WrapKeyError {
            name: self.0.name(),
            why: cannot_ask(self.0.kind),
            hint: Some("age and PGP keys work".to_owned()),
        })
    }
}

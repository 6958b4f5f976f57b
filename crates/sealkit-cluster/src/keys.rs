//! The cluster's sealing keys as they are at this moment, for everyone who opens or seals.

mod secret;
mod store;

use std::sync::{Arc, RwLock};

use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use tokio::sync::watch;

pub use secret::{ACTIVE, Extra, KEY_LABEL, NewKey, Order, UnusableKey, new_key, read};
pub use store::{GenerateError, KeyOptions, Store};

/// One sealing key with its certificate.
#[derive(Clone, Debug)]
pub struct SealingKey {
    /// The Secret that holds it.
    pub name: String,
    /// What orders it among the others, in seconds since 1970: start of its certificate or of its Secret.
    pub ordering_time: i64,
    /// When its Secret was made, in seconds since 1970.
    pub created: i64,
    /// Its private half, parsed once.
    pub private: RsaPrivateKey,
    /// Its certificate, one PEM block.
    pub certificate_pem: String,
}

/// A set of sealing keys, newest first: what one open or one answer works with from beginning to end.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<SealingKey>,
}

impl KeySet {
    /// Takes keys in any order. Of two with the same ordering time, the one whose Secret is older counts as newer, as
    /// with the peer, which replaces its current key only by a strictly newer one.
    #[must_use]
    pub fn new(mut keys: Vec<SealingKey>) -> Self {
        keys.sort_by(|a, b| {
            let newer = b.ordering_time.cmp(&a.ordering_time);
            newer.then(a.created.cmp(&b.created)).then(a.name.cmp(&b.name))
        });
        Self { keys }
    }

    /// The same keys and one more.
    #[must_use]
    pub fn with(&self, key: SealingKey) -> Self {
        let others = self.keys.iter().filter(|other| other.name != key.name).cloned();
        Self::new(others.chain([key.clone()]).collect())
    }

    /// The key that new values are sealed for, with the certificate that people are given.
    #[must_use]
    pub fn current(&self) -> Option<&SealingKey> {
        self.keys.first()
    }

    /// All keys, newest first.
    #[must_use]
    pub fn all(&self) -> &[SealingKey] {
        &self.keys
    }

    /// All private halves, newest first, as the opening functions take them.
    #[must_use]
    pub fn private(&self) -> Vec<&RsaPrivateKey> {
        self.keys.iter().map(|key| &key.private).collect()
    }
}

/// The shared, replaceable set. Cloning is cheap; every clone sees the same keys.
#[derive(Clone, Debug)]
pub struct Keys {
    set: Arc<RwLock<Arc<KeySet>>>,
    generation: watch::Sender<u64>,
}

impl Keys {
    /// Starts with a set, which may be empty.
    #[must_use]
    pub fn new(set: KeySet) -> Self {
        Self {
            set: Arc::new(RwLock::new(Arc::new(set))),
            generation: watch::Sender::new(0),
        }
    }

    /// The keys of this moment. Nobody's later change reaches what is returned.
    #[must_use]
    pub fn now(&self) -> Arc<KeySet> {
        let set = self.set.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        Arc::clone(&set)
    }

    /// Puts another set in place, and wakes those who wait for one.
    pub fn replace(&self, set: KeySet) {
        *self.set.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(set);
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Puts a set in place unless it holds the same keys.
    pub fn replace_if_other(&self, set: KeySet) {
        let names = |set: &KeySet| -> Vec<_> {
            let keys = set.all().iter();
            keys.map(|key| {
                (
                    key.name.clone(),
                    key.private.public_key().spki_sha256(),
                    key.ordering_time,
                )
            })
            .collect()
        };
        if names(&self.now()) != names(&set) {
            self.replace(set);
        }
    }

    /// Tells of every replacement from now on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }
}

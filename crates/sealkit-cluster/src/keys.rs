//! The cluster's sealing keys as they are at this moment, for everyone who opens or seals.

mod due;
mod pending;
mod secret;
mod store;

use std::sync::{Arc, RwLock};

use k8s_openapi::api::core::v1::Secret;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use tokio::sync::watch;

use crate::log::Log;

pub use due::{Due, due};
pub use secret::{ACTIVE, Extra, KEY_LABEL, NewKey, Order, UnusableKey, new_key, read};
pub use store::{GenerateError, KeyOptions, Store, secrets};

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

/// A kind of key that is kept in Secrets of the controller's namespace.
pub trait Stored: Clone + Send + Sync + 'static {
    /// The label of their Secrets; `active` is the value of those that are used.
    const LABEL: &'static str;
    /// What they are, for the log.
    const WHAT: &'static str;

    /// The Secret that holds it.
    fn name(&self) -> &str;

    /// What orders it among the others, in seconds since 1970.
    fn ordering_time(&self) -> i64;

    /// When its Secret was made, in seconds since 1970.
    fn created(&self) -> i64;

    /// What tells it from another key under the same name; public.
    fn mark(&self) -> String;

    /// Reads a Secret. The error says why it holds no key, and nothing of what it holds.
    ///
    /// # Errors
    /// That text.
    fn read(secret: &Secret, options: &KeyOptions) -> Result<Self, String>;

    /// Makes a key and gives its Secret. Takes a while.
    ///
    /// # Errors
    /// [`GenerateError`].
    fn make(options: &KeyOptions, now: i64) -> Result<Secret, GenerateError>;

    /// The name of a Secret that counts without a label.
    fn unlabelled(options: &KeyOptions) -> Option<&str>;

    /// Says what a key that has just been made is for.
    fn announce(&self, log: &Log);
}

impl Stored for SealingKey {
    const LABEL: &'static str = KEY_LABEL;
    const WHAT: &'static str = "sealing keys";

    fn name(&self) -> &str {
        &self.name
    }

    fn ordering_time(&self) -> i64 {
        self.ordering_time
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn mark(&self) -> String {
        format!("{:02x?}", self.private.public_key().spki_sha256())
    }

    fn read(secret: &Secret, options: &KeyOptions) -> Result<Self, String> {
        read(secret, options.order).map_err(|error| error.to_string())
    }

    fn make(options: &KeyOptions, now: i64) -> Result<Secret, GenerateError> {
        let private = RsaPrivateKey::generate(options.bits)?;
        let new = NewKey {
            namespace: &options.namespace,
            prefix: &options.prefix,
            common_name: &options.common_name,
            now: u64::try_from(now).unwrap_or_default(),
            ttl: options.ttl.as_secs(),
            extra: &options.extra,
        };
        Ok(new_key(&private, &new)?)
    }

    fn unlabelled(options: &KeyOptions) -> Option<&str> {
        Some(&options.prefix)
    }

    fn announce(&self, log: &Log) {
        log.info("Certificate generated", &[("certificate", &self.certificate_pem)]);
    }
}

/// A set of keys, newest first: what one open or one answer works with from beginning to end.
#[derive(Clone, Debug)]
pub struct KeySet<K = SealingKey> {
    keys: Vec<K>,
}

impl<K> Default for KeySet<K> {
    fn default() -> Self {
        Self { keys: Vec::new() }
    }
}

impl<K: Stored> KeySet<K> {
    /// Takes keys in any order. Of two with the same ordering time, the one whose Secret is older counts as newer, as
    /// with the peer, which replaces its current key only by a strictly newer one.
    #[must_use]
    pub fn new(mut keys: Vec<K>) -> Self {
        keys.sort_by(|a, b| {
            let newer = b.ordering_time().cmp(&a.ordering_time());
            newer
                .then(a.created().cmp(&b.created()))
                .then(a.name().cmp(b.name()))
        });
        Self { keys }
    }

    /// The same keys and one more.
    #[must_use]
    pub fn with(&self, key: K) -> Self {
        let others = self
            .keys
            .iter()
            .filter(|other| other.name() != key.name())
            .cloned();
        Self::new(others.chain([key.clone()]).collect())
    }

    /// The key that new values are sealed for, whose public half people are given.
    #[must_use]
    pub fn current(&self) -> Option<&K> {
        self.keys.first()
    }

    /// All keys, newest first.
    #[must_use]
    pub fn all(&self) -> &[K] {
        &self.keys
    }
}

impl KeySet {
    /// All private halves, newest first, as the opening functions take them.
    #[must_use]
    pub fn private(&self) -> Vec<&RsaPrivateKey> {
        self.keys.iter().map(|key| &key.private).collect()
    }
}

/// The shared, replaceable set. Cloning is cheap; every clone sees the same keys.
#[derive(Clone, Debug)]
pub struct Keys<K = SealingKey> {
    set: Arc<RwLock<Arc<KeySet<K>>>>,
    generation: watch::Sender<u64>,
}

impl<K: Stored> Keys<K> {
    /// Starts with a set, which may be empty.
    #[must_use]
    pub fn new(set: KeySet<K>) -> Self {
        Self {
            set: Arc::new(RwLock::new(Arc::new(set))),
            generation: watch::Sender::new(0),
        }
    }

    /// The keys of this moment. Nobody's later change reaches what is returned.
    #[must_use]
    pub fn now(&self) -> Arc<KeySet<K>> {
        let set = self.set.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        Arc::clone(&set)
    }

    /// Puts another set in place, and wakes those who wait for one.
    pub fn replace(&self, set: KeySet<K>) {
        *self.set.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(set);
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Puts a set in place unless it holds the same keys.
    pub fn replace_if_other(&self, set: KeySet<K>) {
        let names = |set: &KeySet<K>| -> Vec<_> {
            let keys = set.all().iter();
            keys.map(|key| (key.name().to_owned(), key.mark(), key.ordering_time()))
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

//! The identities that EncryptedSecrets are opened with: Secrets of the controller's namespace, files, and the sealing keys.
//!
//! The newest of the Secrets is the current one, whose recipient people are given; where there is none, the first of the
//! files. Sealing keys are identities too, because a recipient may be a sealing certificate that people have already.

mod files;
mod publish;
mod secret;

use std::sync::{Arc, RwLock};

use sealkit_crypto::identity::{Identity, RsaIdentity};
use sealkit_crypto::recipient::Recipient;
use tokio::sync::watch;

pub use files::{Files, NotAnIdentityFile};
pub use publish::{RECIPIENT_MAP, publish};
pub use secret::{IDENTITY_ITEM, IDENTITY_LABEL, IdentityKey, RECIPIENT_ITEM};

use crate::keys::Keys;

/// The identities of one moment.
#[derive(Clone, Default)]
pub struct Identities {
    all: Vec<Arc<dyn Identity>>,
    current: Option<Recipient>,
}

impl Identities {
    /// Puts them together, those first that are tried first.
    #[must_use]
    pub fn new(all: Vec<Arc<dyn Identity>>, current: Option<Recipient>) -> Self {
        Self { all, current }
    }

    /// All, as the opening functions take them.
    #[must_use]
    pub fn all(&self) -> Vec<&dyn Identity> {
        self.all.iter().map(|identity| &**identity).collect()
    }

    /// The recipient that people are given.
    #[must_use]
    pub fn current(&self) -> Option<&Recipient> {
        self.current.as_ref()
    }
}

/// The shared set, put together anew whenever one of its sources changes.
pub struct Ring {
    secrets: Keys<IdentityKey>,
    files: Keys<IdentityKey>,
    sealing: Keys,
    now: RwLock<Arc<Identities>>,
    generation: watch::Sender<u64>,
}

impl Ring {
    /// Puts the sources together as they are.
    #[must_use]
    pub fn new(secrets: Keys<IdentityKey>, files: Keys<IdentityKey>, sealing: Keys) -> Self {
        let ring = Self {
            secrets,
            files,
            sealing,
            now: RwLock::default(),
            generation: watch::Sender::new(0),
        };
        ring.renew();
        ring
    }

    /// The identities of this moment.
    #[must_use]
    pub fn now(&self) -> Arc<Identities> {
        let now = self.now.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        Arc::clone(&now)
    }

    /// Tells of every other set from now on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Keeps the set as its sources are. Never returns.
    pub async fn follow(&self) {
        let (mut secrets, mut files) = (self.secrets.changes(), self.files.changes());
        let mut sealing = self.sealing.changes();
        self.renew();
        loop {
            let ended = tokio::select! {
                changed = secrets.changed() => changed.is_err(),
                changed = files.changed() => changed.is_err(),
                changed = sealing.changed() => changed.is_err(),
            };
            if ended {
                return;
            }
            self.renew();
        }
    }

    fn renew(&self) {
        let (secrets, files, sealing) = (self.secrets.now(), self.files.now(), self.sealing.now());
        let keys = secrets.all().iter().chain(files.all());
        let current = keys.clone().find_map(|key| key.recipient().cloned());
        let rsa = sealing.all().iter().map(|key| {
            let identity: Arc<dyn Identity> = Arc::new(RsaIdentity::new(key.private.clone()));
            identity
        });
        let all = keys.flat_map(IdentityKey::identities).chain(rsa).collect();
        let identities = Arc::new(Identities::new(all, current));
        *self.now.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = identities;
        self.generation.send_modify(|generation| *generation += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeySet, Stored as _};

    fn ring(secrets: Vec<IdentityKey>, files: Vec<IdentityKey>) -> Ring {
        let keys = |keys| Keys::new(KeySet::new(keys));
        Ring::new(keys(secrets), keys(files), Keys::new(KeySet::default()))
    }

    fn named(ring: &Ring) -> Vec<String> {
        let now = ring.now();
        now.all().iter().flat_map(|identity| identity.names()).collect()
    }

    #[test]
    fn secrets_come_before_files_and_the_first_is_current() {
        let [a, b, file] = [("a", 1), ("b", 2), ("file", 0)].map(|(name, at)| secret::test_key(name, at));
        let ring = ring(vec![a.clone(), b.clone()], vec![file.clone()]);
        assert_eq!(named(&ring), [b.mark(), a.mark(), file.mark()]);
        assert_eq!(ring.now().current().map(Recipient::name), Some(b.mark()));
    }

    #[test]
    fn without_secrets_the_first_file_is_current_and_without_either_nobody() {
        let file = secret::test_key("file", 0);
        let one = ring(Vec::new(), vec![file.clone()]);
        assert_eq!(one.now().current().map(Recipient::name), Some(file.mark()));
        assert!(ring(Vec::new(), Vec::new()).now().current().is_none());
    }

    #[tokio::test]
    async fn a_change_of_a_source_is_followed() {
        let ring = Arc::new(ring(Vec::new(), Vec::new()));
        let mut changes = ring.changes();
        let follower = Arc::clone(&ring);
        let following = tokio::spawn(async move { follower.follow().await });
        changes.changed().await.expect("it begins with what there is");
        let key = secret::test_key("new", 1);
        ring.secrets.replace(KeySet::new(vec![key.clone()]));
        changes.changed().await.expect("the ring is there");
        assert_eq!(named(&ring), [key.mark()]);
        following.abort();
    }
}

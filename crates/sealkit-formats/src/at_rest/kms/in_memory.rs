//! A key service that lives in memory: for tests and examples, of both kms versions.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sealkit_crypto::CryptoRng;
use sealkit_crypto::aead::{aes256gcm_decrypt, aes256gcm_encrypt};
use sealkit_crypto::secret::{DataKey, Plaintext};

use super::{DirectService, KeyService, KeyServiceError, Status, WrappedSource};

const NONCE_BYTES: usize = 12;

/// Wraps with AES-256-GCM under keys that it makes itself and never shows. What it wrapped is lost when it is dropped.
pub struct InMemory(Mutex<Inner>);

struct Inner {
    keys: Vec<(String, DataKey)>,
    healthz: String,
    calls: Calls,
    rng: Box<dyn CryptoRng + Send>,
}

/// How often a service was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Data keys or seeds wrapped.
    pub wraps: usize,
    /// Data keys or seeds unwrapped.
    pub unwraps: usize,
}

impl InMemory {
    /// Makes a service whose only key has this id, and which draws its keys and nonces from `rng`.
    pub fn new(key_id: &str, mut rng: impl CryptoRng + Send + 'static) -> InMemory {
        let key = DataKey::generate(&mut rng);
        InMemory(Mutex::new(Inner {
            keys: vec![(key_id.to_owned(), key)],
            healthz: "ok".to_owned(),
            calls: Calls::default(),
            rng: Box::new(rng),
        }))
    }

    /// Makes a new key that wraps from now on. The former ones still unwrap.
    pub fn rotate(&self, key_id: &str) {
        let mut inner = self.inner();
        let key = DataKey::generate(&mut *inner.rng);
        inner.keys.push((key_id.to_owned(), key));
    }

    /// Changes what [`KeyService::status`] answers.
    pub fn say(&self, healthz: &str) {
        self.inner().healthz = healthz.to_owned();
    }

    /// How often it was asked so far.
    pub fn calls(&self) -> Calls {
        self.inner().calls
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemory(..)")
    }
}

impl Inner {
    fn wrap(&mut self, source: &[u8]) -> Result<(Vec<u8>, String), KeyServiceError> {
        self.calls.wraps += 1;
        let mut nonce = [0; NONCE_BYTES];
        self.rng.fill_bytes(&mut nonce);
        let (key_id, key) = self.keys.last().ok_or("the service has no key")?;
        let mut wrapped = nonce.to_vec();
        wrapped.extend(aes256gcm_encrypt(
            key.expose(),
            &nonce,
            key_id.as_bytes(),
            source,
        )?);
        Ok((wrapped, key_id.clone()))
    }

    fn unwrap(&mut self, wrapped: &[u8], key_id: Option<&str>) -> Result<Plaintext, KeyServiceError> {
        self.calls.unwraps += 1;
        let (nonce, sealed) = wrapped
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or("too short to be wrapped by this service")?;
        let candidates = self
            .keys
            .iter()
            .filter(|(id, _)| key_id.is_none_or(|wanted| wanted == id));
        candidates
            .filter_map(|(id, key)| aes256gcm_decrypt(key.expose(), nonce, id.as_bytes(), sealed).ok())
            .next()
            .ok_or_else(|| "not wrapped by a key of this service".into())
    }
}

impl KeyService for InMemory {
    fn status(&self) -> Result<Status, KeyServiceError> {
        let inner = self.inner();
        let (key_id, _) = inner.keys.last().ok_or("the service has no key")?;
        Ok(Status {
            version: "v2".to_owned(),
            healthz: inner.healthz.clone(),
            key_id: key_id.clone(),
        })
    }

    fn wrap(&self, source: &[u8]) -> Result<WrappedSource, KeyServiceError> {
        let (ciphertext, key_id) = self.inner().wrap(source)?;
        let annotations = BTreeMap::from([("in-memory.sealkit.dev".to_owned(), b"1".to_vec())]);
        Ok(WrappedSource {
            ciphertext,
            key_id,
            annotations,
        })
    }

    fn unwrap(&self, wrapped: &WrappedSource) -> Result<Plaintext, KeyServiceError> {
        self.inner().unwrap(&wrapped.ciphertext, Some(&wrapped.key_id))
    }
}

impl DirectService for InMemory {
    fn wrap(&self, data_key: &[u8]) -> Result<Vec<u8>, KeyServiceError> {
        self.inner().wrap(data_key).map(|(wrapped, _)| wrapped)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Plaintext, KeyServiceError> {
        self.inner().unwrap(wrapped, None)
    }
}

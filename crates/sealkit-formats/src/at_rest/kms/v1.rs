//! The kms v1 envelope: `len(u16, big-endian) ‖ wrapped data key ‖ payload`, one fresh data key per value.
//!
//! Payloads are AES-GCM since 1.25 and were AES-CBC before; nothing in the bytes says which, so a reader tries both.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sealkit_crypto::CryptoRng;
use sealkit_crypto::secret::DataKey;
use zeroize::Zeroizing;

use super::super::cipher::{Cipher, CipherError};
use super::super::{AttemptError, EncryptError, Scheme};
use super::{DirectService, ObjectError};

/// Longest wrapped data key that the length field can announce, in bytes.
pub const MAX_WRAPPED_DATA_KEY_BYTES: usize = u16::MAX as usize;

/// A kms v1 provider.
///
/// Source: `k8s.io/apiserver` v0.36.2, `pkg/storage/value/encrypt/envelope/envelope.go`.
pub struct KmsV1 {
    name: String,
    header: Vec<u8>,
    service: Arc<dyn DirectService>,
    unwrapped: Mutex<Cache>,
}

impl KmsV1 {
    /// Names a provider and the service behind it. `cache` is the `cachesize` of the configuration file: how many
    /// unwrapped data keys are kept, none if it is negative.
    pub fn new(name: &str, service: Arc<dyn DirectService>, cache: i32) -> KmsV1 {
        KmsV1 {
            name: name.to_owned(),
            header: format!("{}{name}:", Scheme::KmsV1.prefix()).into_bytes(),
            service,
            unwrapped: Mutex::new(Cache::new(usize::try_from(cache).unwrap_or(0))),
        }
    }

    /// The provider's name, part of every stored value.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    pub(crate) fn encrypt(
        &self,
        etcd_key: &[u8],
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<(), EncryptError> {
        let data_key = DataKey::generate(rng);
        let wrapped = self.service.wrap(data_key.expose());
        let wrapped = wrapped.map_err(|source| EncryptError::KeyService {
            provider: self.name.clone(),
            source,
        })?;
        let unstorable = || EncryptError::Unstorable {
            provider: self.name.clone(),
            reason: ObjectError::Source,
        };
        let length = u16::try_from(wrapped.len()).map_err(|_| unstorable())?;
        let pair = Pair::new(data_key.expose()).expect("a fresh data key has 32 bytes, which AES takes");
        let pair = self.cache().put(wrapped.clone(), pair);

        let start = self.header.len() + 2 + wrapped.len();
        let total = start + pair.gcm.sealed_len(plaintext.len());
        out.resize(total, 0);
        let (front, payload) = out.split_at_mut(start);
        front[..self.header.len()].copy_from_slice(&self.header);
        front[self.header.len()..self.header.len() + 2].copy_from_slice(&length.to_be_bytes());
        front[self.header.len() + 2..].copy_from_slice(&wrapped);
        pair.gcm
            .encrypt(etcd_key, plaintext, rng, payload)
            .map_err(|_| EncryptError::TooLong(Scheme::KmsV1))
    }

    /// Returns whether the payload was AES-CBC, which makes it stale.
    pub(crate) fn decrypt(
        &self,
        etcd_key: &[u8],
        payload: &[u8],
        out: &mut Zeroizing<Vec<u8>>,
    ) -> Result<bool, AttemptError> {
        let (wrapped, sealed) = split(payload).ok_or(AttemptError::Envelope(ObjectError::CutOff))?;
        let kept = self.cache().get(wrapped);
        let pair = match kept {
            Some(pair) => pair,
            None => {
                let data_key = self.service.unwrap(wrapped).map_err(AttemptError::KeyService)?;
                let pair = Pair::new(data_key.expose()).ok_or(AttemptError::DataKey)?;
                self.cache().put(wrapped.to_vec(), pair)
            }
        };
        match pair.gcm.decrypt(etcd_key, sealed, out) {
            Ok(()) => Ok(false),
            Err(gcm) => pair
                .cbc
                .decrypt(etcd_key, sealed, out)
                .map(|()| true)
                .map_err(|cbc| match (gcm, cbc) {
                    (CipherError::TooShort, _) => AttemptError::TooShort,
                    _ => AttemptError::Tampered,
                }),
        }
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.unwrapped.lock().unwrap_or_else(PoisonError::into_inner) // a cache that lost an insert is still a cache
    }
}

impl fmt::Debug for KmsV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsV1")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Splits a kms v1 payload into wrapped data key and sealed value.
pub(crate) fn split(payload: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = payload.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// Both ciphers under one data key.
struct Pair {
    gcm: Cipher,
    cbc: Cipher,
}

impl Pair {
    fn new(data_key: &[u8]) -> Option<Pair> {
        Some(Pair {
            gcm: Cipher::aes_gcm(data_key)?,
            cbc: Cipher::aes_cbc(data_key)?,
        })
    }
}

/// Unwrapped data keys by their wrapped form; the one that was not asked for the longest time leaves first.
struct Cache {
    capacity: usize,
    tick: u64,
    by_wrapped: HashMap<Vec<u8>, (u64, Arc<Pair>)>,
    by_age: BTreeMap<u64, Vec<u8>>,
}

impl Cache {
    fn new(capacity: usize) -> Cache {
        Cache {
            capacity,
            tick: 0,
            by_wrapped: HashMap::new(),
            by_age: BTreeMap::new(),
        }
    }

    fn get(&mut self, wrapped: &[u8]) -> Option<Arc<Pair>> {
        let (used, pair) = self.by_wrapped.get_mut(wrapped)?;
        self.tick += 1;
        let key = self.by_age.remove(used)?;
        *used = self.tick;
        self.by_age.insert(self.tick, key);
        Some(Arc::clone(pair))
    }

    fn put(&mut self, wrapped: Vec<u8>, pair: Pair) -> Arc<Pair> {
        let pair = Arc::new(pair);
        if self.capacity > 0 {
            self.tick += 1;
            if let Some((used, _)) = self
                .by_wrapped
                .insert(wrapped.clone(), (self.tick, Arc::clone(&pair)))
            {
                self.by_age.remove(&used);
            }
            self.by_age.insert(self.tick, wrapped);
            if self.by_age.len() > self.capacity
                && let Some((_, oldest)) = self.by_age.pop_first()
            {
                self.by_wrapped.remove(&oldest);
            }
        }
        pair
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_the_announced_length_only() {
        assert_eq!(split(&[0, 2, 7, 8, 9]), Some((&[7, 8][..], &[9][..])));
        assert_eq!(split(&[0, 0]), Some((&[][..], &[][..])));
        for cut in [&[][..], &[0], &[0, 1], &[1, 0, 7]] {
            assert_eq!(split(cut), None);
        }
    }

    #[test]
    fn the_cache_forgets_what_was_not_asked_for_the_longest_time() {
        let mut cache = Cache::new(2);
        let pair = || Pair::new(&[1; 32]).expect("32 bytes");
        cache.put(vec![1], pair());
        cache.put(vec![2], pair());
        assert!(cache.get(&[1]).is_some());
        cache.put(vec![3], pair());
        assert!(cache.get(&[2]).is_none() && cache.get(&[1]).is_some() && cache.get(&[3]).is_some());
        cache.put(vec![3], pair());
        assert_eq!((cache.by_age.len(), cache.by_wrapped.len()), (2, 2));
    }

    #[test]
    fn a_cache_of_size_zero_keeps_nothing() {
        let mut cache = Cache::new(0);
        cache.put(vec![1], Pair::new(&[1; 32]).expect("32 bytes"));
        assert!(cache.get(&[1]).is_none());
    }
}

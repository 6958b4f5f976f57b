//! The kms v2 envelope: one wrapped seed for all values of a server process, a derived key for each value.
//!
//! Reading and writing follow the API server's rules for when the service is asked: it wraps once per key id and process,
//! and unwraps once per wrapped source and day. When [`KmsV2::observe`] is called (every minute, every ten seconds while it
//! fails) and how long a call may take is the adapter's business.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use sealkit_crypto::CryptoRng;
use sealkit_crypto::aead::TAG_BYTES;
use sealkit_crypto::gcm::{GcmKey, NONCE_BYTES};
use sealkit_crypto::kdf;
use sealkit_crypto::secret::{DataKey, Plaintext};
use zeroize::Zeroizing;

use super::super::cipher::Cipher;
use super::super::{AttemptError, EncryptError, Scheme};
use super::object::{self, EncryptedObject, MAX_KEY_ID_BYTES, ObjectError, SourceKind};
use super::{KeyService, KeyServiceError, WrappedSource};
use crate::wire::{put_header, varint_len};

/// For how long values may be written after an observation, in seconds.
///
/// Source: `kmsv2PluginWriteDEKSourceMaxTTL`.
pub const WRITE_SECONDS: u64 = 3 * 60;

/// For how long an unwrapped source is kept, in seconds. Source: `cacheTTL` of `kmsv2/envelope.go`.
const UNWRAPPED_SECONDS: u64 = 24 * 60 * 60;
/// Length of the derivation info before every value of a seed, in bytes.
const INFO_BYTES: usize = 32;
/// Shortest seed, in bytes.
const MIN_SEED_BYTES: usize = 32;

/// A kms v2 provider.
///
/// Source: `k8s.io/apiserver` v0.36.2, `pkg/storage/value/encrypt/envelope/kmsv2/envelope.go`,
/// `pkg/storage/value/encrypt/aes/aes_extended_nonce.go`, and the probe in
/// `pkg/server/options/encryptionconfig/config.go`. Like there, an observation that finds the service unwell but its key id
/// valid and unchanged still prolongs writing (kubernetes/kubernetes#138950).
pub struct KmsV2 {
    name: String,
    header: Vec<u8>,
    service: Arc<dyn KeyService>,
    reads_unobserved: bool,
    state: RwLock<Option<Arc<State>>>,
    version: Mutex<Option<String>>,
    unwrapped: Mutex<Unwrapped>,
    now: AtomicU64,
}

/// Unwrapped sources by [`cache_key`], each with the second in which it is forgotten.
type Unwrapped = HashMap<[u8; 32], (u64, Arc<Source>)>;

/// What the last successful observation left: everything a write needs.
struct State {
    source: Arc<Source>,
    wrapped: WrappedSource,
    tail: Vec<u8>,
    cache_key: [u8; 32],
    writes_until: u64,
}

/// An unwrapped source.
#[allow(
    clippy::large_enum_variant,
    reason = "always behind an `Arc`, a handful at a time"
)]
enum Source {
    Key(Cipher),
    Seed(Plaintext),
}

impl KmsV2 {
    /// Names a provider and the service behind it. It neither reads nor writes before the first [`KmsV2::observe`].
    pub fn new(name: &str, service: Arc<dyn KeyService>) -> KmsV2 {
        KmsV2 {
            name: name.to_owned(),
            header: format!("{}{name}:", Scheme::KmsV2.prefix()).into_bytes(),
            service,
            reads_unobserved: false,
            state: RwLock::new(None),
            version: Mutex::new(None),
            unwrapped: Mutex::new(HashMap::new()),
            now: AtomicU64::new(0),
        }
    }

    /// For tools that read what servers wrote: reads at once, and calls a value stale only if its source is of the kind
    /// that is no longer written, as long as no observation has said which key id is the present one.
    pub fn reader(name: &str, service: Arc<dyn KeyService>) -> KmsV2 {
        KmsV2 {
            reads_unobserved: true,
            ..KmsV2::new(name, service)
        }
    }

    /// The provider's name, part of every stored value.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id of the last successful observation: values under another one are stale.
    pub fn key_id(&self) -> Option<String> {
        self.state().map(|state| state.wrapped.key_id.clone())
    }

    /// Asks the service how it is, and makes and wraps a new seed if its key id is a new one. `now` is in seconds.
    ///
    /// # Errors
    /// [`Unhealthy`] with every reason. What was possible before stays possible: reading always, writing until
    /// [`WRITE_SECONDS`] after the last observation that found a valid key id.
    pub fn observe(&self, now: u64, rng: &mut dyn CryptoRng) -> Result<(), Unhealthy> {
        self.now.store(now, Ordering::Relaxed);
        let status = self
            .service
            .status()
            .map_err(|error| Unhealthy(vec![Reason::Status(error)]))?;
        let mut reasons = Vec::new();
        if status.healthz != "ok" {
            reasons.push(Reason::Healthz(status.healthz));
        }
        if let Some(reason) = self.unexpected_version(status.version) {
            reasons.push(reason);
        }
        if status.key_id.is_empty() || status.key_id.len() > MAX_KEY_ID_BYTES {
            reasons.push(Reason::KeyId);
        } else if let Err(reason) = self.follow(&status.key_id, now, rng) {
            reasons.push(reason);
        }
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(Unhealthy(reasons))
        }
    }

    /// Tells the time, in seconds of the clock that [`KmsV2::observe`] is told.
    pub fn tell_time(&self, now: u64) {
        self.now.store(now, Ordering::Relaxed);
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
        let not_ready = |reason| EncryptError::NotReady {
            provider: self.name.clone(),
            reason,
        };
        let state = self.state().ok_or_else(|| not_ready(NotReady::NeverObserved))?;
        let now = self.now.load(Ordering::Relaxed);
        if now > state.writes_until {
            return Err(not_ready(NotReady::Expired));
        }
        self.keep(state.cache_key, &state.source, now);
        let Source::Seed(seed) = &*state.source else {
            return Err(not_ready(NotReady::NeverObserved)); // an observation only ever makes seeds
        };

        let data = INFO_BYTES + NONCE_BYTES + plaintext.len() + TAG_BYTES;
        let start = self.header.len() + 1 + varint_len(data);
        out.clear();
        out.reserve(start + data + state.tail.len());
        out.extend_from_slice(&self.header);
        put_header(1, data, out);
        out.resize(start + data, 0);
        let payload = &mut out[start..];
        let (info, payload) = payload.split_at_mut(INFO_BYTES);
        rng.fill_bytes(info);
        let cipher = derive(seed, info);
        cipher
            .encrypt(etcd_key, plaintext, rng, payload)
            .map_err(|_| EncryptError::TooLong(Scheme::KmsV2))?;
        out.extend_from_slice(&state.tail);
        Ok(())
    }

    /// Returns whether the value is stale for this provider.
    pub(crate) fn decrypt(
        &self,
        etcd_key: &[u8],
        payload: &[u8],
        out: &mut Zeroizing<Vec<u8>>,
    ) -> Result<bool, AttemptError> {
        let object = EncryptedObject::read(payload).map_err(AttemptError::Envelope)?;
        let state = self.state();
        if state.is_none() && !self.reads_unobserved {
            return Err(AttemptError::NotReady(NotReady::NeverObserved));
        }
        let cache_key = cache_key(
            object.kind,
            object.source,
            object.key_id,
            object.annotations.iter(),
        );
        let now = self.now.load(Ordering::Relaxed);
        let source = match self.kept(&cache_key, now) {
            Some(source) => source,
            None => {
                let unwrapped = self
                    .service
                    .unwrap(&object.wrapped())
                    .map_err(AttemptError::KeyService)?;
                let source = Arc::new(Source::new(object.kind, unwrapped).ok_or(AttemptError::DataKey)?);
                self.keep(cache_key, &source, now);
                source
            }
        };
        source.decrypt(etcd_key, object.data, out)?;
        Ok(object.kind != SourceKind::HkdfSeed
            || state.is_some_and(|state| state.wrapped.key_id != object.key_id))
    }

    fn unexpected_version(&self, version: String) -> Option<Reason> {
        if version != "v2" && version != "v2beta1" {
            return Some(Reason::Version(version));
        }
        let mut pinned = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        let first = pinned.get_or_insert_with(|| version.clone());
        (*first != version).then_some(Reason::VersionChanged)
    }

    /// Prolongs writing under the present seed, or makes a new one for a new key id.
    fn follow(&self, key_id: &str, now: u64, rng: &mut dyn CryptoRng) -> Result<(), Reason> {
        let writes_until = now.saturating_add(WRITE_SECONDS);
        if let Some(state) = self.state()
            && state.wrapped.key_id == key_id
        {
            self.set_state(State {
                writes_until,
                ..state.cloned()
            });
            return Ok(());
        }
        let seed = DataKey::generate(rng);
        let wrapped = self.service.wrap(seed.expose()).map_err(Reason::Wrap)?;
        object::check_wrapped(&wrapped).map_err(Reason::Unstorable)?;
        if wrapped.key_id != key_id {
            return Err(Reason::KeyIdDiffers);
        }
        let annotations = wrapped.annotations.iter();
        self.set_state(State {
            source: Arc::new(Source::Seed(Plaintext::from(seed.expose().to_vec()))),
            tail: object::tail(&wrapped, SourceKind::HkdfSeed),
            cache_key: cache_key(
                SourceKind::HkdfSeed,
                &wrapped.ciphertext,
                &wrapped.key_id,
                annotations,
            ),
            wrapped,
            writes_until,
        });
        Ok(())
    }

    fn state(&self) -> Option<Arc<State>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_state(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(state));
    }

    fn kept(&self, cache_key: &[u8; 32], now: u64) -> Option<Arc<Source>> {
        let unwrapped = self.unwrapped.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, source) = unwrapped.get(cache_key)?;
        (now < *until).then(|| Arc::clone(source))
    }

    fn keep(&self, cache_key: [u8; 32], source: &Arc<Source>, now: u64) {
        let mut unwrapped = self.unwrapped.lock().unwrap_or_else(PoisonError::into_inner);
        let until = now.saturating_add(UNWRAPPED_SECONDS);
        if unwrapped.insert(cache_key, (until, Arc::clone(source))).is_none() {
            unwrapped.retain(|_, (until, _)| now < *until);
        }
    }
}

impl fmt::Debug for KmsV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsV2")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl State {
    fn cloned(&self) -> State {
        State {
            source: Arc::clone(&self.source),
            wrapped: self.wrapped.clone(),
            tail: self.tail.clone(),
            cache_key: self.cache_key,
            writes_until: self.writes_until,
        }
    }
}

impl Source {
    fn new(kind: SourceKind, unwrapped: Plaintext) -> Option<Source> {
        match kind {
            SourceKind::AesGcmKey => Cipher::aes_gcm(unwrapped.expose()).map(Source::Key),
            SourceKind::HkdfSeed => (unwrapped.len() >= MIN_SEED_BYTES).then_some(Source::Seed(unwrapped)),
        }
    }

    fn decrypt(
        &self,
        etcd_key: &[u8],
        data: &[u8],
        out: &mut Zeroizing<Vec<u8>>,
    ) -> Result<(), AttemptError> {
        match self {
            Source::Key(cipher) => Ok(cipher.decrypt(etcd_key, data, out)?),
            Source::Seed(seed) => {
                let (info, sealed) = data.split_at_checked(INFO_BYTES).ok_or(AttemptError::TooShort)?;
                Ok(derive(seed, info).decrypt(etcd_key, sealed, out)?)
            }
        }
    }
}

/// The extended nonce: 32 random bytes turn a seed into a key of their own, so that its 12-byte nonces cannot collide.
///
/// `key = HKDF-Expand(SHA-256, PRK = seed, info, 32)`. There is no Extract step.
fn derive(seed: &Plaintext, info: &[u8]) -> Cipher {
    let mut key = Zeroizing::new([0; 32]);
    *key = kdf::hmac_sha256(seed.expose(), &[info, &[1]]); // one block of HKDF-Expand
    Cipher::AesGcm(GcmKey::new(&*key).expect("AES takes keys of 32 bytes"))
}

/// Names one wrapped source with everything that the service needs to unwrap it.
fn cache_key<K: AsRef<str>, V: AsRef<[u8]>>(
    kind: SourceKind,
    source: &[u8],
    key_id: &str,
    annotations: impl Iterator<Item = (K, V)>,
) -> [u8; 32] {
    let kind = [match kind {
        SourceKind::AesGcmKey => 0,
        SourceKind::HkdfSeed => 1,
    }];
    let lengths = [source.len(), key_id.len()].map(usize::to_be_bytes);
    let mut digest = kdf::sha256(&[&kind, &lengths[0], source, &lengths[1], key_id.as_bytes()]);
    for (key, value) in annotations {
        let (key, value) = (key.as_ref().as_bytes(), value.as_ref());
        let lengths = [key.len(), value.len()].map(usize::to_be_bytes);
        digest = kdf::sha256(&[&digest, &lengths[0], key, &lengths[1], value]);
    }
    digest
}

/// Why a kms v2 provider may not read or write now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// No observation has succeeded yet.
    #[error("its key service was never seen healthy")]
    NeverObserved,
    /// The last good observation is too old to write.
    #[error("its key service was last seen healthy more than {WRITE_SECONDS} seconds ago")]
    Expired,
}

impl NotReady {
    pub(crate) fn hint(self) -> &'static str {
        "start the kms plugin; a provider needs one good status before it reads, and one every three minutes to write"
    }
}

/// Every reason why an observation failed.
#[derive(Debug, thiserror::Error)]
#[error("the key service is not healthy: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Unhealthy(pub Vec<Reason>);

/// One reason why an observation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// No status.
    #[error("it did not tell its status")]
    Status(#[source] KeyServiceError),
    /// A status other than `ok`.
    #[error("it says `{0}` and not `ok`")]
    Healthz(String),
    /// A version other than `v2` and `v2beta1`.
    #[error("its version is `{0}` and not `v2`")]
    Version(String),
    /// Another version than at first.
    #[error("its version is not the one it had at first")]
    VersionChanged,
    /// A key id that is empty or too long.
    #[error("its key id is empty or longer than {MAX_KEY_ID_BYTES} bytes")]
    KeyId,
    /// No wrapped seed.
    #[error("it did not wrap a seed")]
    Wrap(#[source] KeyServiceError),
    /// A wrapped seed that may not be stored.
    #[error("it wrapped a seed in a way that cannot be stored: {0}")]
    Unstorable(ObjectError),
    /// A seed wrapped under another key id than the status names.
    #[error("it wraps under another key id than its status names")]
    KeyIdDiffers,
}

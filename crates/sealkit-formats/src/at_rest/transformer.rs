//! One entry of a provider list: it turns a value into stored bytes and back.

use std::fmt;
use std::sync::Arc;

use sealkit_crypto::CryptoRng;
use sealkit_crypto::secret::Plaintext;
use zeroize::Zeroizing;

use super::cipher::{Cipher, fit};
use super::kms::{KmsV1, KmsV2};
use super::scheme::RESERVED_PREFIX;
use super::{Attempt, AttemptError, EncryptError, Scheme};

/// A named key of a local provider. Wiped when dropped; prints its name alone.
#[derive(Clone)]
pub struct Key {
    name: String,
    secret: Plaintext,
}

impl Key {
    /// Takes the name that stored values carry, and the raw bytes of the key (not base64).
    pub fn new(name: &str, secret: Plaintext) -> Key {
        Key {
            name: name.to_owned(),
            secret,
        }
    }

    /// The name that stored values carry.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why keys do not make a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No key at all.
    #[error("{0} needs at least one key")]
    NoKeys(Scheme),
    /// A key without a name.
    #[error("a key of {0} has no name")]
    NoName(Scheme),
    /// The key has a length that the cipher does not take.
    #[error("key `{name}` has a length that {scheme} does not take")]
    Length {
        /// Whose key it is.
        scheme: Scheme,
        /// The key's name.
        name: String,
    },
}

impl KeyError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            KeyError::Length {
                scheme: Scheme::Secretbox,
                ..
            } => Some("secretbox takes keys of 32 bytes".to_owned()),
            KeyError::Length { .. } => Some("AES takes keys of 16, 24 and 32 bytes; use 32".to_owned()),
            _ => None,
        }
    }
}

/// One entry of a provider list.
///
/// Cloning shares the prepared keys and the kms caches, as the selectors of one entry of the configuration file do.
#[derive(Debug, Clone)]
pub struct Transformer(Arc<Entry>);

#[derive(Debug)]
enum Entry {
    Keys(Scheme, Vec<PreparedKey>),
    KmsV1(Arc<KmsV1>),
    KmsV2(Arc<KmsV2>),
    Plaintext,
}

struct PreparedKey {
    name: String,
    /// Everything before the payload: scheme prefix, name and colon.
    header: Vec<u8>,
    cipher: Cipher,
}

impl Transformer {
    /// AES-CBC. The first key writes, all read.
    ///
    /// # Errors
    /// [`KeyError`] for no key, a key without a name, and a length other than 16, 24 and 32 bytes.
    pub fn aes_cbc(keys: &[Key]) -> Result<Transformer, KeyError> {
        Transformer::with_keys(Scheme::AesCbc, keys, Cipher::aes_cbc)
    }

    /// AES-GCM. The first key writes, all read.
    ///
    /// # Errors
    /// [`KeyError`] for no key, a key without a name, and a length other than 16, 24 and 32 bytes.
    pub fn aes_gcm(keys: &[Key]) -> Result<Transformer, KeyError> {
        Transformer::with_keys(Scheme::AesGcm, keys, Cipher::aes_gcm)
    }

    /// Secretbox. The first key writes, all read.
    ///
    /// # Errors
    /// [`KeyError`] for no key, a key without a name, and a length other than 32 bytes.
    pub fn secretbox(keys: &[Key]) -> Result<Transformer, KeyError> {
        Transformer::with_keys(Scheme::Secretbox, keys, Cipher::secretbox)
    }

    /// A kms v1 provider.
    pub fn kms_v1(provider: Arc<KmsV1>) -> Transformer {
        Transformer(Arc::new(Entry::KmsV1(provider)))
    }

    /// A kms v2 provider; keep the other half of the [`Arc`] to observe it.
    pub fn kms_v2(provider: Arc<KmsV2>) -> Transformer {
        Transformer(Arc::new(Entry::KmsV2(provider)))
    }

    /// The `identity` provider of the configuration file: writes in clear, and refuses to read what is encrypted.
    pub fn plaintext() -> Transformer {
        Transformer(Arc::new(Entry::Plaintext))
    }

    /// Which scheme this entry writes and reads.
    pub fn scheme(&self) -> Scheme {
        match &*self.0 {
            Entry::Keys(scheme, _) => *scheme,
            Entry::KmsV1(_) => Scheme::KmsV1,
            Entry::KmsV2(_) => Scheme::KmsV2,
            Entry::Plaintext => Scheme::Plaintext,
        }
    }

    /// The names that values of this entry carry, the writing one first: its keys, or the kms provider.
    pub fn names(&self) -> Vec<&str> {
        match &*self.0 {
            Entry::Keys(_, keys) => keys.iter().map(|key| key.name.as_str()).collect(),
            Entry::KmsV1(provider) => vec![provider.name()],
            Entry::KmsV2(provider) => vec![provider.name()],
            Entry::Plaintext => Vec::new(),
        }
    }

    fn with_keys(
        scheme: Scheme,
        keys: &[Key],
        prepare: fn(&[u8]) -> Option<Cipher>,
    ) -> Result<Transformer, KeyError> {
        if keys.is_empty() {
            return Err(KeyError::NoKeys(scheme));
        }
        let prepare = |key: &Key| {
            if key.name.is_empty() {
                return Err(KeyError::NoName(scheme));
            }
            let length = || KeyError::Length {
                scheme,
                name: key.name.clone(),
            };
            Ok(PreparedKey {
                name: key.name.clone(),
                header: format!("{}{}:", scheme.prefix(), key.name).into_bytes(),
                cipher: prepare(key.secret.expose()).ok_or_else(length)?,
            })
        };
        let keys: Result<Vec<_>, _> = keys.iter().map(prepare).collect();
        Ok(Transformer(Arc::new(Entry::Keys(scheme, keys?))))
    }

    /// Replaces `out` with the stored form.
    pub(crate) fn encrypt(
        &self,
        etcd_key: &[u8],
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<(), EncryptError> {
        match &*self.0 {
            Entry::Keys(scheme, keys) => {
                let key = keys.first().expect("a provider without keys is not made");
                let header = key.header.len();
                out.resize(header + key.cipher.sealed_len(plaintext.len()), 0);
                let (front, payload) = out.split_at_mut(header);
                front.copy_from_slice(&key.header);
                key.cipher
                    .encrypt(etcd_key, plaintext, rng, payload)
                    .map_err(|_| EncryptError::TooLong(*scheme))
            }
            Entry::KmsV1(provider) => provider.encrypt(etcd_key, plaintext, rng, out),
            Entry::KmsV2(provider) => provider.encrypt(etcd_key, plaintext, rng, out),
            Entry::Plaintext => {
                out.clear();
                out.extend_from_slice(plaintext);
                Ok(())
            }
        }
    }

    /// Tries to open a value into `out`; `None` if nothing of this entry applies to it, and then `attempts` may say why.
    /// A value in clear is its own plaintext and is not copied: `out` is empty then.
    pub(crate) fn decrypt(
        &self,
        etcd_key: &[u8],
        stored: &[u8],
        accept: &mut dyn FnMut(&[u8]) -> bool,
        attempts: &mut Vec<Attempt>,
        out: &mut Zeroizing<Vec<u8>>,
    ) -> Option<Match> {
        match &*self.0 {
            Entry::Keys(scheme, keys) => {
                if !stored.starts_with(scheme.prefix().as_bytes()) {
                    return None;
                }
                let before = attempts.len();
                for (index, key) in keys.iter().enumerate() {
                    let Some(payload) = stored.strip_prefix(key.header.as_slice()) else {
                        continue;
                    };
                    let result = key
                        .cipher
                        .decrypt(etcd_key, payload, out)
                        .map_err(AttemptError::from);
                    match accepted(result.map(|()| index > 0), accept, out) {
                        Ok(stale) => return Some(Match { key: index, stale }),
                        Err(error) => attempts.push(Attempt {
                            scheme: *scheme,
                            name: Some(key.name.clone()),
                            error,
                        }),
                    }
                }
                if attempts.len() == before {
                    attempts.push(Attempt {
                        scheme: *scheme,
                        name: None,
                        error: AttemptError::NoMatchingKey,
                    });
                }
                None
            }
            Entry::KmsV1(provider) => {
                let payload = stored.strip_prefix(provider.header())?;
                let result = provider.decrypt(etcd_key, payload, out);
                remembered(
                    accepted(result, accept, out),
                    Scheme::KmsV1,
                    Some(provider.name()),
                    attempts,
                )
            }
            Entry::KmsV2(provider) => {
                let payload = stored.strip_prefix(provider.header())?;
                let result = provider.decrypt(etcd_key, payload, out);
                remembered(
                    accepted(result, accept, out),
                    Scheme::KmsV2,
                    Some(provider.name()),
                    attempts,
                )
            }
            Entry::Plaintext => {
                // an encrypted value is not an error here: a later entry may read it
                if stored.starts_with(RESERVED_PREFIX) {
                    return None;
                }
                fit(out, 0);
                let result = if accept(stored) {
                    Ok(false)
                } else {
                    Err(AttemptError::NotTheObject)
                };
                remembered(result, Scheme::Plaintext, None, attempts)
            }
        }
    }
}

/// Which key of an entry opened a value, and whether the entry itself calls the value stale.
pub(crate) struct Match {
    pub(crate) key: usize,
    pub(crate) stale: bool,
}

fn accepted(
    result: Result<bool, AttemptError>,
    accept: &mut dyn FnMut(&[u8]) -> bool,
    out: &mut Zeroizing<Vec<u8>>,
) -> Result<bool, AttemptError> {
    let stale = result?;
    if accept(out) {
        Ok(stale)
    } else {
        fit(out, 0);
        Err(AttemptError::NotTheObject)
    }
}

fn remembered(
    result: Result<bool, AttemptError>,
    scheme: Scheme,
    name: Option<&str>,
    attempts: &mut Vec<Attempt>,
) -> Option<Match> {
    match result {
        Ok(stale) => Some(Match { key: 0, stale }),
        Err(error) => {
            attempts.push(Attempt {
                scheme,
                name: name.map(str::to_owned),
                error,
            });
            None
        }
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

//! Provider lists and the selectors they belong to: the first entry writes, all of them read.

use std::sync::Arc;

use sealkit_crypto::CryptoRng;
use sealkit_crypto::secret::Plaintext;
use zeroize::Zeroizing;

use super::cipher::fit;
use super::scheme::RESERVED_PREFIX;
use super::transformer::Transformer;
use super::{DecryptError, EncryptError, GroupResource, Scheme};

/// A provider list: entry 0 writes, every entry whose prefix matches reads, in order.
///
/// Source: `k8s.io/apiserver` v0.36.2, `pkg/storage/value/transformer.go`.
#[derive(Debug, Clone)]
pub struct Transformers(Arc<[Transformer]>);

/// A value that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// The object's bytes, protobuf or JSON.
    pub plaintext: Plaintext,
    /// Who opened it.
    pub by: Reader,
}

/// Which entry opened a value, and whether the API server would write it anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reader {
    /// Index in the provider list.
    pub provider: usize,
    /// Index of the key within the provider; 0 for kms and identity.
    pub key: usize,
    /// The scheme of the entry.
    pub scheme: Scheme,
    /// Whether a write of the unchanged object would store other bytes: another entry or key writes, or the key service
    /// wraps with another key by now.
    pub stale: bool,
}

impl Transformers {
    /// Makes a list; `None` if it is empty.
    pub fn new(entries: Vec<Transformer>) -> Option<Transformers> {
        (!entries.is_empty()).then(|| Transformers(entries.into()))
    }

    /// What a resource uses that no rule selects: it is written in clear, and only cleartext is read.
    pub fn plaintext() -> Transformers {
        Transformers(Arc::new([Transformer::plaintext()]))
    }

    /// The entries in order.
    pub fn entries(&self) -> &[Transformer] {
        &self.0
    }

    /// Encrypts a value as the API server would store it under this etcd key.
    ///
    /// `etcd_key` is the whole key with its prefix, `/registry/secrets/<namespace>/<name>`; AES-GCM and both kms providers
    /// authenticate it.
    ///
    /// # Errors
    /// [`EncryptError`] if a key service does not do its part, or the value is too long for the cipher.
    pub fn encrypt(
        &self,
        etcd_key: &[u8],
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        let mut out = Vec::new();
        self.encrypt_into(etcd_key, plaintext, rng, &mut out)?;
        Ok(out)
    }

    /// Does what [`Transformers::encrypt`] does and replaces the contents of `out`, so that one buffer serves many values.
    ///
    /// # Errors
    /// As [`Transformers::encrypt`]; the contents of `out` then mean nothing.
    pub fn encrypt_into(
        &self,
        etcd_key: &[u8],
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<(), EncryptError> {
        let writer = self.0.first().expect("an empty list is not made");
        writer.encrypt(etcd_key, plaintext, rng, out)
    }

    /// Decrypts a stored value as the API server would read it.
    ///
    /// For AES-CBC, which has no integrity, success is weak evidence; tools that need more use
    /// [`Transformers::decrypt_where`].
    ///
    /// # Errors
    /// [`DecryptError::NoMatchingProvider`] if no entry's prefix matches, [`DecryptError::Failed`] with every attempt if
    /// some do and none opens it.
    pub fn decrypt(&self, etcd_key: &[u8], stored: &[u8]) -> Result<Opened, DecryptError> {
        self.decrypt_where(etcd_key, stored, &mut |_| true)
    }

    /// Decrypts, and goes on to the next key or entry where `accept` does not recognise what came out.
    ///
    /// # Errors
    /// As [`Transformers::decrypt`]; an attempt that was not accepted is one of the failed ones.
    pub fn decrypt_where(
        &self,
        etcd_key: &[u8],
        stored: &[u8],
        accept: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Opened, DecryptError> {
        let mut out = Zeroizing::new(Vec::new());
        let by = self.read(etcd_key, stored, accept, &mut out)?;
        if by.scheme == Scheme::Plaintext {
            out.extend_from_slice(stored);
        }
        Ok(Opened {
            plaintext: Plaintext::from(out),
            by,
        })
    }

    /// Does what [`Transformers::decrypt`] does and replaces the contents of `out`, so that one buffer serves many values.
    ///
    /// # Errors
    /// As [`Transformers::decrypt`]; `out` then holds nothing that was not verified.
    pub fn decrypt_into(
        &self,
        etcd_key: &[u8],
        stored: &[u8],
        out: &mut Zeroizing<Vec<u8>>,
    ) -> Result<Reader, DecryptError> {
        let by = self.read(etcd_key, stored, &mut |_| true, out)?;
        if by.scheme == Scheme::Plaintext {
            fit(out, stored.len());
            out.copy_from_slice(stored);
        }
        Ok(by)
    }

    /// Does what [`Transformers::decrypt_into`] does, except that a value stored in clear is not copied: the plaintext is
    /// lent out of `stored` itself then, else out of `out`. That is how the API server reads.
    ///
    /// # Errors
    /// As [`Transformers::decrypt`]; `out` then holds nothing that was not verified.
    pub fn decrypt_lent<'v>(
        &self,
        etcd_key: &[u8],
        stored: &'v [u8],
        out: &'v mut Zeroizing<Vec<u8>>,
    ) -> Result<(&'v [u8], Reader), DecryptError> {
        let by = self.read(etcd_key, stored, &mut |_| true, out)?;
        match by.scheme {
            Scheme::Plaintext => Ok((stored, by)),
            _ => Ok((out, by)),
        }
    }

    /// Finds the entry that opens a value. The plaintext is in `out` afterwards, or `out` is empty and `stored` is the
    /// plaintext if the entry is [`Scheme::Plaintext`].
    fn read(
        &self,
        etcd_key: &[u8],
        stored: &[u8],
        accept: &mut dyn FnMut(&[u8]) -> bool,
        out: &mut Zeroizing<Vec<u8>>,
    ) -> Result<Reader, DecryptError> {
        let mut attempts = Vec::new();
        for (provider, entry) in self.0.iter().enumerate() {
            if let Some(found) = entry.decrypt(etcd_key, stored, accept, &mut attempts, out) {
                let stale = found.stale || provider > 0;
                return Ok(Reader {
                    provider,
                    key: found.key,
                    scheme: entry.scheme(),
                    stale,
                });
            }
        }
        out.clear();
        if attempts.is_empty() {
            return Err(DecryptError::NoMatchingProvider {
                scheme: scheme_of(stored),
            });
        }
        Err(DecryptError::Failed(attempts))
    }
}

/// The scheme whose prefix a stored value begins with; `None` for a reserved prefix that no known scheme writes.
pub(crate) fn scheme_of(stored: &[u8]) -> Option<Scheme> {
    let encrypted = Scheme::ALL.iter().filter(|scheme| **scheme != Scheme::Plaintext);
    match encrypted
        .copied()
        .find(|scheme| stored.starts_with(scheme.prefix().as_bytes()))
    {
        None if !stored.starts_with(RESERVED_PREFIX) => Some(Scheme::Plaintext),
        found => found,
    }
}

/// Which list each resource uses: selectors of a whole configuration file with their lists.
#[derive(Debug, Clone, Default)]
pub struct Rules(Vec<(GroupResource, Transformers)>);

impl Rules {
    /// Makes rules; of two with one selector the first counts.
    pub fn new(rules: Vec<(GroupResource, Transformers)>) -> Rules {
        Rules(rules)
    }

    /// The selectors and their lists, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&GroupResource, &Transformers)> {
        self.0.iter().map(|(selector, list)| (selector, list))
    }

    /// Returns the list of a resource: of the rule that names it, else of `*.<its group>`, else of `*.*`, else cleartext.
    ///
    /// Only the winning rule counts; the lists of less specific ones are no fallback.
    ///
    /// Source: `k8s.io/apiserver` v0.36.2, `transformerFromOverrides`.
    pub fn for_resource(&self, resource: &GroupResource) -> Transformers {
        self.rule_of(resource)
            .map_or_else(Transformers::plaintext, |(_, list)| list.clone())
    }

    /// Returns the rule that wins for a resource, if one does.
    pub fn rule_of(&self, resource: &GroupResource) -> Option<(&GroupResource, &Transformers)> {
        let exactly = |wanted: &GroupResource| self.iter().find(|(selector, _)| *selector == wanted);
        exactly(resource)
            .or_else(|| exactly(&resource.whole_group()))
            .or_else(|| exactly(&GroupResource::everything()))
    }
}

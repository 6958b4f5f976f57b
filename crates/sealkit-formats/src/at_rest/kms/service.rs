//! What a key service can do, seen from the API server.

use std::collections::BTreeMap;

use sealkit_crypto::secret::Plaintext;

/// Whatever the service or the way to it reports.
pub type KeyServiceError = Box<dyn std::error::Error + Send + Sync>;

/// A KMS v2 plugin.
///
/// Source: `k8s.io/kms` v0.36.2, `apis/v2/api.proto`. The `uid` of its requests only correlates logs; an adapter makes one.
pub trait KeyService: Send + Sync {
    /// Tells which key wraps now and whether the service is well. Called often: it answers from memory.
    ///
    /// # Errors
    /// Whatever keeps the answer from arriving.
    fn status(&self) -> Result<Status, KeyServiceError>;

    /// Wraps a data key or seed of 32 bytes.
    ///
    /// # Errors
    /// Whatever keeps the service from wrapping.
    fn wrap(&self, source: &[u8]) -> Result<WrappedSource, KeyServiceError>;

    /// Unwraps what [`KeyService::wrap`] returned at any time in the past, under any key id.
    ///
    /// # Errors
    /// Whatever keeps the service from unwrapping, an unknown key id included.
    fn unwrap(&self, wrapped: &WrappedSource) -> Result<Plaintext, KeyServiceError>;
}

/// A KMS v1 plugin: bytes in, bytes out.
///
/// Source: `k8s.io/kms` v0.36.2, `apis/v1beta1/api.proto`.
pub trait DirectService: Send + Sync {
    /// Wraps a data key of 32 bytes.
    ///
    /// # Errors
    /// Whatever keeps the service from wrapping.
    fn wrap(&self, data_key: &[u8]) -> Result<Vec<u8>, KeyServiceError>;

    /// Unwraps what [`DirectService::wrap`] returned at any time in the past.
    ///
    /// # Errors
    /// Whatever keeps the service from unwrapping.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Plaintext, KeyServiceError>;
}

/// The answer to [`KeyService::status`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `v2` or `v2beta1`.
    pub version: String,
    /// `ok`, or what is wrong.
    pub healthz: String,
    /// Public name of the key that wraps now, 1 to 1024 bytes. A change means that the key was rotated.
    pub key_id: String,
}

/// A wrapped data key or seed with what the service needs to unwrap it. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedSource {
    /// Opaque bytes of the service, 1 to 1024.
    pub ciphertext: Vec<u8>,
    /// Public name of the key that wrapped it.
    pub key_id: String,
    /// Whatever else the service wants back: domain names to values, 32 KiB in all.
    pub annotations: BTreeMap<String, Vec<u8>>,
}

//! Why an RSA key was not read, or did not do what was asked.

use super::{MAX_BITS, MIN_BITS};
use crate::certificate::CertificateError;
use crate::pem::PemError;

/// Why an RSA key was not read, or did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RsaError {
    /// The modulus is too short to be safe.
    #[error("the RSA key has {bits} bits; {MIN_BITS} are the least that is safe")]
    TooSmall {
        /// Length of the modulus.
        bits: usize,
    },
    /// The modulus is longer than the library takes.
    #[error("the RSA key has {bits} bits; {MAX_BITS} are the most that is supported")]
    TooLarge {
        /// Length of the modulus.
        bits: usize,
    },
    /// A new key was asked for in a size that is not made.
    #[error("RSA keys are generated with 2048, 3072, 4096 or 8192 bits, not {bits}")]
    Size {
        /// The size asked for.
        bits: usize,
    },
    /// A key of another algorithm.
    #[error("the key is not an RSA key")]
    NotRsa,
    /// Not the DER of an RSA key, or a key whose parts contradict each other.
    #[error("the RSA key is malformed")]
    Malformed,
    /// A private key that needs a passphrase.
    #[error("the private key is encrypted with a passphrase")]
    Encrypted,
    /// A private key encrypted in the way OpenSSL used before PKCS#8, which is not supported.
    #[error("the private key is encrypted in the legacy PEM form")]
    LegacyEncrypted,
    /// No PEM block of an expected kind.
    #[error("found no PEM block of type {expected}")]
    NoBlock {
        /// The labels that would have been read.
        expected: &'static str,
    },
    /// The text around the key is not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The certificate around the key was not read.
    #[error(transparent)]
    Certificate(#[from] Box<CertificateError>),
    /// The message does not fit the modulus.
    #[error("the message is too long for the RSA key")]
    MessageTooLong,
    /// Wrong key, wrong label or changed bytes: OAEP does not tell.
    #[error("the RSA ciphertext does not decrypt with this key and label")]
    Decrypt,
    /// The library could not make a key.
    #[error("the RSA key could not be generated")]
    Generate,
}

impl RsaError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            RsaError::TooSmall { .. } => "make a new key of 4096 bits and seal for it".into(),
            RsaError::NotRsa => "sealed-secrets and x509 recipients need an RSA key".into(),
            RsaError::LegacyEncrypted => "convert it with `openssl pkcs8 -topk8 -in KEY -out NEW`".into(),
            RsaError::Certificate(error) => return error.hint(),
            _ => return None,
        })
    }
}

impl From<CertificateError> for RsaError {
    fn from(error: CertificateError) -> RsaError {
        match error {
            CertificateError::Key(error) => error,
            error => RsaError::Certificate(Box::new(error)),
        }
    }
}

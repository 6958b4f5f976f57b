//! X.509 certificates as carriers of an RSA key and a validity period.
//!
//! A Bitnami sealing certificate is self-signed with an empty name; nothing but its key and dates is ever used. So
//! this file checks no signature, no chain and no name, and it owns no clock: whether a certificate has expired is
//! asked with the time in hand.

use x509_cert::der::{Decode, Encode};

use crate::pem::{self, PemError};
use crate::rsa_oaep::{RsaError, RsaPublicKey};

/// A certificate that was read.
#[derive(Debug, Clone)]
pub struct Certificate {
    key: RsaPublicKey,
    not_before: u64,
    not_after: u64,
}

impl Certificate {
    /// Reads the first `CERTIFICATE` block of a PEM file. Other blocks, certificates with headers, and what follows
    /// the first certificate of a bundle are skipped, as the peer does.
    ///
    /// # Errors
    /// [`CertificateError::NoCertificate`], [`CertificateError::Pem`], [`CertificateError::Malformed`], and
    /// [`CertificateError::Key`] if the key is not RSA or of a size that is not used.
    pub fn from_pem(text: &[u8]) -> Result<Certificate, CertificateError> {
        pem::blocks(text)?
            .iter()
            .find(|block| block.label == "CERTIFICATE" && !block.has_headers)
            .ok_or(CertificateError::NoCertificate)
            .and_then(|block| Certificate::from_der(&block.der))
    }

    /// Reads the DER of a certificate.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`], [`CertificateError::Key`].
    ///
    /// Source: RFC 5280 §4.1.
    pub fn from_der(der: &[u8]) -> Result<Certificate, CertificateError> {
        let certificate = x509_cert::Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let parts = certificate.tbs_certificate();
        let spki = parts
            .subject_public_key_info()
            .to_der()
            .map_err(|_| CertificateError::Malformed)?;
        let validity = parts.validity();
        Ok(Certificate {
            key: RsaPublicKey::from_spki_der(&spki)?,
            not_before: validity.not_before.to_unix_duration().as_secs(),
            not_after: validity.not_after.to_unix_duration().as_secs(),
        })
    }

    /// The key to encrypt for.
    pub fn public_key(&self) -> &RsaPublicKey {
        &self.key
    }

    /// Start of the validity period, in seconds since 1970.
    pub fn not_before(&self) -> u64 {
        self.not_before
    }

    /// Last second of the validity period, in seconds since 1970.
    pub fn not_after(&self) -> u64 {
        self.not_after
    }

    /// Whether the certificate has expired at `now_unix`, in seconds since 1970.
    pub fn expired_at(&self, now_unix: u64) -> bool {
        self.not_after < now_unix
    }

    /// SHA-256 over the key's SubjectPublicKeyInfo; a renewed certificate of the same key keeps it.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.key.spki_sha256()
    }
}

/// Why a certificate was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The file has no certificate.
    #[error("found no PEM block of type CERTIFICATE")]
    NoCertificate,
    /// The text is not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The block is not the DER of a certificate.
    #[error("the certificate is malformed")]
    Malformed,
    /// The key in it cannot be used.
    #[error(transparent)]
    Key(#[from] RsaError),
}

impl CertificateError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            CertificateError::NoCertificate => Some(
                "fetch it with `kubeseal --fetch-cert`, or point at the `tls.crt` of the sealing key".into(),
            ),
            CertificateError::Key(error) => error.hint(),
            _ => None,
        }
    }
}

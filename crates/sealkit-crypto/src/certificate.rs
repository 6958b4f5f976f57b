//! X.509 certificates as carriers of an RSA key and a validity period.
//!
//! A Bitnami sealing certificate is self-signed with an empty name; nothing but its key and dates is ever used. So
//! this file checks no signature, no chain and no name, and it owns no clock: whether a certificate has expired is
//! asked with the time in hand.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, SerialNumber,
};
use x509_cert::der::{Decode, Encode};

use crate::kdf::sha256;
use crate::pem::{self, PemError};
use crate::rsa_oaep::{RsaError, RsaPrivateKey, RsaPublicKey};

/// 9999-12-31T23:59:59Z, the last second that a certificate can name, in seconds since 1970.
///
/// Source: RFC 5280 §4.1.2.5.
pub const MAX_UNIX: u64 = 253_402_300_799;

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

/// Whether a certificate names another as its issuer, as the next one of a bundle is. A self-signed certificate, such
/// as every sealing key's, is nobody's but its own.
pub(crate) fn is_issuer(issuer_der: &[u8], certificate_der: &[u8]) -> bool {
    let (Ok(issuer), Ok(certificate)) = (
        x509_cert::Certificate::from_der(issuer_der),
        x509_cert::Certificate::from_der(certificate_der),
    ) else {
        return false;
    };
    let (issuer, certificate) = (issuer.tbs_certificate(), certificate.tbs_certificate());
    certificate.issuer() != certificate.subject() && certificate.issuer() == issuer.subject()
}

/// Makes the self-signed certificate of a sealing key, in the form the peer's controller makes: empty names, a CA,
/// key usage `encipherOnly`. Times are in seconds since 1970. Returns a `CERTIFICATE` block.
///
/// The serial number is derived from the key and the times, so that the same arguments make the same certificate.
///
/// # Errors
/// [`CertificateError::Validity`] unless `not_before_unix ≤ not_after_unix ≤` [`MAX_UNIX`].
///
/// Source: sealed-secrets `pkg/crypto/keys.go` (`SignKeyWithNotBefore`), v0.40.0.
pub fn self_signed_certificate(
    key: &RsaPrivateKey,
    not_before_unix: u64,
    not_after_unix: u64,
) -> Result<String, CertificateError> {
    named_certificate(key, "", not_before_unix, not_after_unix)
}

/// As [`self_signed_certificate`], with a common name as issuer and subject; an empty one leaves both empty.
///
/// # Errors
/// As there.
pub fn named_certificate(
    key: &RsaPrivateKey,
    common_name: &str,
    not_before_unix: u64,
    not_after_unix: u64,
) -> Result<String, CertificateError> {
    if not_before_unix > not_after_unix || not_after_unix > MAX_UNIX {
        return Err(CertificateError::Validity);
    }
    let moment = |unix| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(unix);
    let digest = sha256(&[
        key.public_key().spki_der(),
        &not_before_unix.to_be_bytes(),
        &not_after_unix.to_be_bytes(),
    ]);
    let mut params = CertificateParams::default();
    params.not_before = moment(not_before_unix);
    params.not_after = moment(not_after_unix);
    params.serial_number = Some(SerialNumber::from_slice(&digest[..SERIAL_BYTES]));
    params.distinguished_name = DistinguishedName::new();
    if !common_name.is_empty() {
        params.distinguished_name.push(DnType::CommonName, common_name);
    }
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::EncipherOnly];
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(&key.to_pkcs8_pem(), &PKCS_RSA_SHA256)
        .map_err(|_| CertificateError::Signature)?;
    let certificate = params
        .self_signed(&key)
        .map_err(|_| CertificateError::Signature)?;
    Ok(pem::encode("CERTIFICATE", certificate.der()).to_string())
}

/// Length of the serial numbers that are made: random enough, and short enough for every reader.
const SERIAL_BYTES: usize = 16;

/// Why a certificate was not read, or not made.
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
    /// A certificate was asked for that ends before it begins, or after the year 9999.
    #[error("a certificate cannot be valid for this period")]
    Validity,
    /// The library did not sign.
    #[error("the certificate could not be signed")]
    Signature,
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_764_158_400;

    #[test]
    fn reads_back_the_certificate_it_made() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        let text = self_signed_certificate(&key, NOON, NOON + 5).expect("a valid period");
        let certificate = Certificate::from_pem(text.as_bytes()).expect("our own");
        assert_eq!(certificate.public_key(), key.public_key());
        assert_eq!(
            (certificate.not_before(), certificate.not_after()),
            (NOON, NOON + 5)
        );
        let named = named_certificate(&key, "sealing", NOON, NOON + 5).expect("a valid period");
        assert!(named != text, "a name is in it");
        Certificate::from_pem(named.as_bytes()).expect("our own");
        assert_eq!(certificate.fingerprint(), key.public_key().spki_sha256());
        assert!(!certificate.expired_at(NOON + 5));
        assert!(certificate.expired_at(NOON + 6));
        assert_eq!(
            text,
            self_signed_certificate(&key, NOON, NOON + 5).expect("a valid period")
        );
    }

    #[test]
    fn refuses_periods_that_no_certificate_can_name() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        let refused = |from, to| self_signed_certificate(&key, from, to).err();
        assert_eq!(refused(NOON, NOON - 1), Some(CertificateError::Validity));
        assert_eq!(refused(NOON, MAX_UNIX + 1), Some(CertificateError::Validity));
        assert_eq!(refused(NOON, u64::MAX), Some(CertificateError::Validity));
        assert_eq!(refused(0, MAX_UNIX), None);
    }

    #[test]
    fn the_first_certificate_of_a_bundle_is_used_and_headers_are_skipped() {
        let first = RsaPrivateKey::generate(2048).expect("supported");
        let second = RsaPrivateKey::generate(2048).expect("supported");
        let make = |key| self_signed_certificate(key, NOON, NOON).expect("a valid period");
        let with_headers = make(&second).replacen("-----\n", "-----\nComment: x\n\n", 1);
        let bundle = [
            "junk\n",
            &*second.to_pkcs8_pem(),
            &with_headers,
            &make(&first),
            &make(&second),
        ]
        .concat();
        let read = Certificate::from_pem(bundle.as_bytes()).expect("a certificate is in it");
        assert_eq!(read.public_key(), first.public_key());
    }

    #[test]
    fn a_file_without_a_certificate_says_so() {
        assert_eq!(
            Certificate::from_pem(b"hello").err(),
            Some(CertificateError::NoCertificate)
        );
        let broken = pem::encode("CERTIFICATE", b"not DER");
        assert_eq!(
            Certificate::from_pem(broken.as_bytes()).err(),
            Some(CertificateError::Malformed)
        );
    }
}

//! Sealing certificates as people compare them: by the fingerprint of their key, and until when they are valid.

use sealkit::crypto::certificate::Certificate;
use serde_json::{Map, Value};

/// How the fingerprint of a certificate's key begins, as in sealed files.
pub(crate) const FINGERPRINT_PREFIX: &str = "sha256:";

/// The fingerprint of the certificate's key.
pub(crate) fn fingerprint(certificate: &Certificate) -> String {
    let bytes = certificate.fingerprint();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{FINGERPRINT_PREFIX}{digits}")
}

/// The last day on which it seals.
pub(crate) fn valid_until(certificate: &Certificate) -> String {
    let second = i64::try_from(certificate.not_after()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(second).map_or_else(
        |_| "for ever".to_owned(),
        |moment| moment.strftime("%Y-%m-%d").to_string(),
    )
}

/// The same for programs; `now` is in seconds since 1970-01-01T00:00:00Z.
pub(crate) fn facts(certificate: &Certificate, now: u64) -> Map<String, Value> {
    let facts = [
        ("fingerprint", fingerprint(certificate).into()),
        ("bits", certificate.public_key().bits().into()),
        ("validUntil", valid_until(certificate).into()),
        ("expired", certificate.expired_at(now).into()),
    ];
    facts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

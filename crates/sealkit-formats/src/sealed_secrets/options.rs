//! What a caller decides about a write: for which key, how widely, under which name.

use sealkit_crypto::certificate::Certificate;
use sealkit_crypto::rsa_oaep::RsaPublicKey;

use crate::Scope;

/// What a write is to do, and what it may. Nothing in a file overrides it, but a scope annotation fills in for a scope
/// that nobody named, as with the peer.
#[derive(Clone, Copy, Debug)]
pub struct SealOptions<'a> {
    /// The controller's public key, see [`sealing_key`].
    pub key: &'a RsaPublicKey,
    /// What a Secret's values are bound to, and the widest scope that the document itself may ask for. `None`: the
    /// document's annotations decide, strict where they are silent.
    pub scope: Option<Scope>,
    /// The namespace to write into a Secret that names none.
    pub namespace: Option<&'a str>,
    /// The name to write into a Secret that has none.
    pub name: Option<&'a str>,
    /// Whether to write although the document's scope is wider than [`scope`](Self::scope).
    pub allow_wider_scope: bool,
}

impl<'a> SealOptions<'a> {
    /// Seals for this key, with the scope that the document asks for.
    #[must_use]
    pub fn new(key: &'a RsaPublicKey) -> Self {
        Self {
            key,
            scope: None,
            namespace: None,
            name: None,
            allow_wider_scope: false,
        }
    }

    /// The same with this scope.
    #[must_use]
    pub fn with_scope(self, scope: Scope) -> Self {
        Self {
            scope: Some(scope),
            ..self
        }
    }
}

/// Takes the key out of a certificate that has not expired. As with the peer, neither its beginning nor its signature
/// is looked at: the certificate is self-signed and was fetched by somebody who trusts where it came from.
///
/// `now` is in seconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// [`ExpiredCertificate`].
///
/// Source: sealed-secrets v0.40.0 `pkg/kubeseal/kubeseal.go`, `ParseKey`.
pub fn sealing_key(certificate: &Certificate, now: u64) -> Result<&RsaPublicKey, ExpiredCertificate> {
    if certificate.expired_at(now) {
        return Err(ExpiredCertificate {
            not_after: certificate.not_after(),
        });
    }
    Ok(certificate.public_key())
}

/// The certificate has expired, so the controller has had newer keys for a long time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot seal for a certificate that has expired")]
pub struct ExpiredCertificate {
    /// Until when it was valid, in seconds since 1970-01-01T00:00:00Z.
    pub not_after: u64,
}

impl ExpiredCertificate {
    /// When it expired.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        let (year, month, day) = date(self.not_after);
        Some(format!("it was valid until {year}-{month:02}-{day:02} (UTC)"))
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some("fetch the controller's current certificate: `kubeseal --fetch-cert`".to_owned())
    }
}

/// The civil date of a second, in UTC. Years are counted from March, so that leap days come last.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date(unix_seconds: u64) -> (u64, u64, u64) {
    let days = unix_seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, (1970, 1, 1)),
            (951_782_399, (2000, 2, 28)),
            (951_782_400, (2000, 2, 29)),
            (951_868_800, (2000, 3, 1)),
            (4_107_542_399, (2100, 2, 28)),
            (4_107_542_400, (2100, 3, 1)),
            (2_110_544_461, (2036, 11, 17)),
        ] {
            assert_eq!(date(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_certificate_seals_until_its_last_second() {
        let pem = sealkit_testdata::read("sealed-secrets/peer-0.36.6/cert-2048.pem");
        let certificate = Certificate::from_pem(&pem).expect("a certificate");
        assert!(
            sealing_key(&certificate, 0).is_ok(),
            "its beginning is not looked at"
        );
        assert!(sealing_key(&certificate, certificate.not_after()).is_ok());
        let error = sealing_key(&certificate, certificate.not_after() + 1).expect_err("one second late");
        assert_eq!(
            error.why().as_deref(),
            Some("it was valid until 2036-11-19 (UTC)")
        );
    }
}

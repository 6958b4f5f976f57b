//! The certificate to seal for: where it comes from, and whether it will do.
//!
//! Bytes are given as they are to `--fetch-cert`; only sealing looks into them.

use std::time::{SystemTime, UNIX_EPOCH};

use sealkit::{
    crypto::{
        certificate::{Certificate, CertificateError},
        rsa_oaep::RsaError,
    },
    formats::sealed_secrets::sealing_key,
};
use zeroize::Zeroizing;

use super::{
    cluster::{self, Controller},
    failure::Failure,
    flags::Flags,
    public::Public,
    quote::quote,
    streams::read,
    url::{Location, location},
};

/// Opens the certificate, or what else is public, where the flags say.
pub(super) fn open(flags: &Flags, what: Public) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let given = flags.text("cert");
    if given.is_empty() {
        return Ok(Controller::find(flags)?.public(what)?.into());
    }
    match location(given) {
        Location::Path(path) => read(path),
        Location::FileUrl(path) => match std::path::Path::new(&path).exists() {
            true => read(&path),
            false => Err(Failure::new(format!(
                "cannot fetch {}: 404 Not Found",
                quote(given)
            ))),
        },
        Location::Url("http" | "https") => Ok(cluster::fetch(given)?.into()),
        Location::Url(scheme) => Err(Failure::new(format!(
            "Get {}: unsupported protocol scheme {}",
            quote(given),
            quote(scheme)
        ))
        .help("give a path, or a URL of http, https or file".to_owned())),
    }
}

/// Reads the certificate and looks whether it has expired.
pub(super) fn parse(pem: &[u8]) -> Result<Certificate, Failure> {
    let certificate = Certificate::from_pem(pem).map_err(unfit)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    if let Err(expired) = sealing_key(&certificate, now) {
        let date = jiff::Timestamp::from_second(i64::try_from(expired.not_after).unwrap_or(i64::MAX))
            .map(|moment| moment.strftime("%B %-d, %Y").to_string())
            .unwrap_or_default();
        let failure = Failure::new(format!(
            "failed to encrypt using an expired certificate on {date}"
        ));
        return Err(failure.help("fetch the controller's current one: `kubeseal --fetch-cert`".to_owned()));
    }
    Ok(certificate)
}

fn unfit(error: CertificateError) -> Failure {
    match &error {
        CertificateError::Key(RsaError::NotRsa) => {
            Failure::new("expected RSA public key but found one of another kind").help(error.hint())
        }
        CertificateError::Key(_) => Failure::new(error.to_string()).help(error.hint()),
        CertificateError::Malformed => Failure::new("x509: malformed certificate"),
        _ => Failure::new("data does not contain any valid RSA or ECDSA certificates").help(error.hint()),
    }
}

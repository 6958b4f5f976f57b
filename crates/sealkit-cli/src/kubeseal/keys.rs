//! The private keys of `--recovery-private-key`: PEM files, and Secrets as a backup of the controller has them.
//!
//! Source: sealed-secrets v0.40.0 `readPrivKeysFromFile` of `pkg/kubeseal/kubeseal.go`.

use sealkit::{
    crypto::rsa_oaep::{RsaError, RsaPrivateKey},
    formats::sealed_secrets::kubeseal::Secret,
    manifest::Stream,
};

use super::{failure::Failure, streams::read};

/// Where a Secret of the controller has its private key.
const ITEM: &str = "tls.key";

/// Reads the keys of all files, in their order.
pub(super) fn read_all(files: &[String]) -> Result<Vec<RsaPrivateKey>, Failure> {
    let mut keys = Vec::new();
    for file in files {
        keys.extend(read_file(file)?);
    }
    Ok(keys)
}

fn read_file(file: &str) -> Result<Vec<RsaPrivateKey>, Failure> {
    let bytes = read(file)?;
    match RsaPrivateKey::from_pem(&bytes) {
        Ok(key) => return Ok(vec![key]),
        Err(error) if bytes.starts_with(b"-----BEGIN ") => return Err(unfit(&error).at(file)),
        Err(_) => {}
    }
    let stream = Stream::parse(file, &bytes).map_err(|error| {
        Failure::unreadable("data does not contain a valid RSA or ECDSA private key", &error)
    })?;
    let secrets = Secret::read_all(&stream).map_err(|problem| Failure::from(problem).in_file(file))?;
    secrets.iter().map(|secret| key(secret, file)).collect()
}

fn key(secret: &Secret, file: &str) -> Result<RsaPrivateKey, Failure> {
    let pem = secret.data(ITEM).ok_or_else(|| {
        let failure = Failure::new("secret must contain a 'tls.data' key").at(file);
        failure.help(format!(
            "a sealing key's Secret has its private key in the item `{ITEM}`"
        ))
    })?;
    RsaPrivateKey::from_pem(&pem).map_err(|error| unfit(&error).at(file))
}

fn unfit(error: &RsaError) -> Failure {
    Failure::new("data does not contain a valid RSA or ECDSA private key")
        .why(error.to_string())
        .help(error.hint())
}

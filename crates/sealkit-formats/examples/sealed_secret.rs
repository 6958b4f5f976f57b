//! Seals a Secret for a cluster, or opens a SealedSecret with the cluster's key:
//!
//! ```text
//! sealed_secret seal certificate.pem < secret.yaml > sealed.yaml
//! sealed_secret open private-key.pem < sealed.yaml > secret.yaml
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is an adapter: it reads a file and prints its result"
)]

use std::error::Error;
use std::io::Read;

use sealkit_crypto::rsa_oaep::{RsaPrivateKey, RsaPublicKey};
use sealkit_formats::sealed_secrets::{OpenOptions, SealOptions, open_with_keys, seal};
use sealkit_manifest::Manifest;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, file] = &arguments[..] else {
        return Err("usage: sealed_secret seal|open KEY-FILE".into());
    };
    let pem = std::fs::read(file)?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let manifest = Manifest::parse(&text)?;
    let result = match verb.as_str() {
        "seal" => {
            let key = RsaPublicKey::from_pem(&pem)?;
            seal(&manifest, &SealOptions::new(&key), &mut rand::rng())?
        }
        _ => {
            let key = RsaPrivateKey::from_pem(&pem)?;
            let opened = open_with_keys(&manifest.object(), &[&key], &OpenOptions::default())?;
            manifest.edit(&opened.changes(&manifest.object()))?
        }
    };
    print!("{result}");
    Ok(())
}

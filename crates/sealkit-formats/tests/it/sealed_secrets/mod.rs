//! Bitnami's format, held against what Bitnami's tool wrote and read.

mod edits;
mod errors;
mod opens;
mod properties;
mod rotates;
mod seals;
mod through_controller;

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_formats::sealed_secrets::{self, OpenOptions, Opened, SealOptions};
use sealkit_formats::secret;
use sealkit_manifest::{Manifest, Object};
use serde_json::Value;

/// Item keys and their decoded bytes.
type Items = BTreeMap<String, Vec<u8>>;

fn text(file: &str) -> String {
    sealkit_testdata::text(&format!("sealed-secrets/{file}"))
}

fn manifest(text: &str) -> Manifest {
    Manifest::parse(text).expect("one object")
}

fn key(bits: usize) -> RsaPrivateKey {
    let pem = text(&format!("peer-0.36.6/key-{bits}.pkcs1.pem"));
    RsaPrivateKey::from_pem(pem.as_bytes()).expect("a test key")
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(3)
}

fn open(sealed: &Manifest, key: &RsaPrivateKey) -> Opened {
    sealed_secrets::open_with_keys(&sealed.object(), &[key], &OpenOptions::default()).expect("its own key")
}

fn opened_items(opened: &Opened) -> Items {
    opened
        .items()
        .map(|(key, value)| (key.to_owned(), value.expose().to_vec()))
        .collect()
}

fn plain_items(object: &Object<'_>) -> Items {
    let items = secret::plaintext(object).expect("a good Secret");
    items
        .into_iter()
        .map(|item| (item.key, item.value.expose().to_vec()))
        .collect()
}

fn seal(secret: &Manifest, key: &RsaPrivateKey) -> Manifest {
    sealed_secrets::seal(secret, &SealOptions::new(key.public_key()), &mut rng()).expect("a good Secret")
}

/// The text of the Secret that a sealed one opens to.
fn reopened(sealed: &Manifest, key: &RsaPrivateKey) -> Manifest {
    let changes = open(sealed, key).changes(&sealed.object());
    sealed.edit(&changes).expect("the reverse of sealing")
}

fn json(manifest: &Manifest) -> Value {
    manifest
        .object()
        .root()
        .value()
        .expect("kubectl reads it")
        .to_json()
}

/// A sealed document's JSON without what differs from run to run.
fn without_ciphertext(mut json: Value) -> Value {
    if let Some(items) = json
        .pointer_mut("/spec/encryptedData")
        .and_then(Value::as_object_mut)
    {
        items
            .values_mut()
            .for_each(|value| *value = Value::String("sealed".to_owned()));
    }
    json
}

/// A sealed document's text with every ciphertext as `SEALED`.
fn masked(manifest: &Manifest) -> String {
    let mut text = manifest.to_string();
    for item in sealed_secrets::Envelope::read(&manifest.object())
        .expect("a SealedSecret")
        .items()
    {
        text = text.replace(&item.value, "SEALED");
    }
    text
}

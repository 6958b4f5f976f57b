//! A person with a key, and the shortest way to say seal and open.

use rand::{SeedableRng as _, rngs::StdRng};
use sealkit::crypto::identity::{PostQuantumIdentity, RsaIdentity, X25519Identity};
use sealkit::crypto::rsa_oaep::RsaPrivateKey;
use sealkit::crypto::{Plaintext, Recipient};
use sealkit::manifest::Stream;
use sealkit::{Keyring, OpenOptions, Problems, SealOptions, Sealing};

/// 2026-01-01: before the test certificates expire.
pub(crate) const NOW: u64 = 1_767_225_600;

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Somebody with an X25519 key made from `seed`.
pub(crate) struct Person {
    pub(crate) recipient: Recipient,
    pub(crate) keyring: Keyring,
}

pub(crate) fn person(seed: u64) -> Person {
    holder(Box::new(X25519Identity::generate(&mut rng(seed))))
}

pub(crate) fn quantum_person(seed: u64) -> Person {
    holder(Box::new(PostQuantumIdentity::generate(&mut rng(seed))))
}

/// The holder of the fixture's RSA key: a cluster.
pub(crate) fn cluster() -> (Sealing, Keyring) {
    let certificate = sealkit_testdata::read("sealed-secrets/peer-0.36.6/cert-2048.pem");
    let certificate = sealkit::crypto::certificate::Certificate::from_pem(&certificate).unwrap();
    let key = sealkit_testdata::read("sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem");
    let identity = RsaIdentity::new(RsaPrivateKey::from_pem(&key).unwrap());
    let mut keyring = Keyring::new();
    keyring.push(Box::new(identity));
    (Sealing::sealed_secrets(certificate), keyring)
}

fn holder(identity: Box<dyn sealkit::crypto::Identity>) -> Person {
    let recipient = identity.recipient().unwrap();
    let mut keyring = Keyring::new();
    keyring.push(identity);
    Person { recipient, keyring }
}

pub(crate) fn parse(text: &str) -> Stream {
    Stream::parse("file.yaml", text.as_bytes()).unwrap()
}

pub(crate) fn native(people: &[&Person]) -> Sealing {
    Sealing::native(people.iter().map(|person| person.recipient.clone()).collect())
}

/// Seals, and answers with the new text or the old one where nothing changed.
pub(crate) fn seal(text: &str, sealing: &Sealing) -> Result<String, Problems> {
    let stream = parse(text);
    let outcome = sealkit::seal(&stream, sealing, &SealOptions::at(NOW), &mut rng(42))?;
    Ok(outcome.stream.unwrap_or(stream).as_str().to_owned())
}

pub(crate) fn open(text: &str, keyring: &Keyring) -> Result<String, Problems> {
    let stream = parse(text);
    let outcome = sealkit::open(&stream, keyring, &OpenOptions::default())?;
    Ok(outcome.stream.unwrap_or(stream).as_str().to_owned())
}

pub(crate) fn plaintext(text: &str) -> Plaintext {
    Plaintext::from(text.as_bytes().to_vec())
}

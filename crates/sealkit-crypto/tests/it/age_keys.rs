//! Keys for the tests of the age room: the stanza functions behind the two traits, and everything a key file may hold.

use std::collections::BTreeSet;

use hpke::{Deserializable, Kem};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::age::ssh::{SshIdentity, SshKeyFile};
use sealkit_crypto::age::{
    self, FileKey, POSTQUANTUM_LABEL, Stanza, StanzaIdentity, StanzaRecipient, UnwrapFileKeyError,
    WrapFileKeyError, WrappedFileKey,
};
use sealkit_crypto::hpke::XWing;
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_crypto::{CryptoRng, Passphrase, bech32};

/// What opens everything in `testdata/age-peer` that has a passphrase.
pub(crate) fn passphrase() -> Passphrase {
    Passphrase::from("test passphrase".to_owned())
}

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// An X25519 key pair.
pub(crate) struct X25519([u8; 32]);

impl X25519 {
    pub(crate) fn new(seed: u8) -> X25519 {
        X25519([seed; 32])
    }
}

impl StanzaRecipient for X25519 {
    fn wrap_file_key(
        &self,
        key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        let public = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(self.0));
        let stanza = age::x25519::wrap(public.as_bytes(), key, rng)?;
        Ok(WrappedFileKey {
            stanzas: vec![stanza],
            labels: BTreeSet::new(),
        })
    }
}

impl StanzaIdentity for X25519 {
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        age::x25519::unwrap(&self.0, stanzas)
    }
}

/// A post-quantum key pair.
pub(crate) struct Hybrid(<XWing as Kem>::PrivateKey);

impl Hybrid {
    pub(crate) fn new(seed: u8) -> Hybrid {
        Hybrid(Deserializable::from_bytes(&[seed; 32]).expect("every seed is a key"))
    }
}

impl StanzaRecipient for Hybrid {
    fn wrap_file_key(
        &self,
        key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        let stanza = age::pq::wrap(&XWing::sk_to_pk(&self.0), key, rng)?;
        Ok(WrappedFileKey {
            stanzas: vec![stanza],
            labels: BTreeSet::from([POSTQUANTUM_LABEL.to_owned()]),
        })
    }
}

impl StanzaIdentity for Hybrid {
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        age::pq::unwrap(&self.0, stanzas)
    }
}

/// Reads one identity line.
pub(crate) fn identity(text: &str) -> Box<dyn StanzaIdentity> {
    let decoded = bech32::decode(text).expect("canonical");
    match decoded.prefix.as_str() {
        "age-secret-key-" => Box::new(X25519(decoded.data.as_slice().try_into().expect("32 bytes"))),
        "age-secret-key-pq-" => Box::new(Hybrid(
            Deserializable::from_bytes(&decoded.data).expect("32 bytes"),
        )),
        prefix => panic!("unknown identity {prefix}"),
    }
}

/// Reads a key file of `testdata/age-peer`.
pub(crate) fn key_file(name: &str) -> Box<dyn StanzaIdentity> {
    let text = sealkit_testdata::text(&format!("age-peer/{name}.key"));
    if text.starts_with("-----BEGIN OPENSSH") {
        return Box::new(ssh_key_file(&text));
    }
    if text.starts_with("-----BEGIN") {
        let key = RsaPrivateKey::from_pem(text.as_bytes()).expect("PKCS#1");
        return Box::new(SshIdentity::from(key));
    }
    identity(
        text.lines()
            .find(|line| !line.starts_with('#'))
            .expect("one identity"),
    )
}

fn ssh_key_file(text: &str) -> SshIdentity {
    match SshKeyFile::parse(text.as_bytes()).expect("OpenSSH") {
        SshKeyFile::Open(identity) => identity,
        SshKeyFile::Locked(key) => key.unlock(&passphrase()).expect("the right passphrase"),
    }
}

//! Whose keys the vectors are sealed for. Visibly test keys; they protect nothing anywhere else.

use std::collections::BTreeSet;

use hpke::{
    Deserializable, Kem, Serializable,
    aead::ChaCha20Poly1305,
    kdf::HkdfSha256,
    kem::{X25519HkdfSha256, XWing},
};
use sealkit_crypto::{
    CryptoRng,
    age::{self, FileKey, Stanza, StanzaRecipient, WrapFileKeyError, WrappedFileKey, ssh::SshRecipient},
    bech32,
    identity::{PostQuantumIdentity, X25519Identity},
    recipient::Recipient,
    rsa_oaep::{RsaPrivateKey, RsaPublicKey},
};

use super::{File, draws::Draws};

pub(crate) struct People {
    pub(crate) alice: Person,
    pub(crate) bob: Person,
    pub(crate) quinn: Person,
    pub(crate) rosa: Person,
    pub(crate) sshed: Person,
    pub(crate) sshrsa: Person,
    pub(crate) token: Person,
}

/// Somebody with a key.
pub(crate) struct Person {
    who: &'static str,
    public: Public,
    /// The recipient in full, and the identity file.
    recipient: String,
    identity: String,
}

enum Public {
    X25519(Vec<u8>),
    PostQuantum(Vec<u8>),
    Rsa(RsaPublicKey),
    Ssh(SshRecipient),
    Plugin(TestPlugin),
}

/// The recipient side of a plugin that exists in tests only: `age-plugin-sealkittest` hides the file key from nobody, its
/// one stanza holds it with every bit flipped.
struct TestPlugin;

impl StanzaRecipient for TestPlugin {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        _: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        let flipped: Vec<u8> = file_key.expose().iter().map(|byte| !byte).collect();
        let stanza = Stanza::new("sealkittest", &[], &flipped).expect("a valid tag");
        Ok(WrappedFileKey {
            stanzas: vec![stanza],
            labels: BTreeSet::new(),
        })
    }
}

impl People {
    pub(crate) fn new(kept: &dyn Fn(&str) -> Option<String>) -> Self {
        let rosa = kept("identities/test-key-rosa.pem").map_or_else(
            || RsaPrivateKey::generate(2048).expect("2048 bits are supported"),
            |pem| RsaPrivateKey::from_pem(pem.as_bytes()).expect("the key that was written before"),
        );
        Self {
            alice: Person::x25519("alice"),
            bob: Person::x25519("bob"),
            quinn: Person::post_quantum("quinn"),
            rosa: Person::rsa("rosa", &rosa),
            sshed: Person::ssh("sshed", kept),
            sshrsa: Person::ssh("sshrsa", kept),
            token: Person::plugin("token"),
        }
    }

    pub(crate) fn files(&self) -> Vec<File> {
        let mut files = Vec::new();
        for person in [
            &self.alice,
            &self.bob,
            &self.quinn,
            &self.rosa,
            &self.sshed,
            &self.sshrsa,
            &self.token,
        ] {
            let extension = match person.public {
                Public::X25519(_) | Public::PostQuantum(_) | Public::Plugin(_) => "txt",
                Public::Rsa(_) => "pem",
                Public::Ssh(_) => "key",
            };
            let name = |folder| format!("{folder}/test-key-{}.{extension}", person.who);
            files.push(File {
                name: name("identities"),
                text: person.identity.clone(),
            });
            files.push(File {
                name: name("recipients"),
                text: format!("{}\n", person.recipient.trim_end()),
            });
        }
        files
    }
}

impl Person {
    fn x25519(who: &'static str) -> Self {
        let identity = X25519Identity::from_bytes(&Draws::new(who).bytes());
        let recipient = identity.to_public();
        Self {
            who,
            public: Public::X25519(recipient.as_bytes().to_vec()),
            recipient: recipient.to_string(),
            identity: identity_file(who, &recipient.to_string(), &identity.to_string()),
        }
    }

    fn post_quantum(who: &'static str) -> Self {
        let identity = PostQuantumIdentity::from_seed(&Draws::new(who).bytes());
        let recipient = identity.to_public();
        Self {
            who,
            public: Public::PostQuantum(recipient.to_bytes()),
            recipient: Recipient::PostQuantum(recipient.clone()).to_string(),
            identity: identity_file(who, recipient.name(), &identity.to_string()),
        }
    }

    fn rsa(who: &'static str, identity: &RsaPrivateKey) -> Self {
        Self {
            who,
            public: Public::Rsa(identity.public_key().clone()),
            recipient: identity.public_key().to_pem(),
            identity: identity.to_pkcs8_pem().to_string(),
        }
    }

    /// A key that `ssh-keygen` made; there is no making it again.
    fn ssh(who: &'static str, kept: &dyn Fn(&str) -> Option<String>) -> Self {
        let kept =
            |folder| kept(&format!("{folder}/test-key-{who}.key")).expect("testdata keeps the ssh keys");
        let recipient = kept("recipients");
        let public = recipient.parse().expect("what ssh-keygen wrote");
        Self {
            who,
            public: Public::Ssh(public),
            recipient,
            identity: kept("identities"),
        }
    }

    fn plugin(who: &'static str) -> Self {
        let recipient = bech32::encode("age1sealkittest", b"test key").expect("a valid prefix");
        let secret = bech32::encode_upper("AGE-PLUGIN-SEALKITTEST-", b"test key").expect("a valid prefix");
        let identity = identity_file(who, &recipient, &secret);
        Self {
            who,
            public: Public::Plugin(TestPlugin),
            recipient,
            identity,
        }
    }

    /// Whether a wrap differs every time it is made.
    pub(crate) fn draws_itself(&self) -> bool {
        matches!(self.public, Public::Rsa(_)) || self.recipient.starts_with("ssh-rsa")
    }

    /// The short name, section 5.
    pub(crate) fn name(&self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let sha256 = |bytes: &[u8]| hex(&sealkit_crypto::kdf::sha256(&[bytes]));
        match &self.public {
            Public::X25519(_) | Public::Plugin(_) => self.recipient.clone(),
            Public::PostQuantum(_) => format!("age1pq:sha256:{}", sha256(self.recipient.as_bytes())),
            Public::Rsa(key) => format!("x509:sha256:{}", sha256(key.spki_der())),
            Public::Ssh(key) if key.as_str().len() <= 128 => key.as_str().to_owned(),
            Public::Ssh(key) => format!("ssh-rsa:sha256:{}", sha256(key.as_str().as_bytes())),
        }
    }

    /// Wraps, section 5. Takes any length, because one vector needs a wrong one.
    pub(crate) fn wrap(&self, secret: &[u8], info: &[u8], draws: &mut Draws) -> Vec<u8> {
        match &self.public {
            Public::X25519(key) => base_mode::<X25519HkdfSha256>(key, secret, info, draws),
            Public::PostQuantum(key) => base_mode::<XWing>(key, secret, info, draws),
            Public::Rsa(key) => key
                .encrypt(&[&[0], info].concat(), secret)
                .expect("a data key is short enough for 2048 bits"),
            Public::Ssh(key) => {
                age::encrypt(&[key], &[info, secret].concat(), draws).expect("one honest recipient")
            }
            Public::Plugin(plugin) => {
                age::encrypt(&[plugin], &[info, secret].concat(), draws).expect("one honest recipient")
            }
        }
    }
}

fn base_mode<K: Kem>(key: &[u8], secret: &[u8], info: &[u8], draws: &mut Draws) -> Vec<u8> {
    let key = K::PublicKey::from_bytes(key).expect("a public key that was made here");
    let (enc, mut context) = hpke::setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &hpke::OpModeS::Base,
        &key,
        info,
        draws,
    )
    .expect("an honest public key");
    [
        enc.to_bytes().as_slice(),
        &context.seal(secret, b"").expect("the first message"),
    ]
    .concat()
}

fn identity_file(who: &str, public: &str, secret: &str) -> String {
    format!(
        "# test-key-{who}: made by `cargo xtask vectors`, protects nothing\n# public key: {public}\n{secret}\n"
    )
}

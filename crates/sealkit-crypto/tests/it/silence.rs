//! Nothing that this crate can print holds a secret: marked secrets are planted everywhere, and everything that can be
//! formatted is searched for them, in every spelling that a careless `Debug` would use.

use std::error::Error;
use std::fmt::{Debug, Write};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::certificate::Certificate;
use sealkit_crypto::identity::{
    NoPassphrase, PassphraseSource, PluginIdentity, PostQuantumIdentity, RsaIdentity, SshIdentity,
    X25519Identity, parse_identities,
};
use sealkit_crypto::recipient::parse_recipients;
use sealkit_crypto::rsa_oaep::{RsaPrivateKey, RsaPublicKey};
use sealkit_crypto::{DataKey, Identity, Passphrase, Plaintext, Recipient, WrappedKey, aead, bech32, pem};
use sealkit_testdata as testdata;

use crate::age_keys::rng;

/// Secrets that were planted, and all that was printed since.
#[derive(Default)]
struct Eavesdropper {
    secrets: Vec<Vec<u8>>,
    heard: String,
}

impl Eavesdropper {
    fn plant(&mut self, secret: &[u8]) {
        assert!(secret.len() >= 8, "too short to be recognised");
        self.secrets.push(secret.to_vec());
    }

    fn hear(&mut self, value: &dyn Debug) {
        writeln!(self.heard, "{value:?}\n{value:#?}").unwrap();
    }

    fn hear_error(&mut self, error: &(dyn Error + 'static)) {
        writeln!(self.heard, "{error:?}\n{error:#?}").unwrap();
        let mut next = Some(error);
        while let Some(error) = next {
            writeln!(self.heard, "{error}").unwrap();
            next = error.source();
        }
    }

    fn assert_heard_nothing(&self) {
        for (number, secret) in self.secrets.iter().enumerate() {
            // Eight bytes in a row are enough to give a key away, and too many for a coincidence.
            for window in secret.windows(8) {
                let hex: String = window.iter().map(|byte| format!("{byte:02x}")).collect();
                let list: Vec<_> = window.iter().map(u8::to_string).collect();
                let spellings = [
                    String::from_utf8_lossy(window).into_owned(),
                    hex.to_uppercase(),
                    hex,
                    list.join(", "),
                    list.join(",\n"),
                    STANDARD.encode(window)[..10].to_owned(),
                ];
                for spelling in spellings.iter().filter(|spelling| !spelling.contains('\u{fffd}')) {
                    assert!(!self.heard.contains(spelling), "secret {number} was printed");
                }
            }
        }
    }
}

const MARKED: &str = "MARKED-hunter2-DEKRAM-zyxwvutsrqponmlkjihgfedcba";

struct Answers(&'static str);

impl PassphraseSource for Answers {
    fn passphrase(&self, _: &str) -> Option<Passphrase> {
        Some(Passphrase::from(self.0.to_owned()))
    }
}

fn nobody() -> Arc<dyn PassphraseSource> {
    Arc::new(NoPassphrase)
}

#[test]
fn the_eavesdropper_hears_what_is_said_aloud() {
    for spelling in [
        MARKED.to_owned(),
        format!("{:?}", MARKED.as_bytes()),
        STANDARD.encode(MARKED),
    ] {
        let mut ears = Eavesdropper::default();
        ears.plant(MARKED.as_bytes());
        ears.heard = spelling;
        assert!(std::panic::catch_unwind(|| ears.assert_heard_nothing()).is_err());
    }
}

#[test]
fn no_identity_prints_its_private_half() {
    let mut ears = Eavesdropper::default();
    let x25519 = X25519Identity::generate(&mut rng(1));
    ears.plant(x25519.expose());
    ears.plant(&x25519.to_string().as_bytes()[16..]);
    ears.hear(&x25519);
    let pq = PostQuantumIdentity::generate(&mut rng(2));
    ears.plant(pq.expose());
    ears.plant(&pq.to_string().as_bytes()[19..]);
    ears.hear(&pq);
    let key = RsaPrivateKey::generate(2048).unwrap();
    // Beyond the public modulus, which stands at the front of a private key.
    ears.plant(&key.to_pkcs8_der()[320..]);
    ears.hear(&key);
    ears.hear(&RsaIdentity::new(key));
    let ssh = testdata::read("keys/test-key-ssh-ed25519");
    ears.plant(&pem::blocks(&ssh).unwrap()[0].der[160..194]);
    ears.hear(&SshIdentity::from_openssh(&ssh, &nobody()).unwrap());
    let plugin = bech32::encode_upper("AGE-PLUGIN-SE-", MARKED.as_bytes()).unwrap();
    ears.plant(&plugin.as_bytes()[15..]);
    ears.hear(&plugin.parse::<PluginIdentity>().unwrap());
    ears.assert_heard_nothing();
}

#[test]
fn no_secret_value_prints_itself() {
    let mut ears = Eavesdropper::default();
    ears.plant(MARKED.as_bytes());
    ears.hear(&DataKey::from_slice(&MARKED.as_bytes()[..32]));
    ears.hear(&DataKey::from_slice(MARKED.as_bytes()));
    ears.hear(&Plaintext::from(MARKED.as_bytes().to_vec()));
    ears.hear(&Passphrase::from(MARKED.to_owned()));
    ears.hear(&aead::xchacha20poly1305_decrypt(
        &[1; 32],
        &[2; 24],
        b"",
        MARKED.as_bytes(),
    ));
    ears.assert_heard_nothing();
}

#[test]
fn no_error_quotes_a_file_that_could_not_be_read() {
    let mut ears = Eavesdropper::default();
    ears.plant(MARKED.as_bytes());
    let passphrases: Arc<dyn PassphraseSource> = Arc::new(Answers(MARKED));
    let frames = [
        "{}",
        "AGE-SECRET-KEY-1{}",
        "AGE-SECRET-KEY-PQ-1{}",
        "AGE-PLUGIN-{}",
        "AGE-PLUGIN-SE-1{}",
        "age1{}",
        "age1pq1{}",
        "age1se1{}",
        "ssh-ed25519 {}",
        "ssh-rsa {} comment",
        "{}:sha256:00",
        "-----BEGIN {}-----\n-----END {}-----",
        "-----BEGIN {}-----",
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: {}\n\n{}\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----",
        "-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----",
        "age-encryption.org/v1\n-> {} {}\n{}\n--- {}\n",
        "age-encryption.org/{}",
    ];
    let mut errors = 0;
    for frame in frames {
        for secret in [MARKED.to_owned(), STANDARD.encode(MARKED)] {
            let text = frame.replace("{}", &secret);
            if let Err(error) = parse_identities(text.as_bytes(), &passphrases, None) {
                ears.hear_error(&error);
                writeln!(ears.heard, "{:?}", error.hint()).unwrap();
                errors += 1;
            }
            if let Err(error) = parse_recipients(&text) {
                ears.hear_error(&error);
                writeln!(ears.heard, "{:?}", error.hint()).unwrap();
                errors += 1;
            }
            for error in [
                text.parse::<Recipient>()
                    .map(drop)
                    .map_err(|error| Box::new(error) as Box<dyn Error>),
                RsaPublicKey::from_pem(text.as_bytes())
                    .map(drop)
                    .map_err(Into::into),
                RsaPrivateKey::from_pem(text.as_bytes())
                    .map(drop)
                    .map_err(Into::into),
                Certificate::from_pem(text.as_bytes())
                    .map(drop)
                    .map_err(Into::into),
                text.parse::<X25519Identity>().map(drop).map_err(Into::into),
                text.parse::<PostQuantumIdentity>().map(drop).map_err(Into::into),
            ] {
                ears.hear_error(&*error.unwrap_err());
                errors += 1;
            }
        }
    }
    assert_eq!(errors, frames.len() * 2 * 8, "every one of these is refused");
    ears.assert_heard_nothing();
}

#[test]
fn no_wrong_passphrase_is_repeated() {
    let mut ears = Eavesdropper::default();
    ears.plant(MARKED.as_bytes());
    let passphrases: Arc<dyn PassphraseSource> = Arc::new(Answers(MARKED));
    for name in [
        "keys/test-key-rsa-2048.encrypted.pem",
        "keys/test-key-rsa-2048.scrypt.pem",
        "age-peer/protected-identity.age",
    ] {
        ears.hear_error(
            &parse_identities(&testdata::read(name), &passphrases, None)
                .err()
                .unwrap(),
        );
    }
    let locked = testdata::read("keys/test-key-ssh-ed25519-encrypted");
    let locked = SshIdentity::from_openssh(&locked, &passphrases).unwrap();
    let wrapped = locked
        .recipient()
        .unwrap()
        .wrap(&DataKey::generate(&mut rng(1)), b"", &mut rng(2))
        .unwrap();
    ears.hear_error(&locked.unwrap_key(&wrapped, b"").unwrap_err());
    ears.hear(&locked);
    ears.assert_heard_nothing();
}

#[test]
fn no_failed_unwrap_shows_what_came_out() {
    let mut ears = Eavesdropper::default();
    ears.plant(MARKED.as_bytes());
    let key =
        RsaPrivateKey::from_pem(&testdata::read("sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem")).unwrap();
    let identity = RsaIdentity::new(key);
    // Something that decrypts and is no data key.
    let sealed = identity
        .to_public()
        .key()
        .encrypt(b"\0place", MARKED.as_bytes())
        .unwrap();
    let wrapped = WrappedKey {
        recipient: identity.names()[0].clone(),
        key: sealed,
    };
    let error = identity.unwrap_key(&wrapped, b"place").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the wrapped key unwraps to something that is not a data key"
    );
    ears.hear_error(&error);
    // The same in an age file, for another place.
    let recipient: Recipient = testdata::text("keys/test-key-ssh-ed25519.pub").parse().unwrap();
    let identity =
        SshIdentity::from_openssh(&testdata::read("keys/test-key-ssh-ed25519"), &nobody()).unwrap();
    let wrapped = recipient
        .wrap(
            &DataKey::from_slice(&MARKED.as_bytes()[..32]).unwrap(),
            b"place",
            &mut rng(1),
        )
        .unwrap();
    ears.hear_error(&identity.unwrap_key(&wrapped, b"another").unwrap_err());
    ears.hear_error(&identity.unwrap_key(&wrapped, b"pla").unwrap_err());
    ears.assert_heard_nothing();
}

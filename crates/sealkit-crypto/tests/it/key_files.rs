//! Files with keys, as the tools of the field write them: every kind, every protection, every way to be wrong.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sealkit_crypto::age::scrypt::{self, PassphraseRecipient};
use sealkit_crypto::age::{self, armor};
use sealkit_crypto::certificate::{Certificate, CertificateError, self_signed_certificate};
use sealkit_crypto::identity::{IdentityError, NoPassphrase, PassphraseSource, parse_identities};
use sealkit_crypto::recipient::parse_recipients;
use sealkit_crypto::rsa_oaep::{RsaError, RsaPrivateKey, RsaPublicKey};
use sealkit_crypto::{DataKey, Identity, Passphrase, Recipient};
use sealkit_testdata as testdata;

use crate::age_keys::{passphrase, rng};

/// Answers with one passphrase and remembers what it was asked.
#[derive(Default)]
struct Asked(AtomicUsize, Mutex<Vec<String>>);

impl PassphraseSource for Asked {
    fn passphrase(&self, what: &str) -> Option<Passphrase> {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.lock().unwrap().push(what.to_owned());
        Some(passphrase())
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Box<dyn Identity>>, IdentityError> {
    let asked: Arc<dyn PassphraseSource> = Arc::new(Asked::default());
    parse_identities(bytes, &asked, None)
}

fn read_mutely(bytes: &[u8]) -> Result<Vec<Box<dyn Identity>>, IdentityError> {
    let nobody: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
    parse_identities(bytes, &nobody, None)
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).err().expect("this file must be refused").to_string()
}

fn recipient_file(name: &str) -> Recipient {
    let mut found = parse_recipients(&testdata::text(name)).unwrap();
    assert_eq!(found.len(), 1, "{name}");
    found.remove(0)
}

/// What was wrapped to the recipient is unwrapped by the identity, which knows that it was meant.
fn assert_belongs(identity: &dyn Identity, recipient: &Recipient) {
    let key = DataKey::generate(&mut rng(1));
    let wrapped = recipient.wrap(&key, b"info", &mut rng(2)).unwrap();
    assert_eq!(wrapped.recipient, recipient.name());
    assert!(identity.names().contains(&recipient.name()));
    assert_eq!(identity.unwrap_key(&wrapped, b"info").unwrap(), Some(key));
}

#[test]
fn every_kind_of_identity_file_opens_what_was_wrapped_to_its_public_half() {
    for (identity, recipient) in [
        ("keys/test-key-x25519.identity", "keys/test-key-x25519.recipient"),
        ("keys/test-key-pq.identity", "keys/test-key-pq.recipient"),
        ("keys/test-key-ssh-ed25519", "keys/test-key-ssh-ed25519.pub"),
        (
            "keys/test-key-ssh-ed25519-encrypted",
            "keys/test-key-ssh-ed25519-encrypted.pub",
        ),
        ("keys/test-key-ssh-rsa", "keys/test-key-ssh-rsa.pub"),
        ("age-peer/ssh-rsa-locked.key", "age-peer/ssh-rsa-locked.pub"),
        ("age-peer/ssh-rsa-pem.key", "age-peer/ssh-rsa-pem.pub"),
        (
            "keys/test-key-rsa-2048.encrypted.pem",
            "keys/test-key-rsa-2048.pub.pem",
        ),
        (
            "keys/test-key-rsa-2048.scrypt.pem",
            "keys/test-key-rsa-2048.pkcs1.pub.pem",
        ),
        (
            "keys/test-key-rsa-2048.sha512.pem",
            "sealed-secrets/peer-0.36.6/cert-2048.pem",
        ),
    ] {
        let identities = read(&testdata::read(identity)).unwrap();
        assert_eq!(identities.len(), 1, "{identity}");
        assert_belongs(&*identities[0], &recipient_file(recipient));
    }
}

#[test]
fn sealing_keys_and_certificates_of_the_peer_belong_together() {
    for bits in [2048, 3072, 4096] {
        let certificate = testdata::read(&format!("sealed-secrets/peer-0.36.6/cert-{bits}.pem"));
        let certificate = Certificate::from_pem(&certificate).unwrap();
        assert_eq!(certificate.public_key().bits(), bits);
        assert!(certificate.not_before() < certificate.not_after());
        for form in ["pkcs1", "pkcs8"] {
            let text = testdata::read(&format!("sealed-secrets/peer-0.36.6/key-{bits}.{form}.pem"));
            let key = RsaPrivateKey::from_pem(&text).unwrap();
            assert_eq!(key.public_key(), certificate.public_key());
            assert_eq!(key.public_key().spki_sha256(), certificate.fingerprint());
            let identities = read_mutely(&text).unwrap();
            assert_belongs(
                &*identities[0],
                &Recipient::from(certificate.public_key().clone()),
            );
            assert_eq!(identities[0].rsa().unwrap().modulus_len(), bits / 8);
        }
    }
}

#[test]
fn one_file_may_hold_keys_of_many_kinds() {
    let text = [
        "\u{feff}# backup of everything\r\n".as_bytes(),
        &testdata::read("keys/test-key-x25519.identity"),
        b"\r\n",
        &testdata::read("keys/test-key-ssh-ed25519"),
        b"Bag Attributes\n",
        &testdata::read("sealed-secrets/peer-0.36.6/key-2048.pkcs1.pem"),
        &testdata::read("sealed-secrets/peer-0.36.6/cert-2048.pem"),
        &testdata::read("sealed-secrets/peer-0.36.6/key-3072.pkcs8.pem"),
        &testdata::read("keys/test-key-pq.identity"),
    ]
    .concat();
    let kinds: Vec<_> = read(&text)
        .unwrap()
        .iter()
        .map(|identity| identity.names()[0].clone())
        .collect();
    let starts = [
        "age1",
        "ssh-ed25519 ",
        "x509:sha256:",
        "x509:sha256:",
        "age1pq:sha256:",
    ];
    assert_eq!(kinds.len(), starts.len());
    for (name, start) in kinds.iter().zip(starts) {
        assert!(name.starts_with(start), "{name} {start}");
    }
}

#[test]
fn a_passphrase_protected_file_opens_binary_and_armored() {
    let expected = read(&testdata::read("age-peer/x25519.key")).unwrap()[0].names();
    let protected = testdata::read("age-peer/protected-identity.age");
    assert_eq!(read(&protected).unwrap()[0].names(), expected);
    let armored = format!("\r\n{}", armor::encode(&protected));
    assert_eq!(read(armored.as_bytes()).unwrap()[0].names(), expected);
    let refused = read_mutely(&protected).err().unwrap();
    assert!(
        matches!(refused, IdentityError::PassphraseNeeded { .. }),
        "{refused}"
    );
}

#[test]
fn a_protected_file_is_an_age_file_with_a_passphrase_and_nothing_inside_but_keys() {
    let protect = |plaintext: &[u8], words: &str| {
        let passphrase = Passphrase::from(words.to_owned());
        age::encrypt_with_passphrase(&passphrase, 2, plaintext, &mut rng(1)).unwrap()
    };
    let right = "test passphrase";
    assert_eq!(
        refusal(&protect(b"", "another")),
        "the passphrase does not open the protected identity file"
    );
    assert_eq!(refusal(&protect(b"# nothing\n", right)), "found no private key");
    assert_eq!(
        refusal(&protect(b"\nhunter2", right)),
        "line 2: not a private key of a known kind"
    );
    let nested = "the age file holds no identities that a passphrase could open";
    assert_eq!(refusal(&protect(&protect(b"", right), right)), nested);
    assert_eq!(refusal(&testdata::read("age-peer/to-x25519.age")), nested);
    let mut changed = protect(b"# nothing\n", right);
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(refusal(&changed), "the protected identity file does not open");
    assert_eq!(scrypt::MAX_WORK_FACTOR, 22);
    let _ = PassphraseRecipient::new(passphrase(), 2);
}

#[test]
fn nobody_is_asked_for_the_passphrase_of_an_ssh_key_before_a_file_is_addressed_to_it() {
    let asked = Arc::new(Asked::default());
    let source: Arc<dyn PassphraseSource> = asked.clone();
    let text = testdata::read("keys/test-key-ssh-ed25519-encrypted");
    let identity = parse_identities(&text, &source, None).unwrap().remove(0);
    let mine = recipient_file("keys/test-key-ssh-ed25519-encrypted.pub");
    let other = recipient_file("keys/test-key-ssh-ed25519.pub");
    let key = DataKey::generate(&mut rng(1));
    let wrap = |recipient: &Recipient| recipient.wrap(&key, b"info", &mut rng(2)).unwrap();
    assert_eq!(identity.unwrap_key(&wrap(&other), b"info").unwrap(), None);
    assert_eq!(asked.0.load(Ordering::SeqCst), 0);
    assert!(identity.unwrap_key(&wrap(&mine), b"info").unwrap().is_some());
    assert!(identity.unwrap_key(&wrap(&mine), b"info").unwrap().is_some());
    let asked = asked.1.lock().unwrap();
    assert_eq!(asked.len(), 1, "once is enough");
    assert_eq!(asked[0], format!("the ssh key {}", mine.name()));
}

#[test]
fn a_locked_ssh_key_says_what_it_misses() {
    struct Wrong;
    impl PassphraseSource for Wrong {
        fn passphrase(&self, _: &str) -> Option<Passphrase> {
            Some(Passphrase::from("wrong".to_owned()))
        }
    }
    let text = testdata::read("keys/test-key-ssh-ed25519-encrypted");
    let recipient = recipient_file("keys/test-key-ssh-ed25519-encrypted.pub");
    let wrapped = recipient
        .wrap(&DataKey::generate(&mut rng(1)), b"", &mut rng(2))
        .unwrap();
    let answers = |source: Arc<dyn PassphraseSource>| {
        let identity = parse_identities(&text, &source, None).unwrap().remove(0);
        identity.unwrap_key(&wrapped, b"").unwrap_err().to_string()
    };
    assert_eq!(answers(Arc::new(NoPassphrase)), "the identity needs a passphrase");
    assert_eq!(
        answers(Arc::new(Wrong)),
        "the passphrase does not open the identity"
    );
}

#[test]
fn every_unusable_key_is_refused_for_its_own_reason() {
    let key = |name: &str| refusal(&testdata::read(name));
    let unsupported = "line 1: the private key is protected by an algorithm that is not supported";
    assert_eq!(key("keys/test-key-rsa-2048.des3.pem"), unsupported);
    assert_eq!(key("keys/test-key-rsa-2048.pbes1.pem"), unsupported);
    let legacy = "line 1: the private key is encrypted in the legacy PEM form";
    assert_eq!(key("keys/test-key-rsa-2048.legacy.pem"), legacy);
    let small = "the RSA key has 1024 bits; 2048 are the least that is safe";
    assert_eq!(key("keys/test-key-rsa-1024.pem"), format!("line 1: {small}"));
    assert_eq!(key("keys/test-key-ec.pem"), "line 1: the key is not an RSA key");
    assert_eq!(
        key("keys/test-key-ed25519.pem"),
        "line 1: the key is not an RSA key"
    );
    assert_eq!(
        key("age-peer/ssh-ecdsa.key"),
        "line 1: an SSH key of a kind that cannot be encrypted to"
    );
    assert_eq!(
        key("keys/test-key-x25519.recipient"),
        "line 1: this is a public key, not a private key"
    );
    assert_eq!(
        key("keys/test-key-ssh-ed25519.pub"),
        "line 1: this is a public key, not a private key"
    );
    assert_eq!(key("keys/test-key-rsa-2048.pub.pem"), "found no private key");
    assert_eq!(refusal(b""), "found no private key");
    assert_eq!(
        refusal(&vec![b'\n'; (16 << 20) + 1]),
        "an identity file has at most 16 MiB"
    );

    let certificate = |name: &str| Certificate::from_pem(&testdata::read(name)).unwrap_err();
    assert_eq!(certificate("keys/test-key-rsa-1024.cert.pem").to_string(), small);
    assert_eq!(
        certificate("keys/test-key-ec.cert.pem"),
        CertificateError::Key(RsaError::NotRsa)
    );
    assert_eq!(
        certificate("keys/test-key-ec.pem"),
        CertificateError::NoCertificate
    );
    let small = RsaPublicKey::from_pem(&testdata::read("keys/test-key-rsa-1024.cert.pem")).unwrap_err();
    assert_eq!(small, RsaError::TooSmall { bits: 1024 });
    assert_eq!(
        small.hint().as_deref(),
        Some("make a new key of 4096 bits and seal for it")
    );
}

#[test]
fn a_wrong_passphrase_is_told_from_a_missing_one() {
    struct Wrong;
    impl PassphraseSource for Wrong {
        fn passphrase(&self, _: &str) -> Option<Passphrase> {
            Some(Passphrase::from("wrong".to_owned()))
        }
    }
    for name in ["encrypted", "scrypt", "sha512"] {
        let text = testdata::read(&format!("keys/test-key-rsa-2048.{name}.pem"));
        let wrong: Arc<dyn PassphraseSource> = Arc::new(Wrong);
        let error = parse_identities(&text, &wrong, None).err().unwrap();
        assert_eq!(
            error.to_string(),
            "line 1: the passphrase does not open the encrypted private key"
        );
        let error = read_mutely(&text).err().unwrap();
        assert_eq!(
            error.to_string(),
            "line 1: the encrypted private key needs a passphrase"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn key_files_that_ask_for_absurd_work_are_refused_before_the_work() {
    use pkcs8::der::{Decode, Encode, asn1::OctetStringRef};
    use pkcs8::pkcs5::EncryptionScheme;
    use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
    use sealkit_crypto::pem;

    let absurd = |name: &str, change: &dyn Fn(&mut Kdf)| {
        let text = testdata::read(name);
        let der = pem::blocks(&text).unwrap().remove(0).der;
        let info = pkcs8::EncryptedPrivateKeyInfoRef::from_der(&der).unwrap();
        let EncryptionScheme::Pbes2(mut parameters) = info.encryption_algorithm else {
            unreachable!()
        };
        change(&mut parameters.kdf);
        let changed = pkcs8::EncryptedPrivateKeyInfo {
            encryption_algorithm: EncryptionScheme::Pbes2(Parameters { ..parameters }),
            encrypted_data: OctetStringRef::new(info.encrypted_data.as_bytes()).unwrap(),
        };
        let text = pem::encode("ENCRYPTED PRIVATE KEY", &changed.to_der().unwrap());
        refusal(text.as_bytes())
    };
    let expected = "line 1: opening the private key would take an unreasonable amount of work";
    let pbkdf2 = absurd("keys/test-key-rsa-2048.encrypted.pem", &|kdf| {
        if let Kdf::Pbkdf2(kdf) = kdf {
            kdf.iteration_count = 90_000_000;
        }
    });
    assert_eq!(pbkdf2, expected);
    let scrypt = absurd("keys/test-key-rsa-2048.scrypt.pem", &|kdf| {
        if let Kdf::Scrypt(kdf) = kdf {
            kdf.cost_parameter = 1 << 30;
        }
    });
    assert_eq!(scrypt, expected);
}

#[test]
fn a_new_sealing_key_and_its_certificate_belong_together() {
    let key = RsaPrivateKey::generate(4096).unwrap();
    let text = self_signed_certificate(&key, 1_700_000_000, 2_015_360_000).unwrap();
    let recipient: Recipient = text.parse().unwrap();
    let identity = read_mutely(key.to_pkcs8_pem().as_bytes()).unwrap().remove(0);
    assert_belongs(&*identity, &recipient);
    assert_eq!(identity.recipient(), Some(recipient.clone()));
    assert_eq!(recipient.to_string().parse::<Recipient>().unwrap(), recipient);
}

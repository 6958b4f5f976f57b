//! Wrapped data keys of every kind: they open for their identity and place, and for nothing else.

use proptest::prelude::*;
use sealkit_crypto::age::{self, armor};
use sealkit_crypto::identity::{
    NoPassphrase, PassphraseSource, PostQuantumIdentity, RsaIdentity, SshIdentity, UnwrapError,
    X25519Identity,
};
use sealkit_crypto::recipient::{RecipientError, RecipientKind};
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_crypto::{DataKey, Identity, Recipient, WrappedKey};
use sealkit_testdata as testdata;
use std::sync::{Arc, LazyLock};

use crate::age_keys::{passphrase, rng};

/// One identity of each kind that needs no plugin.
static IDENTITIES: LazyLock<Vec<Box<dyn Identity>>> = LazyLock::new(|| {
    let nobody: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
    let ssh = |name: &str| SshIdentity::from_openssh(&testdata::read(name), &nobody).unwrap();
    let rsa =
        RsaPrivateKey::from_pem(&testdata::read("sealed-secrets/peer-0.36.6/key-2048.pkcs1.pem")).unwrap();
    vec![
        Box::new(X25519Identity::generate(&mut rng(10))),
        Box::new(PostQuantumIdentity::generate(&mut rng(11))),
        Box::new(ssh("keys/test-key-ssh-ed25519")),
        Box::new(ssh("keys/test-key-ssh-rsa")),
        Box::new(RsaIdentity::new(rsa)),
    ]
});

fn wrap(identity: &dyn Identity, info: &[u8]) -> (DataKey, WrappedKey) {
    let key = DataKey::generate(&mut rng(1));
    let wrapped = identity
        .recipient()
        .unwrap()
        .wrap(&key, info, &mut rng(2))
        .unwrap();
    (key, wrapped)
}

#[test]
fn a_wrapped_key_opens_for_its_identity_only() {
    for (index, identity) in IDENTITIES.iter().enumerate() {
        let (key, wrapped) = wrap(&**identity, b"place");
        assert_eq!(identity.unwrap_key(&wrapped, b"place").unwrap(), Some(key));
        assert_eq!(identity.names()[0], wrapped.recipient);
        for (_, other) in IDENTITIES.iter().enumerate().filter(|&(other, _)| other != index) {
            assert!(
                other.unwrap_key(&wrapped, b"place").unwrap().is_none(),
                "not addressed to it"
            );
        }
    }
}

#[test]
fn a_wrapped_key_opens_in_its_place_only() {
    for identity in IDENTITIES.iter() {
        let (_, wrapped) = wrap(&**identity, b"place");
        for place in [&b"another"[..], b"", b"plac", b"place2"] {
            let error = identity.unwrap_key(&wrapped, place).unwrap_err();
            let expected = matches!(
                error,
                UnwrapError::Rejected | UnwrapError::OtherPlace | UnwrapError::NotADataKey
            );
            assert!(expected, "{error}");
        }
    }
}

#[test]
fn a_key_wrapped_to_another_under_my_name_is_an_error_and_not_absence() {
    for identity in IDENTITIES.iter() {
        let (_, mut wrapped) = wrap(&**identity, b"place");
        let other: Box<dyn Identity> = match identity.recipient().unwrap() {
            Recipient::X25519(_) => Box::new(X25519Identity::generate(&mut rng(20))),
            Recipient::PostQuantum(_) => Box::new(PostQuantumIdentity::generate(&mut rng(20))),
            Recipient::Rsa(_) => Box::new(RsaIdentity::generate(2048).unwrap()),
            _ => continue,
        };
        let (_, theirs) = wrap_as(&*other);
        wrapped.key = theirs;
        let error = identity.unwrap_key(&wrapped, b"place").unwrap_err();
        assert!(matches!(error, UnwrapError::Rejected), "{error}");
    }
    // ssh: the name in the file is mine, the stanza inside is not.
    let (_, mine) = wrap(&*IDENTITIES[2], b"place");
    let (_, rsa) = wrap(&*IDENTITIES[3], b"place");
    let crossed = WrappedKey {
        recipient: mine.recipient,
        key: rsa.key,
    };
    assert!(matches!(
        IDENTITIES[2].unwrap_key(&crossed, b"place"),
        Err(UnwrapError::Rejected)
    ));
}

fn wrap_as(identity: &dyn Identity) -> (DataKey, Vec<u8>) {
    let (key, wrapped) = wrap(identity, b"place");
    (key, wrapped.key)
}

#[test]
fn any_flipped_byte_of_a_wrapped_key_fails() {
    for identity in IDENTITIES.iter() {
        let (_, wrapped) = wrap(&**identity, b"place");
        for at in 0..wrapped.key.len() {
            for bit in [0x01, 0x80] {
                let mut flipped = wrapped.clone();
                flipped.key[at] ^= bit;
                // The highest bit of an X25519 coordinate is ignored by the function itself, yet HPKE and age bind the
                // bytes as they are.
                assert!(
                    identity.unwrap_key(&flipped, b"place").is_err(),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }
}

#[test]
fn any_other_length_of_a_wrapped_key_fails() {
    for identity in IDENTITIES.iter() {
        let (_, wrapped) = wrap(&**identity, b"place");
        for length in (0..wrapped.key.len()).step_by(7).chain([wrapped.key.len() - 1]) {
            let mut cut = wrapped.clone();
            cut.key.truncate(length);
            assert!(identity.unwrap_key(&cut, b"place").is_err(), "length {length}");
        }
        let mut longer = wrapped.clone();
        longer.key.push(0);
        assert!(identity.unwrap_key(&longer, b"place").is_err());
    }
}

#[test]
fn a_wrapped_key_that_is_no_data_key_is_refused() {
    use hpke::{Deserializable, Kem};
    use sealkit_crypto::hpke::{self as base_mode, X25519};
    let identity = X25519Identity::generate(&mut rng(10));
    let public = <X25519 as Kem>::PublicKey::from_bytes(identity.to_public().as_bytes()).unwrap();
    for length in [0, 31, 33] {
        let sealed = base_mode::seal::<X25519>(&public, b"place", &vec![7; length], &mut rng(1)).unwrap();
        let wrapped = WrappedKey {
            recipient: identity.to_public().to_string(),
            key: sealed,
        };
        let error = identity.unwrap_key(&wrapped, b"place").unwrap_err();
        assert!(matches!(error, UnwrapError::Malformed), "{error}");
    }
    let rsa = IDENTITIES[4].rsa().unwrap().public_key();
    let key = rsa.encrypt(b"\0place", &[7; 33]).unwrap();
    let wrapped = WrappedKey {
        recipient: IDENTITIES[4].names()[0].clone(),
        key,
    };
    assert!(matches!(
        IDENTITIES[4].unwrap_key(&wrapped, b"place"),
        Err(UnwrapError::NotADataKey)
    ));
}

#[test]
fn an_age_wrapped_key_is_binary_unarmored_and_without_a_passphrase() {
    let identity = &IDENTITIES[2];
    let (key, wrapped) = wrap(&**identity, b"place");
    let armored = WrappedKey {
        recipient: wrapped.recipient.clone(),
        key: armor::encode(&wrapped.key).into_bytes(),
    };
    assert!(matches!(
        identity.unwrap_key(&armored, b"place"),
        Err(UnwrapError::Malformed)
    ));
    let plaintext = [b"place", &key.expose()[..]].concat();
    let scrypt = age::encrypt_with_passphrase(&passphrase(), 2, &plaintext, &mut rng(1)).unwrap();
    let scrypt = WrappedKey {
        recipient: wrapped.recipient,
        key: scrypt,
    };
    assert!(matches!(
        identity.unwrap_key(&scrypt, b"place"),
        Err(UnwrapError::Malformed)
    ));
}

#[test]
fn a_bitnami_ciphertext_is_no_wrapped_key_and_the_reverse() {
    let rsa = IDENTITIES[4].rsa().unwrap();
    let bitnami = rsa.public_key().encrypt(b"place", &[7; 32]).unwrap();
    let wrapped = WrappedKey {
        recipient: IDENTITIES[4].names()[0].clone(),
        key: bitnami,
    };
    assert!(matches!(
        IDENTITIES[4].unwrap_key(&wrapped, b"place"),
        Err(UnwrapError::Rejected)
    ));
    let (_, wrapped) = wrap(&*IDENTITIES[4], b"place");
    assert!(rsa.decrypt(b"place", &wrapped.key).is_err());
}

#[test]
fn wraps_are_determined_by_the_generator_except_for_rsa() {
    for identity in IDENTITIES.iter() {
        let again = wrap(&**identity, b"place").1 == wrap(&**identity, b"place").1;
        let kind = identity.recipient().unwrap().kind();
        let uses_rsa = kind == RecipientKind::Rsa || identity.names()[0].starts_with("ssh-rsa");
        assert_eq!(again, !uses_rsa, "{kind:?}");
    }
}

#[test]
fn short_names_are_those_of_the_format() {
    let names: Vec<_> = IDENTITIES
        .iter()
        .map(|identity| identity.recipient().unwrap().name())
        .collect();
    assert!(names[0].starts_with("age1") && names[0].len() == 62);
    let digest = |name: &str, kind: &str| {
        let hex = name
            .strip_prefix(kind)
            .and_then(|rest| rest.strip_prefix(":sha256:"))
            .unwrap();
        assert!(
            hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            "{name}"
        );
    };
    digest(&names[1], "age1pq");
    assert!(names[2].starts_with("ssh-ed25519 AAAA") && names[2].split(' ').count() == 2);
    digest(&names[3], "ssh-rsa");
    digest(&names[4], "x509");
    let plugin = |bytes: usize| {
        sealkit_crypto::bech32::encode("age1abc", &vec![7; bytes])
            .unwrap()
            .parse::<Recipient>()
            .unwrap()
    };
    assert_eq!(plugin(33).name(), plugin(33).to_string());
    digest(&plugin(100).name(), "age1abc");
    // Exactly 128 characters still stand for themselves.
    let border = plugin(71);
    assert_eq!((border.to_string().len(), border.name().len()), (128, 128));
}

#[test]
fn one_key_has_one_canonical_string() {
    let ssh = testdata::text("keys/test-key-ssh-ed25519.pub");
    let bare: Recipient = ssh.parse().unwrap();
    assert_eq!(bare, format!("{} another comment", bare).parse().unwrap());
    assert!(!bare.to_string().contains("comment") && bare.to_string().split(' ').count() == 2);
    for name in ["x25519", "pq"] {
        let text = testdata::text(&format!("keys/test-key-{name}.recipient"));
        let recipient: Recipient = text.parse().unwrap();
        assert_eq!(recipient.to_string(), text.trim());
        let shouted: Recipient = text.trim().to_ascii_uppercase().parse().unwrap();
        assert_eq!(
            (shouted.to_string(), shouted.name()),
            (recipient.to_string(), recipient.name())
        );
    }
}

#[test]
fn recipients_of_low_order_are_refused_when_they_are_read() {
    let zero = sealkit_crypto::bech32::encode("age", &[0; 32]).unwrap();
    assert!(matches!(
        zero.parse::<Recipient>(),
        Err(RecipientError::LowOrder { kind: "age1" })
    ));
    let Some(Recipient::PostQuantum(sound)) = IDENTITIES[1].recipient() else {
        unreachable!()
    };
    let mut bytes = sound.to_bytes();
    bytes[1184..].fill(0);
    let zero = sealkit_crypto::bech32::encode("age1pq", &bytes).unwrap();
    assert!(matches!(
        zero.parse::<Recipient>(),
        Err(RecipientError::LowOrder { kind: "age1pq" })
    ));
    bytes[..1184].fill(0xff); // coefficients beyond the modulus: not the canonical spelling of any ML-KEM key
    bytes[1184..].fill(9);
    let loose = sealkit_crypto::bech32::encode("age1pq", &bytes).unwrap();
    assert!(matches!(
        loose.parse::<Recipient>(),
        Err(RecipientError::Malformed { kind: "age1pq" })
    ));
}

#[test]
fn a_plugin_recipient_needs_somebody_to_start_its_plugin() {
    let text = sealkit_crypto::bech32::encode("age1se", &[7; 33]).unwrap();
    let recipient: Recipient = text.parse().unwrap();
    assert_eq!(recipient.kind(), RecipientKind::Plugin);
    let error = recipient
        .wrap(&DataKey::generate(&mut rng(1)), b"", &mut rng(2))
        .unwrap_err();
    assert!(error.to_string().contains("recipient"), "{error}");
}

#[test]
fn identities_survive_their_own_text() {
    let x25519 = X25519Identity::generate(&mut rng(3));
    let again: X25519Identity = x25519.to_string().parse().unwrap();
    assert_eq!((again.expose(), again.names()), (x25519.expose(), x25519.names()));
    let pq = PostQuantumIdentity::generate(&mut rng(3));
    let again: PostQuantumIdentity = pq.to_string().parse().unwrap();
    assert_eq!((again.expose(), again.names()), (pq.expose(), pq.names()));
    assert!(pq.to_string().starts_with("AGE-SECRET-KEY-PQ-1"));
}

#[test]
fn age_files_for_our_recipients_open_with_our_identities() {
    for identity in &IDENTITIES[..4] {
        let recipient = identity.recipient().unwrap();
        let file = age::encrypt(&[&recipient], b"text", &mut rng(1)).unwrap();
        assert_eq!(age::decrypt(&file, &[&**identity]).unwrap().expose(), b"text");
    }
    let mixed = [
        IDENTITIES[0].recipient().unwrap(),
        IDENTITIES[1].recipient().unwrap(),
    ];
    assert!(
        age::encrypt(&[&mixed[0], &mixed[1]], b"text", &mut rng(1)).is_err(),
        "classic beside post-quantum"
    );
    assert!(age::encrypt(&[&IDENTITIES[4].recipient().unwrap()], b"text", &mut rng(1)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn open_undoes_wrap(seed in any::<u64>(), info in proptest::collection::vec(any::<u8>(), 0..300), kind in 0usize..5) {
        let identity = &IDENTITIES[kind];
        let key = DataKey::generate(&mut rng(seed));
        let wrapped = identity.recipient().unwrap().wrap(&key, &info, &mut rng(seed ^ 1)).unwrap();
        prop_assert_eq!(identity.unwrap_key(&wrapped, &info).unwrap(), Some(key));
    }

    #[test]
    fn no_text_makes_a_recipient_panic(text in "\\PC{0,80}", prefix in 0usize..6) {
        let prefix = ["age1", "age1pq1", "ssh-ed25519 ", "-----BEGIN PUBLIC KEY-----\n", "age1se1", ""][prefix];
        let _ = format!("{prefix}{text}").parse::<Recipient>();
    }

    #[test]
    fn no_bytes_make_an_unwrap_panic(bytes in proptest::collection::vec(any::<u8>(), 0..1300), kind in 0usize..5) {
        let identity = &IDENTITIES[kind];
        let wrapped = WrappedKey { recipient: identity.names()[0].clone(), key: bytes };
        prop_assert!(identity.unwrap_key(&wrapped, b"").is_err());
    }
}

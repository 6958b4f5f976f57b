//! Files and keys that the Go tool and OpenSSH made: `testdata/age-peer`.

use sealkit_crypto::age::scrypt::PassphraseIdentity;
use sealkit_crypto::age::ssh::{SshKeyError, SshKeyFile, SshRecipient};
use sealkit_crypto::age::{self, DecryptError, PluginRecipient, StanzaIdentity, StanzaRecipient};
use sealkit_crypto::{Passphrase, age::ssh::LockedSshKey};

use crate::age_keys::{key_file, passphrase, rng};

const SSH_KEYS: [&str; 5] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ssh-ed25519-locked",
    "ssh-rsa-locked",
    "ssh-rsa-pem",
];

#[track_caller]
fn opens(file: &str, identity: &dyn StanzaIdentity, expected: &str) {
    let file = sealkit_testdata::read(&format!("age-peer/{file}.age"));
    let opened = age::decrypt(&file, &[identity]).expect("made for this identity");
    assert_eq!(
        opened.expose(),
        sealkit_testdata::read(&format!("age-peer/{expected}"))
    );
}

#[test]
fn opens_what_age_wrote_for_every_kind_of_key() {
    for key in ["x25519", "pq"].into_iter().chain(SSH_KEYS) {
        opens(&format!("to-{key}"), &*key_file(key), "plain.txt");
    }
}

#[test]
fn opens_a_file_of_three_recipients_with_each_of_them() {
    for key in ["x25519", "ssh-ed25519", "ssh-rsa"] {
        opens("to-three", &*key_file(key), "plain.txt");
    }
}

#[test]
fn opens_what_age_protected_with_a_passphrase() {
    opens(
        "to-passphrase",
        &PassphraseIdentity::new(passphrase()),
        "plain.txt",
    );
    opens(
        "protected-identity",
        &PassphraseIdentity::new(passphrase()),
        "x25519.key",
    );
}

#[test]
fn another_key_of_the_same_kind_is_no_match() {
    for (key, other) in [
        ("ssh-ed25519", "ssh-ed25519-locked"),
        ("ssh-rsa", "ssh-rsa-pem"),
        ("pq", "x25519"),
    ] {
        let file = sealkit_testdata::read(&format!("age-peer/to-{key}.age"));
        let opened = age::decrypt(&file, &[&*key_file(other)]);
        assert!(matches!(opened, Err(DecryptError::NoMatch { .. })), "{key}");
    }
    let file = sealkit_testdata::read("age-peer/to-passphrase.age");
    let opened = age::decrypt(
        &file,
        &[&PassphraseIdentity::new(Passphrase::from("wrong".to_owned()))],
    );
    assert!(matches!(opened, Err(DecryptError::NoMatch { .. })));
}

#[test]
fn a_public_ssh_key_encrypts_to_its_private_half_and_loses_its_comment() {
    for key in SSH_KEYS {
        let text = sealkit_testdata::text(&format!("age-peer/{key}.pub"));
        let recipient: SshRecipient = text.parse().expect("OpenSSH");
        assert!(text.starts_with(&format!("{recipient} test-key")));
        let file = age::encrypt(&[&recipient as &dyn StanzaRecipient], b"text", &mut rng(1)).expect("usable");
        assert_eq!(
            age::decrypt(&file, &[&*key_file(key)]).expect("ours").expose(),
            b"text"
        );
    }
}

#[test]
fn a_locked_key_says_whose_it_is_and_opens_with_its_passphrase_alone() {
    for key in ["ssh-ed25519-locked", "ssh-rsa-locked"] {
        let locked = locked(key);
        let public = sealkit_testdata::text(&format!("age-peer/{key}.pub"));
        assert!(public.starts_with(locked.recipient().as_str()));
        let wrong = locked.unlock(&Passphrase::from("wrong".to_owned()));
        assert_eq!(wrong.err(), Some(SshKeyError::Passphrase));
        let file = sealkit_testdata::read(&format!("age-peer/to-{key}.age"));
        let header = age::header::Header::parse(&file).expect("well-formed");
        assert!(locked.recipient().is_named_by(&header.stanzas()[0]));
        assert!(
            !locked
                .recipient()
                .is_named_by(&age::Stanza::new("X25519", &["a"], b"").expect("words"))
        );
    }
}

#[test]
fn keys_that_only_sign_are_refused_by_name() {
    let public: Result<SshRecipient, _> = sealkit_testdata::text("age-peer/ssh-ecdsa.pub").parse();
    assert_eq!(public.err(), Some(SshKeyError::UnsupportedKind));
    let private = SshKeyFile::parse(&sealkit_testdata::read("age-peer/ssh-ecdsa.key"));
    assert_eq!(private.err(), Some(SshKeyError::UnsupportedKind));
    for text in [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA",
    ] {
        assert_eq!(
            text.parse::<SshRecipient>().err(),
            Some(SshKeyError::Malformed),
            "{text}"
        );
    }
}

fn locked(key: &str) -> Box<LockedSshKey> {
    match SshKeyFile::parse(&sealkit_testdata::read(&format!("age-peer/{key}.key"))).expect("OpenSSH") {
        SshKeyFile::Locked(locked) => locked,
        SshKeyFile::Open(_) => panic!("{key} has a passphrase"),
    }
}

#[test]
fn tagged_recipients_are_encrypted_to_without_a_plugin() {
    let recipients = sealkit_testdata::text("age-peer/tagged.pub");
    let wrapped: Vec<_> = recipients
        .lines()
        .map(|line| {
            let recipient: PluginRecipient = line.parse().expect("age's own");
            assert!(recipient.is_tagged());
            let key = age::FileKey::from_slice(&[7; 16]).expect("16 bytes");
            let wrapped = recipient
                .wrap_file_key(&key, &mut rng(1))
                .expect("nobody need be started");
            let stanza = &wrapped.stanzas[0];
            (
                stanza.tag().to_owned(),
                stanza.args()[1].len(),
                wrapped.labels.len(),
                recipient.is_post_quantum(),
            )
        })
        .collect();
    let expected = [("p256tag", 87, 0, false), ("mlkem768p256tag", 1538, 1, true)]; // 65 and 1153 bytes
    assert_eq!(
        wrapped,
        expected.map(|(tag, enc, labels, pq)| (tag.to_owned(), enc, labels, pq))
    );
}

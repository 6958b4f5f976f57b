//! Keys without text: the primitives, recipients and identities behind sealkit.
//!
//! Everything here takes bytes and gives bytes. This crate never heard of YAML, of Kubernetes or of a file name, and it
//! reaches no operating system: no clock, no environment, no files, no processes, no global random generator. Whatever
//! could surprise a test arrives as an argument; functions that draw take `rng: &mut dyn CryptoRng` last and are
//! deterministic given that generator.
//!
//! The one exception is named wherever it occurs: RSA. `aws-lc-rs` insists on its own generator for the OAEP seed
//! ([`rsa_oaep::RsaPublicKey::encrypt`], and so [`Recipient::wrap`] for RSA recipients), for blinding
//! ([`rsa_oaep::RsaPrivateKey::decrypt`]) and for key generation ([`rsa_oaep::RsaPrivateKey::generate`]). What those
//! write can be opened by a test, not reproduced.

pub mod aead;
pub mod age;
pub mod bech32;
pub mod cbc;
pub mod certificate;
pub mod gcm;
pub mod hpke;
pub mod identity;
pub mod kdf;
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

//! Recipients: public keys to which data keys are wrapped, with their names in files.
//!
//! A recipient has a full canonical string ([`Display`](fmt::Display), what a policy holds) and a short name
//! ([`Recipient::name`], what a native file holds). Both exist once per key, so that comparing names compares keys.
//! Who may be a recipient of what, this file does not know.

use std::fmt;
use std::str::FromStr;

use rand_core::CryptoRng;

use crate::kdf::sha256;
use crate::rsa_oaep::RsaPublicKey;
use crate::secret::DataKey;
use crate::wrap::{WrapError, WrappedKey};

mod error;
mod post_quantum;
mod rsa;
mod x25519;

pub use error::RecipientError;
pub use post_quantum::PostQuantumRecipient;
pub use rsa::RsaRecipient;
pub use x25519::X25519Recipient;

/// Longest recipient string that a native file writes out, in characters; longer ones are named by digest.
pub const MAX_NAME_CHARS: usize = 128;

/// A public key to which data keys are wrapped. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient {
    /// `age1…`: HPKE with X25519.
    X25519(X25519Recipient),
    /// `age1pq1…`: HPKE with ML-KEM-768 and X25519 together.
    PostQuantum(PostQuantumRecipient),
    /// The RSA key of a certificate: OAEP.
    Rsa(RsaRecipient),
}

/// The kinds of recipients, without their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RecipientKind {
    /// `age1…`
    X25519,
    /// `age1pq1…`
    PostQuantum,
    /// The RSA key of a certificate.
    Rsa,
}

impl Recipient {
    /// The name that native files give this recipient: the full string up to 128 characters, otherwise its kind and a
    /// SHA-256 digest.
    ///
    /// Source: native.md §5.
    pub fn name(&self) -> String {
        match self {
            Recipient::X25519(recipient) => recipient.to_string(),
            Recipient::PostQuantum(recipient) => recipient.name().to_owned(),
            Recipient::Rsa(recipient) => recipient.name().to_owned(),
        }
    }

    /// Whether what is wrapped to this recipient withstands a quantum computer.
    pub fn is_post_quantum(&self) -> bool {
        matches!(self, Recipient::PostQuantum(_))
    }

    /// The kind of this recipient.
    pub fn kind(&self) -> RecipientKind {
        match self {
            Recipient::X25519(_) => RecipientKind::X25519,
            Recipient::PostQuantum(_) => RecipientKind::PostQuantum,
            Recipient::Rsa(_) => RecipientKind::Rsa,
        }
    }

    /// Wraps a data key to this recipient, bound to `info` (native.md calls it the wrap info).
    ///
    /// The result is determined by the arguments and the generator, except for RSA, where `aws-lc-rs` draws the seed
    /// itself.
    ///
    /// # Errors
    /// [`WrapError`]; no kind fails with an ordinary `info`.
    ///
    /// Source: native.md §5.
    pub fn wrap(&self, key: &DataKey, info: &[u8], rng: &mut dyn CryptoRng) -> Result<WrappedKey, WrapError> {
        let wrapped = match self {
            Recipient::X25519(recipient) => recipient.wrap(key, info, rng)?,
            Recipient::PostQuantum(recipient) => recipient.wrap(key, info, rng)?,
            Recipient::Rsa(recipient) => recipient.wrap(key, info)?,
        };
        Ok(WrappedKey {
            recipient: self.name(),
            key: wrapped,
        })
    }
}

impl FromStr for Recipient {
    type Err = RecipientError;

    /// Reads one recipient: an age recipient in either case, or the PEM text of a certificate or public key.
    fn from_str(text: &str) -> Result<Recipient, RecipientError> {
        let text = text.trim();
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        if text.contains("-----BEGIN ") {
            Ok(Recipient::from(RsaPublicKey::from_pem(text.as_bytes())?))
        } else if text.contains(":sha256:") {
            Err(RecipientError::NameOnly)
        } else if lower.starts_with("age1pq1") {
            Ok(Recipient::PostQuantum(text.parse()?))
        } else if lower.starts_with("age1") {
            Ok(Recipient::X25519(text.parse()?))
        } else if lower.starts_with("age-secr") || lower.starts_with("age-plug") {
            Err(RecipientError::IsIdentity)
        } else {
            Err(RecipientError::UnknownKind)
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recipient::X25519(recipient) => recipient.fmt(f),
            Recipient::PostQuantum(recipient) => recipient.fmt(f),
            Recipient::Rsa(recipient) => recipient.fmt(f),
        }
    }
}

impl From<RsaPublicKey> for Recipient {
    fn from(key: RsaPublicKey) -> Recipient {
        Recipient::Rsa(RsaRecipient::new(key))
    }
}

/// Names a recipient by digest: `<kind>:sha256:<64 hex digits>` over its canonical string or key.
fn digest_name(kind: &str, canonical: &[u8]) -> String {
    hex_name(kind, &sha256(&[canonical]))
}

fn hex_name(kind: &str, digest: &[u8; 32]) -> String {
    digest.iter().fold(format!("{kind}:sha256:"), |name, byte| {
        name + &format!("{byte:02x}")
    })
}

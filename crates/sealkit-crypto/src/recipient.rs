//! Recipients: public keys to which data keys are wrapped, with their names in files.
//!
//! A recipient has a full canonical string ([`Display`](fmt::Display), what a policy holds) and a short name
//! ([`Recipient::name`], what a native file holds). Both exist once per key, so that comparing names compares keys.
//! Who may be a recipient of what, this file does not know.

use std::fmt;
use std::str::FromStr;

use std::collections::BTreeSet;
use std::sync::Arc;

use rand_core::CryptoRng;

use crate::age::{
    self, FileKey, POSTQUANTUM_LABEL, PluginHost, StanzaRecipient, WrapFileKeyError, WrappedFileKey,
};
use crate::bech32::starts_with;
use crate::kdf::sha256;
use crate::rsa_oaep::RsaPublicKey;
use crate::secret::DataKey;
use crate::wrap::{WrapError, WrappedKey, age_file};

mod error;
mod file;
mod post_quantum;
mod rsa;
mod x25519;

pub use crate::age::PluginRecipient;
pub use crate::age::ssh::SshRecipient;
pub use error::RecipientError;
pub use file::parse_recipients;
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
    /// `ssh-ed25519 …` and `ssh-rsa …`: an age file.
    Ssh(SshRecipient),
    /// `age1NAME1…`: an age file, made with the help of a plugin.
    Plugin(PluginRecipient),
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
    /// `ssh-ed25519 …` and `ssh-rsa …`
    Ssh,
    /// `age1NAME1…`
    Plugin,
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
            Recipient::Ssh(recipient) => ssh_name(recipient),
            Recipient::Plugin(recipient) => {
                short_name(&format!("age1{}", recipient.plugin()), recipient.as_str())
            }
            Recipient::Rsa(recipient) => recipient.name().to_owned(),
        }
    }

    /// Whether what is wrapped to this recipient withstands a quantum computer.
    /// Of plugin recipients only `age1tagpq1…` are known to.
    pub fn is_post_quantum(&self) -> bool {
        match self {
            Recipient::PostQuantum(_) => true,
            Recipient::Plugin(recipient) => recipient.plugin() == "tagpq",
            Recipient::X25519(_) | Recipient::Ssh(_) | Recipient::Rsa(_) => false,
        }
    }

    /// Gives a plugin recipient somebody who can start its plugin; other kinds need nobody.
    pub fn attach_plugins(&mut self, host: &Arc<dyn PluginHost>) {
        if let Recipient::Plugin(recipient) = self {
            recipient.attach(host);
        }
    }

    /// The kind of this recipient.
    pub fn kind(&self) -> RecipientKind {
        match self {
            Recipient::X25519(_) => RecipientKind::X25519,
            Recipient::PostQuantum(_) => RecipientKind::PostQuantum,
            Recipient::Ssh(_) => RecipientKind::Ssh,
            Recipient::Plugin(_) => RecipientKind::Plugin,
            Recipient::Rsa(_) => RecipientKind::Rsa,
        }
    }

    /// Wraps a data key to this recipient, bound to `info` (native.md calls it the wrap info).
    ///
    /// The result is determined by the arguments and the generator, except for RSA (`ssh-rsa` included), where
    /// `aws-lc-rs` draws the seed itself, and for plugins, which are programs of their own.
    ///
    /// # Errors
    /// [`WrapError`]. With an `info` of reasonable length only plugins fail.
    ///
    /// Source: native.md §5.
    pub fn wrap(&self, key: &DataKey, info: &[u8], rng: &mut dyn CryptoRng) -> Result<WrappedKey, WrapError> {
        let wrapped = match self {
            Recipient::X25519(recipient) => recipient.wrap(key, info, rng)?,
            Recipient::PostQuantum(recipient) => recipient.wrap(key, info, rng)?,
            Recipient::Ssh(recipient) => age_file::seal(recipient, key, info, rng)?,
            Recipient::Plugin(recipient) => age_file::seal(recipient, key, info, rng)?,
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

    /// Reads one recipient: an age recipient in either case, a line as ssh writes it to `.pub` files, or the PEM text
    /// of a certificate or public key (of several, the first).
    fn from_str(text: &str) -> Result<Recipient, RecipientError> {
        let text = text.trim();
        if text.contains("-----BEGIN ") {
            return Ok(Recipient::from(RsaPublicKey::from_pem(text.as_bytes())?));
        }
        if text.contains(":sha256:") {
            Err(RecipientError::NameOnly)
        } else if text.starts_with("ssh-") {
            Ok(Recipient::Ssh(text.parse()?))
        } else if starts_with(text, "age1pq1") {
            Ok(Recipient::PostQuantum(text.parse()?))
        } else if starts_with(text, "age1") && text[4..].contains('1') {
            let malformed = RecipientError::Malformed { kind: "age plugin" };
            Ok(Recipient::Plugin(text.parse().map_err(|_| malformed)?))
        } else if starts_with(text, "age1") {
            Ok(Recipient::X25519(text.parse()?))
        } else if starts_with(text, "AGE-SECRET-KEY-") || starts_with(text, "AGE-PLUGIN-") {
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
            Recipient::Ssh(recipient) => recipient.fmt(f),
            Recipient::Plugin(recipient) => recipient.fmt(f),
            Recipient::Rsa(recipient) => recipient.fmt(f),
        }
    }
}

impl From<RsaPublicKey> for Recipient {
    fn from(key: RsaPublicKey) -> Recipient {
        Recipient::Rsa(RsaRecipient::new(key))
    }
}

impl StanzaRecipient for Recipient {
    /// Wraps the file key of an age file. RSA recipients that are no ssh keys are unknown to age and refused.
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        let (stanza, label) = match self {
            Recipient::X25519(recipient) => (age::x25519::wrap(recipient.as_bytes(), file_key, rng)?, None),
            Recipient::PostQuantum(recipient) => (
                age::pq::wrap(recipient.key(), file_key, rng)?,
                Some(POSTQUANTUM_LABEL.to_owned()),
            ),
            Recipient::Ssh(recipient) => return recipient.wrap_file_key(file_key, rng),
            Recipient::Plugin(recipient) => return recipient.wrap_file_key(file_key, rng),
            Recipient::Rsa(_) => return Err(WrapFileKeyError::UnusableKey),
        };
        Ok(WrappedFileKey {
            stanzas: vec![stanza],
            labels: BTreeSet::from_iter(label),
        })
    }
}

/// The short name of an ssh recipient: the string itself or, as for all RSA keys, `ssh-rsa:sha256:` and its digest.
pub(crate) fn ssh_name(recipient: &SshRecipient) -> String {
    let text = recipient.as_str();
    short_name(text.split(' ').next().unwrap_or(text), text)
}

/// A recipient string up to [`MAX_NAME_CHARS`] names itself; a longer one is named by its kind and digest.
fn short_name(kind: &str, text: &str) -> String {
    if text.len() <= MAX_NAME_CHARS {
        text.to_owned()
    } else {
        digest_name(kind, text.as_bytes())
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

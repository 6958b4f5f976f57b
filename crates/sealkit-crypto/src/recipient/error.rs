//! Why a text is no recipient. Never quotes the text: people paste private keys into the wrong field.

use crate::age::ssh::SshKeyError;
use crate::certificate::CertificateError;
use crate::pem::PemError;
use crate::rsa_oaep::RsaError;

/// Why a recipient was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipientError {
    /// Something is wrong with one line of a file, or with the PEM block that begins there.
    #[error("line {line}: {error}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        error: Box<RecipientError>,
    },
    /// The file holds no recipient at all.
    #[error("found no recipient")]
    Empty,
    /// Not the beginning of any kind of recipient.
    #[error("not a recipient of a known kind")]
    UnknownKind,
    /// The text is a private key.
    #[error("this is a private key, not a recipient")]
    IsIdentity,
    /// The text is the short name of a recipient, from which its key cannot be recovered.
    #[error("this names a recipient by digest; the whole public key is needed")]
    NameOnly,
    /// The checksum or the length of an age recipient is wrong.
    #[error("the {kind} recipient is malformed")]
    Malformed {
        /// Which kind it began as.
        kind: &'static str,
    },
    /// The X25519 part of the key would make every secret known to everybody.
    #[error("the {kind} recipient holds a point of low order, for which nothing can be kept secret")]
    LowOrder {
        /// Which kind it is.
        kind: &'static str,
    },
    /// The certificate or RSA key was not read.
    #[error(transparent)]
    Rsa(#[from] RsaError),
    /// The ssh key was not read.
    #[error(transparent)]
    Ssh(#[from] SshKeyError),
    /// The file is not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
}

impl RecipientError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            RecipientError::Line { error, .. } => return error.hint(),
            RecipientError::Empty => "write one public key per line".into(),
            RecipientError::UnknownKind => {
                "a recipient is an `age1…` or `ssh-…` public key, or the PEM text of an RSA certificate"
                    .into()
            }
            RecipientError::IsIdentity => {
                "use the public key that belongs to it, and keep this one to yourself".into()
            }
            RecipientError::NameOnly => "the whole public key stands in the policy or with its owner".into(),
            RecipientError::Malformed { .. } => {
                "a character may be missing or mistyped; copy it again".into()
            }
            RecipientError::LowOrder { .. } => {
                "no key generator makes such a key; do not trust its origin".into()
            }
            RecipientError::Rsa(error) => return error.hint(),
            RecipientError::Ssh(error) => return error.hint(),
            RecipientError::Pem(_) => return None,
        })
    }

    pub(super) fn at(self, line: usize) -> RecipientError {
        RecipientError::Line {
            line,
            error: Box::new(self),
        }
    }
}

impl From<CertificateError> for RecipientError {
    fn from(error: CertificateError) -> RecipientError {
        RecipientError::Rsa(error.into())
    }
}

//! Why a file is no identity file. Never quotes the file: a line that cannot be read may still be a private key.

use crate::age::DecryptError;
use crate::age::ssh::SshKeyError;
use crate::pem::PemError;
use crate::rsa_oaep::RsaError;

/// Why identities were not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Something is wrong with one line, or with the PEM block that begins there.
    #[error("line {line}: {error}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        error: Box<IdentityError>,
    },
    /// Not the beginning of any kind of private key.
    #[error("not a private key of a known kind")]
    UnknownKind,
    /// A public key where a private key belongs.
    #[error("this is a public key, not a private key")]
    IsRecipient,
    /// The checksum, the length or the inner form of a private key is wrong.
    #[error("the {kind} private key is malformed")]
    Malformed {
        /// Which kind it began as.
        kind: &'static str,
    },
    /// The file holds no private key at all.
    #[error("found no private key")]
    Empty,
    /// The file is longer than an identity file may be.
    #[error("an identity file has at most {} MiB", super::MAX_FILE_BYTES >> 20)]
    TooLong,
    /// A protected key, and nobody who knows its passphrase.
    #[error("{what} needs a passphrase")]
    PassphraseNeeded {
        /// Which key or file is protected.
        what: &'static str,
    },
    /// The passphrase is wrong, or the protected key was changed.
    #[error("the passphrase does not open {what}")]
    WrongPassphrase {
        /// Which key or file is protected.
        what: &'static str,
    },
    /// The key is protected in a way that is not supported, PBES1 or triple DES for instance.
    #[error("the private key is protected by an algorithm that is not supported")]
    UnsupportedProtection,
    /// Opening the key would take more time or memory than any honest key does.
    #[error("opening the private key would take an unreasonable amount of work")]
    TooMuchWork,
    /// An RSA key was not read.
    #[error(transparent)]
    Rsa(#[from] RsaError),
    /// An OpenSSH key was not read.
    #[error(transparent)]
    Ssh(#[from] SshKeyError),
    /// The protected file was not opened for another reason than its passphrase.
    #[error("the protected identity file does not open")]
    Age(#[source] DecryptError),
    /// The file is an age file that was encrypted to recipients, or holds another age file.
    #[error("the age file holds no identities that a passphrase could open")]
    NotPassphraseProtected,
    /// The file is not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
}

impl IdentityError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            IdentityError::Line { error, .. } => return error.hint(),
            IdentityError::UnknownKind => {
                "identity files hold AGE-SECRET-KEY-… lines, comments, or PEM blocks of private keys".into()
            }
            IdentityError::IsRecipient => "use the file that holds the private half".into(),
            IdentityError::Malformed { .. } => "the file was cut or edited; restore it from a backup".into(),
            IdentityError::UnsupportedProtection => {
                "protect it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW`".into()
            }
            IdentityError::PassphraseNeeded { .. } => "run it on a terminal, where it can ask".into(),
            IdentityError::Rsa(error) => return error.hint(),
            IdentityError::Ssh(error) => return error.hint(),
            IdentityError::Age(error) => return error.hint(),
            IdentityError::NotPassphraseProtected => "an identity file is protected with `age -p`".into(),
            _ => return None,
        })
    }

    pub(super) fn at(self, line: usize) -> IdentityError {
        IdentityError::Line {
            line,
            error: Box::new(self),
        }
    }
}

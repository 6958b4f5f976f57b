//! Why an SSH key was not read.

use crate::rsa_oaep::RsaError;

/// Why an SSH key was not read. The key is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SshKeyError {
    /// Not the text of an SSH key, or a key whose halves do not belong together.
    #[error("not a valid OpenSSH key")]
    Malformed,
    /// A key that only signs (ECDSA, DSA), that lives on a token (`sk-…`), or a certificate.
    #[error("an SSH key of a kind that cannot be encrypted to")]
    UnsupportedKind,
    /// An Ed25519 key that is no point, or one everybody could compute the secret for.
    #[error("the ssh-ed25519 key is not a usable point")]
    UnusablePoint,
    /// An RSA key that is too short, too long or inconsistent.
    #[error(transparent)]
    Rsa(#[from] RsaError),
    /// The passphrase does not decrypt the key. A damaged file looks the same.
    #[error("the passphrase does not decrypt the SSH key")]
    Passphrase,
}

impl SshKeyError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            SshKeyError::UnsupportedKind => {
                Some("use an ssh-ed25519 or ssh-rsa key, better an age key of its own".into())
            }
            SshKeyError::Rsa(error) => error.hint(),
            _ => None,
        }
    }
}

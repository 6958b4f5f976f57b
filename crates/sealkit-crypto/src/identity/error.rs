//! Why a file is no identity file. Never quotes the file: a line that cannot be read may still be a private key.

use crate::pem::PemError;
use crate::rsa_oaep::RsaError;

/// Why identities were not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The checksum, the length or the inner form of a private key is wrong.
    #[error("the {kind} private key is malformed")]
    Malformed {
        /// Which kind it began as.
        kind: &'static str,
    },
    /// An RSA key was not read.
    #[error(transparent)]
    Rsa(#[from] RsaError),
    /// The file is not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
}

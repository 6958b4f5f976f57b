//! What a controller gives to everybody: the certificate for SealedSecrets, the recipient for EncryptedSecrets.

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Public {
    /// A certificate in PEM.
    Certificate,
    /// A recipient, one line. The peer's controller has none.
    Recipient,
}

impl Public {
    /// Its path below the proxy.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Certificate => "v1/cert.pem",
            Self::Recipient => "v1/recipient",
        }
    }

    /// What is asked for; with a certificate, what the peer asks for.
    pub(super) fn types(self) -> &'static str {
        match self {
            Self::Certificate => "application/x-pem-file, */*",
            Self::Recipient => "text/plain, */*",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Recipient => "recipient",
        }
    }
}

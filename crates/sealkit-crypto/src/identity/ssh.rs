//! OpenSSH private keys as identities, with a passphrase or without.
//!
//! The public half of a protected key can be read, so nobody is asked for its passphrase before a file is addressed to
//! it. It is asked for once; what came of it is remembered as long as the identity lives.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{Identity, PassphraseSource, UnwrapError};
use crate::age::ssh::{self, LockedSshKey, SshKeyError, SshKeyFile, SshRecipient};
use crate::age::{FileKey, Stanza, StanzaIdentity, UnwrapFileKeyError};
use crate::recipient::{Recipient, ssh_name};
use crate::secret::DataKey;
use crate::wrap::{WrappedKey, age_file};

/// An OpenSSH private key; `Debug` prints the public half's name.
pub struct SshIdentity {
    recipient: SshRecipient,
    name: String,
    state: State,
}

enum State {
    Open(ssh::SshIdentity),
    Locked {
        key: Box<LockedSshKey>,
        passphrases: Arc<dyn PassphraseSource>,
        opened: OnceLock<Result<ssh::SshIdentity, Refusal>>,
    },
}

/// Why a protected key stayed closed.
#[derive(Clone)]
enum Refusal {
    NoPassphrase,
    Key(SshKeyError),
}

impl SshIdentity {
    /// Reads the text of one `OPENSSH PRIVATE KEY` block. `passphrases` is asked later, if at all.
    ///
    /// # Errors
    /// [`SshKeyError`].
    pub fn from_openssh(
        text: &[u8],
        passphrases: &Arc<dyn PassphraseSource>,
    ) -> Result<SshIdentity, SshKeyError> {
        let (recipient, state) = match SshKeyFile::parse(text)? {
            SshKeyFile::Open(key) => (key.recipient().clone(), State::Open(key)),
            SshKeyFile::Locked(key) => {
                let passphrases = Arc::clone(passphrases);
                (
                    key.recipient().clone(),
                    State::Locked {
                        key,
                        passphrases,
                        opened: OnceLock::new(),
                    },
                )
            }
        };
        Ok(SshIdentity {
            name: ssh_name(&recipient),
            recipient,
            state,
        })
    }

    /// The public half.
    pub fn to_public(&self) -> &SshRecipient {
        &self.recipient
    }

    fn open(&self) -> Result<&ssh::SshIdentity, Refusal> {
        let (key, passphrases, opened) = match &self.state {
            State::Open(key) => return Ok(key),
            State::Locked {
                key,
                passphrases,
                opened,
            } => (key, passphrases, opened),
        };
        let unlock = || {
            let what = format!("the ssh key {}", self.name);
            let passphrase = passphrases.passphrase(&what).ok_or(Refusal::NoPassphrase)?;
            key.unlock(&passphrase).map_err(Refusal::Key)
        };
        opened.get_or_init(unlock).as_ref().map_err(Refusal::clone)
    }
}

impl Identity for SshIdentity {
    fn names(&self) -> Vec<String> {
        vec![self.name.clone()]
    }

    fn unwrap_key(&self, wrapped: &WrappedKey, info: &[u8]) -> Result<Option<DataKey>, UnwrapError> {
        if wrapped.recipient != self.name {
            return Ok(None);
        }
        let key = self.open().map_err(|refusal| match refusal {
            Refusal::NoPassphrase => UnwrapError::Locked,
            Refusal::Key(SshKeyError::Passphrase) => UnwrapError::WrongPassphrase,
            Refusal::Key(error) => UnwrapError::Unusable(error),
        })?;
        age_file::open(key, &wrapped.key, info)?
            .map(Some)
            .ok_or(UnwrapError::Rejected)
    }

    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        if !stanzas.iter().any(|stanza| self.recipient.is_named_by(stanza)) {
            return Ok(None);
        }
        let key = self.open().map_err(|refusal| {
            UnwrapFileKeyError::UnusableKey(match refusal {
                Refusal::NoPassphrase => "its passphrase was not given",
                Refusal::Key(SshKeyError::Passphrase) => "its passphrase is another",
                Refusal::Key(_) => "it is malformed",
            })
        })?;
        key.unwrap_file_key(stanzas)
    }

    fn recipient(&self) -> Option<Recipient> {
        Some(Recipient::Ssh(self.recipient.clone()))
    }
}

impl fmt::Debug for SshIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SshIdentity").field(&self.name).finish()
    }
}

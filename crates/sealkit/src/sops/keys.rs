//! For whom a SOPS file is sealed: keys by the names that its metadata shows. Age keys are wrapped for here; others need
//! a service, which an adapter brings.

use std::fmt;
use std::sync::Arc;

use sealkit_crypto::age::PluginHost;
use sealkit_crypto::recipient::Recipient;
use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_formats::sops::metadata::{KeyKind, MasterKey};
use sealkit_formats::sops::rules::Selector;
use sealkit_formats::sops::{AgeKey, WrapKey, WrapKeyError};

/// What a SOPS file has and no other format: groups of keys, and which values are encrypted.
#[derive(Debug, Clone, Default)]
pub struct SopsSealing {
    /// The groups of keys; one, for most files.
    pub groups: Vec<Vec<SopsKey>>,
    /// How many of several groups open the file. 0: all of them.
    pub shamir_threshold: usize,
    /// Which values are encrypted. `None`: all but those under a key that ends with `_unencrypted`.
    pub selector: Option<Selector>,
    /// Whether the code covers encrypted values only.
    pub mac_only_encrypted: bool,
}

/// A key that a SOPS file is wrapped for.
#[derive(Clone)]
pub struct SopsKey {
    kind: KeyKind,
    name: String,
    how: How,
}

#[derive(Clone)]
enum How {
    Age(Box<Recipient>),
    Elsewhere(Option<Arc<dyn KeyService>>),
}

/// Reaches keys that are not in this process: those of gpg, of a cloud.
pub trait KeyService: Send + Sync {
    /// Wraps for a key, or answers with nothing where keys of this kind are out of reach.
    fn wrap(&self, key: &SopsKey, share: &Plaintext) -> Option<Result<MasterKey, WrapKeyError>>;
}

impl SopsKey {
    /// An age key; `text` is what the file shows.
    pub fn age(text: &str, recipient: Recipient) -> Self {
        Self {
            kind: KeyKind::Age,
            name: text.trim().to_owned(),
            how: How::Age(Box::new(recipient)),
        }
    }

    /// A key that only a service reaches, by the name that the file shows.
    pub fn elsewhere(kind: KeyKind, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            how: How::Elsewhere(None),
        }
    }

    /// What kind of key it is.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// What the file calls it: recipient, fingerprint, ARN.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives a key that is elsewhere somebody who may reach it.
    pub fn attach_service(&mut self, service: &Arc<dyn KeyService>) {
        if let How::Elsewhere(elsewhere) = &mut self.how {
            *elsewhere = Some(service.clone());
        }
    }

    /// Gives a recipient of an age plugin somebody who can start its program.
    pub(crate) fn attach_plugins(&mut self, host: &Arc<dyn PluginHost>) {
        if let How::Age(recipient) = &mut self.how {
            recipient.attach_plugins(host);
        }
    }
}

impl WrapKey for SopsKey {
    fn wrap_key(&self, share: &Plaintext, rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        let service = match &self.how {
            How::Age(recipient) => {
                let key = AgeKey {
                    text: &self.name,
                    recipient: recipient.as_ref(),
                };
                return key.wrap_key(share, rng);
            }
            How::Elsewhere(service) => service,
        };
        let wrapped = service.as_ref().and_then(|service| service.wrap(self, share));
        wrapped.unwrap_or_else(|| {
            Err(WrapKeyError {
                name: self.name.clone(),
                why: format!("this build cannot ask {} yet", self.kind.as_str()),
                hint: Some("age and PGP keys work; nothing was written".to_owned()),
            })
        })
    }
}

impl fmt::Debug for SopsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SopsKey({} {})", self.kind.as_str(), self.name)
    }
}

//! The identities that an open may try, in order. Takes bytes of key files from its caller; opens no file itself.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::age::plugin::PluginHost;
use sealkit_crypto::identity::{Identity, IdentityError, PassphraseSource, parse_identities};
use sealkit_crypto::recipient::Recipient;
#[cfg(feature = "sops")]
use sealkit_formats::sops::UnwrapKey;
use sealkit_manifest::{Node, Stream};
use zeroize::Zeroizing;

/// The ordered identities that an open may try.
#[derive(Default)]
pub struct Keyring {
    identities: Vec<Box<dyn Identity>>,
    #[cfg(feature = "sops")]
    services: Vec<Box<dyn UnwrapKey + Send + Sync>>,
}

/// What reading a key file may need from the adapter: a person who types, programs that run.
#[derive(Clone)]
pub struct KeyHelp {
    /// Asked for passphrases of protected keys, only when a file is addressed to one.
    pub passphrases: Arc<dyn PassphraseSource>,
    /// Starts age plugins. `None`: plugin identities cannot be used.
    pub plugins: Option<Arc<dyn PluginHost>>,
}

impl Keyring {
    /// Returns a keyring that opens nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the identities of a key file and returns how many they are. Read are: age identity files, also protected by
    /// a passphrase; OpenSSH and PEM private keys; and backups of a controller's keys, of both kinds, as `kubectl get
    /// secret -o yaml` writes them (one Secret, several documents, a list).
    ///
    /// # Errors
    /// The file is none of these, or a line of it does not parse. The error names the line, never its content.
    pub fn add_file(&mut self, bytes: &[u8], help: &KeyHelp) -> Result<usize, IdentityError> {
        let before = self.identities.len();
        let backup = backed_up_keys(bytes);
        if backup.is_empty() {
            self.identities
                .extend(parse_identities(bytes, &help.passphrases, help.plugins.as_ref())?);
        }
        for pem in backup {
            self.identities
                .extend(parse_identities(&pem, &help.passphrases, help.plugins.as_ref())?);
        }
        Ok(self.identities.len() - before)
    }

    /// Adds one identity, which is tried after those already there.
    pub fn push(&mut self, identity: Box<dyn Identity>) {
        self.identities.push(identity);
    }

    /// Adds somebody who reaches keys of SOPS files that are not in this process, gpg's for instance.
    #[cfg(feature = "sops")]
    pub fn push_service(&mut self, service: Box<dyn UnwrapKey + Send + Sync>) {
        self.services.push(service);
    }

    /// Tells whether there is no identity to try; a service may still open something.
    pub fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }

    #[cfg(feature = "sops")]
    pub(crate) fn services(&self) -> impl Iterator<Item = &dyn UnwrapKey> {
        self.services
            .iter()
            .map(|service| service.as_ref() as &dyn UnwrapKey)
    }

    /// Returns how many identities there are.
    pub fn len(&self) -> usize {
        self.identities.len()
    }

    /// Returns the identities in the order in which they are tried.
    pub fn identities(&self) -> Vec<&dyn Identity> {
        self.identities.iter().map(Box::as_ref).collect()
    }

    /// Returns the public halves that are known, in order.
    pub fn recipients(&self) -> Vec<Recipient> {
        self.identities
            .iter()
            .filter_map(|identity| identity.recipient())
            .collect()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} identities)", self.identities.len())
    }
}

/// The label by which a Secret says that its item `identity` is a file of identities.
const IDENTITY_LABEL: &str = "sealkit.dev/identity";

/// Finds the private keys of a backup: `tls.key` of Secrets, and `identity` of those with the label, in `data` or
/// `stringData`, alone or in lists, whose kinds may be missing. Empty where the bytes are no such backup.
fn backed_up_keys(bytes: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    if !looks_like_a_manifest(bytes) {
        return Vec::new();
    }
    let Ok(stream) = Stream::parse("backup", bytes) else {
        return Vec::new();
    };
    let mut keys = Vec::new();
    for document in stream.documents() {
        match document.get("items") {
            Some(items) => keys.extend(items.items().filter_map(|item| private_key(&item))),
            None => keys.extend(private_key(&document)),
        }
    }
    keys
}

/// Key files begin their lines with these; a manifest never does.
fn looks_like_a_manifest(bytes: &[u8]) -> bool {
    let is_key_line = |line: &[u8]| {
        [&b"-----BEGIN "[..], b"AGE-", b"age-encryption.org/"]
            .iter()
            .any(|marker| line.starts_with(marker))
    };
    !bytes.split(|&byte| byte == b'\n').any(is_key_line)
}

fn private_key(object: &Node<'_>) -> Option<Zeroizing<Vec<u8>>> {
    item(object, "tls.key").or_else(|| {
        object.get("metadata")?.get("labels")?.get(IDENTITY_LABEL)?;
        item(object, "identity")
    })
}

fn item(object: &Node<'_>, key: &str) -> Option<Zeroizing<Vec<u8>>> {
    let field = |name: &str| object.get(name)?.get(key);
    if let Some(node) = field("stringData") {
        return Some(Zeroizing::new(node.as_str()?.as_bytes().to_vec()));
    }
    let text = Zeroizing::new(field("data")?.as_str()?.replace(['\r', '\n'], ""));
    STANDARD.decode(text.as_bytes()).ok().map(Zeroizing::new)
}

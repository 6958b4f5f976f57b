//! How a file is to be sealed: format, recipients and scope, whoever decided them.
//! Filled by the policy or by an adapter's flags; does not know documents.

use std::sync::Arc;

use sealkit_crypto::age::PluginHost;
use sealkit_crypto::certificate::Certificate;
use sealkit_crypto::recipient::Recipient;
use sealkit_formats::Scope;

use crate::names::Names;
use crate::recognise::Format;
#[cfg(feature = "sops")]
use crate::sops::{KeyService, SopsSealing};

/// A recipient and, where somebody gave it one, its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRecipient {
    /// What the policy calls it.
    pub name: Option<String>,
    /// The public key.
    pub recipient: Recipient,
}

/// How documents are to be sealed. Nothing in a file overrides it.
#[derive(Debug, Clone)]
pub struct Sealing {
    /// The sealed format.
    pub format: Format,
    /// Who can open, in the order in which files list them. For SealedSecrets exactly one RSA key.
    pub recipients: Vec<NamedRecipient>,
    /// The certificate that a SealedSecret is sealed for, where there is one: it knows when it expires.
    pub certificate: Option<Certificate>,
    /// What values are bound to. `None` leaves it to the document, and to strict where that is silent.
    pub scope: Option<Scope>,
    /// Whether classic recipients may stand beside post-quantum ones.
    pub allow_classic_recipients: bool,
    /// What a `.sops.yaml` decided. `None`: one group of all recipients, and what SOPS encrypts by default; of Kubernetes
    /// Secrets the values alone.
    #[cfg(feature = "sops")]
    pub sops: Option<SopsSealing>,
    /// What people call the recipients, these and others.
    pub names: Names,
    /// Who decided, for people: `rule 2 at .sealkit.yaml:14:5` or `--recipient`.
    pub origin: String,
}

impl Sealing {
    /// Seals natively for these recipients, strict unless the document says otherwise.
    pub fn native(recipients: Vec<Recipient>) -> Self {
        Self::new(Format::Native, recipients, None)
    }

    /// Seals as SealedSecrets for the controller that published `certificate`.
    pub fn sealed_secrets(certificate: Certificate) -> Self {
        let recipient = Recipient::from(certificate.public_key().clone());
        Self::new(Format::SealedSecrets, vec![recipient], Some(certificate))
    }

    /// Seals as SOPS does, for one group of these recipients.
    pub fn sops(recipients: Vec<Recipient>) -> Self {
        Self::new(Format::Sops, recipients, None)
    }

    /// Returns the same with this scope.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Gives recipients of age plugins somebody who can start their programs. Without it nothing can be sealed for them.
    pub fn attach_plugins(&mut self, host: &Arc<dyn PluginHost>) {
        for named in &mut self.recipients {
            named.recipient.attach_plugins(host);
        }
        #[cfg(feature = "sops")]
        self.each_sops_key(|key| key.attach_plugins(host));
    }

    /// Gives keys of a SOPS file that are not in this process somebody who may reach them.
    #[cfg(feature = "sops")]
    pub fn attach_service(&mut self, service: &Arc<dyn KeyService>) {
        self.each_sops_key(|key| key.attach_service(service));
    }

    #[cfg(feature = "sops")]
    fn each_sops_key(&mut self, change: impl FnMut(&mut crate::sops::SopsKey)) {
        let groups = self.sops.iter_mut().flat_map(|sops| &mut sops.groups);
        groups.flatten().for_each(change);
    }

    /// Returns the public keys in order.
    pub fn recipients(&self) -> Vec<Recipient> {
        self.recipients
            .iter()
            .map(|named| named.recipient.clone())
            .collect()
    }

    fn new(format: Format, recipients: Vec<Recipient>, certificate: Option<Certificate>) -> Self {
        Self {
            format,
            recipients: recipients
                .into_iter()
                .map(|recipient| NamedRecipient {
                    name: None,
                    recipient,
                })
                .collect(),
            certificate,
            scope: None,
            allow_classic_recipients: false,
            #[cfg(feature = "sops")]
            sops: None,
            names: Names::default(),
            origin: "the caller".to_owned(),
        }
    }
}

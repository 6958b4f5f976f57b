//! From a rule to a decision: which keys wrap a file's data key, which of its values are encrypted.

use sealkit_crypto::recipient::Recipient;
use sealkit_formats::sops::metadata::KeyKind;
use sealkit_formats::sops::rules;

use super::{ConfiguredKey, CreationRule, MasterKey, Selector, SopsConfigError};
use crate::sealing::{NamedRecipient, Sealing};
use crate::sops::{SopsKey, SopsSealing};

impl CreationRule {
    /// Returns how files under this rule are sealed.
    ///
    /// # Errors
    /// [`SopsConfigError::Recipient`] for an age recipient that is none, [`SopsConfigError::NoKeys`] for a group without
    /// keys.
    pub fn sealing(&self) -> Result<Sealing, SopsConfigError> {
        let mut recipients = Vec::new();
        let mut groups = Vec::new();
        for group in &self.groups {
            if group.is_empty() {
                return Err(SopsConfigError::NoKeys {
                    place: self.place.clone(),
                });
            }
            let keys = group.iter().map(|configured| key(configured, &mut recipients));
            groups.push(keys.collect::<Result<Vec<_>, _>>()?);
        }
        if groups.is_empty() {
            return Err(SopsConfigError::NoKeys {
                place: self.place.clone(),
            });
        }
        let mut sealing = Sealing::sops(Vec::new());
        sealing.recipients = recipients;
        sealing.origin = format!("rule {} at {}", self.number, self.place);
        sealing.sops = Some(SopsSealing {
            groups,
            shamir_threshold: usize::try_from(self.shamir_threshold).unwrap_or(0),
            selector: self.selector.as_ref().map(selector),
            mac_only_encrypted: self.mac_only_encrypted,
        });
        Ok(sealing)
    }
}

/// A key under the name that a file shows for it.
fn key(configured: &ConfiguredKey, recipients: &mut Vec<NamedRecipient>) -> Result<SopsKey, SopsConfigError> {
    let joined = |parts: &[&str]| -> String {
        let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    };
    Ok(match &configured.key {
        MasterKey::Age { recipient: text } => {
            let recipient: Recipient = text.parse().map_err(|source| SopsConfigError::Recipient {
                place: configured.place.clone(),
                source,
            })?;
            recipients.push(NamedRecipient {
                name: None,
                recipient: recipient.clone(),
            });
            SopsKey::age(text, recipient)
        }
        MasterKey::Pgp { fingerprint } => SopsKey::elsewhere(KeyKind::Pgp, fingerprint),
        MasterKey::Kms {
            arn,
            role,
            aws_profile,
            ..
        } => SopsKey::elsewhere(KeyKind::Kms, &joined(&[arn, role, aws_profile])),
        MasterKey::GcpKms { resource_id } => SopsKey::elsewhere(KeyKind::GcpKms, resource_id),
        MasterKey::HuaweiKms { key_id } => SopsKey::elsewhere(KeyKind::HcKms, key_id),
        MasterKey::AzureKeyVault {
            vault_url,
            name,
            version,
        } => SopsKey::elsewhere(KeyKind::AzureKv, &joined(&[vault_url, name, version])),
        MasterKey::VaultTransit {
            address,
            engine_path,
            key_name,
        } => SopsKey::elsewhere(KeyKind::HcVault, &joined(&[address, engine_path, key_name])),
    })
}

fn selector(selector: &Selector) -> rules::Selector {
    match selector {
        Selector::UnencryptedSuffix(text) => rules::Selector::UnencryptedSuffix(text.clone()),
        Selector::EncryptedSuffix(text) => rules::Selector::EncryptedSuffix(text.clone()),
        Selector::UnencryptedRegex(text) => rules::Selector::UnencryptedRegex(text.clone()),
        Selector::EncryptedRegex(text) => rules::Selector::EncryptedRegex(text.clone()),
        Selector::UnencryptedCommentRegex(text) => rules::Selector::UnencryptedCommentRegex(text.clone()),
        Selector::EncryptedCommentRegex(text) => rules::Selector::EncryptedCommentRegex(text.clone()),
    }
}

//! `AGE-PLUGIN-NAME-1…`: identities that only a plugin understands.
//!
//! Such an identity does not reveal its recipient. So it answers to no name, and tries every wrapped key that is
//! addressed to a recipient of the same plugin, or to a tagged recipient: those name no plugin.

use super::{Identity, PluginIdentity, UnwrapError};
use crate::age::{FileKey, Stanza, StanzaIdentity, UnwrapFileKeyError};
use crate::recipient::Recipient;
use crate::secret::DataKey;
use crate::wrap::{WrappedKey, age_file};

impl Identity for PluginIdentity {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn unwrap_key(&self, wrapped: &WrappedKey, info: &[u8]) -> Result<Option<DataKey>, UnwrapError> {
        match plugin_of(&wrapped.recipient) {
            Some("tag" | "tagpq") => {}
            Some(plugin) if plugin == self.plugin() => {}
            _ => return Ok(None),
        }
        age_file::open(self, &wrapped.key, info)
    }

    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        StanzaIdentity::unwrap_file_key(self, stanzas)
    }

    fn recipient(&self) -> Option<Recipient> {
        None
    }
}

/// The plugin that a recipient's short name belongs to: `age1NAME1…` or `age1NAME:sha256:…`.
fn plugin_of(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("age1")?;
    match rest.split_once(":sha256:") {
        Some((plugin, _)) => Some(plugin),
        // The data part of Bech32 holds no `1`, so the last one ends the plugin's name.
        None => rest.rsplit_once('1').map(|(plugin, _)| plugin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_plugin_from_either_kind_of_name() {
        assert_eq!(plugin_of("age1yubikey1qwt50d05"), Some("yubikey"));
        assert_eq!(plugin_of("age1se:sha256:00"), Some("se"));
        assert_eq!(
            plugin_of("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"),
            None
        );
        assert_eq!(plugin_of("ssh-ed25519 AAAA"), None);
    }
}

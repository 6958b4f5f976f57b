//! Recipients and identities that live in `age-plugin-*` programs: on hardware tokens, in key services.
//!
//! This file never starts a process and never asks a person: a [`PluginHost`] does both, and a host that only starts
//! processes is a complete non-interactive one. What is said to the plugin stands in `plugin/client.rs`.
//!
//! Source: C2SP `age-plugin.md`; Go `plugin/client.go` of age v1.3.2.

mod client;
mod error;
mod pipe;

use core::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::tag::TagRecipient;
use super::{
    FileKey, Stanza, StanzaIdentity, StanzaRecipient, UnwrapFileKeyError, WrapFileKeyError, WrappedFileKey,
};
use crate::bech32;

pub use error::{NotAPluginKey, PluginError};

/// Starts plugins and speaks for the person in front of them. Adapters implement it.
///
/// The methods with a body are the non-interactive answers: the plugin is told that its request failed. Texts come from
/// the plugin, with control characters replaced, so that they cannot drive a terminal.
pub trait PluginHost: Send + Sync {
    /// Starts the plugin `plugin` (run `age-plugin-<plugin> --age-plugin=<machine>`, in a directory of no significance)
    /// and returns its standard input and output.
    ///
    /// `plugin` is a valid plugin name: it holds no path separator. Dropping the connection ends the plugin.
    ///
    /// # Errors
    /// What the operating system says; `NotFound` if there is no such program.
    fn start(&self, plugin: &str, machine: &str) -> io::Result<Box<dyn PluginConnection>>;

    /// Shows a message of the plugin. `false` if it could not be shown.
    fn message(&self, plugin: &str, text: &str) -> bool {
        let _ = (plugin, text);
        false
    }

    /// Asks the person to choose between `yes` and `no` (which may be missing). `None` if nobody can be asked.
    fn confirm(&self, plugin: &str, prompt: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let _ = (plugin, prompt, yes, no);
        None
    }

    /// Asks for a value that may be shown while it is typed. `None` if nobody can be asked.
    fn request_public(&self, plugin: &str, prompt: &str) -> Option<String> {
        let _ = (plugin, prompt);
        None
    }

    /// Asks for a value that must not be shown, such as a PIN. `None` if nobody can be asked.
    fn request_secret(&self, plugin: &str, prompt: &str) -> Option<Zeroizing<String>> {
        let _ = (plugin, prompt);
        None
    }
}

/// The two pipes to a running plugin.
pub trait PluginConnection: Send {
    /// Writes all of `bytes` to the plugin and flushes them.
    ///
    /// # Errors
    /// What the operating system says, for instance a broken pipe.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Reads some bytes into `buffer`; 0 means that the plugin closed its output.
    ///
    /// # Errors
    /// What the operating system says. `Interrupted` is for the implementation to retry.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// A recipient `age1NAME1…` whose key only the plugin NAME understands. Two are equal if their strings are.
///
/// The tagged recipients `age1tag1…` and `age1tagpq1…` look the same and are opened by plugins too (by whichever one
/// speaks to the token), but there are no plugins `tag` and `tagpq`: files are encrypted to them here, without a host.
#[derive(Clone)]
pub struct PluginRecipient {
    plugin: String,
    text: String,
    host: Option<Arc<dyn PluginHost>>,
    tagged: Option<TagRecipient>,
}

impl PluginRecipient {
    /// The plugin's name, without `age-plugin-`, in lower case.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Whether this is a tagged recipient (`age1tag1…`, `age1tagpq1…`), which any plugin's identity may open.
    pub fn is_tagged(&self) -> bool {
        self.tagged.is_some()
    }

    /// Whether what is wrapped to this recipient is known to withstand a quantum computer. Of a plugin's own key only the
    /// plugin knows, and says so in the labels of what it wraps.
    pub fn is_post_quantum(&self) -> bool {
        self.tagged.as_ref().is_some_and(TagRecipient::is_post_quantum)
    }

    /// The whole recipient string, in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives this recipient somebody who can start its plugin; without, it can be named but not encrypted to.
    pub fn attach(&mut self, host: &Arc<dyn PluginHost>) {
        self.host = Some(Arc::clone(host));
    }
}

impl FromStr for PluginRecipient {
    type Err = NotAPluginKey;

    /// Reads `age1NAME1…` in either case. `age1pq1…` is a post-quantum recipient of age itself and no plugin `pq`.
    fn from_str(text: &str) -> Result<PluginRecipient, NotAPluginKey> {
        let decoded = bech32::decode(text).map_err(|_| NotAPluginKey)?;
        let name = decoded.prefix.strip_prefix("age1").filter(|&name| name != "pq");
        let plugin = valid_name(name.ok_or(NotAPluginKey)?)?;
        let tagged = match plugin.as_str() {
            "tag" => Some(TagRecipient::classic(&decoded.data)?),
            "tagpq" => Some(TagRecipient::hybrid(&decoded.data)?),
            _ => None,
        };
        Ok(PluginRecipient {
            plugin,
            text: text.to_ascii_lowercase(),
            host: None,
            tagged,
        })
    }
}

impl StanzaRecipient for PluginRecipient {
    /// Has the plugin wrap the file key; it draws its own randomness. To a tagged recipient we wrap ourselves.
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        if let Some(tagged) = &self.tagged {
            return tagged.wrap(file_key, rng);
        }
        let host = needed(&self.host, &self.plugin)?;
        Ok(client::wrap(
            host,
            &self.plugin,
            client::Key::Recipient(&self.text),
            file_key,
        )?)
    }
}

impl PartialEq for PluginRecipient {
    fn eq(&self, other: &PluginRecipient) -> bool {
        self.text == other.text
    }
}

impl Eq for PluginRecipient {}

impl fmt::Display for PluginRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PluginRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PluginRecipient({})", self.text)
    }
}

/// An identity `AGE-PLUGIN-NAME-1…`: a secret, or a pointer to one, that only the plugin NAME understands.
///
/// As a recipient it asks the plugin to wrap to the identity itself, which not every plugin can.
#[derive(Clone)]
pub struct PluginIdentity {
    plugin: String,
    text: Zeroizing<String>,
    host: Option<Arc<dyn PluginHost>>,
}

impl PluginIdentity {
    /// The plugin's name, without `age-plugin-`, in lower case.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Shows the whole identity string, in upper case: a secret.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Gives this identity somebody who can start its plugin.
    pub fn attach(&mut self, host: &Arc<dyn PluginHost>) {
        self.host = Some(Arc::clone(host));
    }
}

impl FromStr for PluginIdentity {
    type Err = NotAPluginKey;

    /// Reads `AGE-PLUGIN-NAME-1…` in either case.
    fn from_str(text: &str) -> Result<PluginIdentity, NotAPluginKey> {
        let decoded = bech32::decode(text).map_err(|_| NotAPluginKey)?;
        let name = decoded
            .prefix
            .strip_prefix("age-plugin-")
            .and_then(|name| name.strip_suffix('-'));
        let plugin = valid_name(name.ok_or(NotAPluginKey)?)?;
        Ok(PluginIdentity {
            plugin,
            text: Zeroizing::new(text.to_ascii_uppercase()),
            host: None,
        })
    }
}

impl StanzaIdentity for PluginIdentity {
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        let host = needed(&self.host, &self.plugin)?;
        Ok(client::unwrap(host, &self.plugin, &self.text, stanzas)?)
    }
}

impl StanzaRecipient for PluginIdentity {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        _: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        let host = needed(&self.host, &self.plugin)?;
        Ok(client::wrap(
            host,
            &self.plugin,
            client::Key::Identity(&self.text),
            file_key,
        )?)
    }
}

impl fmt::Debug for PluginIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PluginIdentity({} ..)", self.plugin)
    }
}

fn needed<'a>(
    host: &'a Option<Arc<dyn PluginHost>>,
    plugin: &str,
) -> Result<&'a dyn PluginHost, PluginError> {
    host.as_deref().ok_or_else(|| PluginError::NoHost {
        plugin: plugin.to_owned(),
    })
}

/// Checks a plugin's name. It becomes part of a program's name, so a path separator must never get through.
fn valid_name(name: &str) -> Result<String, NotAPluginKey> {
    let valid = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte));
    if valid {
        Ok(name.to_owned())
    } else {
        Err(NotAPluginKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(prefix: &str) -> Result<PluginRecipient, NotAPluginKey> {
        bech32::encode(prefix, b"key").expect("a valid prefix").parse()
    }

    #[test]
    fn finds_the_plugin_in_the_key() {
        let text = bech32::encode("age1yubikey", b"key").expect("a valid prefix");
        let parsed: PluginRecipient = text.to_uppercase().parse().expect("a plugin's recipient");
        assert_eq!((parsed.plugin(), parsed.to_string()), ("yubikey", text));
        let text = bech32::encode_upper("AGE-PLUGIN-A.B-", b"key").expect("a valid prefix");
        let parsed: PluginIdentity = text.parse().expect("a plugin's identity");
        assert_eq!((parsed.plugin(), parsed.expose()), ("a.b", text.as_str()));
        assert_eq!(format!("{parsed:?}"), "PluginIdentity(a.b ..)");
    }

    #[test]
    fn names_that_could_leave_the_path_are_no_plugins() {
        for prefix in [
            "age1../../sh",
            "age1a/b",
            "age1a b",
            "age1",
            "age",
            "age1pq",
            "bge1a",
        ] {
            if let Ok(text) = bech32::encode(prefix, b"key") {
                assert_eq!(
                    text.parse::<PluginRecipient>().err(),
                    Some(NotAPluginKey),
                    "{prefix}"
                );
            }
        }
        assert!(
            recipient("age1..").is_ok(),
            "`age-plugin-..` names no other directory"
        );
        for prefix in [
            "AGE-PLUGIN-A",
            "AGE-PLUGIN--",
            "AGE-PLUGIN-A/B-",
            "AGE-SECRET-KEY-",
        ] {
            let text = bech32::encode_upper(prefix, b"key").expect("a valid prefix");
            assert_eq!(
                text.parse::<PluginIdentity>().err(),
                Some(NotAPluginKey),
                "{prefix}"
            );
        }
    }
}

//! Why a plugin did not do its work, sorted by who can act on it.

use std::io;

/// The text is not the recipient or identity of a plugin. It is not repeated here: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the recipient or identity of a plugin")]
pub struct NotAPluginKey;

/// Why a plugin did not do its work. Plugins are named without `age-plugin-`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// There is nobody who could start plugins.
    #[error("plugin {plugin} is needed, and plugins cannot be started here")]
    NoHost {
        /// The plugin.
        plugin: String,
    },
    /// The plugin did not start.
    #[error("plugin {plugin} could not be started")]
    Start {
        /// The plugin.
        plugin: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The pipes to the plugin broke.
    #[error("the connection to plugin {plugin} failed")]
    Connection {
        /// The plugin.
        plugin: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The plugin ended in the middle of the conversation.
    #[error("plugin {plugin} ended before it was done")]
    Ended {
        /// The plugin.
        plugin: String,
    },
    /// The plugin said something that the protocol does not allow.
    #[error("plugin {plugin} broke the protocol: {expected}")]
    Protocol {
        /// The plugin.
        plugin: String,
        /// What the protocol demands.
        expected: &'static str,
    },
    /// The plugin itself says that it failed.
    #[error("plugin {plugin} reported an error")]
    Reported {
        /// The plugin.
        plugin: String,
        /// What it says, for the person in front of it; control characters are replaced.
        message: String,
    },
}

impl PluginError {
    /// The cause in the plugin's own words, if it gave one.
    pub fn why(&self) -> Option<String> {
        match self {
            PluginError::Reported { message, .. } => Some(message.clone()),
            PluginError::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("no such program".into())
            }
            PluginError::Start { source, .. } | PluginError::Connection { source, .. } => {
                Some(source.kind().to_string())
            }
            _ => None,
        }
    }

    /// The message and its cause in one sentence, for errors that wrap this one.
    pub(crate) fn whole(&self) -> String {
        match self.why() {
            Some(why) => format!("{self}: {why}"),
            None => self.to_string(),
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            PluginError::Start { plugin, .. } => Some(format!("install `age-plugin-{plugin}` on the PATH")),
            PluginError::Protocol { plugin, .. }
            | PluginError::Connection { plugin, .. }
            | PluginError::Ended { plugin } => Some(format!(
                "run `age-plugin-{plugin}` with `age` to see whether it works there"
            )),
            _ => None,
        }
    }
}

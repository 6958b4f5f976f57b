//! Speaking with `age-plugin-*` programs: the client's side of the plugin protocol over a connection that somebody else
//! opened.
//!
//! This file never starts a process and never asks a person: a [`PluginHost`] does both, and a host that only starts
//! processes is a complete non-interactive one.
//!
//! Source: C2SP `age-plugin.md`; Go `plugin/client.go` of age v1.3.2.

use std::io;

use zeroize::Zeroizing;

/// Starts plugins and speaks for the person in front of them. Adapters implement it.
///
/// The methods with a body are the non-interactive answers: the plugin is told that its request failed.
pub trait PluginHost: Send + Sync {
    /// Starts the plugin `plugin` (run `age-plugin-<plugin> --age-plugin=<machine>`, in a directory of no significance) and
    /// returns its standard input and output.
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
    /// What the operating system says.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Why a plugin did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// There is nobody who could start plugins.
    #[error("plugin {plugin} is needed, and plugins are not available here")]
    NoHost {
        /// The plugin's name, without `age-plugin-`.
        plugin: String,
    },
    /// The plugin did not start.
    #[error("plugin {plugin} could not be started")]
    Start {
        /// The plugin's name, without `age-plugin-`.
        plugin: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

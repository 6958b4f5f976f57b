//! What is said to a plugin, and what its commands mean: the state machines `recipient-v1` and `identity-v1`.
//!
//! Both have two phases. First we say everything the plugin needs and end with `done`; then the plugin gives commands,
//! one at a time, and we answer each with `ok`, `fail` or `unsupported`, until it says `done`. Commands we do not know
//! are answered `unsupported`, as the protocol demands of every client (plugins send some to see that we do).
//!
//! Source: C2SP `age-plugin.md`, "Wrapping with recipient-v1", "Unwrapping with identity-v1"; Go `plugin/client.go`.

use std::collections::BTreeSet;

use super::pipe::Pipe;
use super::{PluginError, PluginHost};
use crate::age::header::MAX_STANZAS;
use crate::age::stanza::{MAX_ARGS, decode_base64};
use crate::age::{FileKey, Stanza, WrappedFileKey};

/// Most commands that a plugin may give before its `done`: it ends what would otherwise run for ever.
const MAX_COMMANDS: usize = 16 * 1024;
/// Most arguments of a stanza that fits into a `recipient-stanza` command, which carries its tag and the file's index as
/// well. A stanza with more is no plugin's, and sending it would only break the conversation.
const MAX_CARRIED_ARGS: usize = MAX_ARGS - 2;
/// We send one file key at a time, so this is its index in every command.
const ONLY_FILE: &str = "0";

/// To which key of its own a plugin shall wrap.
pub(super) enum Key<'a> {
    /// `age1NAME1…`
    Recipient(&'a str),
    /// `AGE-PLUGIN-NAME-1…`
    Identity(&'a str),
}

/// Has a plugin wrap a file key.
pub(super) fn wrap(
    host: &dyn PluginHost,
    plugin: &str,
    key: Key<'_>,
    file_key: &FileKey,
) -> Result<WrappedFileKey, PluginError> {
    let mut session = Session::start(host, plugin, "recipient-v1")?;
    match key {
        Key::Recipient(text) => session.pipe.send("add-recipient", &[text], b"")?,
        Key::Identity(text) => session.pipe.send("add-identity", &[text], b"")?,
    }
    session.pipe.send("wrap-file-key", &[], file_key.expose())?;
    session.pipe.send("extension-labels", &[], b"")?;
    session.pipe.send("done", &[], b"")?;

    let mut stanzas = Vec::new();
    let mut labels = None;
    while let Some(command) = session.next_command()? {
        match command.tag() {
            "recipient-stanza" => {
                stanzas.push(session.inner_stanza(&command)?);
                if stanzas.len() > MAX_STANZAS {
                    return Err(session.pipe.broken("expected at most 1024 stanzas"));
                }
            }
            "labels" if labels.is_some() => return Err(session.pipe.broken("expected labels once")),
            "labels" => labels = Some(command.args().iter().cloned().collect::<BTreeSet<_>>()),
            _ => {
                session.answer_common(&command)?;
                continue;
            }
        }
        session.pipe.send("ok", &[], b"")?;
    }
    if stanzas.is_empty() {
        return Err(session
            .pipe
            .broken("expected at least one stanza for the file key"));
    }
    Ok(WrappedFileKey {
        stanzas,
        labels: labels.unwrap_or_default(),
    })
}

/// Has a plugin look for a stanza that its identity opens.
pub(super) fn unwrap(
    host: &dyn PluginHost,
    plugin: &str,
    identity: &str,
    stanzas: &[Stanza],
) -> Result<Option<FileKey>, PluginError> {
    let mut session = Session::start(host, plugin, "identity-v1")?;
    session.pipe.send("add-identity", &[identity], b"")?;
    for stanza in stanzas
        .iter()
        .filter(|stanza| stanza.args().len() <= MAX_CARRIED_ARGS)
    {
        let args = stanza.args().iter().map(String::as_str);
        let args: Vec<&str> = [ONLY_FILE, stanza.tag()].into_iter().chain(args).collect();
        session.pipe.send("recipient-stanza", &args, stanza.body())?;
    }
    session.pipe.send("done", &[], b"")?;

    let mut file_key = None;
    while let Some(command) = session.next_command()? {
        if command.tag() != "file-key" {
            session.answer_common(&command)?;
            continue;
        }
        if file_key.is_some() || command.args() != [ONLY_FILE] {
            return Err(session.pipe.broken("expected one file key, for file 0"));
        }
        let key = FileKey::from_slice(command.body());
        file_key = Some(key.ok_or(session.pipe.broken("expected a file key of 16 bytes"))?);
        session.pipe.send("ok", &[], b"")?;
    }
    Ok(file_key)
}

/// A conversation with one plugin, and the person who may have to take part in it.
struct Session<'a> {
    host: &'a dyn PluginHost,
    plugin: &'a str,
    pipe: Pipe<'a>,
    commands: usize,
}

impl<'a> Session<'a> {
    fn start(host: &'a dyn PluginHost, plugin: &'a str, machine: &str) -> Result<Session<'a>, PluginError> {
        let connection = host.start(plugin, machine);
        let connection = connection.map_err(|source| PluginError::Start {
            plugin: plugin.to_owned(),
            source,
        })?;
        Ok(Session {
            host,
            plugin,
            pipe: Pipe::new(plugin, connection),
            commands: 0,
        })
    }

    /// The plugin's next command; `None` when it is done.
    fn next_command(&mut self) -> Result<Option<Stanza>, PluginError> {
        let command = self.pipe.receive()?;
        self.commands += 1;
        if self.commands > MAX_COMMANDS {
            return Err(self.pipe.broken("expected an end of its commands"));
        }
        Ok((command.tag() != "done").then_some(command))
    }

    /// The stanza for the header inside a `recipient-stanza 0 tag args…` command.
    fn inner_stanza(&self, command: &Stanza) -> Result<Stanza, PluginError> {
        let inner = match command.args() {
            [file, tag, args @ ..] if file == ONLY_FILE => Stanza::new(
                tag,
                &args.iter().map(String::as_str).collect::<Vec<_>>(),
                command.body(),
            ),
            _ => None,
        };
        inner.ok_or(self.pipe.broken("expected a stanza for file 0"))
    }

    /// Answers the commands that both state machines share, and those we do not know.
    fn answer_common(&mut self, command: &Stanza) -> Result<(), PluginError> {
        let text = printable(command.body());
        match command.tag() {
            "error" => {
                self.pipe.send("ok", &[], b"")?;
                Err(PluginError::Reported {
                    plugin: self.plugin.to_owned(),
                    message: text,
                })
            }
            "msg" => {
                let shown = self.host.message(self.plugin, &text);
                self.pipe.send(if shown { "ok" } else { "fail" }, &[], b"")
            }
            "confirm" => self.answer_confirm(command, &text),
            "request-public" => match self.host.request_public(self.plugin, &text) {
                Some(value) => self.pipe.send("ok", &[], value.as_bytes()),
                None => self.pipe.send("fail", &[], b""),
            },
            "request-secret" => match self.host.request_secret(self.plugin, &text) {
                Some(value) => self.pipe.send("ok", &[], value.as_bytes()),
                None => self.pipe.send("fail", &[], b""),
            },
            _ => self.pipe.send("unsupported", &[], b""),
        }
    }

    fn answer_confirm(&mut self, command: &Stanza, prompt: &str) -> Result<(), PluginError> {
        let choices: Option<Vec<String>> = command
            .args()
            .iter()
            .map(|choice| decode_base64(choice.as_bytes()).map(|choice| printable(&choice)))
            .collect();
        let (yes, no) = match choices.as_deref() {
            Some([yes]) => (yes, None),
            Some([yes, no]) => (yes, Some(no.as_str())),
            _ => {
                return Err(self
                    .pipe
                    .broken("expected one or two choices in base64 to confirm"));
            }
        };
        match self.host.confirm(self.plugin, prompt, yes, no) {
            Some(true) => self.pipe.send("ok", &["yes"], b""),
            Some(false) => self.pipe.send("ok", &["no"], b""),
            None => self.pipe.send("fail", &[], b""),
        }
    }
}

/// Text of a plugin for people: valid UTF-8, and without control characters other than line feeds, which could drive
/// the terminal.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_says_cannot_drive_a_terminal() {
        assert_eq!(printable(b"touch\x1b[2J\nme\xff"), "touch\u{fffd}[2J\nme\u{fffd}");
    }
}

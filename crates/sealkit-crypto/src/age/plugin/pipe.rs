//! Stanzas over a connection: whole stanzas out, one stanza at a time in, within bounds.
//!
//! It knows nothing of commands and answers. What passes may be a file key, so its buffers are wiped and, for the short
//! lines that secrets are, never reallocated.

use zeroize::{Zeroize, Zeroizing};

use super::{PluginConnection, PluginError};
use crate::age::Stanza;
use crate::age::stanza::{PartialStanza, StanzaProblem, is_word, write_parts};

/// Longest line that is read from a plugin, in bytes. A post-quantum stanza's is about 1,600.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// Longest body that is read from a plugin, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Room in which every line that holds a secret fits.
const LINE_CAPACITY: usize = 512;

/// A connection to one plugin.
pub(super) struct Pipe<'a> {
    plugin: &'a str,
    connection: Box<dyn PluginConnection>,
    buffer: Zeroizing<[u8; 4096]>,
    unread: core::ops::Range<usize>,
}

impl<'a> Pipe<'a> {
    pub(super) fn new(plugin: &'a str, connection: Box<dyn PluginConnection>) -> Pipe<'a> {
        Pipe {
            plugin,
            connection,
            buffer: Zeroizing::new([0; 4096]),
            unread: 0..0,
        }
    }

    /// Sends one stanza. Arguments and body may be secret.
    pub(super) fn send(&mut self, tag: &str, args: &[&str], body: &[u8]) -> Result<(), PluginError> {
        debug_assert!(
            args.iter().chain([&tag]).all(|word| is_word(word)),
            "keys and stanzas are made of words"
        );
        let words: usize = args.iter().map(|arg| arg.len() + 1).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(LINE_CAPACITY + words + body.len() * 3 / 2));
        write_parts(tag, args.iter().copied(), body, &mut text);
        self.connection
            .send(&text)
            .map_err(|source| PluginError::Connection {
                plugin: self.plugin.to_owned(),
                source,
            })
    }

    /// Waits for one stanza.
    pub(super) fn receive(&mut self) -> Result<Stanza, PluginError> {
        let mut line = Zeroizing::new(Vec::with_capacity(LINE_CAPACITY));
        self.receive_line(&mut line)?;
        let mut partial = PartialStanza::open(&line).map_err(|problem| self.malformed(problem))?;
        loop {
            self.receive_line(&mut line)?;
            if partial
                .push_line(&line)
                .map_err(|problem| self.malformed(problem))?
            {
                return Ok(partial.finish());
            }
            if partial.body_len() > MAX_BODY_BYTES {
                return Err(self.broken("expected a body of at most 64 KiB"));
            }
        }
    }

    /// The error for a plugin that does not keep to the protocol.
    pub(super) fn broken(&self, expected: &'static str) -> PluginError {
        PluginError::Protocol {
            plugin: self.plugin.to_owned(),
            expected,
        }
    }

    /// Replaces `line` by the next one, without its line feed.
    fn receive_line(&mut self, line: &mut Vec<u8>) -> Result<(), PluginError> {
        line.zeroize(); // also empties it, and keeps its room
        loop {
            let unread = &self.buffer[self.unread.clone()];
            let end = unread.iter().position(|&byte| byte == b'\n');
            let taken = &unread[..end.unwrap_or(unread.len())];
            if line.len() + taken.len() > MAX_LINE_BYTES {
                return Err(self.broken("expected lines of at most 64 KiB"));
            }
            line.extend_from_slice(taken);
            self.unread.start += taken.len();
            if end.is_some() {
                self.unread.start += 1;
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), PluginError> {
        let plugin = || self.plugin.to_owned();
        let read = self.connection.receive(self.buffer.as_mut());
        let read = read.map_err(|source| PluginError::Connection {
            plugin: plugin(),
            source,
        })?;
        if read == 0 {
            return Err(PluginError::Ended { plugin: plugin() });
        }
        self.unread = 0..read.min(self.buffer.len());
        Ok(())
    }

    fn malformed(&self, problem: StanzaProblem) -> PluginError {
        self.broken(match problem {
            StanzaProblem::OpeningLine => "expected `-> ` and words with single spaces between them",
            StanzaProblem::TooManyArgs => "expected at most 128 arguments in a stanza",
            _ => "expected a body of canonical base64 in lines of 64 columns, the last one shorter",
        })
    }
}

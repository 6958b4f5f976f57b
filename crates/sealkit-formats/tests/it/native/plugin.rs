//! `age-plugin-sealkittest`, in this process: the stanza holds the file key with every bit flipped.

use std::io;

use sealkit_crypto::age::{PluginConnection, PluginHost, Stanza};

/// Starts the test plugin and nothing else.
pub(crate) struct TestPlugin;

impl PluginHost for TestPlugin {
    fn start(&self, plugin: &str, machine: &str) -> io::Result<Box<dyn PluginConnection>> {
        assert_eq!((plugin, machine), ("sealkittest", "identity-v1"));
        Ok(Box::new(Running::default()))
    }
}

#[derive(Default)]
struct Running {
    file_key: Option<Vec<u8>>,
    answer: Vec<u8>,
}

impl PluginConnection for Running {
    fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (stanza, rest) = Stanza::take_from(bytes).expect("whole stanzas are sent");
            bytes = rest;
            match stanza.tag() {
                "recipient-stanza" if stanza.args()[1] == "sealkittest" => {
                    self.file_key = Some(stanza.body().iter().map(|byte| !byte).collect());
                }
                "done" => match self.file_key.take() {
                    Some(key) => self.say(&Stanza::new("file-key", &["0"], &key).unwrap()),
                    None => self.say(&Stanza::new("done", &[], b"").unwrap()),
                },
                "ok" => self.say(&Stanza::new("done", &[], b"").unwrap()),
                _ => {}
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.answer.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.answer[..length]);
        self.answer.drain(..length);
        Ok(length)
    }
}

impl Running {
    fn say(&mut self, stanza: &Stanza) {
        stanza.write_to(&mut self.answer);
    }
}

//! Runs `age-plugin-*` programs and asks their questions.
//!
//! The protocol they speak is the crypto crate's; here are only the process and the person. Plugins are looked up in
//! `PATH` by name, and only for recipients and identities that the person configured: nothing that a sealed file names
//! is ever started.

use std::{
    io::{self, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use sealkit::crypto::age::plugin::{PluginConnection, PluginHost};
use zeroize::Zeroizing;

use crate::terminal;

/// How long a plugin may take to end after its input was closed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Starts plugins for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Plugins;

impl PluginHost for Plugins {
    fn start(&self, plugin: &str, machine: &str) -> io::Result<Box<dyn PluginConnection>> {
        let mut child = Command::new(format!("age-plugin-{plugin}"))
            .arg(format!("--age-plugin={machine}"))
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()) // plugins write debugging notes there, which may hold what they work on
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Ok(Box::new(Running { child, input, output }))
    }

    fn message(&self, plugin: &str, text: &str) -> bool {
        terminal::error_line(&format!("{}: {}", shown(plugin), shown(text)));
        true
    }

    fn confirm(&self, plugin: &str, prompt: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let question = format!("{}: {}", shown(plugin), shown(prompt));
        match no {
            None => terminal::ask_line(&format!("{question} (Enter: {})", shown(yes)))
                .ok()
                .map(|_| true),
            Some(no) => terminal::confirm(&format!("{question} (y: {}, n: {})", shown(yes), shown(no))).ok(),
        }
    }

    fn request_public(&self, plugin: &str, prompt: &str) -> Option<String> {
        terminal::ask_line(&format!("{}: {}", shown(plugin), shown(prompt))).ok()
    }

    fn request_secret(&self, plugin: &str, prompt: &str) -> Option<Zeroizing<String>> {
        terminal::ask_hidden(&format!("{}: {}", shown(plugin), shown(prompt))).ok()
    }
}

fn shown(text: &str) -> std::borrow::Cow<'_, str> {
    terminal::printable(text)
}

/// A plugin and our ends of its pipes.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
}

impl PluginConnection for Running {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(bytes)?;
        input.flush()
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.output
            .as_mut()
            .ok_or(io::ErrorKind::BrokenPipe)?
            .read(buffer)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.input = None;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Questions on the controlling terminal.
//!
//! Standard input and output stay free for data, so `sealkit set db.yaml password > log` can still ask. Answers live in
//! memory that is wiped. Without a terminal nothing waits: [`PromptError::NoTerminal`].

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Longest answer in bytes; the buffer is made once so that growing leaves no copies.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromptError {
    /// Nobody can be asked.
    #[error("there is no terminal to ask on")]
    NoTerminal,
    /// Ctrl-C or Ctrl-D.
    #[error("the question was not answered")]
    Cancelled,
    /// Two entries that were to be equal were not.
    #[error("the two entries differ")]
    Different,
    /// The terminal failed.
    #[error("cannot ask on the terminal")]
    Terminal(#[from] io::Error),
}

/// Asks for a secret; the answer is not shown.
pub(crate) fn ask_hidden(question: &str) -> Result<Zeroizing<String>, PromptError> {
    let mut terminal = open()?;
    write!(terminal, "{question}: ")?;
    terminal.flush()?;
    let answer = {
        let _hidden = Hidden::start(&terminal)?;
        read_hidden(&mut &terminal)
    };
    writeln!(terminal)?;
    answer
}

/// Asks for a new secret twice, so that a slip of the finger is not sealed for ever.
pub(crate) fn ask_hidden_twice(question: &str) -> Result<Zeroizing<String>, PromptError> {
    let first = ask_hidden(question)?;
    if *ask_hidden(&format!("{question}, again"))? == *first {
        Ok(first)
    } else {
        Err(PromptError::Different)
    }
}

/// Asks for something that is no secret.
pub(crate) fn ask_line(question: &str) -> Result<String, PromptError> {
    let mut terminal = open()?;
    write!(terminal, "{question}: ")?;
    terminal.flush()?;
    let mut line = Vec::new();
    let mut byte = [0];
    while terminal.read(&mut byte)? == 1 && byte[0] != b'\n' && line.len() < MAX_ANSWER_BYTES {
        line.push(byte[0]);
    }
    if line.is_empty() && byte[0] != b'\n' {
        return Err(PromptError::Cancelled);
    }
    Ok(String::from_utf8_lossy(&line).trim().to_owned())
}

/// Asks a yes-no question; anything but yes is no.
pub(crate) fn confirm(question: &str) -> Result<bool, PromptError> {
    let answer = ask_line(&format!("{question} [y/N]"))?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

fn open() -> Result<File, PromptError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(|_| PromptError::NoTerminal)
}

/// Reads one line byte by byte: the terminal's own line editing is off, see [`Hidden`].
fn read_hidden(terminal: &mut dyn Read) -> Result<Zeroizing<String>, PromptError> {
    let mut answer = Zeroizing::new(Vec::with_capacity(MAX_ANSWER_BYTES));
    let mut byte = Zeroizing::new([0_u8]);
    loop {
        if terminal.read(&mut *byte)? == 0 {
            return Err(PromptError::Cancelled);
        }
        match byte[0] {
            b'\n' | b'\r' => break,
            0x03 => return Err(PromptError::Cancelled),
            0x04 if answer.is_empty() => return Err(PromptError::Cancelled),
            0x04 => break,
            0x15 => answer.clear(),
            0x08 | 0x7f => remove_last_character(&mut answer),
            other if answer.len() < MAX_ANSWER_BYTES => answer.push(other),
            _ => {}
        }
    }
    let text = std::str::from_utf8(&answer).map_err(|_| io::Error::other("the answer is not UTF-8"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn remove_last_character(answer: &mut Vec<u8>) {
    while let Some(byte) = answer.pop() {
        if byte & 0xC0 != 0x80 {
            break;
        }
    }
}

/// Echo is off while this lives. Signals from keys are off too: a Ctrl-C arrives as a byte, so nothing can end the
/// process between switching the echo off and on again.
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn start(terminal: &'a File) -> Result<Self, PromptError> {
        let before = tcgetattr(terminal).map_err(io::Error::from)?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Flush, &quiet).map_err(io::Error::from)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> Option<String> {
        read_hidden(&mut &*keys).ok().map(|answer| answer.to_string())
    }

    #[test]
    fn backspace_removes_a_whole_character_and_control_u_the_line() {
        assert_eq!(typed("pä\x7fass\r".as_bytes()).as_deref(), Some("pass"));
        assert_eq!(typed(b"wrong\x15right\n").as_deref(), Some("right"));
    }

    #[test]
    fn control_c_and_an_empty_control_d_cancel() {
        assert_eq!(typed(b"half\x03"), None);
        assert_eq!(typed(b"\x04"), None);
        assert_eq!(typed(b"whole\x04").as_deref(), Some("whole"));
    }
}

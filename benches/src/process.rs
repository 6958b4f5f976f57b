//! Runs whole processes and measures them from outside, as a person waiting at a terminal does.
//!
//! Wall time is from before `spawn` to after the process was waited for, its output read to the end. Memory is the
//! peak resident set that GNU `time` reports, which the kernel keeps for each process.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// One process to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) stdin: Vec<u8>,
    pub(crate) folder: Option<String>,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Process {
    pub(crate) fn new(program: &Path, arguments: &[&str]) -> Self {
        Self {
            program: program.display().to_string(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            stdin: Vec::new(),
            folder: None,
            variables: Vec::new(),
        }
    }

    /// The same, with this on standard input.
    pub(crate) fn stdin(self, bytes: &[u8]) -> Self {
        Self {
            stdin: bytes.to_vec(),
            ..self
        }
    }

    /// The same, in this working directory.
    pub(crate) fn within(self, folder: &Path) -> Self {
        Self {
            folder: Some(folder.display().to_string()),
            ..self
        }
    }

    /// The same, with this variable in its environment.
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The command line, without directories that differ from machine to machine.
    pub(crate) fn shown(&self) -> String {
        let short = |text: &String| text.rsplit('/').next().unwrap_or(text).to_owned();
        let words: Vec<_> = std::iter::once(&self.program)
            .chain(&self.arguments)
            .map(short)
            .collect();
        let input = if self.stdin.is_empty() { "" } else { " < FILE" };
        format!("{}{input}", words.join(" "))
    }

    /// Runs it once; gives wall time and standard output.
    pub(crate) fn run(&self) -> Result<(Duration, Vec<u8>)> {
        let begin = Instant::now();
        let mut child = self
            .command(&self.program)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program))?;
        let mut input = child.stdin.take().context("standard input is a pipe")?;
        let feeding = self.stdin.clone();
        let feeder = std::thread::spawn(move || input.write_all(&feeding));
        let mut output = Vec::new();
        child
            .stdout
            .take()
            .context("standard output is a pipe")?
            .read_to_end(&mut output)?;
        let status = child.wait()?;
        let wall = begin.elapsed();
        let _ = feeder.join();
        if !status.success() {
            let mut message = String::new();
            child
                .stderr
                .take()
                .context("standard error is a pipe")?
                .read_to_string(&mut message)?;
            bail!("{} ended with {status}: {message}", self.shown());
        }
        Ok((wall, output))
    }

    /// Runs it until the first byte of its output has arrived; gives the time until then.
    pub(crate) fn first_byte(&self) -> Result<Duration> {
        let begin = Instant::now();
        let mut child = self.command(&self.program).spawn()?;
        let mut output = child.stdout.take().context("standard output is a pipe")?;
        output.read_exact(&mut [0])?;
        let wall = begin.elapsed();
        output.read_to_end(&mut Vec::new())?;
        child.wait()?;
        Ok(wall)
    }

    /// Runs it once under GNU `time`; gives the peak resident set in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        Ok(self.time_and_memory()?.1)
    }

    /// The same and how long it took, for what takes so long that GNU `time` does not count.
    pub(crate) fn time_and_memory(&self) -> Result<(Duration, u64)> {
        let mut under_time = self.clone();
        under_time.arguments.splice(
            ..0,
            ["--format=%M".to_owned(), "--".to_owned(), self.program.clone()],
        );
        let report = tempfile::NamedTempFile::new()?;
        under_time
            .arguments
            .splice(..0, ["--output".to_owned(), report.path().display().to_string()]);
        under_time.program = "/usr/bin/time".to_owned();
        let took = under_time.run()?.0;
        let text = std::fs::read_to_string(report.path())?;
        let kibibytes: u64 = text
            .trim()
            .parse()
            .with_context(|| format!("GNU time said {text:?}"))?;
        Ok((took, kibibytes * 1024))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // No key, policy or cluster of the person who runs this is ever looked at.
        command
            .env("HOME", std::env::temp_dir())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("SEALKIT_IDENTITY_FILE")
            .envs(self.variables.iter().map(|(name, value)| (*name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

//! One program of the bench: started with its output in a file, ended by its process id on drop.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How much of a dead program's output its obituary quotes.
const LAST_LINES: usize = 12;

/// A running program; dropping it ends it and waits until it is gone.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; standard output and error go to `<folder>/<name>.log`.
    ///
    /// # Errors
    /// When the log cannot be made or the program cannot be started.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Process> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("cannot make {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Process {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Fails with the last lines of its output if it has ended.
    ///
    /// # Errors
    /// When it has ended, however it did.
    pub fn must_run(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(());
        };
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
        bail!("{} has ended ({status}):\n{}", self.name, last.join("\n"))
    }

    /// Ends it at once and waits until it is gone.
    ///
    /// # Errors
    /// When it was gone already.
    pub fn end(&mut self) -> Result<()> {
        self.child
            .kill()
            .with_context(|| format!("cannot end {}", self.name))?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends a signal and waits until it has ended.
    ///
    /// # Errors
    /// When the process is gone, or ends otherwise than well.
    pub fn end_with(&mut self, signal: Signal) -> Result<()> {
        self.signal(signal)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("{} has ended ({status})", self.name);
        }
        Ok(())
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(Pid::from_child(&self.child), signal)
            .with_context(|| format!("cannot signal {}", self.name))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let mut process =
            Process::start("sleeper", Command::new("sleep").arg("600"), folder.path()).expect("sleep starts");
        process.must_run().expect("it sleeps");
        let pid = process.id();
        drop(process);
        assert!(!Path::new("/proc").join(pid.to_string()).exists());
    }

    #[test]
    fn an_early_end_is_reported_with_the_last_output() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let script = "echo it was the port >&2; exit 3";
        let mut process = Process::start("server", &mut sh(script), folder.path()).expect("sh starts");
        process.child.wait().expect("sh ends");
        let error = process.must_run().expect_err("it has ended").to_string();
        assert!(error.starts_with("server has ended"), "{error}");
        assert!(error.ends_with("it was the port"), "{error}");
    }
}

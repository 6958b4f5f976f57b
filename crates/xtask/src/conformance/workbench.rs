//! What every suite needs: the programs of both sides, a scratch folder, and a way to count claims.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::{dist, peers, sh};

/// Both sides' programs and a folder that is gone afterwards.
pub(crate) struct Workbench {
    /// Our release binary.
    pub(crate) sealkit: PathBuf,
    /// The age files of our library, as a program: `crates/sealkit-crypto/examples/age_file.rs`.
    pub(crate) age_file: PathBuf,
    scratch: tempfile::TempDir,
}

/// Claims that held, and a line for each that did not.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) held: usize,
    pub(crate) failures: Vec<String>,
}

impl Workbench {
    /// Builds whatever is not built.
    pub(crate) fn new() -> Result<Workbench> {
        let sealkit = dist::sealkit()?;
        sh::run(sh::cargo().args([
            "build",
            "--release",
            "--package",
            "sealkit-crypto",
            "--example",
            "age_file",
        ]))?;
        Ok(Workbench {
            sealkit,
            age_file: target_folder()?.join("release").join("examples").join("age_file"),
            scratch: tempfile::tempdir().context("cannot make a scratch folder")?,
        })
    }

    /// Another scratch folder, empty; the one before is removed.
    pub(crate) fn clear(&mut self) -> Result<()> {
        self.scratch = tempfile::tempdir().context("cannot make a scratch folder")?;
        Ok(())
    }

    /// A command that runs a peer's program, the peer built if need be; see [`Workbench::command`].
    pub(crate) fn peer(&self, program: &str) -> Result<Command> {
        Ok(self.command(&peers::program(program)?))
    }

    /// A path inside the scratch folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Writes a scratch file, readable by its owner alone, and returns its path.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        }
        Ok(path)
    }

    /// A new X25519 identity in a scratch file: the file, and its recipient.
    pub(crate) fn identity(&self, name: &str) -> Result<(PathBuf, String)> {
        let file = self.path(name);
        let mut keygen = self.command(&self.sealkit);
        sh::output(keygen.args(["keygen", "--type", "x25519", "-o"]).arg(&file))?;
        let text = fs::read_to_string(&file)?;
        let public = text.lines().find_map(|line| line.strip_prefix("# public key: "));
        let public = public.context("an identity file names its public key")?;
        Ok((file, public.to_owned()))
    }

    /// A command inside the scratch folder with a home and an environment of its own, so that no key of the person who
    /// runs this is ever tried.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.scratch.path()).stdin(Stdio::null());
        command
            .env("HOME", self.scratch.path())
            .env("XDG_CONFIG_HOME", self.scratch.path());
        for name in [
            "SEALKIT_IDENTITY_FILE",
            "SOPS_AGE_KEY",
            "SOPS_AGE_KEY_FILE",
            "KUBECONFIG",
        ] {
            command.env_remove(name);
        }
        command
    }
}

impl Tally {
    /// Counts one claim; `claim` is a sentence that is true when it holds.
    pub(crate) fn check(&mut self, claim: impl Into<String>, outcome: Result<bool>) {
        match outcome {
            Ok(true) => self.held += 1,
            Ok(false) => self.failures.push(format!("does not hold: {}", claim.into())),
            Err(error) => self
                .failures
                .push(format!("does not hold: {}: {error:#}", claim.into())),
        }
    }

    pub(crate) fn add(&mut self, other: Tally) {
        self.held += other.held;
        self.failures.extend(other.failures);
    }
}

/// Runs an example that compares by itself: what its lines `held N …` count has held, and that it succeeds is a claim of
/// its own. Returns its other lines, of a failed one too.
pub(crate) fn counted(example: &mut Command, tally: &mut Tally, claim: &'static str) -> Result<Vec<String>> {
    let output = piped(example, b"")?;
    let text = String::from_utf8(output.stdout).context("its report is not text")?;
    let mut others = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("held ").and_then(|rest| rest.split(' ').next()) {
            Some(count) => tally.held += count.parse::<usize>().context("a count")?,
            None => others.push(line.to_owned()),
        }
    }
    let said = String::from_utf8_lossy(&output.stderr);
    tally.check(
        claim,
        match output.status.success() {
            true => Ok(!text.is_empty()),
            false => Err(anyhow!("{}: {}", output.status, said.trim_end())),
        },
    );
    Ok(others)
}

/// Runs with these bytes on standard input and returns standard output; failing is an error with what the program said.
pub(crate) fn pipe(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let output = piped(command, input)?;
    if !output.status.success() {
        bail!(
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(output.stdout)
}

fn piped(command: &mut Command, input: &[u8]) -> Result<Output> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    let mut stdin = child.stdin.take().context("standard input was asked for")?;
    let input = input.to_owned();
    // in a thread of its own: a program that answers before it has read everything would block us both
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output()?;
    // a program that refuses early closes its end; its exit status tells the story
    let _ = writer.join();
    Ok(output)
}

pub(crate) fn target_folder() -> Result<PathBuf> {
    let text = sh::output(sh::cargo().args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
    Ok(PathBuf::from(
        metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target directory")?,
    ))
}

//! What tests do to a cluster, through `kubectl` as its admin.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::Cluster;

impl Cluster {
    /// A `kubectl` for this cluster's admin, with a home of its own.
    #[must_use]
    pub fn kubectl_command(&self) -> Command {
        let mut command = Command::new("kubectl");
        command
            .env("HOME", self.folder())
            .env("KUBECONFIG", self.kubeconfig())
            .stdin(Stdio::null());
        command
    }

    /// Runs `kubectl` and returns what it prints.
    ///
    /// # Errors
    /// When it is missing or fails, with what it said.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        run(self.kubectl_command().args(arguments), b"")
    }

    /// Reads objects: `kubectl get … -o json`.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn get(&self, arguments: &[&str]) -> Result<Value> {
        let arguments = [&["get"], arguments, &["-o", "json"]].concat();
        serde_json::from_str(&self.kubectl(&arguments)?).context("kubectl did not print JSON")
    }

    /// Makes or changes objects, given as YAML or JSON documents.
    ///
    /// # Errors
    /// When the API server refuses one.
    pub fn apply(&self, documents: &str) -> Result<()> {
        // server-side: the client's way would keep each Secret once more, in an annotation
        let arguments = ["apply", "--server-side", "-f", "-"];
        run(self.kubectl_command().args(arguments), documents.as_bytes())?;
        Ok(())
    }
}

fn run(command: &mut Command, input: &[u8]) -> Result<String> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .context("cannot start kubectl; it must be installed")?;
    let mut stdin = child.stdin.take().context("standard input was asked for")?;
    // All of it is read before the first answer, so no thread is needed. A refusal shows in the exit status.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output()?;
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    if !output.status.success() {
        bail!(
            "kubectl {}: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    String::from_utf8(output.stdout).context("kubectl did not print text")
}

//! The other side, as a program.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::documents::Kind;
use crate::ours::{RECIPIENT, name};

pub(crate) struct Peer {
    version: String,
    program: String,
    folder: PathBuf,
}

impl Peer {
    pub(crate) fn new(version: &str, program: &str) -> Peer {
        let folder = std::env::temp_dir().join(format!("sops-conformance-{}-{version}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Peer {
            version: version.to_owned(),
            program: program.to_owned(),
            folder,
        }
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Whether it keeps dates, and JSON integers beyond 2⁵³.
    pub(crate) fn is_current(&self) -> bool {
        self.version.starts_with("3.13")
    }

    /// Whether it knows `mac_only_encrypted`.
    pub(crate) fn knows_mac_only(&self) -> bool {
        !self.version.starts_with("3.8")
    }

    pub(crate) fn encrypt(&self, kind: Kind, text: &str) -> Result<String, String> {
        let file = self.write(kind, text);
        self.run(&["--age", RECIPIENT, "--encrypt", &file])
    }

    pub(crate) fn decrypt(&self, kind: Kind, text: &str) -> Result<String, String> {
        let file = self.write(kind, text);
        self.run(&["--decrypt", &file])
    }

    /// The decrypted document as JSON, the form in which types show and comments do not. 3.8 cannot turn a YAML file with
    /// comments into JSON: it prints YAML, from which the comments are taken.
    pub(crate) fn as_json(&self, kind: Kind, text: &str) -> Result<String, String> {
        if self.version.starts_with("3.8") {
            let text = self.decrypt(kind, text)?;
            let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            return Ok(lines.collect::<Vec<_>>().join("\n"));
        }
        let file = self.write(kind, text);
        self.run(&["--decrypt", "--output-type", "json", &file])
    }

    pub(crate) fn set(&self, kind: Kind, text: &str, path: &str, value: &str) -> Result<String, String> {
        let file = self.write(kind, text);
        self.run(&["--set", &format!("{path} {value}"), &file])?;
        fs::read_to_string(file).map_err(|error| error.to_string())
    }

    fn write(&self, kind: Kind, text: &str) -> String {
        let file = self.folder.join(name(kind));
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.folder)
            .env("SOPS_AGE_KEY_FILE", sealkit_testdata::path("sops/age-x25519.txt"))
            .env("HOME", &self.folder)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let file = arguments
            .last()
            .and_then(|file| fs::read_to_string(file).ok())
            .unwrap_or_default();
        Err(format!(
            "{} {}: {said}\n{file}",
            self.version,
            arguments.join(" ")
        ))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

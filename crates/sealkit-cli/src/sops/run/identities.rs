//! The age identities of this machine, from every place where `sops` looks.
//!
//! All places are read and pooled; one that cannot be used is remembered and told only if the file does not open.
//! Nothing is read before a file with an age key asks.
//!
//! Source: `age/keysource.go` of getsops/sops 3.13.3.

use std::{
    cell::OnceCell,
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use sealkit::{
    KeyHelp, Keyring,
    crypto::Plaintext,
    formats::sops::{
        AgeIdentities, KeyFailure, UnwrapKey,
        metadata::{KeyKind, MasterKey},
    },
};
use zeroize::Zeroizing;

use super::words;
use crate::identities;

/// The pool, filled when it is first asked.
#[derive(Default)]
pub(super) struct Identities {
    pool: OnceCell<Pool>,
}

struct Pool {
    keyring: Keyring,
    notes: Vec<String>,
}

impl Identities {
    /// What could not be used, and why.
    pub(super) fn notes(&self) -> &[String] {
        self.pool
            .get()
            .map(|pool| pool.notes.as_slice())
            .unwrap_or_default()
    }

    fn pool(&self) -> &Pool {
        self.pool.get_or_init(|| {
            let mut pool = Pool {
                keyring: Keyring::new(),
                notes: Vec::new(),
            };
            pool.fill(&identities::help());
            pool
        })
    }
}

impl UnwrapKey for Identities {
    fn unwrap_key(&self, key: &MasterKey) -> Result<Option<Plaintext>, KeyFailure> {
        if key.kind != KeyKind::Age {
            return Ok(None);
        }
        let found = AgeIdentities(&self.pool().keyring.identities()).unwrap_key(key)?;
        if found.is_some() {
            return Ok(found);
        }
        // This one may answer differently for each recipient, so it is asked for each.
        let Some(command) = variable("SOPS_AGE_KEY_CMD") else {
            return Ok(None);
        };
        let failed = |why: String| KeyFailure {
            why: format!("SOPS_AGE_KEY_CMD: {why}"),
            hint: None,
        };
        let bytes = output(&command, Some(key.field("recipient"))).map_err(failed)?;
        let mut keyring = Keyring::new();
        let help = identities::help();
        keyring
            .add_file(&bytes, &help)
            .map_err(|error| failed(error.to_string()))?;
        AgeIdentities(&keyring.identities()).unwrap_key(key)
    }
}

impl Pool {
    fn fill(&mut self, help: &KeyHelp) {
        if let Some(file) = path("SOPS_AGE_SSH_PRIVATE_KEY_FILE") {
            self.add_file(&file, help, true);
        }
        if let Some(command) = variable("SOPS_AGE_SSH_PRIVATE_KEY_CMD") {
            match output(&command, None) {
                Ok(bytes) => self.add("SOPS_AGE_SSH_PRIVATE_KEY_CMD", &bytes, help),
                Err(why) => self.notes.push(format!("SOPS_AGE_SSH_PRIVATE_KEY_CMD: {why}")),
            }
        }
        for name in [".ssh/id_ed25519", ".ssh/id_rsa"] {
            if let Some(home) = path("HOME") {
                self.add_file(&home.join(name), help, false);
            }
        }
        if let Some(text) = variable("SOPS_AGE_KEY").map(Zeroizing::new) {
            self.add("SOPS_AGE_KEY", lines(&text).as_bytes(), help);
        }
        if let Some(file) = path("SOPS_AGE_KEY_FILE") {
            self.add_file(&file, help, true);
        }
        if let Some(directory) = config_directory() {
            self.add_file(&directory.join("sops/age/keys.txt"), help, false);
        }
    }

    fn add_file(&mut self, file: &std::path::Path, help: &KeyHelp, is_named: bool) {
        match fs::read(file).map(Zeroizing::new) {
            Ok(bytes) => self.add(&file.display().to_string(), &bytes, help),
            Err(error) if is_named => self.notes.push(format!("{}: {error}", file.display())),
            Err(_) => {}
        }
    }

    fn add(&mut self, name: &str, bytes: &[u8], help: &KeyHelp) {
        if let Err(error) = self.keyring.add_file(bytes, help) {
            self.notes.push(format!("{name}: {error}"));
        }
    }
}

/// Several identities may stand on one line, with blanks between them.
fn lines(text: &str) -> Zeroizing<String> {
    if text.contains("-----BEGIN ") || text.starts_with("age-encryption.org/") {
        return Zeroizing::new(text.to_owned());
    }
    let mut lines = Zeroizing::new(String::with_capacity(text.len() + 1));
    for line in text.lines() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        for word in line.split_whitespace() {
            lines.push_str(word);
            lines.push('\n');
        }
    }
    lines
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn config_directory() -> Option<PathBuf> {
    let set = path("XDG_CONFIG_HOME");
    let home = path("HOME");
    set.or_else(|| {
        let below = if cfg!(target_os = "macos") {
            "Library/Application Support"
        } else {
            ".config"
        };
        Some(home?.join(below))
    })
}

/// Runs a program without a shell and returns what it printed.
fn output(line: &str, recipient: Option<&str>) -> Result<Zeroizing<Vec<u8>>, String> {
    let words = words::split(line).ok_or("a quote is left open")?;
    let (program, arguments) = words.split_first().ok_or("no program is named")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stderr(Stdio::inherit())
        .stdin(Stdio::inherit());
    if let Some(recipient) = recipient {
        command.env("SOPS_AGE_RECIPIENT", recipient);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let bytes = Zeroizing::new(output.stdout);
    match output.status.success() {
        true => Ok(bytes),
        false => Err(format!("the program ended with {}", output.status)),
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn identities_on_one_line_come_apart() {
        assert_eq!(&**lines("# note\nAGE-A AGE-B\nAGE-C"), "AGE-A\nAGE-B\nAGE-C\n");
    }
}

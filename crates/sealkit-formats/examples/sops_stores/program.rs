//! One side, as a program: encrypting, decrypting and editing a file as a person or a script would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::documents::{FIRST, Store};
use crate::keys::{Keys, Kind};

/// What stands in the place of [`FIRST`] after an edit.
pub(crate) const EDITED: &str = "edited";

/// A program with the interface of `sops`.
pub(crate) struct Program {
    pub(crate) version: String,
    path: PathBuf,
}

/// A folder, a store and keys, in which programs work.
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) store: Store,
    pub(crate) kind: Kind,
    pub(crate) keys: &'a Keys,
}

impl Program {
    pub(crate) fn new(version: &str, path: &str) -> Self {
        Self {
            version: version.to_owned(),
            path: path.into(),
        }
    }

    /// From `VERSION=PROGRAM`.
    pub(crate) fn named(text: &str) -> Self {
        let (version, path) = text.split_once('=').unwrap();
        Self::new(version, path)
    }

    /// Whether it keeps dates and large integers, and writes the layout that ours has.
    pub(crate) fn is_current(&self) -> bool {
        self.version.starts_with("3.13")
    }

    /// Older versions have no post-quantum keys; of a file with several groups they panic in dotenv, and in INI they write
    /// a threshold that they cannot read again.
    pub(crate) fn knows(&self, store: Store, kind: Kind) -> bool {
        let flat_groups = kind == Kind::Groups && matches!(store, Store::Dotenv | Store::Ini);
        self.is_current() || !(kind == Kind::PostQuantum || flat_groups)
    }

    /// Encrypts with a selector of the document's number.
    pub(crate) fn encrypt(
        &self,
        place: &Place<'_>,
        selector: &[&str],
        plain: &[u8],
    ) -> Result<Vec<u8>, String> {
        let file = place.write(plain);
        let keys = place.keys.flags(place.kind);
        let mut arguments: Vec<&str> = keys.iter().map(String::as_str).collect();
        arguments.extend(selector);
        arguments.push("--encrypt");
        self.run(place, &arguments, &file)
    }

    pub(crate) fn decrypt(&self, place: &Place<'_>, closed: &[u8]) -> Result<Vec<u8>, String> {
        let file = place.write(closed);
        self.run(place, &["--decrypt"], &file)
    }

    /// Opens the editor, which replaces [`FIRST`] and nothing else.
    pub(crate) fn edit(&self, place: &Place<'_>, closed: &[u8]) -> Result<Vec<u8>, String> {
        let file = place.write(closed);
        self.run(place, &[], &file)?;
        fs::read(file).map_err(|error| error.to_string())
    }

    fn run(&self, place: &Place<'_>, arguments: &[&str], file: &Path) -> Result<Vec<u8>, String> {
        let (name, value) = place.keys.environment(place.kind);
        let mut command = Command::new(&self.path);
        if self.version == "ours" {
            command.arg("sops");
        }
        let output = command
            .args(arguments)
            .arg(file)
            .current_dir(place.folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", place.folder)
            .env("LC_ALL", "C")
            .env("EDITOR", format!("sed -i s/{FIRST}/{EDITED}/"))
            .env(name, value)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        Err(format!(
            "{} {}: {}: {said}\n{text}",
            self.version,
            arguments.join(" "),
            output.status
        ))
    }
}

impl Place<'_> {
    fn write(&self, bytes: &[u8]) -> PathBuf {
        let file = self.folder.join(self.store.file());
        fs::write(&file, bytes).unwrap();
        file
    }
}

//! Where things that are slow to make are kept: outside the checkout, shared by every clone on the machine.
//!
//! `SEALKIT_CI_CACHE` names the folder outright; otherwise it is `sealkit` in `XDG_CACHE_HOME` or `~/.cache`.

use std::env;
use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::sh;

/// Returns `<cache>/<name>`, made if it is not there.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let folder = base()?.join(name);
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the cache folder {}", folder.display()))?;
    Ok(folder)
}

/// Takes a lock that lasts as long as the returned file: two runs never build the same thing at once.
pub(crate) fn lock(name: &str) -> Result<File> {
    let path = folder("locks")?.join(name);
    let file = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// A cargo subcommand that we install ourselves, at the version we were tested with.
pub(crate) struct Tool {
    /// Package and program name.
    pub(crate) name: &'static str,
    /// Exact version.
    pub(crate) version: &'static str,
}

pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};
pub(crate) const CARGO_FUZZ: Tool = Tool {
    name: "cargo-fuzz",
    version: "0.13.2",
};

impl Tool {
    /// Returns the program's path, building it into the cache if this version is not there.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        let tools = folder("tools")?;
        let root = tools.join(format!("{}-{}", self.name, self.version));
        let program = root.join("bin").join(self.name);
        let _lock = lock(self.name)?;
        if !program.exists() {
            let mut install = sh::cargo();
            install.args([
                "install",
                "--locked",
                "--quiet",
                self.name,
                "--version",
                self.version,
            ]);
            install
                .arg("--root")
                .arg(&root)
                .arg("--target-dir")
                .arg(tools.join("target"));
            sh::run(&mut install).with_context(|| format!("cannot install {}", self.name))?;
        }
        Ok(program)
    }
}

fn base() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("SEALKIT_CI_CACHE").filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    if let Some(folder) = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(folder).join("sealkit"));
    }
    let home = env::var_os("HOME").context("neither SEALKIT_CI_CACHE, XDG_CACHE_HOME nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache").join("sealkit"))
}

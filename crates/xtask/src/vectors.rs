//! `cargo xtask vectors`: writes the native format's vectors again, from the fixed seed of the generator that lives with
//! the format (`crates/sealkit-formats/examples/vectors.rs FOLDER`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::sh;

/// Whether to write or only to compare.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Compares with what is kept and writes nothing.
    #[arg(long)]
    check: bool,
}

/// Writes or compares the vectors.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.check { compare() } else { generate(&kept()) }
}

/// Generates into a scratch folder and fails when a kept file differs, is missing, or is no longer generated.
pub(crate) fn compare() -> Result<()> {
    let scratch = tempfile::tempdir().context("cannot make a scratch folder")?;
    generate(scratch.path())?;
    let fresh = listing(scratch.path())?;
    let mut different = Vec::new();
    for file in &fresh {
        if fs::read(scratch.path().join(file)).ok() != fs::read(kept().join(file)).ok() {
            different.push(file.display().to_string());
        }
    }
    if !different.is_empty() {
        bail!(
            "testdata/native differs from its generator; run `cargo xtask vectors`:\n  {}",
            different.join("\n  ")
        );
    }
    println!("{} generated files are as kept", fresh.len());
    Ok(())
}

fn kept() -> PathBuf {
    crate::root().join("testdata").join("native")
}

fn generate(folder: &Path) -> Result<()> {
    let generator = [
        "run",
        "--quiet",
        "--package",
        "sealkit-formats",
        "--example",
        "vectors",
        "--",
    ];
    sh::run(sh::cargo().args(generator).arg(folder))
}

/// All files below a folder, relative to it, in path order.
fn listing(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("cannot list {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(
                    path.strip_prefix(folder)
                        .expect("listed below the folder")
                        .to_owned(),
                );
            }
        }
    }
    files.sort();
    Ok(files)
}

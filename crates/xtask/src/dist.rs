//! `cargo xtask dist`: the release binary as it is shipped, measured and held against the peers.
//!
//! What takes time in a short run is the loading of a large program, page by page, so a few things are told to the linker
//! that `cargo build` cannot be told for one package alone. On Linux with glibc the binary is static: nothing is left to
//! be found and bound at run time, and it runs in an image without a libc. It stays position independent. A static
//! program must not ask glibc for the address behind a name, which loads shared libraries of exactly glibc's version: the
//! cluster's client asks by itself (`names.rs` of the kubeseal mode), and nothing else here asks at all. The optimiser sees
//! all crates at once. Functions that are the same to the byte are there once. And the functions that ordinary runs call
//! stand side by side, in the order of `start-order.txt`, instead of all over the program. A name in that file that no longer exists does no harm; when many
//! are gone, memory and start times of `cargo xtask bench` show it and `cargo xtask dist --learn` writes the file anew.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::conformance::target_folder;
use crate::sh;

/// What to do beside building.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Watches ordinary runs under valgrind and writes the order of functions anew. Needs openssl and nm, too.
    #[arg(long)]
    learn: bool,
    /// Builds the cluster's controller instead, for an image without a libc.
    #[arg(long)]
    controller: bool,
}

const STATIC: [&str; 4] = [
    "-C",
    "target-feature=+crt-static",
    // the list of addresses to adjust is 240 KB otherwise, and read at every start
    "-C",
    "link-arg=-Wl,-z,pack-relative-relocs",
];

/// All crates as one program: 1.1 MB less than by summaries of each (thin), for some minutes of one core.
const AS_ONE: [&str; 2] = ["-C", "lto=fat"];

/// Functions that are the same to the byte become one; Rust promises none of them an address of its own.
const ONE_OF_EACH: [&str; 2] = ["-C", "link-arg=-Wl,--icf=all"];

/// What people do most, by what stands in the folder that [`learn`] makes.
const ORDINARY_RUNS: [&[&str]; 8] = [
    &["seal", "--cert", "cert.pem", "plain.yaml"],
    &["seal", "--recipient", "recipient.txt", "plain.yaml"],
    &["open", "--identity", "key.pem", "sealed.yaml"],
    &["open", "--identity", "identity.txt", "native.yaml"],
    &["get", "--identity", "identity.txt", "native.yaml", "password"],
    &["inspect", "native.yaml"],
    &["kubeseal", "--cert", "cert.pem", "--secret-file", "plain.yaml"],
    &["--help"],
];

/// Builds it and says where it is.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.controller {
        println!("{}", controller()?.display());
        return Ok(());
    }
    if args.learn {
        learn()?;
    }
    println!("{}", sealkit()?.display());
    Ok(())
}

/// Builds the controller. It reaches the API server by its address and asks for no name, so it may be static.
fn controller() -> Result<PathBuf> {
    let mut cargo = sh::cargo();
    cargo.args([
        "rustc",
        "--release",
        "--package",
        "sealkit-cluster",
        "--bin",
        "sealkit-controller",
        "--",
    ]);
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        cargo.args(STATIC);
    }
    sh::run(&mut cargo)?;
    Ok(target_folder()?.join("release").join("sealkit-controller"))
}

/// Builds it and returns its path.
pub(crate) fn sealkit() -> Result<PathBuf> {
    build(&[])
}

fn build(further: &[&str]) -> Result<PathBuf> {
    let mut cargo = sh::cargo();
    cargo.args([
        "rustc",
        "--release",
        "--package",
        "sealkit-cli",
        "--bin",
        "sealkit",
        "--",
    ]);
    cargo.args(AS_ONE);
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        cargo.args(STATIC);
    }
    // the names are those of one architecture, whose default linker understands the options
    if cfg!(all(
        target_os = "linux",
        target_env = "gnu",
        target_arch = "x86_64"
    )) {
        cargo.args(ONE_OF_EACH);
        let option = format!("link-arg=-Wl,--symbol-ordering-file={}", order_file().display());
        cargo.args(["-C", &option, "-C", "link-arg=-Wl,--no-warn-symbol-ordering"]);
    }
    sh::run(cargo.args(further))?;
    Ok(target_folder()?.join("release").join("sealkit"))
}

fn order_file() -> PathBuf {
    crate::root().join("crates/sealkit-cli/start-order.txt")
}

/// Writes the names of all functions that ordinary runs call, those of the most frequent one first.
fn learn() -> Result<()> {
    let program = build(&["-C", "strip=none"])?;
    let table = sh::output(sh::command("nm").arg("--defined-only").arg(&program))?;
    let functions: HashSet<&str> = table.lines().filter_map(function).collect();
    let folder = tempfile::tempdir().context("cannot make a scratch folder")?;
    prepare(&program, folder.path())?;
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    for words in ORDINARY_RUNS {
        let calls = folder.path().join("calls");
        let option = format!("--callgrind-out-file={}", calls.display());
        let mut watched = within("valgrind", folder.path());
        watched.args(["--quiet", "--tool=callgrind", "--demangle=no", &option]);
        sh::run(watched.arg(&program).args(words).stdout(Stdio::null()))?;
        let calls = fs::read_to_string(&calls).context("valgrind left no list of calls")?;
        for name in calls.lines().filter_map(called) {
            if functions.contains(name) && seen.insert(name.to_owned()) {
                names.push(name.to_owned());
            }
        }
    }
    let head =
        "# Functions that ordinary runs call, for the linker: written by `cargo xtask dist --learn`.\n";
    let text = format!("{head}{}\n", names.join("\n"));
    println!("{} functions in {}", names.len(), order_file().display());
    fs::write(order_file(), text).context("cannot write the order of functions")
}

/// Keys and files for [`ORDINARY_RUNS`].
fn prepare(program: &Path, folder: &Path) -> Result<()> {
    let run =
        |program: &Path, words: &[&str]| sh::run(within(program, folder).args(words).stdout(Stdio::null()));
    let plain = crate::root().join("testdata/examples/database.yaml");
    fs::copy(plain, folder.join("plain.yaml")).context("the example is missing")?;
    let certificate = "req -x509 -newkey rsa:4096 -nodes -keyout key.pem -out cert.pem -subj /CN=x -days 10";
    run(Path::new("openssl"), &certificate.split(' ').collect::<Vec<_>>())?;
    run(program, &["keygen", "--quiet", "-o", "identity.txt"])?;
    let public = sh::output(within(program, folder).args(["keygen", "--public", "identity.txt"]))?;
    fs::write(folder.join("recipient.txt"), public)?;
    run(
        program,
        &["seal", "--cert", "cert.pem", "plain.yaml", "-o", "sealed.yaml"],
    )?;
    run(
        program,
        &[
            "seal",
            "--recipient",
            "recipient.txt",
            "plain.yaml",
            "-o",
            "native.yaml",
        ],
    )
}

/// A program in that folder, without keys of the person who starts it.
fn within(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = sh::command(program);
    command.current_dir(folder).env("HOME", folder);
    command
}

/// The name in a line of `nm` that tells of a function: `0000000000001149 T main`.
fn function(line: &str) -> Option<&str> {
    let mut words = line.split(' ').skip(1);
    let (kind, name) = (words.next()?, words.next()?);
    matches!(kind, "t" | "T" | "w" | "W" | "i").then_some(name)
}

/// The name in a line of callgrind that introduces a function, `fn=(12) main` or `cfn=(12) main'2` for a recursion.
fn called(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("fn=(").or_else(|| line.strip_prefix("cfn=("))?;
    let name = rest.split_once(") ")?.1;
    let recursion = name
        .rfind('\'')
        .filter(|at| name[at + 1..].bytes().all(|b| b.is_ascii_digit()));
    Some(&name[..recursion.unwrap_or(name.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_both_tables() {
        assert_eq!(function("0000000000001149 T main"), Some("main"));
        assert_eq!(function("0000000000001149 r a_table"), None);
        assert_eq!(called("fn=(12) main"), Some("main"));
        assert_eq!(called("cfn=(9) _ZN3foo3bar17h0E'2"), Some("_ZN3foo3bar17h0E"));
        assert_eq!(called("cfn=(9)"), None);
        assert_eq!(called("calls=1 0"), None);
    }
}

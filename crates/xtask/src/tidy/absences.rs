//! What the pure crates must not contain. Clippy's `disallowed-methods` say it with types; this scan says it with words,
//! and so also covers code behind features and macros that clippy did not compile.

use anyhow::Result;

use super::Offence;
use super::source::{File, Tree, mentions};
use crate::architecture::{Layer, MEMBERS, Member};

/// Word in code, and why a pure crate may not say it.
const REACHES: &[(&str, &str)] = &[
    ("std::fs", "files are an adapter's: take bytes"),
    ("std::env", "the environment is an adapter's: take an argument"),
    ("std::process", "processes are an adapter's: take a trait object"),
    ("TcpStream", "the network is an adapter's"),
    ("TcpListener", "the network is an adapter's"),
    ("UdpSocket", "the network is an adapter's"),
    ("UnixStream", "the network is an adapter's"),
    (
        "ToSocketAddrs",
        "the network is an adapter's: it asks a name server",
    ),
    ("std::os", "the operating system is an adapter's"),
    ("std::io::stdin", "standard input is an adapter's: take bytes"),
    ("std::io::stdout", "standard output is an adapter's: return text"),
    (
        "std::io::stderr",
        "standard error is an adapter's: return an error",
    ),
    ("SystemTime", "the clock is an adapter's: take `now`"),
    ("Instant", "the clock is an adapter's: take `now`"),
    ("std::thread", "threads are an adapter's"),
    ("thread_rng", "take `rng: &mut dyn CryptoRng`"),
    ("rand::rng", "take `rng: &mut dyn CryptoRng`"),
    ("rand::random", "take `rng: &mut dyn CryptoRng`"),
    ("OsRng", "take `rng: &mut dyn CryptoRng`"),
    ("SysRng", "take `rng: &mut dyn CryptoRng`"),
    ("SystemRandom", "take `rng: &mut dyn CryptoRng`"),
    ("getrandom::", "take `rng: &mut dyn CryptoRng`"),
];

const MANNERS: &[(&str, &str)] = &[
    (".await", "waiting is an adapter's: resolve first, then call"),
    ("async fn", "waiting is an adapter's: resolve first, then call"),
    ("println!", "words for people are an adapter's: return them"),
    ("print!", "words for people are an adapter's: return them"),
    ("eprintln!", "words for people are an adapter's: return them"),
    ("eprint!", "words for people are an adapter's: return them"),
    ("dbg!", "it would print a secret one day"),
];

/// Every pure crate's `.clippy.toml` must hold these lines' subjects; clippy reads the nearest file only.
const CLIPPY_SUBJECTS: &[&str] = &[
    "std::env::var",
    "std::fs::read",
    "std::fs::write",
    "std::process::Command::new",
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "std::thread::spawn",
];

/// Shipped code of a pure crate that names a part of the outside world.
pub(crate) fn reach(tree: &Tree) -> Result<Vec<Offence>> {
    Ok(words_in_pure_code(tree, REACHES))
}

/// Shipped code of a pure crate that awaits or prints.
pub(crate) fn manners(tree: &Tree) -> Result<Vec<Offence>> {
    Ok(words_in_pure_code(tree, MANNERS))
}

/// A pure crate without a `.clippy.toml`, or one whose file has forgotten a method.
pub(crate) fn clippy_files(tree: &Tree) -> Result<Vec<Offence>> {
    let mut found = Vec::new();
    for member in pure() {
        let path = format!("{}/.clippy.toml", member.folder);
        let text = tree
            .file(&path)
            .map(|file| file.text.as_str())
            .unwrap_or_default();
        let missing = CLIPPY_SUBJECTS
            .iter()
            .filter(|subject| !text.contains(&format!("\"{subject}\"")));
        found.extend(missing.map(|subject| Offence {
            file: path.clone(),
            line: 0,
            what: format!("does not disallow {subject}; copy the list of crates/sealkit-crypto"),
        }));
    }
    Ok(found)
}

/// Any `unsafe` in any Rust file, and any workspace that does not forbid it.
pub(crate) fn no_unsafe(tree: &Tree) -> Result<Vec<Offence>> {
    let mut found = Vec::new();
    for file in tree.rust("") {
        found.extend(offences(
            file,
            file.code(),
            &[("unsafe", "there is none here, and it stays that way")],
        ));
    }
    let root = tree
        .file("Cargo.toml")
        .map(|file| file.text.as_str())
        .unwrap_or_default();
    if !root.contains("unsafe_code = \"forbid\"") {
        found.push(Offence {
            file: "Cargo.toml".to_owned(),
            line: 0,
            what: "unsafe_code is not forbidden".to_owned(),
        });
    }
    for member in MEMBERS {
        let path = format!("{}/Cargo.toml", member.folder);
        let text = tree
            .file(&path)
            .map(|file| file.text.as_str())
            .unwrap_or_default();
        if !text.contains("[lints]\nworkspace = true") {
            found.push(Offence {
                file: path,
                line: 0,
                what: "does not take the workspace's lints".to_owned(),
            });
        }
    }
    Ok(found)
}

fn words_in_pure_code(tree: &Tree, words: &[(&str, &str)]) -> Vec<Offence> {
    let shipped = pure().flat_map(|member| tree.rust(&format!("{}/src", member.folder)));
    shipped
        .filter(|file| !file.is_test())
        .flat_map(|file| offences(file, file.shipped(), words))
        .collect()
}

fn offences(file: &File, lines: Vec<(usize, String)>, words: &[(&str, &str)]) -> Vec<Offence> {
    let mut found = Vec::new();
    for (line, code) in lines {
        for (word, why) in words.iter().filter(|(word, _)| mentions(&code, word)) {
            found.push(Offence {
                file: file.path.clone(),
                line,
                what: format!("`{word}`: {why}"),
            });
        }
    }
    found
}

fn pure() -> impl Iterator<Item = &'static Member> {
    MEMBERS.iter().filter(|member| member.layer == Layer::Pure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[&str]) {
        let tree = Tree::of(&[("crates/sealkit-crypto/src/aead.rs", code)]);
        let found = [
            words_in_pure_code(&tree, REACHES),
            words_in_pure_code(&tree, MANNERS),
        ]
        .concat();
        let words: Vec<&str> = found
            .iter()
            .filter_map(|offence| offence.what.split('`').nth(1))
            .collect();
        assert_eq!(words, expected, "{code}");
    }

    #[test]
    fn the_outside_world_is_noticed() {
        check("let key = std::env::var(\"KEY\");", &["std::env"]);
        check("let now = SystemTime::now();", &["SystemTime"]);
        check("fetch().await; println!(\"x\");", &[".await", "println!"]);
        check("let rng = &mut rand::rng();", &["rand::rng"]);
    }

    #[test]
    fn talking_about_it_is_allowed() {
        check("/// Never asks std::env.\nfn instantly() {}", &[]);
        check("#[cfg(test)]\nmod tests {\n    use std::fs;\n}", &[]);
    }
}

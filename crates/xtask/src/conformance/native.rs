//! The native format has no second implementation; what it shares with age's world is its keys, and the wraps for ssh keys,
//! which are age files. Both are held against the real tools.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::workbench::{Tally, Workbench, pipe};

const KEYS: &[&str] = &[
    "test-key-x25519",
    "test-key-pq",
    "test-key-ssh-ed25519",
    "test-key-ssh-rsa",
];

/// Seals for keys made by age-keygen and ssh-keygen and opens with their private halves: the same bytes come back.
pub(crate) fn keys_of_others(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let plain = fs::read(testdata("examples/database.yaml"))?;
    for name in KEYS {
        let (recipient, identity) = key(workbench, name)?;
        let sealed = seal(workbench, &recipient, &plain);
        let opened = sealed.and_then(|sealed| {
            pipe(
                workbench
                    .command(&workbench.sealkit)
                    .arg("open")
                    .arg("--identity")
                    .arg(&identity),
                &sealed,
            )
        });
        tally.check(
            format!("a Secret sealed for {name} opens to the same bytes"),
            opened.map(|opened| opened == plain),
        );
    }
    for arguments in [&[][..], &["-pq"][..]] {
        let identity = pipe(workbench.peer("age-keygen")?.args(arguments), b"")?;
        let identity_file = workbench.write("made-just-now.txt", &identity)?;
        let recipient = String::from_utf8(pipe(
            workbench.peer("age-keygen")?.arg("-y").arg(&identity_file),
            b"",
        )?)?;
        let sealed = seal(workbench, recipient.trim(), &plain);
        let opened = sealed.and_then(|sealed| {
            pipe(
                workbench
                    .command(&workbench.sealkit)
                    .arg("open")
                    .arg("--identity")
                    .arg(&identity_file),
                &sealed,
            )
        });
        let claim = format!(
            "a Secret sealed for a key of `age-keygen {}` opens",
            arguments.join(" ")
        );
        tally.check(claim, opened.map(|opened| opened == plain));
    }
    Ok(())
}

/// Makes keys with `sealkit keygen` and uses them with age, both halves.
pub(crate) fn our_keys_in_age(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    for kind in ["x25519", "pq"] {
        let identity = workbench.path(&format!("ours-{kind}.txt"));
        let mut keygen = workbench.command(&workbench.sealkit);
        keygen.args(["keygen", "--type", kind, "-o"]).arg(&identity);
        let recipient = String::from_utf8(pipe(&mut keygen, b"")?)?;
        let peer = String::from_utf8(pipe(workbench.peer("age-keygen")?.arg("-y").arg(&identity), b"")?)?;
        tally.check(
            format!("age-keygen names the same recipient for our {kind} key"),
            Ok(peer.trim() == recipient.trim()),
        );
        let file = pipe(workbench.peer("age")?.args(["-r", recipient.trim()]), b"hello")?;
        let opened = pipe(workbench.peer("age")?.arg("-d").arg("-i").arg(&identity), &file);
        tally.check(
            format!("age encrypts and decrypts with our {kind} key"),
            opened.map(|opened| opened == b"hello"),
        );
    }
    Ok(())
}

/// Takes the wrap for an ssh key out of a native file and opens it with age: a data key with its wrap info.
pub(crate) fn wraps_for_age(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let plain = fs::read(testdata("examples/database.yaml"))?;
    for name in ["test-key-ssh-ed25519", "test-key-ssh-rsa"] {
        let (recipient, identity) = key(workbench, name)?;
        let sealed = String::from_utf8(seal(workbench, &recipient, &plain)?)?;
        let wrap = sealed
            .lines()
            .find_map(|line| line.trim().strip_prefix("key: "))
            .context("a native file has a wrap")?;
        let file = pipe(workbench.command(Path::new("base64")).arg("-d"), wrap.as_bytes())?;
        let opened = pipe(workbench.peer("age")?.arg("-d").arg("-i").arg(&identity), &file);
        let holds = opened.map(|bytes| bytes.starts_with(b"sealkit/v1/wrap\x01") && bytes.len() > 32 + 32);
        tally.check(
            format!("age opens the wrap for {name} to wrap info and data key"),
            holds,
        );
    }
    Ok(())
}

fn seal(workbench: &Workbench, recipient: &str, plain: &[u8]) -> Result<Vec<u8>> {
    pipe(
        workbench
            .command(&workbench.sealkit)
            .args(["seal", "--recipient", recipient]),
        plain,
    )
}

/// The public text of a test key, and a private copy of its identity file.
fn key(workbench: &Workbench, name: &str) -> Result<(String, PathBuf)> {
    let (public, private) = match name.contains("ssh") {
        true => (format!("{name}.pub"), name.to_owned()),
        false => (format!("{name}.recipient"), format!("{name}.identity")),
    };
    let recipient = fs::read_to_string(testdata(&format!("keys/{public}")))?
        .trim()
        .to_owned();
    let identity = workbench.write(&private, fs::read(testdata(&format!("keys/{private}")))?)?;
    Ok((recipient, identity))
}

fn testdata(below: &str) -> PathBuf {
    crate::root().join("testdata").join(below)
}

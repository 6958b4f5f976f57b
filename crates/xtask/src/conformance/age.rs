//! age files: what our library writes the Go tool opens, and the reverse, for every kind of recipient.
//!
//! Ours is the example `age_file` of `sealkit-crypto`; their plugins are the two that age brings for its own tests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use super::workbench::{Tally, Workbench, pipe};
use crate::peers;

/// Around a chunk of the payload, and around nothing.
const SIZES: [usize; 7] = [0, 1, 1000, 65_535, 65_536, 65_537, 200_000];
const PASSPHRASE: &str = "test passphrase";

/// Every kind of key, every size around a chunk, binary and armored, in both directions.
pub(crate) fn files(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let bench = Bench::new(workbench)?;
    for key in bench.keys()? {
        for plaintext in SIZES.map(bytes) {
            for armor in [None, Some("-a")] {
                let how = format!(
                    "{} bytes to {}, {}",
                    plaintext.len(),
                    key.name,
                    armor.unwrap_or("binary")
                );
                let flags = [armor, Some("-r"), Some(&key.recipient)];
                let flags: Vec<&str> = flags.into_iter().flatten().collect();
                let ours = bench.ours("encrypt", &flags, &plaintext);
                let opened = ours.and_then(|file| bench.theirs(&["-d", "-i", &key.identity], &file));
                tally.check(
                    format!("age opens ours: {how}"),
                    opened.map(|opened| opened == plaintext),
                );
                let theirs = bench.theirs(&[&["-e"], flags.as_slice()].concat(), &plaintext);
                let opened = theirs.and_then(|file| bench.ours("decrypt", &["-i", &key.identity], &file));
                tally.check(
                    format!("we open age's: {how}"),
                    opened.map(|opened| opened == plaintext),
                );
            }
        }
    }
    Ok(())
}

/// Several recipients, a passphrase, protected keys, and what must not be mixed.
pub(crate) fn recipients(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let bench = Bench::new(workbench)?;
    let keys = bench.keys()?;
    let plaintext = bytes(1000);
    let find = |name: &str| {
        keys.iter()
            .find(|key| key.name == name)
            .with_context(|| format!("no key {name}"))
    };
    let several = [find("x25519")?, find("ssh-ed25519")?, find("ssh-rsa")?];
    let flags: Vec<&str> = several.iter().flat_map(|key| ["-r", &key.recipient]).collect();
    let ours = bench.ours("encrypt", &flags, &plaintext)?;
    let theirs = bench.theirs(&[&["-e"], flags.as_slice()].concat(), &plaintext)?;
    for key in several {
        let opened = bench.theirs(&["-d", "-i", &key.identity], &ours);
        tally.check(
            format!("age opens ours of three with {}", key.name),
            opened.map(|opened| opened == plaintext),
        );
        let opened = bench.ours("decrypt", &["-i", &key.identity], &theirs);
        tally.check(
            format!("we open age's of three with {}", key.name),
            opened.map(|opened| opened == plaintext),
        );
    }
    for key in ["ssh-ed25519-locked", "ssh-rsa-locked"].map(|name| bench.ssh_key(name)) {
        let key = key?;
        let file = bench.theirs(&["-e", "-r", &key.recipient], &plaintext)?;
        let opened = bench.ours("decrypt", &["-i", &key.identity], &file);
        tally.check(
            format!("we open age's with {}", key.name),
            opened.map(|opened| opened == plaintext),
        );
    }
    let mixed = ["-r", &find("x25519")?.recipient, "-r", &find("pq")?.recipient];
    tally.check(
        "we refuse to mix classic and post-quantum",
        Ok(bench.ours("encrypt", &mixed, b"").is_err()),
    );
    let mixed = ["-p", "-r", &find("x25519")?.recipient];
    tally.check(
        "we refuse a recipient beside a passphrase",
        Ok(bench.ours("encrypt", &mixed, b"").is_err()),
    );
    let stranger = bench.ours("encrypt", &["-r", &find("pq")?.recipient], b"")?;
    for key in several {
        let opened = bench.ours("decrypt", &["-i", &key.identity], &stranger);
        tally.check(
            format!("{} does not open another key's file", key.name),
            Ok(opened.is_err()),
        );
    }
    Ok(())
}

/// A passphrase by way of `age-plugin-batchpass`, which also speaks to our plugin client, and the tagged recipients of
/// hardware tokens by way of `age-plugin-tagtest`.
pub(crate) fn plugins(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let bench = Bench::new(workbench)?;
    let plaintext = bytes(1000);
    for armor in [None, Some("-a")] {
        let how = armor.unwrap_or("binary");
        let flags: Vec<&str> = [armor, Some("-p")].into_iter().flatten().collect();
        let ours = bench.ours("encrypt", &flags, &plaintext);
        let opened = ours.and_then(|file| bench.theirs(&["-d", "-j", "batchpass"], &file));
        tally.check(
            format!("age opens ours under a passphrase, {how}"),
            opened.map(|opened| opened == plaintext),
        );
        let flags: Vec<&str> = [Some("-e"), armor, Some("-j"), Some("batchpass")]
            .into_iter()
            .flatten()
            .collect();
        let theirs = bench.theirs(&flags, &plaintext)?;
        let opened = bench.ours("decrypt", &["-p"], &theirs);
        tally.check(
            format!("we open age's under a passphrase, {how}"),
            opened.map(|opened| opened == plaintext),
        );
        let identity = bench.identity_file("batchpass", "AGE-PLUGIN-BATCHPASS-1JCS0Q9")?;
        let opened = bench.ours("decrypt", &["-i", &identity], &theirs);
        tally.check(
            format!("a plugin opens age's for us, {how}"),
            opened.map(|opened| opened == plaintext),
        );
    }
    let identity = bench.identity_file("tagtest", "AGE-PLUGIN-TAGTEST-1CXM4UC")?;
    for recipient in fs::read_to_string(testdata("tagged.pub"))?.lines() {
        let kind = &recipient[..12];
        let ours = bench.ours("encrypt", &["-r", recipient], &plaintext);
        let opened = ours.and_then(|file| bench.theirs(&["-d", "-j", "tagtest"], &file));
        tally.check(
            format!("a token opens ours: {kind}"),
            opened.map(|opened| opened == plaintext),
        );
        let theirs = bench.theirs(&["-e", "-r", recipient], &plaintext);
        let opened = theirs.and_then(|file| bench.ours("decrypt", &["-i", &identity], &file));
        tally.check(
            format!("a token opens age's for us: {kind}"),
            opened.map(|opened| opened == plaintext),
        );
    }
    Ok(())
}

/// Both sides, with the plugins on their path and the passphrase in their environment.
struct Bench<'a> {
    workbench: &'a Workbench,
    path: OsString,
}

/// One key pair: the recipient as text, the identity as a file.
struct Key {
    name: String,
    recipient: String,
    identity: String,
}

impl Bench<'_> {
    fn new(workbench: &Workbench) -> Result<Bench<'_>> {
        let plugin = peers::program("age-plugin-batchpass")?;
        let folder = plugin.parent().context("a program lies in a folder")?.to_owned();
        let rest = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([folder].into_iter().chain(env::split_paths(&rest)))?;
        Ok(Bench { workbench, path })
    }

    fn ours(&self, verb: &str, args: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        let mut command = self.prepared(self.workbench.command(&self.workbench.age_file));
        pipe(command.arg(verb).args(args), input)
    }

    fn theirs(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        pipe(self.prepared(self.workbench.peer("age")?).args(args), input)
    }

    fn prepared(&self, mut command: Command) -> Command {
        command.env("PATH", &self.path).env("AGE_PASSPHRASE", PASSPHRASE);
        command.env("AGE_PASSPHRASE_WORK_FACTOR", "12"); // the plugin's default takes a second each
        command
    }

    /// New age keys and OpenSSH's from `testdata/age-peer`, none of them protected.
    fn keys(&self) -> Result<Vec<Key>> {
        let mut keys = vec![self.age_key("x25519", &[])?, self.age_key("pq", &["-pq"])?];
        for name in ["ssh-ed25519", "ssh-rsa", "ssh-rsa-pem"] {
            keys.push(self.ssh_key(name)?);
        }
        Ok(keys)
    }

    fn age_key(&self, name: &str, flags: &[&str]) -> Result<Key> {
        let identity = pipe(self.workbench.peer("age-keygen")?.args(flags), b"")?;
        let recipient = pipe(self.workbench.peer("age-keygen")?.arg("-y"), &identity)?;
        let recipient = String::from_utf8(recipient)?.trim().to_owned();
        let identity = self.identity_file(name, &String::from_utf8(identity)?)?;
        Ok(Key {
            name: name.to_owned(),
            recipient,
            identity,
        })
    }

    fn ssh_key(&self, name: &str) -> Result<Key> {
        let recipient = fs::read_to_string(testdata(&format!("{name}.pub")))?
            .trim()
            .to_owned();
        let identity = self.identity_file(name, &fs::read_to_string(testdata(&format!("{name}.key")))?)?;
        Ok(Key {
            name: name.to_owned(),
            recipient,
            identity,
        })
    }

    fn identity_file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.workbench.write(&format!("age-{name}.key"), text)?;
        path.to_str()
            .map(str::to_owned)
            .context("the scratch folder's name is UTF-8")
    }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

fn testdata(name: &str) -> PathBuf {
    crate::root().join(Path::new("testdata/age-peer")).join(name)
}

//! Key services: the server of one side and the client of the other, over a file and over a port, for age and for PGP.
//!
//! The client has no keys at all, and neither side may use any of the person who runs this. Our binary here is one with the
//! feature `keyservice`, which the shipped one is not.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::workbench::{Tally, Workbench, target_folder};
use crate::{check::KEY_SERVICES, peers, sh};

/// A program, and what comes before the words of `sops`.
#[derive(Clone, Copy)]
struct Side<'a> {
    name: &'static str,
    program: &'a Path,
    words: &'static [&'static str],
}

/// The keys that only servers have.
struct Keys {
    age_file: PathBuf,
    age: String,
    second: String,
    gnupg: PathBuf,
    fingerprint: String,
}

/// Both directions, both networks, both kinds of keys.
pub(crate) fn services(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let (ours, theirs) = (with_services()?, peers::program("sops")?);
    let ours = Side {
        name: "sealkit",
        program: &ours,
        words: &["sops"],
    };
    let theirs = Side {
        name: "sops",
        program: &theirs,
        words: &[],
    };
    let keys = Keys::make(workbench)?;
    for (server, client) in [(ours, theirs), (theirs, ours)] {
        for network in ["unix", "tcp"] {
            let title = format!("{} serves {} over {network}", server.name, client.name);
            let cell = Cell {
                workbench,
                keys: &keys,
                server,
                client,
            };
            let outcome = cell.fill(network, &title, tally);
            tally.check(format!("{title}: begins, and ends when told"), outcome);
        }
    }
    let mut agent = Command::new("gpgconf");
    agent.args(["--kill", "gpg-agent"]).env("GNUPGHOME", &keys.gnupg);
    sh::run(&mut agent)
}

/// The binary with the feature.
fn with_services() -> Result<PathBuf> {
    sh::run(sh::cargo().args(["build", "--bin", "sealkit"]).args(KEY_SERVICES))?;
    Ok(target_folder()?.join("debug").join("sealkit"))
}

impl Keys {
    fn make(workbench: &Workbench) -> Result<Keys> {
        let (age_file, age) = workbench.identity("service.txt")?;
        let (_, second) = workbench.identity("second.txt")?;
        // Its agent's socket stands in there, and paths of sockets are short.
        let gnupg = workbench.path("gnupg");
        fs::create_dir(&gnupg)?;
        sh::run(Command::new("chmod").arg("700").arg(&gnupg))?;
        let gpg = |words: &[&str]| {
            let mut gpg = Command::new("gpg");
            gpg.args(["--batch", "--quiet", "--passphrase", ""])
                .args(words)
                .env("GNUPGHOME", &gnupg);
            sh::output(&mut gpg)
        };
        gpg(&[
            "--quick-generate-key",
            "service@example.org",
            "future-default",
            "default",
            "never",
        ])?;
        let listed = gpg(&["--list-keys", "--with-colons"])?;
        let fingerprint = listed
            .lines()
            .find_map(|line| line.strip_prefix("fpr:::::::::")?.split(':').next())
            .context("gpg lists the key that it made")?
            .to_owned();
        Ok(Keys {
            age_file,
            age,
            second,
            gnupg,
            fingerprint,
        })
    }
}

/// One server and one client.
struct Cell<'a> {
    workbench: &'a Workbench,
    keys: &'a Keys,
    server: Side<'a>,
    client: Side<'a>,
}

/// What is sealed, and as what.
const TEXTS: [(&str, &str); 3] = [
    ("x.yaml", "# of the shop\npassword: hunter2\nport: 5432\n"),
    ("x.json", "{\n\t\"password\": \"hunter2\",\n\t\"port\": 5432\n}\n"),
    ("x.env", "password=hunter2\nport=5432\n"),
];

impl Cell<'_> {
    fn fill(&self, network: &str, title: &str, tally: &mut Tally) -> Result<bool> {
        let folder = tempfile::tempdir()?;
        let socket = folder.path().join("keys.sock");
        let address = match network {
            "unix" => socket.display().to_string(),
            // Free a moment ago.
            _ => TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string(),
        };
        let mut server = self.serve(network, &address)?;
        let url = format!("{network}://{address}");
        let public = [("age", &self.keys.age), ("pgp", &self.keys.fingerprint)];
        for (kind, key) in public {
            for (name, text) in TEXTS {
                let outcome = self.round(folder.path(), &url, (kind, key), (name, text));
                tally.check(format!("{title}: every verb, {kind}, {name}"), outcome);
            }
        }
        let absent = self.without_the_key(folder.path(), &url);
        tally.check(format!("{title}: a key that is not there is told"), absent);
        sh::run(Command::new("kill").arg(server.id().to_string()))?;
        server.wait()?;
        Ok(!socket.exists())
    }

    fn serve(&self, network: &str, address: &str) -> Result<Child> {
        let mut command = self.workbench.command(self.server.program);
        command
            .args(self.server.words)
            .args([
                "keyservice",
                "--verbose",
                "--network",
                network,
                "--address",
                address,
            ])
            .env("SOPS_AGE_KEY_FILE", &self.keys.age_file)
            .env("GNUPGHOME", &self.keys.gnupg)
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut errors = BufReader::new(child.stderr.take().context("it was asked for")?);
        let mut first = String::new();
        errors.read_line(&mut first)?;
        // Somebody has to read the rest, or it stops in the middle of a line.
        std::thread::spawn(move || errors.read_to_end(&mut Vec::new()));
        ensure!(first.contains("Listening on"), "it does not listen: {first}");
        Ok(child)
    }

    /// What happens in a folder, to a client without keys.
    fn run(&self, folder: &Path, url: &str, words: &[&str]) -> Result<Output> {
        let mut command = self.workbench.command(self.client.program);
        command
            .current_dir(folder)
            .args(self.client.words)
            .args(words)
            .env("HOME", folder)
            .env("XDG_CONFIG_HOME", folder)
            .env("GNUPGHOME", folder.join("no-gnupg"))
            .env("SOPS_KEYSERVICE", url);
        Ok(command.output()?)
    }

    fn done(&self, folder: &Path, url: &str, words: &[&str]) -> Result<String> {
        let begun = Instant::now();
        let output = self.run(folder, url, words)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{words:?}: {}: {}", output.status, said.trim_end());
        }
        ensure!(
            begun.elapsed() < Duration::from_secs(30),
            "{words:?} took too long"
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// A file from its first seal to its last verb, without a key at hand.
    fn round(
        &self,
        folder: &Path,
        url: &str,
        (kind, key): (&str, &str),
        (name, text): (&str, &str),
    ) -> Result<bool> {
        let run = |words: &[&str]| self.done(folder, url, words);
        fs::write(folder.join(name), text)?;
        let flag = format!("--{kind}");
        run(&[
            "encrypt",
            "-i",
            "--enable-local-keyservice=false",
            &flag,
            key,
            name,
        ])?;
        let sealed = fs::read_to_string(folder.join(name))?;
        let decrypted = run(&["decrypt", name])?;
        let old_form = run(&["-d", "--enable-local-keyservice=false", "--keyservice", url, name])?;
        let first = run(&["decrypt", "--extract", "[\"password\"]", name])?;
        run(&["set", name, "[\"password\"]", "\"hunter3\""])?;
        run(&["rotate", "-i", "--add-age", &self.keys.second, name])?;
        let rotated = fs::read_to_string(folder.join(name))?;
        let rules = folder.join(".sops.yaml");
        fs::write(&rules, format!("creation_rules:\n  - {kind}: {key}\n"))?;
        run(&["updatekeys", "-y", name])?;
        fs::remove_file(rules)?;
        let updated = fs::read_to_string(folder.join(name))?;
        let last = run(&["decrypt", name])?;
        Ok(!sealed.contains("hunter2")
            && decrypted == old_form
            && first == "hunter2"
            && rotated.contains(&self.keys.second)
            && !updated.contains(&self.keys.second)
            && last == decrypted.replace("hunter2", "hunter3")
            && decrypted == text)
    }

    /// For somebody else: nobody opens it, and the code says so.
    fn without_the_key(&self, folder: &Path, url: &str) -> Result<bool> {
        fs::write(folder.join("other.yaml"), "a: b\n")?;
        let words = ["encrypt", "-i", "--age", &self.keys.second, "other.yaml"];
        self.done(folder, url, &words)?;
        let output = self.run(folder, url, &["decrypt", "other.yaml"])?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(said.contains("code = Unknown"), "it says: {said}");
        Ok(output.status.code() == Some(128))
    }
}

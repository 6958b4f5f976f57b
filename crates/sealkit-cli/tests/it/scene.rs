//! A home, a repository and the people of the tests, in a directory that is gone afterwards.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The command under test.
pub(crate) const SEALKIT: &str = env!("CARGO_BIN_EXE_sealkit");

/// A Secret with a comment and three values.
pub(crate) const SECRET: &str = "\
# Credentials of the shop
apiVersion: v1
kind: Secret
metadata:
  name: database
  namespace: shop
stringData:
  username: shop
  password: hunter2-marked # ask Ann
  url: postgres://db.shop
";

/// Alice works here; `.sealkit.yaml` names her and Bob.
pub(crate) struct Scene {
    root: tempfile::TempDir,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Scene {
    /// A repository with a policy, and Alice's identity in her home.
    pub(crate) fn new() -> Self {
        Self::in_root(tempfile::tempdir().unwrap())
    }

    /// The same in memory, where there is such a place: for tests that write a hundred thousand files.
    pub(crate) fn in_memory() -> Self {
        let shared = Path::new("/dev/shm");
        let root = match shared.is_dir() {
            true => tempfile::tempdir_in(shared),
            false => tempfile::tempdir(),
        };
        Self::in_root(root.unwrap())
    }

    fn in_root(root: tempfile::TempDir) -> Self {
        let scene = Self { root };
        fs::create_dir_all(scene.repository()).unwrap();
        scene.write_home(".config/sealkit/identity.txt", &person("alice"));
        scene.write(".sealkit.yaml", policy(&["alice", "bob"]));
        scene
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.root.path().join("shop")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.repository().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn write_home(&self, name: &str, text: &str) {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    /// Runs `sealkit` with these words.
    pub(crate) fn sealkit(&self, words: &[&str]) -> Said {
        said(
            self.command(SEALKIT)
                .args(words)
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        )
    }

    /// Runs `sealkit` with these words and this on standard input.
    pub(crate) fn pipe(&self, words: &[&str], input: &[u8]) -> Said {
        let mut command = self.command(SEALKIT);
        command
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input);
        said(child.wait_with_output().unwrap())
    }

    /// Runs a line of shell.
    pub(crate) fn shell(&self, line: &str) -> Said {
        said(
            self.command("sh")
                .args(["-c", line])
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        )
    }

    /// A command in the repository, with nothing of the developer's own environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let bin = Path::new(SEALKIT).parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .current_dir(self.repository())
            .env_clear()
            .env("PATH", format!("{bin}:{path}"))
            .env("HOME", self.home())
            .env("USER", "alice")
            .env("TMPDIR", self.root.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CEILING_DIRECTORIES", self.root.path())
            .env("LC_ALL", "C.UTF-8");
        command
    }

    /// Writes the Secret and seals it in place.
    pub(crate) fn sealed(&self, name: &str) -> String {
        self.write(name, SECRET);
        let said = self.sealkit(&["seal", "-i", name]);
        assert_eq!(said.code, 0, "{}", said.err);
        self.read(name)
    }

    /// Everything below the repository that is not as it was, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.repository())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn said(output: Output) -> Said {
    use std::os::unix::process::ExitStatusExt;
    Said {
        code: output
            .status
            .code()
            .unwrap_or_else(|| 128 + output.status.signal().unwrap_or_default()),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The identity file of a person of the tests.
pub(crate) fn person(name: &str) -> String {
    fs::read_to_string(format!(
        "{}/tests/cmd/people/{name}.txt",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

/// The public key of a person of the tests.
pub(crate) fn public(name: &str) -> String {
    let file = person(name);
    file.lines()
        .find_map(|line| line.strip_prefix("# public key: "))
        .unwrap()
        .to_owned()
}

/// A policy under which these people open everything.
pub(crate) fn policy(people: &[&str]) -> String {
    let mut text = "version: 1\nrecipients:\n".to_owned();
    for name in people {
        text += &format!("  {name}: {}\n", public(name));
    }
    text + &format!(
        "rules:\n  - paths: [\"**\"]\n    recipients: [{}]\n",
        people.join(", ")
    )
}

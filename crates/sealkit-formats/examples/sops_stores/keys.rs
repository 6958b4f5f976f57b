//! Master keys of every kind that can be had without a network, in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The kinds of master keys in the table, one column each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Age,
    PostQuantum,
    Pgp,
    /// Two groups of one age key each, both of which are needed.
    Groups,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::Age, Kind::PostQuantum, Kind::Pgp, Kind::Groups];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::PostQuantum => "age pq",
            Self::Pgp => "PGP",
            Self::Groups => "2 of 2 groups",
        }
    }

    /// Where its seeds begin, and how many documents it gets. No two kinds share a document.
    pub(crate) fn seeds(self, count: u64) -> (u64, u64) {
        let rest = count.div_ceil(4);
        match self {
            Self::Age => (0, count),
            Self::PostQuantum => (count, rest),
            Self::Pgp => (count + rest, rest),
            Self::Groups => (count + 2 * rest, rest),
        }
    }
}

/// The keys of one run. gpg's folder is private and its agent ends with the run.
pub(crate) struct Keys {
    folder: PathBuf,
    fingerprint: String,
}

impl Keys {
    pub(crate) fn make() -> Self {
        let folder = std::env::temp_dir().join(format!("sops-stores-{}", std::process::id()));
        fs::create_dir_all(folder.join("gnupg")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder.join("gnupg"), fs::Permissions::from_mode(0o700)).unwrap();
        }
        let both = [
            sealkit_testdata::text("sops/age-x25519.txt"),
            sealkit_testdata::text("sops/age-second.txt"),
        ];
        fs::write(folder.join("both.txt"), both.concat()).unwrap();
        let [first, second] = both.map(|text| recipient(&text));
        let groups = format!(
            "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [{first}]\n      - age: [{second}]\n"
        );
        fs::write(folder.join("groups.yaml"), groups).unwrap();
        let mut keys = Self {
            folder,
            fingerprint: String::new(),
        };
        keys.fingerprint = keys.make_pgp();
        keys
    }

    fn make_pgp(&self) -> String {
        let arguments = "--batch --passphrase  --quick-generate-key table future-default default never";
        let made = self.gpg("gpg").args(arguments.split(' ')).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let listed = self.gpg("gpg").args(["--list-keys", "--with-colons"]).output();
        let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
        let line = listed.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap();
        line.trim_matches(':').to_owned()
    }

    fn gpg(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("GNUPGHOME", self.folder.join("gnupg"))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The flags that name a kind's keys.
    pub(crate) fn flags(&self, kind: Kind) -> [String; 2] {
        let of = |file: &str| recipient(&sealkit_testdata::text(file));
        match kind {
            Kind::Age => ["--age".into(), of("sops/age-x25519.txt")],
            Kind::PostQuantum => ["--age".into(), of("sops/age-pq.txt")],
            Kind::Pgp => ["--pgp".into(), self.fingerprint.clone()],
            Kind::Groups => [
                "--config".into(),
                self.folder.join("groups.yaml").display().to_string(),
            ],
        }
    }

    /// What opens a kind's keys: the identities of that kind and nothing else.
    pub(crate) fn environment(&self, kind: Kind) -> (&'static str, PathBuf) {
        match kind {
            Kind::Age => ("SOPS_AGE_KEY_FILE", sealkit_testdata::path("sops/age-x25519.txt")),
            Kind::PostQuantum => ("SOPS_AGE_KEY_FILE", sealkit_testdata::path("sops/age-pq.txt")),
            Kind::Pgp => ("GNUPGHOME", self.folder.join("gnupg")),
            Kind::Groups => ("SOPS_AGE_KEY_FILE", self.folder.join("both.txt")),
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = self.gpg("gpgconf").args(["--kill", "gpg-agent"]).output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The recipient that age-keygen notes above an identity.
fn recipient(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("# public key: "));
    line.unwrap().to_owned()
}

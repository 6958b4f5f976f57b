//! What every bench needs: the programs, keys made for this run, a folder to work in, and what machine this is.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sealkit_crypto::certificate::self_signed_certificate;
use sealkit_crypto::identity::{PostQuantumIdentity, X25519Identity};
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use tempfile::TempDir;

use crate::generator;
use crate::process::Process;

/// Programs, keys and a folder for one run.
pub(crate) struct Setting {
    pub(crate) sealkit: PathBuf,
    pub(crate) kubeseal: PathBuf,
    pub(crate) sops: PathBuf,
    pub(crate) empty: PathBuf,
    /// RSA 4096, the controller's default size.
    pub(crate) key: RsaPrivateKey,
    pub(crate) key_file: PathBuf,
    pub(crate) certificate_file: PathBuf,
    /// Two age keys: the first is who opens, the second is who gets removed.
    pub(crate) age: [X25519Identity; 2],
    pub(crate) age_file: PathBuf,
    pub(crate) post_quantum: PostQuantumIdentity,
    pub(crate) post_quantum_file: PathBuf,
    quick: bool,
    folder: TempDir,
}

impl Setting {
    pub(crate) fn prepare(
        sealkit: PathBuf,
        kubeseal: PathBuf,
        sops: PathBuf,
        empty: PathBuf,
        quick: bool,
    ) -> Result<Self> {
        for program in [
            &sealkit,
            &kubeseal,
            &sops,
            &empty,
            &PathBuf::from("/usr/bin/time"),
        ] {
            ensure!(program.is_file(), "{} is missing", program.display());
        }
        let folder = tempfile::Builder::new().prefix("sealkit-benches-").tempdir()?;
        let key = RsaPrivateKey::generate(4096)?;
        let at = |name: &str| folder.path().join(name);
        write_private(&at("key.pem"), key.to_pkcs8_pem().as_bytes())?;
        let (key_file, certificate_file) = (at("key.pem"), at("cert.pem"));
        fs::write(&certificate_file, certificate(&key)?)?;
        let mut rng = generator::operating_system();
        let age = [
            X25519Identity::generate(&mut rng),
            X25519Identity::generate(&mut rng),
        ];
        let post_quantum = PostQuantumIdentity::generate(&mut rng);
        let (age_file, post_quantum_file) = (at("age.txt"), at("post-quantum.txt"));
        write_private(&age_file, age[0].to_string().as_bytes())?;
        write_private(&post_quantum_file, post_quantum.to_string().as_bytes())?;
        Ok(Self {
            sealkit,
            kubeseal,
            sops,
            empty,
            key,
            key_file,
            certificate_file,
            age,
            age_file,
            post_quantum,
            post_quantum_file,
            quick,
            folder,
        })
    }

    /// An empty folder of this name.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// So many, or a tenth of it in a quick run.
    pub(crate) fn count(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(10) } else { full }
    }

    pub(crate) fn is_quick(&self) -> bool {
        self.quick
    }

    pub(crate) fn sealkit(&self, arguments: &[&str]) -> Process {
        Process::new(&self.sealkit, arguments)
    }

    pub(crate) fn kubeseal(&self, arguments: &[&str]) -> Process {
        Process::new(&self.kubeseal, arguments)
    }

    /// A file in the working folder.
    pub(crate) fn file(&self, name: &str, text: &[u8]) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    pub(crate) fn certificate(&self) -> &str {
        text(&self.certificate_file)
    }

    pub(crate) fn key_path(&self) -> &str {
        text(&self.key_file)
    }
}

/// The machine, as far as a reader of the numbers needs it: no names.
pub(crate) fn machine() -> Vec<(&'static str, String)> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        line.split(':').nth(1).unwrap_or_default().trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    vec![
        (
            "processor",
            format!("{}, {cores} cores", field(&read("/proc/cpuinfo"), "model name")),
        ),
        ("memory", field(&read("/proc/meminfo"), "MemTotal")),
        ("kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
        (
            "load before",
            read("/proc/loadavg")
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned(),
        ),
    ]
}

/// A path as text for a command line.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("the folder was made under a UTF-8 prefix")
}

/// Writes a key file that others cannot read: sealkit warns of others.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    Ok(())
}

/// A self-signed certificate, as the controller makes one.
fn certificate(key: &RsaPrivateKey) -> Result<String> {
    let now = u64::try_from(jiff::Timestamp::now().as_second())?;
    self_signed_certificate(key, now, now + 10 * 365 * 86_400).context("cannot make a certificate")
}

//! PGP keys, through the `gpg` of this machine with its own keyrings and agent.
//!
//! Source: `pgp/keysource.go` of getsops/sops 3.13.3.

use std::{
    env,
    ffi::OsString,
    io::Write,
    process::{Command, Stdio},
};

use sealkit::{
    crypto::{CryptoRng, Plaintext},
    formats::sops::{
        KeyFailure, UnwrapKey, WrapKey, WrapKeyError,
        metadata::{KeyKind, MasterKey},
        time::Timestamp,
    },
};
use zeroize::Zeroizing;

/// Runs gpg.
pub(crate) struct Gpg {
    program: OsString,
    now: Timestamp,
}

impl Gpg {
    /// `now` is written into new keys.
    pub(crate) fn new(now: Timestamp) -> Self {
        let named = env::var_os("SOPS_GPG_EXEC").filter(|program| !program.is_empty());
        Self {
            program: named.unwrap_or_else(|| "gpg".into()),
            now,
        }
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut child = Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run {}: {error}", self.program.to_string_lossy()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A gpg that gave up early says why on its error output.
            let _ = stdin.write_all(input);
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let bytes = Zeroizing::new(output.stdout);
        match output.status.success() && !bytes.is_empty() {
            true => Ok(bytes),
            false => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(said.trim().replace('\n', "; "))
            }
        }
    }
}

impl UnwrapKey for Gpg {
    fn unwrap_key(&self, key: &MasterKey) -> Result<Option<Plaintext>, KeyFailure> {
        if key.kind != KeyKind::Pgp {
            return Ok(None);
        }
        let failed = |why| KeyFailure {
            why: format!("failed to decrypt sops data key with pgp: {why}"),
            hint: None,
        };
        let plain = self.run(&["-d"], key.enc().as_bytes()).map_err(failed)?;
        Ok(Some(Plaintext::from(plain.to_vec())))
    }
}

/// A key that gpg encrypts to.
pub(crate) struct PgpKey {
    /// As it was configured, without blanks.
    pub(crate) fingerprint: String,
    /// When it was added, for a key that is in the file already.
    pub(crate) created_at: Option<String>,
    pub(crate) gpg: Gpg,
}

impl WrapKey for PgpKey {
    fn wrap_key(&self, share: &Plaintext, _rng: &mut dyn CryptoRng) -> Result<MasterKey, WrapKeyError> {
        let fingerprint = self.fingerprint.as_str();
        let last = fingerprint.len().saturating_sub(16);
        let short = fingerprint.get(last..).unwrap_or(fingerprint);
        let arguments = [
            "--no-default-recipient",
            "--yes",
            "--encrypt",
            "-a",
            "-r",
            fingerprint,
            "--trusted-key",
            short,
            "--no-encrypt-to",
        ];
        let failed = |why| WrapKeyError {
            name: fingerprint.to_owned(),
            why: format!("failed to encrypt sops data key with pgp: {why}"),
            hint: None,
        };
        let message = self.gpg.run(&arguments, share.expose()).map_err(failed)?;
        let message = String::from_utf8_lossy(&message);
        let now = self.gpg.now.to_string();
        let created_at = self.created_at.as_deref().unwrap_or(&now);
        Ok(MasterKey::pgp(fingerprint, message.trim(), created_at))
    }
}

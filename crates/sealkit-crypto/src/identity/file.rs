//! Identity files of every kind: age lines, PEM blocks, and files under a passphrase.
//!
//! A line that cannot be read is reported by its number and never shown. Where files are, who may read them, and what
//! a Kubernetes backup of a key looks like, this file does not know.

use std::sync::Arc;

use super::{
    Identity, IdentityError, PassphraseSource, PluginIdentity, PostQuantumIdentity, RsaIdentity, SshIdentity,
    X25519Identity, encrypted_pkcs8, protected_file,
};
use crate::age::{self, PluginHost};
use crate::bech32::starts_with;
use crate::pem::{self, Block, Part};
use crate::rsa_oaep::{RsaError, RsaPrivateKey};

/// Longest identity file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 16 << 20;

/// Reads all identities of a file, in order.
///
/// A file without PEM blocks holds one identity per line, with empty lines and `#` comments between them; every other
/// line is an error. In a file with PEM blocks, private keys of a known kind and `AGE-…` lines count, and everything
/// else (certificates, OpenSSL's headings) is skipped. Protected keys are opened with what `passphrases` answers.
///
/// # Errors
/// [`IdentityError`], with the line wherever there is one; [`IdentityError::Empty`] if there is no identity.
pub fn parse_identities(
    bytes: &[u8],
    passphrases: &Arc<dyn PassphraseSource>,
    plugins: Option<&Arc<dyn PluginHost>>,
) -> Result<Vec<Box<dyn Identity>>, IdentityError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(IdentityError::TooLong);
    }
    let reader = Reader { passphrases, plugins };
    let found = if age::is_age_file(bytes) {
        reader.read(protected_file::open(bytes, &**passphrases)?.expose())?
    } else {
        reader.read(bytes)?
    };
    if found.is_empty() {
        Err(IdentityError::Empty)
    } else {
        Ok(found)
    }
}

struct Reader<'a> {
    passphrases: &'a Arc<dyn PassphraseSource>,
    plugins: Option<&'a Arc<dyn PluginHost>>,
}

impl Reader<'_> {
    fn read(&self, bytes: &[u8]) -> Result<Vec<Box<dyn Identity>>, IdentityError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut found = Vec::new();
        let mut unknown = None;
        let mut has_blocks = false;
        for part in pem::parts(bytes) {
            match part? {
                Part::Block(block) => {
                    has_blocks = true;
                    found.extend(self.block(&block, bytes).map_err(|error| error.at(block.line))?);
                }
                Part::Line { number, text } => {
                    let text = text.trim_ascii();
                    if text.is_empty() || text.starts_with(b"#") {
                        continue;
                    }
                    match self.line(text) {
                        Ok(identity) => found.push(identity),
                        // Around PEM blocks stands all sorts of text; only what is meant as an identity must be one.
                        Err(error) if !text.starts_with(b"AGE-") => {
                            unknown.get_or_insert(error.at(number));
                        }
                        Err(error) => return Err(error.at(number)),
                    }
                }
            }
        }
        match unknown {
            Some(error) if !has_blocks => Err(error),
            _ => Ok(found),
        }
    }

    fn line(&self, line: &[u8]) -> Result<Box<dyn Identity>, IdentityError> {
        let text = core::str::from_utf8(line).map_err(|_| IdentityError::UnknownKind)?;
        if starts_with(text, "AGE-PLUGIN-") {
            let malformed = IdentityError::Malformed { kind: "age plugin" };
            let mut identity = text.parse::<PluginIdentity>().map_err(|_| malformed)?;
            if let Some(host) = self.plugins {
                identity.attach(host);
            }
            Ok(Box::new(identity))
        } else if starts_with(text, "AGE-SECRET-KEY-PQ-1") {
            Ok(Box::new(text.parse::<PostQuantumIdentity>()?))
        } else if starts_with(text, "AGE-SECRET-KEY-1") {
            Ok(Box::new(text.parse::<X25519Identity>()?))
        } else if starts_with(text, "age1") || starts_with(text, "ssh-") {
            Err(IdentityError::IsRecipient)
        } else {
            Err(IdentityError::UnknownKind)
        }
    }

    /// Reads one PEM block; `None` for one that is no private key.
    fn block(&self, block: &Block, file: &[u8]) -> Result<Option<Box<dyn Identity>>, IdentityError> {
        let key = match block.label.as_str() {
            "PRIVATE KEY" | "RSA PRIVATE KEY" if block.has_headers => {
                return Err(RsaError::LegacyEncrypted.into());
            }
            "PRIVATE KEY" => RsaPrivateKey::from_pkcs8_der(&block.der)?,
            "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&block.der)?,
            "ENCRYPTED PRIVATE KEY" => encrypted_pkcs8::open(&block.der, &**self.passphrases)?,
            "OPENSSH PRIVATE KEY" => {
                // Its reader wants the text, boundaries and all.
                let key = SshIdentity::from_openssh(&file[block.span.clone()], self.passphrases)?;
                return Ok(Some(Box::new(key)));
            }
            "EC PRIVATE KEY" | "DSA PRIVATE KEY" => return Err(RsaError::NotRsa.into()),
            _ => return Ok(None),
        };
        Ok(Some(Box::new(RsaIdentity::new(key))))
    }
}

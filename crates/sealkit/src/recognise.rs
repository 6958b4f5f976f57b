//! Which format is this: the closed list of formats, and how a document of each is told.
//! Looks at names and shapes only; whether a document is sound is for the rooms to say.

use std::fmt;
use std::str::FromStr;

use sealkit_manifest::{Node, NodeKind, Object};
use serde::Serialize;

/// A sealed format that sealkit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// sealkit's own `EncryptedSecret`.
    Native,
    /// Bitnami's `SealedSecret`.
    SealedSecrets,
    /// A file whose values SOPS encrypts where they stand.
    Sops,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recognised {
    /// A plaintext Kubernetes Secret.
    Secret,
    /// A sealed document of a format that this build opens.
    Sealed(Format),
    /// A document with SOPS metadata or SOPS tokens: part of a file that is sealed as a whole.
    Sops,
    /// Anything else: left alone.
    Other,
}

/// The prefix of a SOPS value token.
pub const SOPS_TOKEN_PREFIX: &str = "ENC[AES256_GCM,";

/// Tells what `object` is.
pub fn recognise(object: &Object<'_>) -> Recognised {
    let root = object.root();
    if is_sops(&root) {
        return Recognised::Sops;
    }
    match (object.api_version().as_deref(), object.kind().as_deref()) {
        (Some("v1"), Some("Secret")) => Recognised::Secret,
        (Some(version), Some("EncryptedSecret")) if version.starts_with("sealkit.dev/") => {
            Recognised::Sealed(Format::Native)
        }
        (Some(version), Some("SealedSecret")) if version.starts_with("bitnami.com/") => {
            Recognised::Sealed(Format::SealedSecrets)
        }
        _ => Recognised::Other,
    }
}

/// Tells whether a document was encrypted by SOPS, as a whole or in part.
pub(crate) fn is_sops(root: &Node<'_>) -> bool {
    has_sops_metadata(root) || holds_sops_token(root)
}

fn has_sops_metadata(root: &Node<'_>) -> bool {
    let Some(sops) = root.get("sops") else {
        return false;
    };
    sops.kind() == NodeKind::Mapping && (sops.get("mac").is_some() || sops.get("version").is_some())
}

fn holds_sops_token(node: &Node<'_>) -> bool {
    match node.kind() {
        NodeKind::Mapping => node.entries().any(|entry| holds_sops_token(&entry.value)),
        NodeKind::Sequence => node.items().any(|item| holds_sops_token(&item)),
        _ => node
            .as_str()
            .is_some_and(|text| text.starts_with(SOPS_TOKEN_PREFIX)),
    }
}

impl Format {
    /// The name that users write: `native`, `sealed-secrets` or `sops`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::SealedSecrets => "sealed-secrets",
            Self::Sops => "sops",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A format name that nobody defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown format, expected `native`, `sealed-secrets` or `sops`")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        match name {
            "native" => Ok(Self::Native),
            "sealed-secrets" => Ok(Self::SealedSecrets),
            "sops" => Ok(Self::Sops),
            _ => Err(UnknownFormat),
        }
    }
}

//! The shape of `.sealkit.yaml`, as types: what the JSON Schema for editors is generated from.
//! Positions and cross references are not known here; `read` finds those.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the policy file that this build reads.
pub const POLICY_VERSION: u64 = 1;

/// `.sealkit.yaml`: who can open which files of this repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "sealkit policy")]
pub struct PolicyFile {
    /// Version of this file's format. Always 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u64,
    /// People, clusters and backups by name, each with its public key.
    pub recipients: BTreeMap<String, RecipientSource>,
    /// Names for several recipients at once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Vec<String>>,
    /// Which files are sealed how. The first rule that matches a file decides.
    pub rules: Vec<RuleEntry>,
}

/// A public key, written here or kept in a file beside the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RecipientSource {
    /// `age1…`, `age1pq1…`, `ssh-ed25519 …`, `ssh-rsa …`, or a PEM certificate or public key.
    Key(String),
    /// A file that holds the key: post-quantum keys are 2 KB long, certificates come as files.
    File(RecipientFile),
}

/// Where a public key is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipientFile {
    /// Path of the file, relative to the policy's directory.
    pub file: String,
}

/// One rule: the files it covers, and how they are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    /// Globs relative to the policy's directory. A glob without a slash matches file names at any depth.
    #[schemars(length(min = 1))]
    pub paths: Vec<String>,
    /// The sealed format. Absent: native.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatName>,
    /// Names of recipients and groups. A sealed-secrets rule names one certificate.
    #[schemars(length(min = 1))]
    pub recipients: Vec<String>,
    /// What a sealed value is bound to. Absent: strict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeName>,
    /// Allows classic recipients beside post-quantum ones, which leaves the files open to a later quantum computer.
    #[serde(
        default,
        rename = "allow-classic-recipients",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub allow_classic_recipients: bool,
}

/// A sealed format by the name that users write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormatName {
    /// sealkit's own `EncryptedSecret`.
    Native,
    /// Bitnami's `SealedSecret`.
    SealedSecrets,
    /// A SOPS file.
    Sops,
}

/// A scope by the name that users write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeName {
    /// Bound to namespace and name.
    Strict,
    /// Bound to the namespace.
    NamespaceWide,
    /// Bound to nothing.
    ClusterWide,
}

/// The JSON Schema of `.sealkit.yaml`, for editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(PolicyFile).to_value()
}

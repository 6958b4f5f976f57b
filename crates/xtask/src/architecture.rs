//! The crates as they are meant to be: layers, allowed directions, and what each may never name.
//!
//! This is the table that `cargo xtask check` holds the manifests against and `cargo xtask graph` draws. A new crate is
//! one entry here.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::sh;

/// Which side of the line a crate lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Values in, values out: no clock, environment, file, process, terminal or global generator.
    Pure,
    /// Files, environment, clock, entropy, network, terminal live here and only here.
    Adapter,
    /// Never shipped: tests, benchmarks, chores.
    Development,
}

/// One crate of the workspace, and what it may depend on inside the workspace.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    /// Folder below the root.
    pub(crate) folder: &'static str,
    pub(crate) layer: Layer,
    /// Workspace crates it may use in its shipped code. `sealkit-testdata` is allowed to every crate's tests.
    pub(crate) uses: &'static [&'static str],
    /// Outside crates that must not appear in its shipped dependencies: the absence is the design.
    pub(crate) never: &'static [&'static str],
}

const NO_OS: &[&str] = &[
    "getrandom",
    "rustix",
    "tempfile",
    "ignore",
    "rayon",
    "tokio",
    "jiff",
    "indicatif",
    "clap",
];
const NO_KEYS: &[&str] = &[
    "aws-lc-rs",
    "bech32",
    "chacha20poly1305",
    "curve25519-dalek",
    "hkdf",
    "hmac",
    "hpke",
    "pkcs8",
    "rand_core",
    "scrypt",
    "sha2",
    "ssh-key",
    "x25519-dalek",
    "x509-cert",
];
const NO_TEXT: &[&str] = &["granit-parser", "serde-saphyr", "serde", "serde_json"];

/// Every member of the workspace, lowest layer first.
pub(crate) const MEMBERS: &[Member] = &[
    Member {
        name: "sealkit-crypto",
        folder: "crates/sealkit-crypto",
        layer: Layer::Pure,
        uses: &[],
        never: NO_TEXT,
    },
    Member {
        name: "sealkit-manifest",
        folder: "crates/sealkit-manifest",
        layer: Layer::Pure,
        uses: &[],
        never: NO_KEYS,
    },
    Member {
        name: "sealkit-template",
        folder: "crates/sealkit-template",
        layer: Layer::Pure,
        uses: &[],
        never: &[
            "granit-parser",
            "serde-saphyr",
            "serde",
            "serde_json",
            "age",
            "x509-cert",
        ],
    },
    Member {
        name: "sealkit-formats",
        folder: "crates/sealkit-formats",
        layer: Layer::Pure,
        uses: &["sealkit-crypto", "sealkit-manifest"],
        never: &["granit-parser", "serde-saphyr"],
    },
    Member {
        name: "sealkit",
        folder: "crates/sealkit",
        layer: Layer::Pure,
        uses: &[
            "sealkit-crypto",
            "sealkit-manifest",
            "sealkit-formats",
            "sealkit-template",
        ],
        never: &["granit-parser", "serde-saphyr"],
    },
    Member {
        name: "sealkit-cli",
        folder: "crates/sealkit-cli",
        layer: Layer::Adapter,
        uses: &["sealkit"],
        never: &["granit-parser", "serde-saphyr", "aws-lc-rs", "hpke"],
    },
    Member {
        name: "sealkit-cluster",
        folder: "crates/sealkit-cluster",
        layer: Layer::Adapter,
        uses: &[
            "sealkit-crypto",
            "sealkit-manifest",
            "sealkit-formats",
            "sealkit-template",
        ],
        never: &["granit-parser", "serde-saphyr", "aws-lc-rs", "hpke"],
    },
    Member {
        name: "sealkit-testdata",
        folder: "testdata",
        layer: Layer::Development,
        uses: &[],
        never: &[],
    },
    Member {
        name: "sealkit-testcluster",
        folder: "testdata/cluster",
        layer: Layer::Development,
        uses: &["sealkit-testdata"],
        never: &[],
    },
    Member {
        name: "sealkit-benches",
        folder: "benches",
        layer: Layer::Development,
        uses: &[
            "sealkit",
            "sealkit-crypto",
            "sealkit-manifest",
            "sealkit-formats",
            "sealkit-testdata",
        ],
        never: &[],
    },
    Member {
        name: "xtask",
        folder: "crates/xtask",
        layer: Layer::Development,
        uses: &["sealkit-testcluster"],
        never: &[],
    },
];

/// Returns the entry for a package name.
pub(crate) fn member(name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|member| member.name == name)
}

impl Member {
    /// Whether `dependency`, an outside crate, is ruled out for this crate's shipped code.
    pub(crate) fn rules_out(&self, dependency: &str) -> bool {
        let os = self.layer == Layer::Pure && NO_OS.contains(&dependency);
        os || self.never.contains(&dependency)
    }
}

/// One workspace package as cargo reads its manifest.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Names of shipped (normal and build) dependencies, as published, not as renamed.
    pub(crate) uses: Vec<String>,
    /// Feature names, `default` included, in name order.
    pub(crate) features: Vec<String>,
}

/// Reads all workspace manifests, in name order. Resolves nothing and needs no network.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let text = sh::output(sh::cargo().args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    let mut packages: Vec<Package> = packages.iter().map(package).collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

fn package(value: &Value) -> Package {
    let dependencies = value["dependencies"].as_array().into_iter().flatten();
    let shipped = dependencies.filter(|dependency| dependency["kind"] != "dev");
    let features = value["features"].as_object().into_iter().flatten();
    Package {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        uses: shipped
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect(),
        features: features.map(|(name, _)| name.clone()).collect(),
    }
}

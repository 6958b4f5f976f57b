//! The real tools that ours is held against, built once by Go module version into the cache.
//!
//! Adding one is one entry in [`PEERS`]. Knows how to build and where the result is; what a tool is asked to do is in
//! [`crate::conformance`] and `benches/`. A release that comes in several versions is one entry for each; the first is
//! the one that a bare name means, the others are called `sops@v3.9.4`.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{cache, sh};

/// Which peers to build; all of them when none is named.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Peers by name or by name and version: `age`, `sops`, `sops@v3.9.4`.
    names: Vec<String>,
}

/// One foreign program, or several of one release.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// Programs that the recipe must leave behind.
    pub(crate) programs: &'static [&'static str],
    recipe: Recipe,
}

enum Recipe {
    /// `go install PACKAGE@version` for each package.
    Install(&'static [&'static str]),
    /// A module of our own that requires `module` (replaced where its path and its go.mod disagree), then `go build`.
    Module {
        module: &'static str,
        replaced_by: Option<&'static str>,
        packages: &'static [&'static str],
        /// Packages whose tests become programs called `<last part>.test`, each with its build tag.
        tests: &'static [(&'static str, &'static str)],
    },
    /// A module whose sources are ours, in this folder of the workspace, and packages of others that its go.mod pins.
    Own {
        sources: &'static str,
        packages: &'static [&'static str],
        /// What the linker writes into the program, as the peer's own release does.
        ldflags: &'static str,
    },
}

/// Every peer.
pub(crate) const PEERS: &[Peer] = &[
    Peer {
        name: "age",
        version: "v1.3.2",
        programs: &["age", "age-keygen", "age-plugin-batchpass", "age-plugin-tagtest"],
        recipe: Recipe::Install(&[
            "filippo.io/age/cmd/age",
            "filippo.io/age/cmd/age-keygen",
            "filippo.io/age/cmd/age-plugin-batchpass",
            "filippo.io/age/tag/internal/age-plugin-tagtest",
        ]),
    },
    Peer {
        name: "sealed-secrets",
        version: "v0.40.0",
        programs: &["kubeseal", "controller", "integration.test"],
        recipe: Recipe::Module {
            module: "github.com/bitnami/sealed-secrets",
            replaced_by: Some("github.com/bitnami-labs/sealed-secrets"),
            packages: &[
                "github.com/bitnami/sealed-secrets/cmd/kubeseal",
                "github.com/bitnami/sealed-secrets/cmd/controller",
            ],
            tests: &[("github.com/bitnami/sealed-secrets/integration", "integration")],
        },
    },
    sops("v3.13.3"),
    sops("v3.13.2"),
    sops("v3.9.4"),
    sops("v3.8.1"),
    Peer {
        name: "sops-oracle",
        version: "v3.13.3",
        programs: &["sops-oracle"],
        recipe: Recipe::Own {
            sources: "crates/xtask/peers/sops-oracle",
            packages: &["."],
            ldflags: "-s -w",
        },
    },
    Peer {
        name: "at-rest-oracle",
        version: "v0.36.2",
        programs: &["at-rest-oracle"],
        recipe: Recipe::Own {
            sources: "crates/xtask/peers/at-rest-oracle",
            packages: &["."],
            ldflags: "",
        },
    },
    Peer {
        name: "helm",
        version: "v3.19.0",
        programs: &["helm"],
        recipe: Recipe::Install(&["helm.sh/helm/v3/cmd/helm"]),
    },
    Peer {
        name: "template-oracle",
        version: "v3.3.0",
        programs: &["template-oracle"],
        recipe: Recipe::Own {
            sources: "crates/xtask/peers/template-oracle",
            packages: &["."],
            ldflags: "-s -w",
        },
    },
    Peer {
        name: "etcd",
        version: "v3.6.5",
        programs: &["etcd", "etcdctl", "etcdutl"],
        recipe: Recipe::Own {
            sources: "crates/xtask/peers/etcd",
            packages: &[".", "go.etcd.io/etcd/etcdctl/v3", "go.etcd.io/etcd/etcdutl/v3"],
            ldflags: "-s -w",
        },
    },
    Peer {
        name: "kube-apiserver",
        version: "v1.36.2",
        programs: &["kube-apiserver"],
        recipe: Recipe::Own {
            sources: "crates/xtask/peers/kube-apiserver",
            packages: &["."],
            // without its version some clients cannot make sense of the server
            ldflags: "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.2",
        },
    },
];

const fn sops(version: &'static str) -> Peer {
    Peer {
        name: "sops",
        version,
        programs: &["sops"],
        recipe: Recipe::Install(&["github.com/getsops/sops/v3/cmd/sops"]),
    }
}

/// Builds what is asked for and prints one line per program.
pub(crate) fn run(args: &Args) -> Result<()> {
    let unknown = |name: &&String| !PEERS.iter().any(|peer| peer.is_called(name));
    if let Some(unknown) = args.names.iter().find(unknown) {
        bail!("there is no peer `{unknown}`");
    }
    let asked = |peer: &&Peer| args.names.is_empty() || args.names.iter().any(|name| peer.is_called(name));
    for peer in PEERS.iter().filter(asked) {
        let folder = peer.folder()?;
        for program in peer.programs {
            println!(
                "{:<20} {:<9} {}",
                program,
                peer.version,
                folder.join(program).display()
            );
        }
    }
    Ok(())
}

/// Returns the path of a peer's program, building the peer if the cache does not have it. `PROGRAM@VERSION` asks for
/// another version than the first.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let (program, version) = match name.split_once('@') {
        Some((program, version)) => (program, Some(version)),
        None => (name, None),
    };
    let provides = |peer: &&Peer| {
        peer.programs.contains(&program) && version.is_none_or(|version| version == peer.version)
    };
    let peer = PEERS.iter().find(provides);
    let peer = peer.with_context(|| format!("no peer provides `{name}`"))?;
    Ok(peer.folder()?.join(program))
}

/// The folder in which Go keeps a module's sources, downloaded if need be.
pub(crate) fn module(path: &str, version: &str) -> Result<PathBuf> {
    let download = ["mod", "download", "-json", &format!("{path}@{version}")];
    let said = sh::output(go(&cache::folder("peers")?).args(download))?;
    let said: Value = serde_json::from_str(&said).context("go did not print JSON")?;
    let folder = said["Dir"].as_str().context("go says where a module is")?;
    Ok(PathBuf::from(folder))
}

impl Peer {
    /// Whether a person who says `name` or `name@version` means this one.
    fn is_called(&self, name: &str) -> bool {
        match name.split_once('@') {
            Some((name, version)) => self.name == name && self.version == version,
            None => self.name == name,
        }
    }

    /// Returns the folder with this peer's programs; a missing program means building all of them.
    fn folder(&self) -> Result<PathBuf> {
        let folder = cache::folder("peers")?.join(format!("{}-{}", self.name, self.edition()?));
        let _lock = cache::lock(self.name)?;
        if !self.programs.iter().all(|program| folder.join(program).is_file()) {
            self.build(&folder)
                .with_context(|| format!("cannot build {} {}", self.name, self.version))?;
        }
        Ok(folder)
    }

    /// The version, and for sources of ours what they are: a changed source is another peer.
    fn edition(&self) -> Result<String> {
        let Recipe::Own { sources, ldflags, .. } = self.recipe else {
            return Ok(self.version.to_owned());
        };
        let mut hasher = DefaultHasher::new();
        hasher.write(ldflags.as_bytes());
        for file in ["go.mod", "go.sum", "main.go"] {
            let path = crate::root().join(sources).join(file);
            hasher.write(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
        Ok(format!("{}-{:016x}", self.version, hasher.finish()))
    }

    /// Builds beside the final place and moves the whole folder there, so that an interrupted build leaves no half peer.
    fn build(&self, folder: &Path) -> Result<()> {
        sh::require(
            "go",
            "version",
            "the peers are Go programs; install Go 1.26 or newer",
        )?;
        let partial = folder.with_file_name(format!("{}-{}.partial", self.name, self.version));
        for stale in [partial.as_path(), folder] {
            if stale.exists() {
                fs::remove_dir_all(stale).with_context(|| format!("cannot remove {}", stale.display()))?;
            }
        }
        fs::create_dir_all(&partial)?;
        match &self.recipe {
            Recipe::Install(packages) => self.install(packages, &partial)?,
            Recipe::Module {
                module,
                replaced_by,
                packages,
                tests,
            } => {
                let source = partial.join("module");
                self.build_module(&source, module, *replaced_by, packages, &partial)?;
                for (package, tag) in *tests {
                    let name = package.rsplit('/').next().unwrap_or(package);
                    let mut build = go(&source);
                    build.args(["test", "-c", "-mod=mod", "-tags", tag, "-o"]);
                    sh::run(build.arg(partial.join(format!("{name}.test"))).arg(package))?;
                }
            }
            Recipe::Own {
                sources,
                packages,
                ldflags,
            } => {
                let mut build = go(&crate::root().join(sources));
                build.args(["build", "-mod=readonly", &format!("-ldflags={ldflags}"), "-o"]);
                sh::run(build.arg(&partial).args(*packages))?;
            }
        }
        if let Some(missing) = self
            .programs
            .iter()
            .find(|program| !partial.join(program).is_file())
        {
            bail!("the recipe left no `{missing}` behind");
        }
        // the module of our own has done its work
        let _ = fs::remove_dir_all(partial.join("module"));
        fs::rename(&partial, folder).with_context(|| format!("cannot move into {}", folder.display()))
    }

    fn install(&self, packages: &[&str], into: &Path) -> Result<()> {
        for package in packages {
            sh::run(
                go(into)
                    .env("GOBIN", into)
                    .arg("install")
                    .arg(format!("{package}@{}", self.version)),
            )?;
        }
        Ok(())
    }

    fn build_module(
        &self,
        source: &Path,
        module: &str,
        replaced_by: Option<&str>,
        packages: &[&str],
        into: &Path,
    ) -> Result<()> {
        fs::create_dir_all(source)?;
        let mut manifest = format!("module peer\n\ngo 1.24\n\nrequire {module} {}\n", self.version);
        if let Some(other) = replaced_by {
            manifest.push_str(&format!("\nreplace {module} => {other} {}\n", self.version));
        }
        fs::write(source.join("go.mod"), manifest)?;
        let mut build = go(source);
        build.args(["build", "-mod=mod"]);
        // kubeseal and its controller print this as their version; a plain build says "UNKNOWN"
        build.arg(format!("-ldflags=-X main.VERSION={}", self.version));
        sh::run(build.arg("-o").arg(into).args(packages))
    }
}

fn go(folder: &Path) -> Command {
    let mut go = sh::command("go");
    go.current_dir(folder).envs([
        ("GOTOOLCHAIN", "local"),
        ("CGO_ENABLED", "0"),
        ("GOWORK", "off"),
        ("GOFLAGS", "-trimpath"),
    ]);
    go
}

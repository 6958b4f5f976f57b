//! The bench of one run: a cluster, Bitnami's controller behind two Services, and both sides' programs to ask.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealkit_testcluster::{Cluster, Isolation, Process, Programs, Signal};
use serde_json::Value;

use super::Args;

pub(super) const CONTROLLER: &str = "sealed-secrets-controller";
/// A second Service with a name for its port, as the chart makes it, in a namespace of its own.
pub(super) const CHARTS: (&str, &str) = ("sealed-secrets", "sealing");
const PATIENCE: Duration = Duration::from_secs(120);

/// Item keys and their bytes.
pub(super) type Items = BTreeMap<String, Vec<u8>>;

pub(super) struct Bench<'i> {
    pub(super) isolation: &'i Isolation,
    pub(super) cluster: Cluster,
    controller: Process,
    pub(super) controller_program: PathBuf,
    pub(super) sealkit: PathBuf,
    pub(super) sides: Vec<Side>,
    pub(super) scratch: PathBuf,
    names: Cell<usize>,
}

/// A program that behaves as `kubeseal`.
pub(super) struct Side {
    pub(super) name: &'static str,
    program: PathBuf,
    words: &'static [&'static str],
}

impl Side {
    pub(super) fn program(&self) -> &Path {
        &self.program
    }
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl<'i> Bench<'i> {
    pub(super) fn start(isolation: &'i Isolation, args: &Args) -> Result<Bench<'i>> {
        let data = crate::root().join("testdata/cluster");
        let programs = Programs {
            etcd: args.etcd.clone(),
            kube_apiserver: args.kube_apiserver.clone(),
        };
        let ca = format!("--client-ca-file={}", data.join("client/ca.pem").display());
        let cluster = Cluster::start(&programs, &[&ca])?;
        cluster.apply(&fs::read_to_string(data.join("sealed-secrets.yaml"))?)?;
        for namespace in ["shop", "other", CHARTS.1] {
            cluster.kubectl(&["create", "namespace", namespace])?;
        }
        let token = cluster.kubectl(&["create", "token", CONTROLLER, "--namespace", "kube-system"])?;
        isolation.service_account(&cluster, &token, "kube-system")?;
        let mut command = Command::new(&args.controller);
        command
            .args([
                "--kubeclient-qps=-1",
                "--rate-limit=1000",
                "--rate-limit-burst=1000",
            ])
            .args(["--key-renew-period=0", "--log-format=json"])
            .env("POD_NAMESPACE", "kube-system");
        isolation.in_pod(&cluster, &mut command)?;
        let controller = Process::start("controller", &mut command, &args.scratch)?;
        isolation.expose(&cluster, "kube-system", CONTROLLER, None, 8080)?;
        isolation.expose(&cluster, CHARTS.1, CHARTS.0, Some("http"), 8080)?;
        let mut bench = Bench {
            isolation,
            cluster,
            controller,
            controller_program: args.controller.clone(),
            sealkit: args.sealkit.clone(),
            sides: sides(args),
            scratch: args.scratch.clone(),
            names: Cell::new(0),
        };
        bench.wait_for_controller()?;
        // the tests say where they want to be taken for a Pod
        isolation.no_service_account()?;
        Ok(bench)
    }

    /// Runs one side as the cluster's admin.
    pub(super) fn ask(&self, side: &Side, arguments: &[&str], input: &[u8]) -> Result<Said> {
        let mut command = self.command(side);
        command.env("KUBECONFIG", self.cluster.kubeconfig());
        self.run(command.args(arguments), input)
    }

    /// One side with a home of its own, and nobody's kubeconfig.
    pub(super) fn command(&self, side: &Side) -> Command {
        let mut command = self.plain(&side.program);
        command.args(side.words);
        command
    }

    /// `sealkit` under its own name.
    pub(super) fn sealkit(&self, arguments: &[&str], input: &[u8]) -> Result<Said> {
        self.run(self.plain(&self.sealkit).args(arguments), input)
    }

    pub(super) fn plain(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.scratch)
            .env("HOME", &self.scratch)
            .env("XDG_CONFIG_HOME", &self.scratch);
        for name in [
            "KUBECONFIG",
            "SEALKIT_IDENTITY_FILE",
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "NO_PROXY",
        ] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command
    }

    pub(super) fn run(&self, command: &mut Command, input: &[u8]) -> Result<Said> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start a side")?;
        let mut stdin = child.stdin.take().context("standard input was asked for")?;
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output()?;
        // a program that refuses early closes its end; its exit status tells the story
        let _ = writer.join();
        Ok(Said {
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// A path that nothing has yet.
    pub(super) fn fresh(&self, extension: &str) -> PathBuf {
        self.names.set(self.names.get() + 1);
        self.scratch
            .join(format!("file-{}.{extension}", self.names.get()))
    }

    /// A new file with this text; its path as text.
    pub(super) fn file(&self, extension: &str, bytes: impl AsRef<[u8]>) -> Result<String> {
        let path = self.fresh(extension);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path.to_str().context("a scratch path is text")?.to_owned())
    }

    /// The controller's sealing keys as the cluster stores them, oldest first.
    pub(super) fn sealing_keys(&self) -> Result<Vec<Value>> {
        let label = "sealedsecrets.bitnami.com/sealed-secrets-key=active";
        let list = ["secrets", "--namespace", "kube-system", "--selector", label];
        let mut keys = self.cluster.get(&list)?["items"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        keys.sort_by_key(|key| key["metadata"]["creationTimestamp"].to_string());
        Ok(keys)
    }

    /// The certificate that the controller seals with, as its Secret has it.
    pub(super) fn certificate(&self) -> Result<Vec<u8>> {
        let keys = self.sealing_keys()?;
        let newest = keys.last().context("the controller has a key")?;
        let text = newest["data"]["tls.crt"]
            .as_str()
            .context("a key has a certificate")?;
        STANDARD.decode(text).context("a Secret holds base64")
    }

    /// Makes the controller generate another key, and waits until it serves it.
    pub(super) fn renew_key(&self) -> Result<()> {
        let before = self.sealing_keys()?.len();
        // a key of the same second would not become the current one
        sleep(Duration::from_millis(1100));
        self.controller.signal(Signal::USR1)?;
        until("a new sealing key", || Ok(self.sealing_keys()?.len() > before))?;
        let served = || {
            let path =
                format!("/api/v1/namespaces/kube-system/services/http:{CONTROLLER}:/proxy/v1/cert.pem");
            Ok(self.cluster.kubectl(&["get", "--raw", &path])?.into_bytes() == self.certificate()?)
        };
        until("the new certificate", served)
    }

    /// Opens one sealed document with these keys through the peer's recovery mode, which needs no cluster.
    pub(super) fn recover(&self, keys: &[Value], sealed: &[u8]) -> Result<Value> {
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": keys});
        let keys = self.file("json", list.to_string())?;
        let arguments = ["--recovery-unseal", "--recovery-private-key", &keys];
        let said = self.ask(&self.sides[0], &arguments, sealed)?;
        ensure!(said.code == Some(0), "kubeseal does not recover: {}", said.stderr);
        serde_json::from_slice(&said.stdout).context("kubeseal prints JSON")
    }

    fn wait_for_controller(&mut self) -> Result<()> {
        let path = format!("/api/v1/namespaces/kube-system/services/http:{CONTROLLER}:/proxy/healthz");
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.controller.must_run()?;
            match self.cluster.kubectl(&["get", "--raw", &path]) {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => {
                    return Err(error.context("the controller does not answer"));
                }
                Err(_) => sleep(Duration::from_millis(200)),
            }
        }
    }
}

impl Side {
    /// Whether it is sealkit, which has more to say than its peer.
    pub(super) fn is_ours(&self) -> bool {
        !self.words.is_empty()
    }
}

impl Said {
    /// The first line of standard error.
    pub(super) fn complaint(&self) -> &str {
        self.stderr.lines().next().unwrap_or_default()
    }

    /// Standard output, if all went well and nothing was remarked on.
    pub(super) fn fine(self) -> Result<Vec<u8>> {
        if self.code == Some(0) && self.stderr.is_empty() {
            return Ok(self.stdout);
        }
        bail!("exit {:?}: {}", self.code, self.stderr.trim_end())
    }

    /// Standard output, if all went well; remarks are allowed.
    pub(super) fn done(self) -> Result<Vec<u8>> {
        if self.code == Some(0) {
            return Ok(self.stdout);
        }
        bail!("exit {:?}: {}", self.code, self.stderr.trim_end())
    }

    /// Whether it failed with this complaint, saying nothing on standard output.
    pub(super) fn refuses(self, complaint: &str) -> Result<bool> {
        if self.code == Some(1) && self.stdout.is_empty() && self.complaint() == complaint {
            return Ok(true);
        }
        bail!(
            "exit {:?}, {} bytes of output: {}",
            self.code,
            self.stdout.len(),
            self.stderr.trim_end()
        )
    }
}

/// The bytes of a Secret's `data`, read from its JSON.
pub(super) fn items(secret: &Value) -> Result<Items> {
    let data = secret["data"].as_object().into_iter().flatten();
    let decoded = data.map(|(key, value)| {
        // the peer writes an empty value as null
        let value = STANDARD.decode(value.as_str().unwrap_or_default());
        Ok((
            key.clone(),
            value.map_err(|error| anyhow!("{key} is no base64: {error}"))?,
        ))
    });
    decoded.collect()
}

/// Looks until it is so; a failure to look counts as "not yet".
pub(super) fn until(what: &str, so: impl FnMut() -> Result<bool>) -> Result<()> {
    sealkit_testcluster::until(what, PATIENCE, Duration::from_millis(250), so)
}

fn sides(args: &Args) -> Vec<Side> {
    let theirs = Side {
        name: "kubeseal",
        program: args.kubeseal.clone(),
        words: &[],
    };
    let ours = Side {
        name: "sealkit kubeseal",
        program: args.sealkit.clone(),
        words: &["kubeseal"],
    };
    vec![theirs, ours]
}

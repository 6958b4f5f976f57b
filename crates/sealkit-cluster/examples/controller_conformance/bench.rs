//! The bench: a cluster with the peer's roles and nothing more, and one controller at a time.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sealkit_testcluster::{Cluster, Isolation, Process, Programs, Signal};
use serde_json::{Value, json};

use crate::tools::PATIENCE;
pub(crate) use crate::tools::{Tally, get, secret, until};

pub(crate) const CONTROLLER: &str = "sealed-secrets-controller";
pub(crate) const NAMESPACE: &str = "kube-system";

/// Both sides' programs.
pub(crate) struct Paths {
    pub(crate) scratch: PathBuf,
    pub(crate) kubeseal: PathBuf,
    pub(crate) theirs: PathBuf,
    pub(crate) integration: PathBuf,
    pub(crate) etcd: PathBuf,
    pub(crate) kube_apiserver: PathBuf,
    pub(crate) ours: PathBuf,
    pub(crate) sealkit: PathBuf,
}

pub(crate) struct Bench<'i> {
    isolation: &'i Isolation,
    pub(crate) cluster: Cluster,
    pub(crate) paths: Paths,
    pub(crate) controller: Option<Process>,
    starts: usize,
    /// The port of a proxy through which controllers reach the API server.
    pub(crate) through: Option<u16>,
}

impl<'i> Bench<'i> {
    pub(crate) fn start(isolation: &'i Isolation, paths: Paths) -> Result<Bench<'i>> {
        let cluster = cluster(isolation, &paths)?;
        let mut bench = Bench {
            isolation,
            cluster,
            paths,
            controller: None,
            starts: 0,
            through: None,
        };
        bench.start_ours(&[])?;
        Ok(bench)
    }

    /// Goes on with a cluster that has never seen a key, and no controller; the one before it is gone.
    pub(crate) fn lose_the_cluster(&mut self) -> Result<()> {
        self.stop()?;
        self.cluster = cluster(self.isolation, &self.paths)?;
        Ok(())
    }

    pub(crate) fn start_ours(&mut self, flags: &[&str]) -> Result<()> {
        let program = self.paths.ours.clone();
        self.start_controller("ours", &program, flags)
    }

    pub(crate) fn start_theirs(&mut self) -> Result<()> {
        self.start_theirs_with(&["--kubeclient-qps=-1"])
    }

    pub(crate) fn start_theirs_with(&mut self, flags: &[&str]) -> Result<()> {
        let program = self.paths.theirs.clone();
        self.start_controller("theirs", &program, flags)
    }

    fn start_controller(&mut self, name: &str, program: &PathBuf, flags: &[&str]) -> Result<()> {
        ensure!(self.controller.is_none(), "there is a controller already");
        self.starts += 1;
        let mut command = Command::new(program);
        command
            .args([
                "--rate-limit=1000",
                "--rate-limit-burst=1000",
                "--key-renew-period=0",
            ])
            .args(flags)
            .env("POD_NAMESPACE", NAMESPACE);
        self.isolation.in_pod(&self.cluster, &mut command)?;
        if let Some(port) = self.through {
            command.env("KUBERNETES_SERVICE_PORT", port.to_string());
        }
        let name = format!("{name}-{}", self.starts);
        let mut process = Process::start(&name, &mut command, &self.paths.scratch)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            process.must_run()?;
            if get(8080, "/healthz").is_ok_and(|body| body.trim() == "ok") {
                self.controller = Some(process);
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "{name} does not answer:\n{}",
                process.log()
            );
            sleep(Duration::from_millis(50));
        }
    }

    /// Lets a command believe that it runs in a Pod of the cluster.
    pub(crate) fn in_pod(&self, command: &mut Command) -> Result<()> {
        self.isolation.in_pod(&self.cluster, command)
    }

    /// Asks the controller to end, as a kubelet does, and holds it to ending well.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let mut controller = self.controller.take().context("there is no controller")?;
        controller.end_with(Signal::TERM)
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        self.controller
            .as_ref()
            .context("there is no controller")?
            .signal(signal)
    }

    pub(crate) fn show_log(&self) {
        let log = self.controller.as_ref().map(Process::log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
    }

    /// Seals Secrets, given as documents, with the peer's client and the controller's certificate.
    pub(crate) fn kubeseal(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.client(&self.paths.kubeseal, arguments, input)
    }

    /// Runs our client.
    pub(crate) fn sealkit(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.client(&self.paths.sealkit, arguments, input)
    }

    fn client(&self, program: &Path, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.paths.scratch)
            .env("HOME", &self.paths.scratch)
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let shown = program.display();
        let mut child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
        let mut stdin = child.stdin.take().context("standard input was asked for")?;
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output()?;
        let _ = writer.join();
        if !output.status.success() {
            bail!("{shown}: {}", String::from_utf8_lossy(&output.stderr).trim_end());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Seals one Secret of namespace `shop`.
    pub(crate) fn seal(&self, name: &str, items: &[(&str, &str)], more: &Value) -> Result<String> {
        self.kubeseal(&["-o", "yaml"], &secret(name, items, more).to_string())
    }

    /// Seals and applies.
    pub(crate) fn put(&self, name: &str, items: &[(&str, &str)]) -> Result<()> {
        self.cluster.apply(&self.seal(name, items, &json!({}))?)
    }

    pub(crate) fn object(&self, kind: &str, name: &str) -> Result<Value> {
        self.cluster.get(&[kind, name, "--namespace", "shop"])
    }

    /// Whether a Secret of namespace `shop` has this item with this text.
    pub(crate) fn has(&self, name: &str, key: &str, text: &str) -> Result<bool> {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        Ok(self
            .object("secret", name)
            .is_ok_and(|secret| secret["data"][key] == encoded.as_str()))
    }

    /// The condition of an object: its status and its message.
    pub(crate) fn synced(&self, name: &str) -> Result<(String, String)> {
        let object = self.object("sealedsecret", name)?;
        let condition = &object["status"]["conditions"][0];
        let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
        Ok((text("status"), text("message")))
    }

    /// Names and resource versions of a kind in namespace `shop`.
    pub(crate) fn versions(&self, kind: &str) -> Result<BTreeMap<String, String>> {
        let list = self.cluster.get(&[kind, "--namespace", "shop"])?;
        let items = list["items"].as_array().context("a list has items")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(items
            .iter()
            .map(|item| {
                (
                    text(&item["metadata"]["name"]),
                    text(&item["metadata"]["resourceVersion"]),
                )
            })
            .collect())
    }

    /// Reasons and messages of the events about an object of namespace `shop`.
    pub(crate) fn events(&self, name: &str) -> Result<Vec<(String, String)>> {
        let selector = format!("involvedObject.name={name}");
        let list = self
            .cluster
            .get(&["events", "--namespace", "shop", "--field-selector", &selector])?;
        let items = list["items"].as_array().context("a list has items")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(items
            .iter()
            .map(|item| (text(&item["reason"]), text(&item["message"])))
            .collect())
    }

    /// The sealing keys' Secrets, oldest first.
    pub(crate) fn keys(&self) -> Result<Vec<Value>> {
        let label = "sealedsecrets.bitnami.com/sealed-secrets-key=active";
        let list = self
            .cluster
            .get(&["secrets", "--namespace", NAMESPACE, "--selector", label])?;
        let mut keys = list["items"].as_array().cloned().unwrap_or_default();
        keys.sort_by_key(|key| key["metadata"]["creationTimestamp"].to_string());
        Ok(keys)
    }

    /// Deletes all of a kind in namespace `shop`, in one request; kubectl would send one for each object.
    pub(crate) fn delete_all(&self, kind: &str) -> Result<()> {
        let group = match kind {
            "secrets" => "/api/v1",
            "sealedsecrets" => "/apis/bitnami.com/v1alpha1",
            "encryptedsecrets" => "/apis/sealkit.dev/v1alpha1",
            _ => bail!("{kind} is not known here"),
        };
        let path = format!("{group}/namespaces/shop/{kind}");
        self.cluster.kubectl(&["delete", "--raw", &path]).map(drop)
    }

    pub(crate) fn clear(&self) -> Result<()> {
        // of very many the server deletes what it can in its time, and the controller may see a Secret's end first
        until("empty namespace", || {
            self.delete_all("sealedsecrets")?;
            self.delete_all("secrets")?;
            sleep(Duration::from_millis(300));
            Ok(self.versions("secrets")?.is_empty())
        })
    }

    /// How many turns the controller has given, as its metrics say.
    pub(crate) fn turns(&self) -> Result<u64> {
        let page = get(8081, "/metrics")?;
        let name = "sealed_secrets_controller_unseal_requests_total ";
        let line = page.lines().find_map(|line| line.strip_prefix(name));
        let number: f64 = line.context("the metric is there")?.trim().parse()?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small count"
        )]
        Ok(number as u64)
    }

    /// Waits until the controller has given so many turns and no more follow.
    pub(crate) fn settled(&self, at_least: u64) -> Result<()> {
        let mut last = (0, Instant::now());
        until("rest", || {
            let turns = self.turns()?;
            if turns != last.0 {
                last = (turns, Instant::now());
            }
            Ok(turns >= at_least && last.1.elapsed() > Duration::from_secs(2))
        })
    }
}

/// A cluster as it is when the controller is installed.
fn cluster(isolation: &Isolation, paths: &Paths) -> Result<Cluster> {
    let programs = Programs {
        etcd: paths.etcd.clone(),
        kube_apiserver: paths.kube_apiserver.clone(),
    };
    let cluster = Cluster::start(&programs, &[])?;
    let roles = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/cluster/sealed-secrets.yaml"
    );
    cluster.apply(&std::fs::read_to_string(roles)?)?;
    cluster.kubectl(&["create", "namespace", "shop"])?;
    let token = cluster.kubectl(&["create", "token", CONTROLLER, "--namespace", NAMESPACE])?;
    isolation.service_account(&cluster, &token, NAMESPACE)?;
    isolation.expose(&cluster, NAMESPACE, CONTROLLER, None, 8080)?;
    Ok(cluster)
}

//! etcd and the API server: ports, flags, readiness, kubeconfig. Knows nothing of what is stored in them.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::process::Process;

/// The bearer token of the user `admin`, who may do everything.
pub const ADMIN_TOKEN: &str = "test-token-of-admin";

const READY_WITHIN: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A port is free when it is chosen and may be taken before the program has it; then both start again elsewhere.
const STARTS: usize = 4;

/// Where the two programs are.
#[derive(Debug, Clone)]
pub struct Programs {
    /// etcd 3.6 or newer.
    pub etcd: PathBuf,
    /// kube-apiserver.
    pub kube_apiserver: PathBuf,
}

/// A running API server with its etcd. Dropping it ends both and removes everything they wrote.
#[derive(Debug)]
pub struct Cluster {
    // Fields drop in this order: the client before its server, the folder when nobody writes to it any more.
    api_server: Process,
    etcd: Process,
    server: String,
    etcd_url: String,
    restart: Restart,
    folder: tempfile::TempDir,
}

/// What the API server was started with.
#[derive(Debug)]
struct Restart {
    program: PathBuf,
    port: u16,
    flags: Vec<String>,
}

impl Cluster {
    /// Starts both on ports of their own and waits until the API server is ready. `flags` are added to the API server's,
    /// say `--encryption-provider-config=…`.
    ///
    /// # Errors
    /// When a program is missing, ends early (with its last output) or is not ready in time.
    pub fn start(programs: &Programs, flags: &[&str]) -> Result<Cluster> {
        for _ in 1..STARTS {
            match Cluster::start_once(programs, flags) {
                Err(error) if error.to_string().contains("address already in use") => {}
                outcome => return outcome,
            }
        }
        Cluster::start_once(programs, flags)
    }

    fn start_once(programs: &Programs, flags: &[&str]) -> Result<Cluster> {
        let folder = tempfile::tempdir().context("cannot make a scratch folder")?;
        let [client, peer, secure] = free_ports()?;
        let etcd_url = format!("http://127.0.0.1:{client}");
        let etcd = Process::start(
            "etcd",
            &mut etcd(&programs.etcd, folder.path(), &etcd_url, peer),
            folder.path(),
        )?;
        let mut command = api_server(&programs.kube_apiserver, folder.path(), &etcd_url, secure)?;
        let api_server = Process::start("kube-apiserver", command.args(flags), folder.path())?;
        let server = format!("https://127.0.0.1:{secure}");
        let mut cluster = Cluster {
            api_server,
            etcd,
            server,
            etcd_url,
            restart: Restart {
                program: programs.kube_apiserver.clone(),
                port: secure,
                flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            },
            folder,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// Ends the API server without warning, leaves its clients alone for `away`, and starts it again at the same place.
    ///
    /// # Errors
    /// When it is not ready again in time.
    pub fn kill_api_server(&mut self, away: Duration) -> Result<()> {
        self.api_server.end()?;
        sleep(away);
        let Restart { program, port, flags } = &self.restart;
        let mut command = api_server(program, self.folder.path(), &self.etcd_url, *port)?;
        self.api_server = Process::start("kube-apiserver", command.args(flags), self.folder.path())?;
        self.wait_until_ready()
    }

    /// The API server's URL.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// etcd's client URL, as `etcdctl --endpoints` takes it.
    #[must_use]
    pub fn etcd(&self) -> &str {
        &self.etcd_url
    }

    /// A folder that goes when the cluster goes.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The certificates that clients need, PEM.
    #[must_use]
    pub fn certificate_authority(&self) -> PathBuf {
        self.folder.path().join("certs/apiserver.crt")
    }

    /// The kubeconfig of the user `admin`.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("admin.kubeconfig")
    }

    /// Writes a kubeconfig with this entry for its user, as `users[0].user` has it, and returns its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn kubeconfig_for(&self, name: &str, user: &Value) -> Result<PathBuf> {
        self.kubeconfig_at(name, user, &json!({"server": self.server}))
    }

    /// The same with more to say about the server than its URL: `proxy-url`, say.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn kubeconfig_at(&self, name: &str, user: &Value, cluster: &Value) -> Result<PathBuf> {
        let path = self.folder.path().join(format!("{name}.kubeconfig"));
        let mut cluster = cluster.clone();
        cluster["certificate-authority"] = json!(self.certificate_authority());
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": name}}],
        });
        fs::write(&path, serde_json::to_string_pretty(&config)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// The process ids of etcd and the API server.
    #[must_use]
    pub fn processes(&self) -> [u32; 2] {
        [self.etcd.id(), self.api_server.id()]
    }

    /// What the API server has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.api_server.log()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        self.kubeconfig_for("admin", &json!({"token": ADMIN_TOKEN}))?;
        loop {
            self.etcd.must_run()?;
            self.api_server.must_run()?;
            let reason = match self.ready() {
                Ok(()) => return Ok(()),
                Err(reason) => reason,
            };
            if Instant::now() > deadline {
                let seconds = READY_WITHIN.as_secs();
                bail!("the API server is not ready after {seconds} s: {reason:#}");
            }
            sleep(LOOK_EVERY);
        }
    }

    /// The API server makes its namespaces a moment after it calls itself ready.
    fn ready(&self) -> Result<()> {
        // kubectl would complain about a certificate that is not there yet in its own way
        if !self.certificate_authority().exists() {
            bail!("it has no certificate yet");
        }
        self.kubectl(&["get", "--raw", "/readyz"])?;
        self.kubectl(&["get", "namespaces", "default", "kube-system"])?;
        Ok(())
    }
}

fn etcd(program: &Path, folder: &Path, url: &str, peer: u16) -> Command {
    let peer = format!("http://127.0.0.1:{peer}");
    let mut command = Command::new(program);
    command
        .arg("--data-dir")
        .arg(folder.join("etcd"))
        .args(["--listen-client-urls", url, "--advertise-client-urls", url])
        .args(["--listen-peer-urls", &peer])
        .args(["--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", &format!("default={peer}")])
        .args(["--log-level", "warn"])
        // nothing here outlives a power failure
        .arg("--unsafe-no-fsync");
    command
}

fn api_server(program: &Path, folder: &Path, etcd: &str, port: u16) -> Result<Command> {
    let key = folder.join("service-account.pem");
    let tokens = folder.join("tokens.csv");
    let published_key = sealkit_testdata::read("sealed-secrets/peer-0.36.6/key-2048.pkcs8.pem");
    fs::write(&key, published_key).context("cannot write the service account key")?;
    fs::write(&tokens, format!("{ADMIN_TOKEN},admin,admin,\"system:masters\"\n"))
        .context("cannot write the token file")?;
    let mut command = Command::new(program);
    command
        .arg(format!("--etcd-servers={etcd}"))
        .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"])
        .arg(format!("--secure-port={port}"))
        .arg(format!("--cert-dir={}", folder.join("certs").display()))
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg(format!("--service-account-key-file={}", key.display()))
        .arg(format!("--service-account-signing-key-file={}", key.display()))
        .arg("--service-cluster-ip-range=10.0.0.0/24")
        .arg(format!("--token-auth-file={}", tokens.display()))
        .args(["--authorization-mode=RBAC", "--endpoint-reconciler-type=none"])
        // it would wait for a controller manager to make a Secret for every ServiceAccount
        .arg("--disable-admission-plugins=ServiceAccount");
    Ok(command)
}

/// Three ports that nobody has at this moment; different, because all are held while the others are chosen.
fn free_ports() -> Result<[u16; 3]> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot bind a loopback port");
    let held = [bind()?, bind()?, bind()?];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_different() {
        let [a, b, c] = free_ports().expect("loopback has ports");
        assert!(a != b && b != c && a != c);
    }

    #[test]
    fn a_missing_program_is_named() {
        let nowhere = Programs {
            etcd: "/no/such/etcd".into(),
            kube_apiserver: "/no/such/kube-apiserver".into(),
        };
        let error = Cluster::start(&nowhere, &[]).expect_err("there is none");
        assert_eq!(error.to_string(), "cannot start etcd");
    }
}

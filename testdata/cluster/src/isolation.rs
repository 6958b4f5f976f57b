//! A place where one program may have every port, the address that a Service needs, and `/var/run/secrets`, and that
//! takes all that runs in it along when it ends.
//!
//! The API server proxies to a Service only when its v1 Endpoints name an address that is not loopback and belongs to a
//! Pod whose status says so. An address of the documentation range on the loopback device of a network namespace is one.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::Cluster;

/// The address that stands for every Pod. Source: RFC 5737, TEST-NET-1.
const ADDRESS: &str = "192.0.2.10";
const ACCOUNT: &str = "secrets/kubernetes.io/serviceaccount";

/// Proof of being inside. There is one way to get it, so nothing below can happen to the machine itself.
#[derive(Debug)]
pub struct Isolation {
    run: PathBuf,
}

impl Isolation {
    /// A command that runs `program` as the first process of a new isolation. Give it a piped standard input and hold
    /// on to it: when that is closed, however the holder ended, the isolation ends.
    #[must_use]
    pub fn command(program: &Path) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--map-root-user", "--net", "--mount"])
            .args(["--pid", "--fork", "--kill-child", "--mount-proc", "--"])
            .arg(program);
        command
    }

    /// Makes the surroundings ready: loopback up, the address on it, an empty `/run`.
    ///
    /// # Errors
    /// When this is not the first process of an isolation, or the kernel refuses.
    pub fn enter() -> Result<Isolation> {
        ensure!(
            std::process::id() == 1,
            "this is no isolation: start the program through `Isolation::command`"
        );
        std::thread::spawn(end_with_the_holder);
        run("ip", &["link", "set", "lo", "up"])?;
        run("ip", &["address", "add", &format!("{ADDRESS}/32"), "dev", "lo"])?;
        // usually a link to /run; what is mounted over it is seen in here only
        let folder = fs::canonicalize("/var/run").context("there is no /var/run")?;
        let text = folder.to_str().context("/var/run has a name that is no text")?;
        run("mount", &["-t", "tmpfs", "tmpfs", text])?;
        Ok(Isolation { run: folder })
    }

    /// Writes what a Pod finds under `/var/run/secrets`: the token, the cluster's certificates, the namespace. A program
    /// that gets [`in_pod`](Isolation::in_pod) as well believes that it runs in one.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn service_account(&self, cluster: &Cluster, token: &str, namespace: &str) -> Result<()> {
        let folder = self.run.join(ACCOUNT);
        fs::create_dir_all(&folder)?;
        fs::copy(cluster.certificate_authority(), folder.join("ca.crt"))?;
        fs::write(folder.join("token"), token)?;
        fs::write(folder.join("namespace"), namespace)?;
        Ok(())
    }

    /// Takes the files away again: a program that looks for them must not find them by accident.
    ///
    /// # Errors
    /// When there are none.
    pub fn no_service_account(&self) -> Result<()> {
        fs::remove_dir_all(self.run.join("secrets")).context("there is no service account")
    }

    /// The environment of a container in a Pod.
    ///
    /// # Errors
    /// When the cluster's URL has no port.
    pub fn in_pod(&self, cluster: &Cluster, command: &mut Command) -> Result<()> {
        let authority = cluster.server().trim_start_matches("https://");
        let (host, port) = authority.rsplit_once(':').context("the server has a port")?;
        command
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", port);
        Ok(())
    }

    /// Puts whatever listens on `port` behind a Service, whose own port has this name or none.
    ///
    /// # Errors
    /// When the API server refuses an object.
    pub fn expose(
        &self,
        cluster: &Cluster,
        namespace: &str,
        name: &str,
        port_name: Option<&str>,
        port: u16,
    ) -> Result<()> {
        let metadata = json!({"name": name, "namespace": namespace});
        let mut ports = json!({"port": port});
        if let Some(name) = port_name {
            ports["name"] = json!(name);
        }
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": {"nodeName": "bench", "containers": [{"name": "main", "image": "never-pulled"}]},
        });
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [ports]},
        });
        let target = json!({"kind": "Pod", "name": name, "namespace": namespace});
        let endpoints = json!({
            "apiVersion": "v1", "kind": "Endpoints", "metadata": metadata,
            "subsets": [{"addresses": [{"ip": ADDRESS, "targetRef": target}], "ports": [ports]}],
        });
        for object in [pod, service, endpoints] {
            cluster.apply(&object.to_string())?;
        }
        let status = json!({"status": {"phase": "Running", "podIP": ADDRESS, "podIPs": [{"ip": ADDRESS}]}});
        cluster.kubectl(&[
            "patch",
            "pod",
            name,
            "--namespace",
            namespace,
            "--subresource=status",
            "--type=merge",
            "--patch",
            &status.to_string(),
        ])?;
        Ok(())
    }
}

/// Standard input closes when the holder ends, even if it had no time to say so. The first process cannot be ended by
/// the terminal's signals, so it would stay for ever.
fn end_with_the_holder() {
    let mut buffer = [0; 64];
    while std::io::stdin().read(&mut buffer).is_ok_and(|read| read > 0) {}
    std::process::exit(1);
}

fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot start `{program}`; it must be installed"))?;
    if !output.status.success() {
        bail!(
            "{program} {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_itself_is_no_isolation() {
        let error = Isolation::enter().expect_err("a test is not the first process");
        assert!(error.to_string().starts_with("this is no isolation"), "{error}");
    }
}

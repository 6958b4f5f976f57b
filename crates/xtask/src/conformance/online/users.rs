//! Who asks: every way in which a kubeconfig says who somebody is.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use anyhow::{Context, Result, ensure};
use sealkit_testcluster::ADMIN_TOKEN;
use serde_json::{Value, json};

use super::bench::{Bench, Said, Side};
use crate::conformance::workbench::Tally;

/// Every claim about one side.
pub(super) fn all(bench: &Bench, side: &Side, tally: &mut Tally) -> Result<()> {
    let certificate = bench.certificate()?;
    let mut check = |claim: &str, said: Result<Said>| {
        let fetched = said.and_then(|said| Ok(said.fine()? == certificate));
        tally.check(format!("{}: --fetch-cert as {claim}", side.name), fetched);
    };
    for (claim, user) in users(bench)? {
        let config = bench.cluster.kubeconfig_for("somebody", &user)?;
        check(claim, fetch(bench, side, &config, &[]));
    }

    let token = account_token(bench)?;
    let flags = ["--token", token.trim()];
    let nobody = bench.cluster.kubeconfig_for("nobody", &json!({}))?;
    check("the token of a flag", fetch(bench, side, &nobody, &flags));
    let admin = bench
        .cluster
        .kubeconfig_for("admin", &json!({"token": ADMIN_TOKEN}))?;
    check(
        "somebody impersonated",
        fetch(bench, side, &admin, &["--as", "jane"]),
    );

    let by_name = bench.cluster.server().replace("127.0.0.1", "localhost");
    // its certificate has the names that Pods use
    let place = json!({"server": by_name, "tls-server-name": "kubernetes.default.svc"});
    let config = bench
        .cluster
        .kubeconfig_at("by-name", &json!({"token": ADMIN_TOKEN}), &place)?;
    check(
        "admin of a server that has a name",
        fetch(bench, side, &config, &[]),
    );

    let proxy = Proxy::start()?;
    let place = json!({"server": bench.cluster.server(), "proxy-url": proxy.url});
    let config = bench
        .cluster
        .kubeconfig_at("proxied", &json!({"token": ADMIN_TOKEN}), &place)?;
    check("admin through a proxy", fetch(bench, side, &config, &[]));
    let used = proxy.connections.load(Ordering::SeqCst);

    bench
        .isolation
        .service_account(&bench.cluster, token.trim(), "kube-system")?;
    let mut command = bench.command(side);
    bench.isolation.in_pod(&bench.cluster, &mut command)?;
    check("the Pod it runs in", bench.run(command.arg("--fetch-cert"), b""));
    bench.isolation.no_service_account()?;

    tally.check(
        format!("{}: the proxy of a kubeconfig is used", side.name),
        Ok(used > 0),
    );
    Ok(())
}

fn users(bench: &Bench) -> Result<Vec<(&'static str, Value)>> {
    let token = account_token(bench)?;
    let token_file = bench.file("token", token.trim())?;
    let client = crate::root().join("testdata/cluster/client");
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": ADMIN_TOKEN},
    });
    let answer = bench.file("json", credential.to_string())?;
    let plugin = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat", "args": [answer], "interactiveMode": "Never",
    });
    let encoded = |name: &str| -> Result<String> {
        use base64::Engine;
        Ok(base64::engine::general_purpose::STANDARD.encode(fs::read(client.join(name))?))
    };
    let certificate = json!({
        "client-certificate": client.join("admin.pem"), "client-key": client.join("test-key-admin.pem"),
    });
    let inline = json!({
        "client-certificate-data": encoded("admin.pem")?, "client-key-data": encoded("test-key-admin.pem")?,
    });
    Ok(vec![
        (
            "a ServiceAccount with no right but the proxier's",
            json!({"token": token.trim()}),
        ),
        ("the owner of a token file", json!({"tokenFile": token_file})),
        ("what an exec plugin answers", json!({"exec": plugin})),
        ("the owner of a client certificate", certificate),
        ("the owner of a client certificate in the kubeconfig", inline),
    ])
}

/// A token of a ServiceAccount that has no rights but those of everybody.
pub(super) fn account_token(bench: &Bench) -> Result<String> {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "shop"}});
    bench.cluster.apply(&account.to_string())?;
    bench
        .cluster
        .kubectl(&["create", "token", "default", "--namespace", "shop"])
}

pub(super) fn fetch(bench: &Bench, side: &Side, config: &Path, flags: &[&str]) -> Result<Said> {
    let mut command = bench.command(side);
    command
        .arg("--fetch-cert")
        .arg("--kubeconfig")
        .arg(config)
        .args(flags);
    bench.run(&mut command, b"")
}

/// An HTTP proxy that connects where it is told to, and counts.
struct Proxy {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    fn start() -> Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot bind a loopback port")?;
        let url = format!("http://{}", listener.local_addr()?);
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        // ends with this process; the isolation has nothing else to wait for
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                thread::spawn(move || tunnel(client, &counter));
            }
        });
        Ok(Proxy { url, connections })
    }
}

/// Answers one CONNECT and copies both ways until one side has enough.
fn tunnel(mut client: TcpStream, connections: &AtomicUsize) -> Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte)? > 0 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head)?;
    let mut words = head.split(' ');
    ensure!(words.next() == Some("CONNECT"), "only CONNECT is spoken here");
    let server = TcpStream::connect(words.next().context("CONNECT names a server")?)?;
    connections.fetch_add(1, Ordering::SeqCst);
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut up, mut down) = ((client.try_clone()?, server.try_clone()?), (server, client));
    let upwards = thread::spawn(move || copy(&mut up.0, &mut up.1));
    copy(&mut down.0, &mut down.1);
    let _ = upwards.join();
    Ok(())
}

fn copy(from: &mut TcpStream, to: &mut TcpStream) {
    let _ = std::io::copy(from, to);
    let _ = to.shutdown(Shutdown::Write);
}

//! Who is not let in, and what stands in the way: both sides' first lines are the peer's, and ours goes on to say what to do
//! next.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::{fs, thread};

use anyhow::{Context, Result};
use sealkit_testcluster::{ADMIN_TOKEN, Process};
use serde_json::{Value, json};

use super::bench::{Bench, CHARTS, CONTROLLER, Said, Side};
use super::users::{account_token, fetch};
use crate::conformance::workbench::Tally;

/// Where a page for browsers is served, and where a controller that answers once in a second listens.
const PAGE_PORT: u16 = 8099;
const SLOW_PORT: u16 = 8090;

/// Every claim about one side.
pub(super) fn all(bench: &Bench, side: &Side, tally: &mut Tally) -> Result<()> {
    let server = bench.cluster.server();
    let get = format!(
        "error: cannot get sealed secret service: Get \"{server}/api/v1/namespaces/kube-system/services/{CONTROLLER}\": "
    );
    let admin = json!({"token": ADMIN_TOKEN});
    let mut claims = Claims { side, tally };

    let wrong = bench
        .cluster
        .kubeconfig_for("wrong", &json!({"token": "test-token-of-nobody"}))?;
    let said = fetch(bench, side, &wrong, &[])?;
    let first = "error: cannot get sealed secret service: Unauthorized.";
    claims.refused("a wrong token is refused", said, first, "log in again");

    let anybody = bench
        .cluster
        .kubeconfig_for("anybody", &json!({"token": account_token(bench)?.trim()}))?;
    let (name, namespace) = CHARTS;
    let elsewhere = ["--controller-name", name, "--controller-namespace", namespace];
    let said = fetch(bench, side, &anybody, &elsewhere)?;
    let first = "error: cannot get sealed secret service: services \"sealed-secrets\" is forbidden: User \
                 \"system:serviceaccount:shop:default\" cannot get resource \"services\" in API group \"\" in the \
                 namespace \"sealing\".";
    claims.refused("a missing right is named", said, first, "ask for a role");

    let said = bench.ask(side, &["--fetch-cert", "--controller-name", "nobody"], b"")?;
    let first = "error: cannot get sealed secret service: services \"nobody\" not found.";
    claims.refused(
        "a Service that is not there is named",
        said,
        first,
        "kubectl get services",
    );

    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "empty", "namespace": "kube-system"},
        "spec": {"ports": [{"port": 8080}]},
    });
    let endpoints = json!({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "empty", "namespace": "kube-system"},
    });
    bench.cluster.apply(&service.to_string())?;
    bench.cluster.apply(&endpoints.to_string())?;
    let said = bench.ask(side, &["--fetch-cert", "--controller-name", "empty"], b"")?;
    let first = "error: cannot fetch certificate: no endpoints available for service \"empty\"";
    claims.refused(
        "a Service without a Pod is named",
        said,
        first,
        "kubectl get pods",
    );

    let said = fetch(bench, side, &wrong, &["--server", "https://127.0.0.1:1"])?;
    let first = "error: cannot get sealed secret service: Get \
                 \"https://127.0.0.1:1/api/v1/namespaces/kube-system/services/sealed-secrets-controller\": dial tcp \
                 127.0.0.1:1: connect: connection refused.";
    claims.refused(
        "where no server is, the reason is given",
        said,
        first,
        "check that the cluster runs",
    );

    // the bench has no route but those to itself
    let said = fetch(bench, side, &wrong, &["--server", "https://198.51.100.1:6443"])?;
    let first = "error: cannot get sealed secret service: Get \
                 \"https://198.51.100.1:6443/api/v1/namespaces/kube-system/services/sealed-secrets-controller\": dial tcp \
                 198.51.100.1:6443: connect: network is unreachable.";
    claims.refused(
        "where no route leads, too",
        said,
        first,
        "check that the cluster runs",
    );

    let config = bench.cluster.kubeconfig_for("untrusted", &admin)?;
    let mut config: Value = serde_json::from_slice(&fs::read(&config)?)?;
    config["clusters"][0]["cluster"] = json!({"server": server});
    let untrusted = bench.file("kubeconfig", config.to_string())?;
    let said = fetch(bench, side, Path::new(&untrusted), &[])?;
    let first =
        format!("{get}tls: failed to verify certificate: x509: certificate signed by unknown authority.");
    claims.refused(
        "a server that nobody vouches for is not trusted",
        said,
        &first,
        "certificate-authority",
    );

    claims.page(bench)?;
    claims.patience(bench)
}

struct Claims<'a> {
    side: &'a Side,
    tally: &'a mut Tally,
}

impl Claims<'_> {
    /// Fails with the peer's first line; ours says what to do next, somewhere below it.
    fn refused(&mut self, claim: &str, said: Said, first: &str, next: &str) {
        let advises = !self.side.is_ours() || said.stderr.contains(next);
        let outcome = said.refuses(first);
        self.check(claim, outcome);
        self.check(&format!("{claim}, with advice"), Ok(advises));
    }

    /// A page for browsers in the controller's place. The peer takes it for a certificate; ours does not.
    fn page(&mut self, bench: &Bench) -> Result<()> {
        if !self.side.is_ours() {
            return Ok(());
        }
        let listener =
            TcpListener::bind(("192.0.2.10", PAGE_PORT)).context("cannot bind the bench's address")?;
        // ends with this process; the isolation has nothing else to wait for
        thread::spawn(move || listener.incoming().flatten().for_each(serve_page));
        bench
            .isolation
            .expose(&bench.cluster, "kube-system", "page", None, PAGE_PORT)?;
        let said = bench.ask(self.side, &["--fetch-cert", "--controller-name", "page"], b"")?;
        let first = "error: cannot fetch certificate: the answer, with status 200, is not from Kubernetes";
        self.refused(
            "a page for browsers is no certificate",
            said,
            first,
            "log in again",
        );
        Ok(())
    }

    /// A controller that lets one request through in a second answers the next with 429: both sides wait and ask again.
    fn patience(&mut self, bench: &Bench) -> Result<()> {
        let name = "slow";
        let token = bench
            .cluster
            .kubectl(&["create", "token", CONTROLLER, "--namespace", "kube-system"])?;
        bench
            .isolation
            .service_account(&bench.cluster, &token, "kube-system")?;
        let mut command = Command::new(&bench.controller_program);
        command
            .arg(format!("--listen-addr=:{SLOW_PORT}"))
            .args([
                "--listen-metrics-addr=:8091",
                "--rate-limit=1",
                "--rate-limit-burst=0",
            ])
            .args(["--key-renew-period=0", "--log-format=json"])
            .env("POD_NAMESPACE", "kube-system");
        bench.isolation.in_pod(&bench.cluster, &mut command)?;
        let slow = Process::start("slow-controller", &mut command, &bench.scratch)?;
        bench
            .isolation
            .expose(&bench.cluster, "kube-system", name, None, SLOW_PORT)?;
        let path = format!("/api/v1/namespaces/kube-system/services/http:{name}:/proxy/healthz");
        super::bench::until("slow controller", || {
            Ok(bench.cluster.kubectl(&["get", "--raw", &path]).is_ok())
        })?;
        bench.isolation.no_service_account()?;
        let certificate = bench.file("pem", bench.certificate()?)?;
        let secret = "metadata: {name: slow, namespace: shop}\nstringData: {a: b}\n";
        let sealed = bench
            .ask(
                &bench.sides[0],
                &["--cert", &certificate, "-o", "yaml"],
                secret.as_bytes(),
            )?
            .fine()?;
        let said = bench.ask(
            self.side,
            &["--validate", "--controller-name", name],
            &sealed.repeat(3),
        )?;
        drop(slow);
        let refused = said.stderr.contains("429") || said.stderr.contains("too many requests");
        self.check(
            "a controller that asks to wait is waited for",
            said.fine().map(|said| said.is_empty() && !refused),
        );
        Ok(())
    }

    fn check(&mut self, claim: &str, outcome: Result<bool>) {
        self.tally.check(format!("{}: {claim}", self.side.name), outcome);
    }
}

fn serve_page(mut stream: TcpStream) {
    let Ok(copy) = stream.try_clone() else { return };
    let mut lines = BufReader::new(copy).lines();
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let page = "<!DOCTYPE html><title>Log in</title>";
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nconnection: close\r\n";
    let _ = write!(stream, "{head}content-length: {}\r\n\r\n{page}", page.len());
}

//! The modes of `kubeseal` that need the controller: fetching its certificate, sealing with it, validating, re-encrypting.

mod re_encrypt;
mod validate;

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::bench::{Bench, CHARTS, Items, Side, items};
use crate::conformance::workbench::Tally;

const SYNTAXES: [&str; 2] = ["yaml", "json"];
const WHERE: &str = "Please, use the flag --controller-name and --controller-namespace to set up the name and namespace of the \
                     sealed secrets controller";

/// Every claim about one side.
pub(super) fn all(bench: &Bench, side: &Side, tally: &mut Tally) -> Result<()> {
    let mut claims = Claims { bench, side, tally };
    claims.fetch_certificate()?;
    claims.seal()?;
    claims.validate()?;
    claims.re_encrypt()
}

struct Claims<'a, 'i> {
    bench: &'a Bench<'i>,
    side: &'a Side,
    tally: &'a mut Tally,
}

impl Claims<'_, '_> {
    fn fetch_certificate(&mut self) -> Result<()> {
        let bench = self.bench;
        let certificate = bench.certificate()?;
        let same = |said: Result<Vec<u8>>| said.map(|said| said == certificate);
        self.check(
            "--fetch-cert prints the controller's certificate",
            same(self.ask(&["--fetch-cert"], b"")),
        );

        let path = bench.fresh("pem");
        let flag = path.to_str().context("a path is text")?;
        let written = self.ask(&["--fetch-cert", "-w", flag], b"");
        let written = written.and_then(|said| Ok(said.is_empty() && fs::read(&path)? == certificate));
        self.check("--fetch-cert -w writes it, and prints nothing", written);

        let (name, namespace) = CHARTS;
        let flags = [
            "--fetch-cert",
            "--controller-name",
            name,
            "--controller-namespace",
            namespace,
        ];
        self.check(
            "--fetch-cert through a Service with a named port",
            same(self.ask(&flags, b"")),
        );

        let mut command = bench.command(self.side);
        command
            .arg("--fetch-cert")
            .env("KUBECONFIG", bench.cluster.kubeconfig())
            .env("SEALED_SECRETS_CONTROLLER_NAME", name)
            .env("SEALED_SECRETS_CONTROLLER_NAMESPACE", namespace);
        let said = bench.run(&mut command, b"").and_then(|said| said.fine());
        self.check("--fetch-cert with the Service from the environment", same(said));

        let said = bench.ask(self.side, &["--fetch-cert", "--controller-name", "nobody"], b"")?;
        self.check(
            "where there is no such Service, a hint follows",
            Ok(said
                .stderr
                .lines()
                .nth(1)
                .is_some_and(|hint| hint.starts_with(WHERE))),
        );

        bench.renew_key()?;
        let newest = bench.certificate()?;
        ensure!(newest != certificate, "the controller has a new key");
        let said = self.ask(&["--fetch-cert"], b"");
        self.check(
            "--fetch-cert prints the newest certificate",
            said.map(|said| said == newest),
        );
        Ok(())
    }

    fn seal(&mut self) -> Result<()> {
        let keys = self.bench.sealing_keys()?;
        let newest = &keys[keys.len() - 1..];
        for syntax in SYNTAXES {
            let sealed = self.ask(&["-o", syntax], secret("online", "shop").as_bytes());
            let opened = sealed.and_then(|sealed| items(&self.bench.recover(newest, &sealed)?));
            let claim = format!("without --cert the controller's newest certificate seals: {syntax}");
            self.check(claim, opened.map(|opened| opened == values()));
        }
        let raw = ["--raw", "--name", "online", "--namespace", "shop"];
        let raw = self.ask(&raw, b"raw value").and_then(|raw| {
            let raw = String::from_utf8(raw)?;
            let mut document: Value =
                serde_json::from_slice(&self.sealed("online", "shop", "strict", "json")?)?;
            document["spec"]["encryptedData"] = json!({"value": raw});
            items(&self.bench.recover(newest, document.to_string().as_bytes())?)
        });
        let expected = Items::from([("value".to_owned(), b"raw value".to_vec())]);
        self.check("and seals raw values", raw.map(|raw| raw == expected));

        let mut command = self.bench.command(self.side);
        let url = "http://192.0.2.10:8080/v1/cert.pem";
        let said = self
            .bench
            .run(command.args(["--cert", url]), secret("url", "shop").as_bytes());
        let opened = said.and_then(|said| items(&self.bench.recover(newest, &said.fine()?)?));
        self.check(
            "--cert takes the controller's URL",
            opened.map(|opened| opened == values()),
        );
        let said = self.bench.run(
            self.bench
                .command(self.side)
                .args(["--cert", "http://192.0.2.10:8080/nothing"]),
            secret("url", "shop").as_bytes(),
        )?;
        let complaint = "error: cannot fetch \"http://192.0.2.10:8080/nothing\": 404 Not Found";
        self.check(
            "and says what a server answers that has none",
            said.refuses(complaint),
        );
        Ok(())
    }

    fn ask(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        self.bench.ask(self.side, arguments, input)?.fine()
    }

    /// A document that the peer sealed with the current certificate.
    fn sealed(&self, name: &str, namespace: &str, scope: &str, syntax: &str) -> Result<Vec<u8>> {
        let certificate = self.bench.file("pem", self.bench.certificate()?)?;
        let arguments = ["--cert", &certificate, "--scope", scope, "-o", syntax];
        let input = secret(name, namespace);
        self.bench
            .ask(&self.bench.sides[0], &arguments, input.as_bytes())?
            .fine()
    }

    fn check(&mut self, claim: impl AsRef<str>, outcome: Result<bool>) {
        self.tally
            .check(format!("{}: {}", self.side.name, claim.as_ref()), outcome);
    }
}

fn values() -> Items {
    Items::from([
        ("password".to_owned(), "hunter2-made-up ✓\n".as_bytes().to_vec()),
        ("empty".to_owned(), Vec::new()),
        ("binary".to_owned(), vec![0, 255, 254, 10, 13, 0]),
    ])
}

fn secret(name: &str, namespace: &str) -> String {
    let data = json!({"empty": "", "binary": "AP/+Cg0A"});
    let text = json!({"password": "hunter2-made-up ✓\n"});
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "example.com/made-up",
        "metadata": {"name": name, "namespace": namespace},
        "data": data, "stringData": text,
    })
    .to_string()
}

//! `sealkit` under its own name beside a real controller: its certificate in the repository, what is pinned, and values
//! moved to the newest key without any private key, in the author's text.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::bench::{Bench, CHARTS, Items, items};
use crate::conformance::workbench::Tally;

const LONGEST_WORD_BYTES: usize = 100;
const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];

/// Every claim about rotating through the controller; the certificate's come with them.
pub(super) fn all(bench: &Bench, tally: &mut Tally) -> Result<()> {
    let mut check = |claim: &str, outcome: Result<bool>| tally.check(format!("sealkit: {claim}"), outcome);
    let folder = bench.fresh("d");
    fs::create_dir(&folder).context("cannot make a folder")?;
    let at = |name: &str| folder.join(name);
    let run = |words: &[&str]| {
        let mut command = bench.plain(&bench.sealkit);
        command
            .current_dir(&folder)
            .env("KUBECONFIG", bench.cluster.kubeconfig());
        bench.run(command.args(words), b"")
    };
    let policy = "version: 1\nrecipients: {controller: {file: controller.pem}}\nrules:\n  - {paths: [\"**\"], format: \
                  sealed-secrets, recipients: [controller]}\n";

    run(&["cert", "fetch"])?.done()?;
    check(
        "cert fetch keeps what the controller serves",
        Ok(fs::read(at("controller.pem"))? == bench.certificate()?),
    );
    fs::write(at(".sealkit.yaml"), policy)?;
    for scope in SCOPES {
        fs::write(at(&format!("{scope}.yaml")), secret(scope))?;
        run(&["seal", "-i", "--scope", scope, &format!("{scope}.yaml")])?.done()?;
    }
    let inspected: Value =
        serde_json::from_slice(&run(&["inspect", "--output", "json", "strict.yaml"])?.done()?)?;
    let pinned = &inspected["files"][0]["documents"][0]["pinned"];
    let shown: Value = serde_json::from_slice(&run(&["cert", "show", "--output", "json"])?.done()?)?;
    let same = ["fingerprint", "validUntil"]
        .iter()
        .all(|fact| pinned[fact] == shown[fact]);
    check(
        "inspect names the certificate that is pinned",
        Ok(same && pinned["name"] == "controller"),
    );

    bench.renew_key()?;
    let (keys, before) = (bench.sealing_keys()?, texts(&folder)?);
    let newest = &keys[keys.len() - 1..];
    ensure!(
        bench.recover(newest, before[0].as_bytes()).is_err(),
        "the newest key opens what is old"
    );
    let rotate = ["rotate", "--through-controller", "."];
    let said = run(&rotate)?;
    let told = said.stderr.contains("is pinned for") && said.stderr.contains("sealkit cert pin");
    let refused = said.code != Some(0) && told && texts(&folder)? == before;
    check("a renewed key that nobody has pinned moves nothing", Ok(refused));
    let said = run(&["cert", "fetch"])?;
    let new = said
        .stderr
        .split("--fingerprint ")
        .nth(1)
        .and_then(|rest| rest.split('`').next());
    let new = new.context("cert fetch names both fingerprints")?.to_owned();
    run(&["cert", "pin", "--fingerprint", &new])?.done()?;

    let said = run(&["rotate", "--through-controller", "--dry-run", "."])?;
    check(
        "--dry-run writes nothing",
        said.done().and_then(|_| Ok(texts(&folder)? == before)),
    );
    let said = run(&["rotate", "--through-controller", "--check", "."])?;
    check(
        "--check writes nothing",
        said.done().and_then(|_| Ok(texts(&folder)? == before)),
    );

    let said = run(&rotate)?.done();
    let said = said.map(|said| String::from_utf8_lossy(&said).contains("rotated 3, unchanged 0, failed 0"));
    check("rotate --through-controller says what it did", said);
    for ((scope, old), new) in SCOPES.iter().zip(&before).zip(&texts(&folder)?) {
        let opened = bench
            .recover(newest, new.as_bytes())
            .and_then(|secret| items(&secret));
        check(
            &format!("and the newest key opens it: {scope}"),
            opened.map(|opened| opened == values()),
        );
        let same = without_values(old) == without_values(new) && old != new;
        check(
            &format!("and nothing but the values has changed: {scope}"),
            Ok(same),
        );
    }

    let moved = texts(&folder)?[0].replace("namespace: shop", "namespace: other");
    fs::write(at("strict.yaml"), &moved)?;
    let said = run(&["rotate", "--through-controller", "strict.yaml"])?;
    let refused =
        said.code == Some(1) && said.stderr.contains("strict.yaml:") && said.stderr.contains("kubectl logs");
    check(
        "what the controller cannot open stays as it is",
        Ok(refused && fs::read_to_string(at("strict.yaml"))? == moved),
    );
    let (name, namespace) = CHARTS;
    let service = ["--controller-name", name, "--controller-namespace", namespace];
    let said = run(&[
        &["rotate", "--through-controller", "cluster-wide.yaml"][..],
        &service,
    ]
    .concat())?;
    check(
        "the controller is found where the flags say",
        said.done().map(|_| true),
    );
    Ok(())
}

fn texts(folder: &std::path::Path) -> Result<Vec<String>> {
    let read = |scope: &&str| Ok(fs::read_to_string(folder.join(format!("{scope}.yaml")))?);
    SCOPES.iter().map(read).collect()
}

/// The text with every sealed value as `SEALED`: no other word in it is that long.
fn without_values(text: &str) -> String {
    let mut masked = text.to_owned();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c));
    for word in words.filter(|word| word.len() > LONGEST_WORD_BYTES) {
        masked = masked.replace(word, "SEALED");
    }
    masked
}

fn values() -> Items {
    Items::from([
        ("password".to_owned(), b"hunter2-made-up".to_vec()),
        ("url".to_owned(), "postgres://db ✓".as_bytes().to_vec()),
    ])
}

fn secret(scope: &str) -> String {
    format!(
        "# {scope}: keep this comment\napiVersion: v1\nkind: Secret\nmetadata:\n  name: kept-{scope}\n  namespace: shop\n  \
         labels: {{app: 'shop'}}\nstringData:\n  password: hunter2-made-up # ask Ann\n  url: \"postgres://db ✓\"\n"
    )
}

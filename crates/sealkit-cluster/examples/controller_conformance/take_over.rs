//! Taking over from the peer's controller and handing back: the same keys, and not one Secret written.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::bench::{Bench, NAMESPACE, Tally, secret, until};

const OBJECTS: u64 = 200;

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    tally.check(
        "the peer's controller opens what is sealed for our keys",
        theirs(bench),
    );
    let before = versions(bench)?;
    tally.check(
        "a dry run beside the peer's says that nothing would be written, and writes nothing",
        nothing(bench, &before),
    );
    tally.check(
        "a dry run names the Secret and the object that are broken, and no other",
        two_broken(bench),
    );
    let before = versions(bench)?;
    tally.check(
        "ours takes over 200 objects and writes nothing",
        ours(bench, &before),
    );
    tally.check(
        "the peer's takes them back and writes no Secret",
        back(bench, &before),
    );
    tally.check("both open 200 objects from a cold start", cold_starts(bench));
    bench.clear()
}

/// Starts each side over sealed objects without Secrets, and prints how long it takes until all are there.
fn cold_starts(bench: &mut Bench<'_>) -> Result<bool> {
    for (name, theirs) in [("theirs", true), ("ours", false)] {
        bench.stop()?;
        bench.delete_all("secrets")?;
        let begun = Instant::now();
        if theirs {
            bench.start_theirs()?;
        } else {
            bench.start_ours(&[])?;
        }
        until("last Secret", || {
            Ok(bench.versions("secrets")?.len() as u64 == OBJECTS)
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        println!("{name}: {OBJECTS} objects of 2 values, RSA-4096, from a cold start in {seconds:.1} s");
    }
    bench.settled(OBJECTS)?;
    Ok(true)
}

/// Resource versions of Secrets and sealed objects.
fn versions(bench: &Bench<'_>) -> Result<[BTreeMap<String, String>; 2]> {
    Ok([bench.versions("secrets")?, bench.versions("sealedsecrets")?])
}

fn theirs(bench: &mut Bench<'_>) -> Result<bool> {
    bench.stop()?;
    bench.start_theirs()?;
    let documents: Vec<String> = (0..OBJECTS)
        .map(|at| {
            let more = json!({"labels": {"at": at.to_string()}});
            format!(
                "---\n{}\n",
                secret(&format!("db-{at}"), &[("foo", "bar"), ("password", "x")], &more)
            )
        })
        .collect();
    let sealed = bench.kubeseal(&["-o", "yaml"], &documents.concat())?;
    bench.cluster.apply(&sealed)?;
    until("last Secret", || {
        Ok(bench.versions("secrets")?.len() as u64 == OBJECTS)
    })?;
    bench.settled(OBJECTS)?;
    Ok(true)
}

/// What ours would do, asked with rights to read alone: the exit code and the report.
fn dry_run(bench: &Bench<'_>) -> Result<(Option<i32>, Value)> {
    let mut command = Command::new(&bench.paths.ours);
    command
        .args(["--dry-run", "--log-format=json", "--key-renew-period=0"])
        .env("POD_NAMESPACE", NAMESPACE)
        .env("HOME", &bench.paths.scratch);
    bench.in_pod(&mut command)?;
    let output = command.output()?;
    let report = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok((output.status.code(), report))
}

fn nothing(bench: &Bench<'_>, before: &[BTreeMap<String, String>; 2]) -> Result<bool> {
    let (code, report) = dry_run(bench)?;
    ensure!(code == Some(0) && report["changes"] == 0, "{code:?}: {report}");
    let kind = &report["kinds"][0];
    ensure!(
        kind["total"] == OBJECTS && kind["objects"] == json!([]),
        "{report}"
    );
    ensure!(report["keys"][0]["due"].is_null(), "{report}");
    // and the same for a person with a kubeconfig
    let mut command = Command::new(&bench.paths.ours);
    command
        .args(["--dry-run", "--key-renew-period=0"])
        .env("POD_NAMESPACE", NAMESPACE)
        .env("KUBECONFIG", bench.cluster.kubeconfig());
    let output = command.output()?;
    let text = String::from_utf8(output.stdout)?;
    let quiet = text.contains("\nSealedSecrets: 200; ") && text.ends_with("\nnothing would be written\n");
    ensure!(quiet && output.status.success(), "{text}");
    Ok(versions(bench)? == *before)
}

/// A Secret that somebody has changed, and an object whose value does not open: beside the peer's controller, which minds the
/// first one not at all.
fn two_broken(bench: &Bench<'_>) -> Result<bool> {
    let drift = json!({"data": {"foo": "YmF6", "more": "eA=="}, "metadata": {"labels": {"at": "7"}}});
    patch(bench, "secret", "db-3", &drift)?;
    let value = |value: &Value| json!({"spec": {"encryptedData": {"foo": value}}});
    let sealed = bench.object("sealedsecret", "db-5")?["spec"]["encryptedData"]["foo"].clone();
    patch(bench, "sealedsecret", "db-5", &value(&json!("AAAA")))?;
    until("the peer's complaint", || Ok(bench.synced("db-5")?.0 == "False"))?;
    bench.cluster.apply(&weak_key().to_string())?;
    let before = versions(bench)?;
    let (code, report) = dry_run(bench)?;
    ensure!(report["keys"][0]["refused"][0][0] == "weak", "{report}");
    let objects = report["kinds"][0]["objects"].as_array().context("a list")?;
    let [drifted, closed] = &objects[..] else {
        anyhow::bail!("{report}");
    };
    ensure!(
        drifted["name"] == "db-3" && drifted["secret"] == "replace" && drifted["status"] == false,
        "{report}"
    );
    ensure!(
        drifted["differences"] == json!(["data.foo changed", "data.more removed", "labels.at changed"]),
        "{report}"
    );
    ensure!(closed["name"] == "db-5" && closed["secret"].is_null(), "{report}");
    ensure!(!closed["failure"].is_null() && code == Some(1), "{report}");
    ensure!(versions(bench)? == before, "it writes");
    // and as they were
    let weak = ["delete", "secret", "weak", "--namespace", NAMESPACE];
    bench.cluster.kubectl(&weak)?;
    bench
        .cluster
        .kubectl(&["delete", "secret", "db-3", "--namespace", "shop"])?;
    patch(bench, "sealedsecret", "db-5", &value(&sealed))?;
    until("both", || {
        Ok(bench.has("db-3", "foo", "bar")? && bench.synced("db-5")?.0 == "True")
    })?;
    bench.settled(OBJECTS).map(|()| true)
}

/// A key of 1024 bits, which the peer uses and ours does not.
fn weak_key() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {
            "name": "weak", "namespace": NAMESPACE,
            "labels": {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"},
        },
        "stringData": {
            "tls.key": include_str!("../../../../testdata/keys/test-key-rsa-1024.pem"),
            "tls.crt": include_str!("../../../../testdata/keys/test-key-rsa-1024.cert.pem"),
        },
    })
}

fn patch(bench: &Bench<'_>, kind: &str, name: &str, patch: &Value) -> Result<()> {
    let patch = patch.to_string();
    let words = [
        "patch",
        kind,
        name,
        "--namespace",
        "shop",
        "--type=merge",
        "--patch",
        &patch,
    ];
    bench.cluster.kubectl(&words).map(drop)
}

fn ours(bench: &mut Bench<'_>, before: &[BTreeMap<String, String>; 2]) -> Result<bool> {
    bench.stop()?;
    bench.start_ours(&[])?;
    bench.settled(OBJECTS)?;
    let after = versions(bench)?;
    ensure!(
        after[0] == before[0],
        "{} Secrets were written",
        differing(&before[0], &after[0])
    );
    ensure!(
        after[1] == before[1],
        "{} statuses were written",
        differing(&before[1], &after[1])
    );
    Ok(true)
}

fn back(bench: &mut Bench<'_>, before: &[BTreeMap<String, String>; 2]) -> Result<bool> {
    bench.stop()?;
    bench.start_theirs()?;
    bench.settled(OBJECTS)?;
    let after = bench.versions("secrets")?;
    ensure!(
        after == before[0],
        "{} Secrets were written",
        differing(&before[0], &after)
    );
    Ok(true)
}

fn differing(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> usize {
    after
        .iter()
        .filter(|(name, version)| before.get(*name) != Some(version))
        .count()
}

//! EncryptedSecrets: an identity made and published, objects opened, corrected and refused, keys renewed and taken away.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use sealkit_testcluster::Signal;
use serde_json::{Value, json};

use crate::bench::{Bench, NAMESPACE, Tally, get, secret, until};

const RESOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/encrypted-secrets.yaml");
const KIND: &str = "encryptedsecret";
const LABEL: &str = "sealkit.dev/identity";
const OBJECTS: usize = 200;
/// Where our client keeps the recipient that it fetches.
const PINNED: &str = "cluster.txt";

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    tally.check(
        "without its flag there is no recipient and no identity",
        off(bench),
    );
    switch_on(bench)?;
    tally.check(
        "an identity is made, published over HTTP, through the Service and in a ConfigMap, and fetched",
        published(bench),
    );
    tally.check(
        "an object becomes a Secret, and kubectl waits for it",
        opened(bench),
    );
    tally.check("`kubectl get` shows its columns", columns(bench));
    tally.check(
        "drift is corrected, and a deleted Secret comes back",
        drift(bench),
    );
    tally.check(
        "what does not open says why, and kubectl waits for that",
        refused(bench),
    );
    tally.check("a Secret of somebody else is left alone", foreign(bench));
    tally.check("a sealing certificate is a recipient too", certificate(bench));
    tally.check(
        "another identity is current after SIGUSR1, and objects are due",
        renewed(bench),
    );
    tally.check(
        "an identity out of use opens nothing, takes no Secret away, and opens again",
        relabelled(bench),
    );
    tally.check("200 objects open from a cold start", cold_start(bench));
    tally.check("an identity comes in a file, without a restart", files(bench));
    switch_off(bench)
}

/// Starts ours with EncryptedSecrets, their resource and their rights in place.
pub(crate) fn switch_on(bench: &mut Bench<'_>) -> Result<()> {
    install(bench)?;
    bench.stop()?;
    bench.start_ours(&["--encrypted-secrets"])
}

/// Their resource and their rights.
pub(crate) fn install(bench: &Bench<'_>) -> Result<()> {
    bench.cluster.apply(&fs::read_to_string(RESOURCE)?)?;
    let name = "crd/encryptedsecrets.sealkit.dev";
    let words = ["wait", "--for=condition=Established", "--timeout=60s", name];
    bench.cluster.kubectl(&words).map(drop)
}

pub(crate) fn switch_off(bench: &mut Bench<'_>) -> Result<()> {
    clear(bench)?;
    bench.stop()?;
    bench.start_ours(&[])
}

fn clear(bench: &Bench<'_>) -> Result<()> {
    bench.delete_all("encryptedsecrets")?;
    bench.clear()
}

/// Seals one Secret for a recipient, or for the controller's current one.
pub(crate) fn seal(bench: &Bench<'_>, name: &str, items: &[(&str, &str)], more: &Value) -> Result<String> {
    let recipient = get(8080, "/v1/recipient")?;
    seal_for(bench, recipient.trim(), name, items, more)
}

fn seal_for(
    bench: &Bench<'_>,
    recipient: &str,
    name: &str,
    items: &[(&str, &str)],
    more: &Value,
) -> Result<String> {
    let words = ["seal", "--format", "native", "--recipient", recipient];
    bench.sealkit(&words, &secret(name, items, more).to_string())
}

pub(crate) fn put(bench: &Bench<'_>, name: &str, items: &[(&str, &str)]) -> Result<()> {
    bench.cluster.apply(&seal(bench, name, items, &json!({}))?)
}

/// Waits as a person or a pipeline would.
pub(crate) fn wait(bench: &Bench<'_>, name: &str, condition: &str) -> Result<()> {
    let condition = format!("--for=condition={condition}");
    let object = format!("{KIND}/{name}");
    let words = [
        "wait",
        &condition,
        "--timeout=60s",
        &object,
        "--namespace",
        "shop",
    ];
    bench.cluster.kubectl(&words).map(drop)
}

/// The reason of `Ready`, and its message.
pub(crate) fn ready(bench: &Bench<'_>, name: &str) -> Result<(String, String)> {
    let object = bench.object(KIND, name)?;
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions
        .clone()
        .find(|condition| condition["type"] == "Ready")
        .context("there is a condition")?;
    let text = |field: &str| ready[field].as_str().unwrap_or_default().to_owned();
    Ok((text("reason"), text("message")))
}

fn identities(bench: &Bench<'_>, value: &str) -> Result<Vec<Value>> {
    let label = format!("{LABEL}={value}");
    let words = ["secrets", "--namespace", NAMESPACE, "--selector", &label];
    let list = bench.cluster.get(&words)?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

fn off(bench: &Bench<'_>) -> Result<bool> {
    Ok(get(8080, "/v1/recipient")?.starts_with("404") && identities(bench, "active")?.is_empty())
}

fn published(bench: &Bench<'_>) -> Result<bool> {
    use base64::Engine as _;
    let identities = identities(bench, "active")?;
    ensure!(identities.len() == 1, "{} identities", identities.len());
    let shown = identities[0]["data"]["recipient"].as_str().context("an item")?;
    let shown = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(shown)?)?;
    let map = ["configmap", "sealkit-recipient", "--namespace", NAMESPACE];
    until("ConfigMap", || {
        Ok(bench.cluster.get(&map)?["data"]["recipient"] == shown.as_str())
    })?;
    let path = "/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:/proxy/v1/recipient";
    let proxied = bench.cluster.kubectl(&["get", "--raw", path])?;
    let direct = get(8080, "/v1/recipient")?;
    bench.sealkit(&["recipient", "fetch", PINNED], "")?;
    let pinned = fs::read_to_string(bench.paths.scratch.join(PINNED))?;
    Ok(shown.starts_with("age1pq1")
        && [direct, proxied, pinned]
            .iter()
            .all(|recipient| recipient.trim() == shown))
}

fn opened(bench: &Bench<'_>) -> Result<bool> {
    let labelled = json!({"labels": {"team": "a"}});
    bench
        .cluster
        .apply(&seal(bench, "made", &[("foo", "bar"), ("more", "x")], &labelled)?)?;
    wait(bench, "made", "Ready")?;
    wait(bench, "made", "Stalled=false")?;
    let (object, secret) = (bench.object(KIND, "made")?, bench.object("secret", "made")?);
    let status = &object["status"];
    let opens =
        |at: usize, key: &str| status["items"][at]["key"] == key && status["items"][at]["opens"] == true;
    ensure!(opens(0, "foo") && opens(1, "more"), "{status}");
    let recipient = status["dataKeys"][0]["recipient"].as_str().unwrap_or_default();
    ensure!(recipient.starts_with("age1pq:sha256:"), "{status}");
    ensure!(
        status["observedGeneration"] == 1 && status["reseal"] == false,
        "{status}"
    );
    let events = bench.events("made")?;
    ensure!(events.iter().any(|(reason, _)| reason == "Opened"), "{events:?}");
    Ok(bench.has("made", "foo", "bar")?
        && secret["metadata"]["labels"]["team"] == "a"
        && secret["metadata"]["ownerReferences"][0]["uid"] == object["metadata"]["uid"])
}

fn columns(bench: &Bench<'_>) -> Result<bool> {
    let table = bench
        .cluster
        .kubectl(&["get", KIND, "made", "--namespace", "shop"])?;
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    ensure!(lines.len() == 2, "{table}");
    Ok(lines[0] == ["NAME", "READY", "REASON", "RESEAL", "AGE"]
        && lines[1][..4] == ["made", "True", "Opened", "false"])
}

fn drift(bench: &Bench<'_>) -> Result<bool> {
    let patch = |patch: Value| -> Result<()> {
        let text = patch.to_string();
        let words = [
            "patch",
            "secret",
            "made",
            "--namespace",
            "shop",
            "--type=merge",
            "--patch",
            &text,
        ];
        bench.cluster.kubectl(&words).map(drop)
    };
    let corrected = || {
        until("correction", || {
            let secret = bench.object("secret", "made")?;
            let labels = &secret["metadata"]["labels"];
            let right = labels["team"] == "a" && labels["x"].is_null() && secret["data"]["added"].is_null();
            Ok(right && bench.has("made", "foo", "bar")?)
        })
    };
    for drift in [
        json!({"stringData": {"foo": "changed"}}),
        json!({"stringData": {"added": "x"}}),
        json!({"metadata": {"labels": {"team": "b", "x": "y"}}}),
    ] {
        patch(drift)?;
        corrected()?;
    }
    // without its owner it is nobody's, until somebody says whose
    patch(json!({"metadata": {"ownerReferences": null}, "stringData": {"foo": "x"}}))?;
    until("refusal", || Ok(ready(bench, "made")?.0 == "NotOwned"))?;
    annotate(bench, "made", "sealkit.dev/adopt=made")?;
    corrected()?;
    let before = bench.object("secret", "made")?["metadata"]["uid"].clone();
    bench
        .cluster
        .kubectl(&["delete", "secret", "made", "--namespace", "shop"])?;
    until("Secret", || bench.has("made", "foo", "bar"))?;
    wait(bench, "made", "Ready")?;
    Ok(bench.object("secret", "made")?["metadata"]["uid"] != before)
}

pub(crate) fn annotate(bench: &Bench<'_>, name: &str, annotation: &str) -> Result<()> {
    let words = ["annotate", "secret", name, "--namespace", "shop", annotation];
    bench.cluster.kubectl(&words).map(drop)
}

fn refused(bench: &Bench<'_>) -> Result<bool> {
    let good = seal(bench, "broken", &[("foo", "bar"), ("more", "other")], &json!({}))?;
    let document: Value = serde_json::from_str(&good).context("JSON stays JSON")?;
    let mut swapped = document.clone();
    swapped["spec"]["encryptedData"]["foo"] = document["spec"]["encryptedData"]["more"].clone();
    let mut moved = document.clone();
    moved["metadata"]["name"] = json!("moved");
    let mut elsewhere = document.clone();
    elsewhere["metadata"]["namespace"] = json!("default");
    let other = bench.sealkit(&["keygen", "-o", "other-identity.txt"], "")?;
    let items = [("foo", "bar")];
    let stranger = seal_for(bench, other.trim(), "stranger", &items, &json!({}))?;
    for (name, object, reason) in [
        ("broken", swapped.to_string(), "Tampered"),
        ("moved", moved.to_string(), "NotUnwrapped"),
        ("stranger", stranger, "NoIdentity"),
    ] {
        bench.cluster.apply(&object)?;
        wait(bench, name, "Stalled")?;
        let said = ready(bench, name)?;
        ensure!(said.0 == reason, "{name}: {said:?}");
        ensure!(bench.object("secret", name).is_err(), "{name} has a Secret");
    }
    bench.cluster.apply(&elsewhere.to_string())?;
    let words = [
        "wait",
        "--for=condition=Stalled",
        "--timeout=60s",
        "encryptedsecret/broken",
    ];
    bench.cluster.kubectl(&words)?;
    bench.cluster.kubectl(&["delete", "encryptedsecret", "broken"])?;
    let items = bench.object(KIND, "broken")?["status"]["items"].clone();
    ensure!(items[0]["opens"] == false && items[1]["opens"] == true, "{items}");
    // the same object, mended
    bench.cluster.apply(&good)?;
    wait(bench, "broken", "Ready")?;
    bench.has("broken", "foo", "bar")
}

fn foreign(bench: &Bench<'_>) -> Result<bool> {
    let theirs = secret("foreign", &[("theirs", "1")], &json!({}));
    bench.cluster.apply(&theirs.to_string())?;
    let version =
        || -> Result<Value> { Ok(bench.object("secret", "foreign")?["metadata"]["resourceVersion"].clone()) };
    let before = version()?;
    put(bench, "foreign", &[("foo", "bar")])?;
    wait(bench, "foreign", "Stalled")?;
    let said = ready(bench, "foreign")?;
    ensure!(
        said.0 == "NotOwned" && said.1.contains("annotate it with sealkit.dev/adopt: foreign"),
        "{said:?}"
    );
    ensure!(version()? == before, "it was written");
    bench
        .cluster
        .kubectl(&["delete", "secret", "foreign", "--namespace", "shop"])?;
    until("Secret in the end", || bench.has("foreign", "foo", "bar")).map(|()| true)
}

fn certificate(bench: &Bench<'_>) -> Result<bool> {
    let pem = bench.paths.scratch.join("certificate.pem");
    fs::write(&pem, get(8080, "/v1/cert.pem")?)?;
    let words = ["seal", "--format", "native", "--cert", "certificate.pem"];
    let sealed = bench.sealkit(
        &words,
        &secret("by-rsa", &[("foo", "bar")], &json!({})).to_string(),
    )?;
    bench.cluster.apply(&sealed)?;
    wait(bench, "by-rsa", "Ready")?;
    let status = bench.object(KIND, "by-rsa")?["status"].clone();
    let recipient = status["dataKeys"][0]["recipient"].as_str().unwrap_or_default();
    Ok(recipient.starts_with("x509:sha256:") && status["resealReason"] == "OlderRecipient")
}

fn renewed(bench: &Bench<'_>) -> Result<bool> {
    let before = get(8080, "/v1/recipient")?;
    // an identity of the same second would not become the current one
    std::thread::sleep(std::time::Duration::from_millis(1100));
    bench.signal(Signal::USR1)?;
    until("another recipient", || {
        let now = get(8080, "/v1/recipient")?;
        Ok(now != before && now.starts_with("age1pq1") && identities(bench, "active")?.len() == 2)
    })?;
    until("due object", || {
        let status = bench.object(KIND, "made")?["status"].clone();
        Ok(status["reseal"] == true && status["resealReason"] == "OlderRecipient")
    })?;
    put(bench, "newer", &[("foo", "bar")])?;
    wait(bench, "newer", "Ready")?;
    wait(bench, "made", "Ready")?;
    let map = ["configmap", "sealkit-recipient", "--namespace", NAMESPACE];
    let now = get(8080, "/v1/recipient")?;
    until("ConfigMap", || {
        Ok(bench.cluster.get(&map)?["data"]["recipient"] == now.trim())
    })?;
    let status = bench.object(KIND, "newer")?["status"].clone();
    // another recipient is not trusted because the cluster says it, but because a person does
    let name = status["dataKeys"][0]["recipient"].as_str().context("it opened")?;
    let refused = bench.sealkit(&["recipient", "fetch", PINNED], "").is_err();
    bench.sealkit(&["recipient", "pin", PINNED, "--name", name], "")?;
    bench
        .cluster
        .apply(&seal_for(bench, PINNED, "pinned", &[("foo", "bar")], &json!({}))?)?;
    wait(bench, "pinned", "Ready")?;
    Ok(refused && status["reseal"] == false)
}

fn relabelled(bench: &Bench<'_>) -> Result<bool> {
    let mut all = identities(bench, "active")?;
    all.sort_by_key(|identity| identity["metadata"]["creationTimestamp"].to_string());
    let oldest = all[0]["metadata"]["name"].as_str().context("a name")?.to_owned();
    let label = |value: &str| {
        let label = format!("{LABEL}={value}");
        let words = [
            "label",
            "secret",
            &oldest,
            "--namespace",
            NAMESPACE,
            "--overwrite",
            &label,
        ];
        bench.cluster.kubectl(&words).map(drop)
    };
    label("compromised")?;
    until("closed object", || Ok(ready(bench, "made")?.0 == "NoIdentity"))?;
    ensure!(bench.has("made", "foo", "bar")?, "its Secret is gone");
    ensure!(ready(bench, "newer")?.0 == "Opened", "another one is closed too");
    label("active")?;
    wait(bench, "made", "Ready")?;
    Ok(true)
}

fn cold_start(bench: &mut Bench<'_>) -> Result<bool> {
    clear(bench)?;
    let documents: Vec<String> = (0..OBJECTS)
        .map(|at| {
            let items = [("foo", "bar"), ("password", "x")];
            format!("---\n{}\n", secret(&format!("db-{at}"), &items, &json!({})))
        })
        .collect();
    let recipient = get(8080, "/v1/recipient")?;
    let words = ["seal", "--format", "native", "--recipient", recipient.trim()];
    let sealed = bench.sealkit(&words, &documents.concat())?;
    bench.stop()?;
    bench.cluster.apply(&sealed)?;
    let begun = Instant::now();
    bench.start_ours(&["--encrypted-secrets"])?;
    until("last Secret", || Ok(bench.versions("secrets")?.len() == OBJECTS))?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "ours: {OBJECTS} EncryptedSecrets of 2 values, post-quantum, from a cold start in {seconds:.1} s"
    );
    until("last status", || {
        let list = bench.cluster.get(&[KIND, "--namespace", "shop"])?;
        let items = list["items"].as_array().context("items")?;
        Ok(items
            .iter()
            .all(|item| item["status"]["conditions"][0]["status"] == "True"))
    })?;
    let before = (bench.versions("secrets")?, bench.versions(KIND)?);
    bench.stop()?;
    bench.start_ours(&["--encrypted-secrets"])?;
    std::thread::sleep(std::time::Duration::from_secs(5));
    ensure!(
        before == (bench.versions("secrets")?, bench.versions(KIND)?),
        "a restart wrote"
    );
    clear(bench)?;
    Ok(true)
}

fn files(bench: &mut Bench<'_>) -> Result<bool> {
    let folder = bench.paths.scratch.join("identities");
    fs::create_dir_all(&folder)?;
    bench.stop()?;
    let flag = format!("--identity-file={}", folder.display());
    let before = identities(bench, "active")?.len();
    bench.start_ours(&["--encrypted-secrets", &flag])?;
    let recipient = bench.sealkit(&["keygen", "-o", "file-identity.txt"], "")?;
    let sealed = seal_for(bench, recipient.trim(), "by-file", &[("foo", "bar")], &json!({}))?;
    bench.cluster.apply(&sealed)?;
    wait(bench, "by-file", "Stalled")?;
    fs::copy(
        bench.paths.scratch.join("file-identity.txt"),
        folder.join("keys.txt"),
    )?;
    wait(bench, "by-file", "Ready")?;
    Ok(bench.has("by-file", "foo", "bar")? && identities(bench, "active")?.len() == before)
}

//! What people put into the cluster: objects as big as it takes, of strange types, bombs; and keys that go, come back, and
//! come from the future.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sealkit_cluster::keys::{Extra, NewKey, new_key};
use sealkit_crypto::rsa_oaep::RsaPrivateKey;
use serde_json::{Value, json};

use super::admin::{Admin, create};
use crate::bench::{Bench, NAMESPACE, Tally, get, secret, until};

const CRD: &str = "sealedsecrets.bitnami.com";
/// A Secret may have 1 MiB of data, an object in etcd 1.5 MiB.
const FITS: usize = 1_048_000;
const TOO_MUCH: usize = 1_150_000;

pub(super) fn all(bench: &mut Bench<'_>, admin: &Admin, tally: &mut Tally) -> Result<()> {
    tally.check("an object as big as a Secret may be opens", big(bench, admin));
    tally.check(
        "an object of 1.5 MB whose Secret would be too big says so",
        too_big(bench, admin),
    );
    tally.check(
        "numbers in the place of values are refused by the resource, or else by the controller",
        numbers(bench, admin),
    );
    tally.check("a template bomb fails alone", bombs(bench, admin));
    tally.check(
        "a key from the future is used, and is not renewed again and again",
        future(bench),
    );
    tally.check(
        "a key deleted while in use closes its objects, takes no Secret away, and opens them when it is back",
        deleted(bench),
    );
    bench.clear()
}

fn sealed(bench: &Bench<'_>, name: &str, size: usize) -> Result<Value> {
    let text = "x".repeat(size);
    let sealed = bench.kubeseal(
        &["-o", "json"],
        &secret(name, &[("foo", &text)], &json!({})).to_string(),
    )?;
    Ok(serde_json::from_str(&sealed)?)
}

fn big(bench: &Bench<'_>, admin: &Admin) -> Result<bool> {
    admin.all(vec![create(sealed(bench, "big", FITS)?)])?;
    until("Secret", || bench.has("big", "foo", &"x".repeat(FITS)))?;
    until("condition", || Ok(bench.synced("big")?.0 == "True")).map(|()| true)
}

fn too_big(bench: &Bench<'_>, admin: &Admin) -> Result<bool> {
    let object = sealed(bench, "too-big", TOO_MUCH)?;
    ensure!(
        object.to_string().len() > 1_500_000,
        "it has {} bytes",
        object.to_string().len()
    );
    admin.all(vec![create(object)])?;
    bench.put("beside", &[("foo", "bar")])?;
    until("Secret beside", || bench.has("beside", "foo", "bar"))?;
    until("condition", || Ok(bench.synced("too-big")?.0 == "False"))?;
    let said = bench.synced("too-big")?.1;
    ensure!(said.contains("Too long"), "{said}");
    Ok(bench.object("secret", "too-big").is_err())
}

fn numbers(bench: &Bench<'_>, admin: &Admin) -> Result<bool> {
    let object = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "numbers", "namespace": "shop"},
        "spec": {"encryptedData": {"a": 1, "b": [2]}},
    });
    let refusal = admin
        .all(vec![create(object.clone())])
        .err()
        .context("it was taken")?;
    ensure!(
        refusal.to_string().contains("must be of type string"),
        "{refusal}"
    );
    let path = "/spec/versions/0/schema/openAPIV3Schema";
    let strict =
        bench.cluster.get(&["crd", CRD])?["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    let schema = |schema: &Value| {
        let patch = json!([{"op": "replace", "path": path, "value": schema}]).to_string();
        bench
            .cluster
            .kubectl(&["patch", "crd", CRD, "--type=json", "--patch", &patch])
    };
    schema(&json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}))?;
    let outcome = (|| {
        until("lenient resource", || {
            Ok(admin.all(vec![create(object.clone())]).is_ok())
        })?;
        until("condition", || Ok(bench.synced("numbers")?.0 == "False"))?;
        let said = bench.synced("numbers")?.1;
        ensure!(said == "no key could decrypt secret (a, b)", "{said}");
        bench
            .cluster
            .kubectl(&["delete", "sealedsecret", "numbers", "--namespace", "shop"])
    })();
    schema(&strict)?;
    outcome?;
    until("strict resource", || {
        Ok(admin.all(vec![create(object.clone())]).is_err())
    })?;
    // the watch of this resource ends with its schema
    bench.put("afterwards", &[("foo", "bar")])?;
    until("Secret", || bench.has("afterwards", "foo", "bar")).map(|()| true)
}

fn bombs(bench: &Bench<'_>, admin: &Admin) -> Result<bool> {
    let plain: Value = serde_json::from_str(&bench.kubeseal(
        &["-o", "json"],
        &secret("bomb", &[("foo", "bar")], &json!({})).to_string(),
    )?)?;
    let begun = Instant::now();
    for (at, bomb) in [
        r#"{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#,
        "{{ range until 100000 }}{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}{{ end }}",
        r#"{{ repeat 100000 (repeat 100000 "x") }}"#,
        r#"{{ $x := "x" }}{{ range until 64 }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ $x }}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let mut object = plain.clone();
        let name = if at == 0 {
            "bomb".to_owned()
        } else {
            format!("bomb-{at}")
        };
        object["metadata"]["name"] = json!(name);
        object["metadata"]["annotations"] = json!({"sealedsecrets.bitnami.com/cluster-wide": "true"});
        object["spec"]["template"]["data"] = json!({"x": bomb});
        object["spec"]["encryptedData"] = json!({});
        admin.all(vec![create(object)])?;
    }
    bench.put("beside-bombs", &[("foo", "bar")])?;
    until("Secret beside", || bench.has("beside-bombs", "foo", "bar"))?;
    for name in ["bomb", "bomb-1", "bomb-2", "bomb-3"] {
        until("condition", || Ok(bench.synced(name)?.0 == "False"))?;
        ensure!(bench.object("secret", name).is_err(), "{name} has a Secret");
    }
    let took = begun.elapsed();
    ensure!(took < Duration::from_secs(30), "it took {took:?}");
    Ok(true)
}

/// Names of the sealing keys.
fn names(bench: &Bench<'_>) -> Result<Vec<String>> {
    let name = |key: &Value| key["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    Ok(bench.keys()?.iter().map(name).collect())
}

fn future(bench: &mut Bench<'_>) -> Result<bool> {
    let before = names(bench)?.len();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs();
    let new = NewKey {
        namespace: NAMESPACE,
        prefix: "from-the-future",
        common_name: "",
        now: now + 100 * 24 * 3600,
        ttl: 24 * 3600,
        extra: &Extra::default(),
    };
    let mut key = new_key(&RsaPrivateKey::generate(2048)?, &new)?;
    key.metadata.name = Some("from-the-future".to_owned());
    let mut key = serde_json::to_value(&key)?;
    key["apiVersion"] = json!("v1");
    key["kind"] = json!("Secret");
    bench.cluster.apply(&key.to_string())?;
    // every other key would be renewed at once
    bench.stop()?;
    bench.start_ours(&["--key-renew-period=1s"])?;
    let certificate = || get(8080, "/v1/cert.pem");
    let theirs = key["data"]["tls.crt"].clone();
    until("its certificate", || {
        use base64::Engine as _;
        Ok(json!(base64::engine::general_purpose::STANDARD.encode(certificate()?)) == theirs)
    })?;
    std::thread::sleep(Duration::from_secs(4));
    ensure!(
        names(bench)?.len() == before + 1,
        "more keys: {:?}",
        names(bench)?
    );
    bench.stop()?;
    bench.start_ours(&[])?;
    bench.put("tomorrow", &[("foo", "bar")])?;
    until("Secret", || bench.has("tomorrow", "foo", "bar")).map(|()| true)
}

fn deleted(bench: &Bench<'_>) -> Result<bool> {
    let name = "from-the-future";
    let mut key = bench.cluster.get(&["secret", name, "--namespace", NAMESPACE])?;
    for field in ["resourceVersion", "uid", "creationTimestamp", "managedFields"] {
        key["metadata"].as_object_mut().context("metadata")?.remove(field);
    }
    bench.put("keyless", &[("foo", "bar")])?;
    until("Secret", || bench.has("keyless", "foo", "bar"))?;
    let others = names(bench)?.len() - 1;
    let sealed = bench.seal("late", &[("foo", "bar")], &json!({}))?;
    bench
        .cluster
        .kubectl(&["delete", "secret", name, "--namespace", NAMESPACE])?;
    bench.cluster.apply(&sealed)?;
    until("refusal", || Ok(bench.synced("late")?.0 == "False"))?;
    ensure!(bench.has("keyless", "foo", "bar")?, "its Secret is gone");
    ensure!(names(bench)?.len() == others, "another key was made");
    bench.cluster.apply(&key.to_string())?;
    until("Secret", || bench.has("late", "foo", "bar"))?;
    until("condition", || Ok(bench.synced("late")?.0 == "True"))?;
    bench
        .cluster
        .kubectl(&["delete", "secret", name, "--namespace", NAMESPACE])?;
    bench.put("older-key", &[("foo", "bar")])?;
    until("Secret of an older key", || bench.has("older-key", "foo", "bar")).map(|()| true)
}

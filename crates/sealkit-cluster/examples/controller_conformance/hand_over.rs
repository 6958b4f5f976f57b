//! One Secret and two who could have it: a SealedSecret, Flux or a person hands it to an EncryptedSecret, and back.
//!
//! This cluster has no garbage collector and no Flux. What they look at before they delete is looked at here: owner
//! references and labels.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::bench::{Bench, Tally, secret, until};
use crate::encrypted::{annotate, put, ready, switch_off, switch_on, wait};

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    switch_on(bench)?;
    tally.check(
        "of two objects of one name the second says who has the Secret",
        collision(bench),
    );
    tally.check(
        "a SealedSecret hands its Secret over, is pruned, and the Secret was there all the time",
        from_sealed(bench),
    );
    tally.check("what Flux and people applied is handed over", from_others(bench));
    tally.check("and it is handed back", back(bench));
    switch_off(bench)
}

fn metadata(bench: &Bench<'_>, name: &str) -> Result<Value> {
    Ok(bench.object("secret", name)?["metadata"].clone())
}

fn owner(metadata: &Value) -> (usize, &str) {
    let owners = metadata["ownerReferences"].as_array();
    let kind = metadata["ownerReferences"][0]["kind"].as_str();
    (owners.map_or(0, Vec::len), kind.unwrap_or_default())
}

/// Nobody writes it for three turns' time.
fn rests(bench: &Bench<'_>, name: &str) -> Result<()> {
    let before = metadata(bench, name)?["resourceVersion"].clone();
    sleep(Duration::from_secs(3));
    ensure!(
        metadata(bench, name)?["resourceVersion"] == before,
        "they fight for {name}"
    );
    Ok(())
}

fn collision(bench: &Bench<'_>) -> Result<bool> {
    bench.put("first", &[("foo", "sealed")])?;
    until("Secret", || bench.has("first", "foo", "sealed"))?;
    put(bench, "first", &[("foo", "encrypted")])?;
    wait(bench, "first", "Stalled")?;
    let said = ready(bench, "first")?;
    ensure!(said.1.contains("belongs to the SealedSecret first"), "{said:?}");
    rests(bench, "first")?;

    put(bench, "second", &[("foo", "encrypted")])?;
    wait(bench, "second", "Ready")?;
    bench.put("second", &[("foo", "sealed")])?;
    until("refusal", || Ok(bench.synced("second")?.0 == "False"))?;
    let said = bench.synced("second")?.1;
    ensure!(
        said.ends_with("it belongs to the EncryptedSecret of the same name"),
        "{said}"
    );
    rests(bench, "second")?;
    // deleted, it comes back to whom it belonged
    bench
        .cluster
        .kubectl(&["delete", "secret", "second", "--namespace", "shop"])?;
    until("Secret", || bench.has("second", "foo", "encrypted"))?;
    rests(bench, "second")?;
    Ok(bench.has("first", "foo", "sealed")? && bench.has("second", "foo", "encrypted")?)
}

fn from_sealed(bench: &Bench<'_>) -> Result<bool> {
    bench.put("moving", &[("foo", "bar")])?;
    until("Secret", || bench.has("moving", "foo", "bar"))?;
    let before = metadata(bench, "moving")?;
    annotate(bench, "moving", "sealkit.dev/adopt=moving")?;
    until("SealedSecret that lets go", || {
        Ok(bench
            .synced("moving")?
            .1
            .ends_with("handed over to the EncryptedSecret of the same name"))
    })?;
    rests(bench, "moving")?;
    let words = [
        "get",
        "secret",
        "moving",
        "--namespace",
        "shop",
        "--watch-only",
        "--output-watch-events",
    ];
    let mut watch = bench.cluster.kubectl_command();
    let watch = watch.args(words).stdout(std::process::Stdio::piped()).spawn()?;
    sleep(Duration::from_millis(500));
    put(bench, "moving", &[("foo", "bar")])?;
    wait(bench, "moving", "Ready")?;
    let after = metadata(bench, "moving")?;
    ensure!(owner(&after) == (1, "EncryptedSecret"), "{after}");
    bench
        .cluster
        .kubectl(&["delete", "sealedsecret", "moving", "--namespace", "shop"])?;
    sleep(Duration::from_secs(2));
    let events = ended(watch)?;
    ensure!(
        events.contains("MODIFIED") && !events.contains("DELETED"),
        "{events}"
    );
    let last = metadata(bench, "moving")?;
    Ok(before["uid"] == last["uid"] && last["annotations"].is_null() && bench.has("moving", "foo", "bar")?)
}

/// What a watch has printed until now.
fn ended(mut watch: std::process::Child) -> Result<String> {
    watch.kill()?;
    let output = watch.wait_with_output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn from_others(bench: &Bench<'_>) -> Result<bool> {
    let flux = json!({
        "labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"},
    });
    let argo = json!({"annotations": {"argocd.argoproj.io/tracking-id": "apps:/Secret:shop/argo"}});
    for (name, more, owner_is) in [
        ("flux", flux, "the Flux Kustomization apps"),
        ("argo", argo, "Argo CD"),
        ("person", json!({}), "nobody that it names"),
    ] {
        let theirs = secret(name, &[("theirs", "1"), ("foo", "old")], &more);
        bench.cluster.apply(&theirs.to_string())?;
        let before = metadata(bench, name)?["uid"].clone();
        put(bench, name, &[("foo", "bar")])?;
        wait(bench, name, "Stalled")?;
        let said = ready(bench, name)?;
        ensure!(said.1.contains(owner_is), "{said:?}");
        annotate(bench, name, &format!("sealkit.dev/adopt={name}"))?;
        wait(bench, name, "Ready")?;
        let after = metadata(bench, name)?;
        ensure!(
            after["uid"] == before && owner(&after) == (1, "EncryptedSecret"),
            "{after}"
        );
        ensure!(
            after["labels"].is_null() && after["annotations"].is_null(),
            "{after}"
        );
        ensure!(
            bench.has(name, "foo", "bar")? && !bench.has(name, "theirs", "1")?,
            "{name}"
        );
    }
    // as Flux prunes: what still carries its labels
    let words = [
        "delete",
        "secrets",
        "--namespace",
        "shop",
        "--selector",
        "kustomize.toolkit.fluxcd.io/name=apps",
    ];
    bench.cluster.kubectl(&words)?;
    bench.has("flux", "foo", "bar")
}

fn back(bench: &Bench<'_>) -> Result<bool> {
    let before = metadata(bench, "person")?["uid"].clone();
    annotate(bench, "person", "sealedsecrets.bitnami.com/managed=true")?;
    until("EncryptedSecret that lets go", || {
        Ok(ready(bench, "person")?.1.contains("asks to be a SealedSecret's"))
    })?;
    bench.put("person", &[("foo", "sealed")])?;
    until("Secret", || bench.has("person", "foo", "sealed"))?;
    rests(bench, "person")?;
    let after = metadata(bench, "person")?;
    Ok(after["uid"] == before && owner(&after) == (1, "SealedSecret"))
}

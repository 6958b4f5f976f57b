//! Objects and their Secrets: made, followed, corrected, left alone, removed.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::bench::{Bench, Tally, secret, until};

const ANNOTATION: &str = "sealedsecrets.bitnami.com/";

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    tally.check("a sealed object becomes a Secret (56)", made(bench));
    tally.check("and its Secret follows it (57, 58)", followed(bench));
    tally.check("drift of data, labels and annotations is corrected", drift(bench));
    tally.check("a deleted Secret comes back (62)", recreated(bench));
    tally.check(
        "a Secret of somebody else is left alone and the object says so",
        unmanaged(bench),
    );
    tally.check("a managed Secret is taken over (59)", managed(bench));
    tally.check(
        "a patched Secret keeps what others put there (60, 61)",
        patched(bench),
    );
    tally.check("an object of another place does not open (67)", elsewhere(bench));
    tally.check("an immutable Secret is not changed (66)", immutable(bench));
    tally.check("a strange object hides no other", strange(bench));
    tally.check("another scope annotation alone is noticed", scope(bench));
    bench.clear()
}

fn made(bench: &Bench<'_>) -> Result<bool> {
    let labelled = json!({"labels": {"team": "a"}});
    bench
        .cluster
        .apply(&bench.seal("made", &[("foo", "bar")], &labelled)?)?;
    until("Secret", || bench.has("made", "foo", "bar"))?;
    until("condition", || Ok(bench.synced("made")?.0 == "True"))?;
    until("event", || {
        Ok(bench
            .events("made")?
            .iter()
            .any(|(reason, _)| reason == "Unsealed"))
    })?;
    let (object, secret) = (
        bench.object("sealedsecret", "made")?,
        bench.object("secret", "made")?,
    );
    let condition = &object["status"]["conditions"][0];
    Ok(condition["lastUpdateTime"] == condition["lastTransitionTime"]
        && object["status"]["observedGeneration"] == 1
        && secret["metadata"]["labels"]["team"] == "a"
        && secret["metadata"]["ownerReferences"][0]["uid"] == object["metadata"]["uid"])
}

fn followed(bench: &Bench<'_>) -> Result<bool> {
    sleep(Duration::from_millis(1100));
    bench.put("made", &[("other", "baz")])?;
    until("new item", || bench.has("made", "other", "baz"))?;
    until("generation", || {
        Ok(bench.object("sealedsecret", "made")?["status"]["observedGeneration"] == 2)
    })?;
    let object = bench.object("sealedsecret", "made")?;
    let condition = &object["status"]["conditions"][0];
    let gone = bench.object("secret", "made")?["data"]["foo"].is_null();
    Ok(gone && condition["lastUpdateTime"] != condition["lastTransitionTime"])
}

fn drift(bench: &Bench<'_>) -> Result<bool> {
    bench.put("drift", &[("foo", "bar")])?;
    until("Secret", || bench.has("drift", "foo", "bar"))?;
    for patch in [
        json!({"stringData": {"foo": "changed"}}),
        json!({"stringData": {"more": "added"}}),
        json!({"metadata": {"labels": {"x": "y"}}}),
        json!({"metadata": {"annotations": {"x": "y"}}}),
    ] {
        let patch = patch.to_string();
        let words = [
            "patch",
            "secret",
            "drift",
            "--namespace",
            "shop",
            "--type=merge",
            "--patch",
        ];
        bench.cluster.kubectl(&[&words[..], &[&patch]].concat())?;
        until("correction", || {
            let secret = bench.object("secret", "drift")?;
            let metadata = &secret["metadata"];
            let bare = metadata["labels"].is_null() && metadata["annotations"].is_null();
            Ok(bare && secret["data"]["more"].is_null() && bench.has("drift", "foo", "bar")?)
        })?;
    }
    Ok(true)
}

fn recreated(bench: &Bench<'_>) -> Result<bool> {
    bench
        .cluster
        .kubectl(&["delete", "secret", "drift", "--namespace", "shop"])?;
    until("Secret", || bench.has("drift", "foo", "bar")).map(|()| true)
}

fn unmanaged(bench: &Bench<'_>) -> Result<bool> {
    bench
        .cluster
        .apply(&secret("foreign", &[("theirs", "1")], &json!({})).to_string())?;
    bench.put("foreign", &[("foo", "bar")])?;
    until("condition", || Ok(bench.synced("foreign")?.0 == "False"))?;
    let says = "failed update: Resource \"foreign\" already exists and is not managed by SealedSecret";
    let said = bench.synced("foreign")?.1 == says;
    let untouched = bench.has("foreign", "theirs", "1")? && !bench.has("foreign", "foo", "bar")?;
    bench
        .cluster
        .kubectl(&["delete", "secret", "foreign", "--namespace", "shop"])?;
    sleep(Duration::from_millis(150));
    let absent = bench.object("secret", "foreign").is_err();
    until("Secret in the end", || bench.has("foreign", "foo", "bar"))?;
    until("condition", || Ok(bench.synced("foreign")?.0 == "True"))?;
    Ok(said && untouched && absent)
}

fn managed(bench: &Bench<'_>) -> Result<bool> {
    let metadata = json!({"labels": {"x": "y"}, "annotations": {format!("{ANNOTATION}managed"): "true"}});
    bench
        .cluster
        .apply(&secret("managed", &[("theirs", "1")], &metadata).to_string())?;
    bench.put("managed", &[("foo", "bar")])?;
    until("Secret", || bench.has("managed", "foo", "bar"))?;
    let secret = bench.object("secret", "managed")?;
    Ok(secret["data"]["theirs"].is_null()
        && secret["metadata"]["labels"].is_null()
        && secret["metadata"]["annotations"].is_null()
        && secret["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret")
}

fn patched(bench: &Bench<'_>) -> Result<bool> {
    let metadata = json!({"labels": {"x": "y"}, "annotations": {format!("{ANNOTATION}patch"): "true"}});
    bench
        .cluster
        .apply(&secret("patched", &[("theirs", "1")], &metadata).to_string())?;
    bench.put("patched", &[("foo", "bar")])?;
    until("Secret", || bench.has("patched", "foo", "bar"))?;
    let secret = bench.object("secret", "patched")?;
    Ok(bench.has("patched", "theirs", "1")?
        && secret["metadata"]["labels"]["x"] == "y"
        && secret["metadata"]["ownerReferences"].is_null())
}

fn elsewhere(bench: &Bench<'_>) -> Result<bool> {
    let sealed = bench.seal("here", &[("foo", "bar")], &json!({}))?;
    bench
        .cluster
        .apply(&sealed.replace("name: here", "name: there"))?;
    until("event", || {
        let events = bench.events("there")?;
        Ok(events.contains(&(
            "ErrUnsealFailed".to_owned(),
            "Failed to unseal: no key could decrypt secret (foo)".to_owned(),
        )))
    })?;
    Ok(bench.object("secret", "there").is_err())
}

fn immutable(bench: &Bench<'_>) -> Result<bool> {
    let sealed = bench.seal("frozen", &[("foo", "bar")], &json!({}))?;
    let frozen = |sealed: &str| sealed.replace("  template:\n", "  template:\n    immutable: true\n");
    bench.cluster.apply(&frozen(&sealed))?;
    until("Secret", || bench.has("frozen", "foo", "bar"))?;
    let changed = bench.seal("frozen", &[("foo", "changed")], &json!({}))?;
    bench.cluster.apply(&frozen(&changed))?;
    until("event", || {
        let events = bench.events("frozen")?;
        Ok(events.iter().any(|(reason, message)| {
            reason == "ErrUpdateFailed" && message.contains("the target Secret is immutable")
        }))
    })?;
    until("generation", || {
        Ok(bench.object("sealedsecret", "frozen")?["status"]["observedGeneration"] == 2)
    })?;
    bench.has("frozen", "foo", "bar")
}

fn strange(bench: &Bench<'_>) -> Result<bool> {
    let object = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "strange", "namespace": "shop"},
        "spec": {"encryptedData": {"a": "", "b": "NOTVALIDBASE64"}},
    });
    bench.cluster.apply(&object.to_string())?;
    bench.put("beside", &[("foo", "bar")])?;
    until("Secret", || bench.has("beside", "foo", "bar"))?;
    until("condition", || Ok(bench.synced("strange")?.0 == "False"))?;
    let says = bench.synced("strange")?.1;
    Ok(says == "no key could decrypt secret (a)\nillegal base64 data at input byte 12 (b)")
}

fn scope(bench: &Bench<'_>) -> Result<bool> {
    let annotations = json!({"annotations": {format!("{ANNOTATION}cluster-wide"): "true"}});
    bench
        .cluster
        .apply(&bench.seal("wide", &[("foo", "bar")], &annotations)?)?;
    until("Secret", || bench.has("wide", "foo", "bar"))?;
    let words = [
        "annotate",
        "sealedsecret",
        "wide",
        "--namespace",
        "shop",
        "--overwrite",
    ];
    let name = format!("{ANNOTATION}cluster-wide");
    bench
        .cluster
        .kubectl(&[&words[..], &[&format!("{name}=false")]].concat())?;
    until("refusal", || Ok(bench.synced("wide")?.0 == "False"))?;
    bench
        .cluster
        .kubectl(&[&words[..], &[&format!("{name}=true")]].concat())?;
    until("opening", || Ok(bench.synced("wide")?.0 == "True")).map(|()| true)
}

//! Sealing keys: made, served, renewed, taken out of use and back, without a restart.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use sealkit_testcluster::Signal;
use serde_json::{Value, json};

use crate::bench::{Bench, NAMESPACE, Tally, get, until};

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    tally.check(
        "one key is made where there is none (23)",
        Ok(bench.keys()?.len() == 1),
    );
    tally.check(
        "kubeseal fetches the newest key's certificate (54)",
        served(bench),
    );
    tally.check("SIGUSR1 makes another, and both open (23)", renewed(bench));
    tally.check(
        "a key out of use opens nothing from then on, and again when it is back",
        relabelled(bench),
    );
    tally.check("a restart makes no key and opens with all (24)", restarted(bench));
    tally.check("a cut-off makes one (27)", cut_off(bench));
    tally.check(
        "a key that only its name makes one is used (28)",
        unlabelled(bench),
    );
    tally.check(
        "Secrets are watched unless told otherwise (33)",
        skip_recreate(bench),
    );
    bench.clear()
}

fn unlabelled(bench: &mut Bench<'_>) -> Result<bool> {
    let key = bench.keys()?.pop().context("a key")?;
    let delete = |bench: &Bench<'_>, which: &[&str]| {
        let words = [&["delete", "secrets", "--namespace", NAMESPACE], which].concat();
        bench.cluster.kubectl(&words).map(drop)
    };
    bench.stop()?;
    delete(
        bench,
        &["--selector", "sealedsecrets.bitnami.com/sealed-secrets-key"],
    )?;
    let name = "sealed-secrets-key";
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "data": key["data"],
        "metadata": {"name": name, "namespace": NAMESPACE},
    });
    bench.cluster.apply(&secret.to_string())?;
    bench.start_ours(&[])?;
    let used = get(8080, "/v1/cert.pem")? == certificate(&key)? && bench.keys()?.is_empty();
    bench.stop()?;
    delete(bench, &[name])?;
    bench.start_ours(&[])?;
    Ok(used)
}

fn skip_recreate(bench: &mut Bench<'_>) -> Result<bool> {
    let deleted_stays_away = |bench: &Bench<'_>, name: &str| -> Result<bool> {
        bench.put(name, &[("foo", "bar")])?;
        until("Secret", || bench.has(name, "foo", "bar"))?;
        bench
            .cluster
            .kubectl(&["delete", "secret", name, "--namespace", "shop"])?;
        sleep(Duration::from_secs(3));
        Ok(!bench.has(name, "foo", "bar")?)
    };
    let watched = !deleted_stays_away(bench, "watched")?;
    bench.stop()?;
    bench.start_ours(&["--skip-recreate"])?;
    let not_watched = deleted_stays_away(bench, "not-watched")?;
    bench.stop()?;
    bench.start_ours(&[])?;
    Ok(watched && not_watched)
}

fn certificate(key: &Value) -> Result<String> {
    use base64::Engine as _;
    let text = key["data"]["tls.crt"]
        .as_str()
        .context("a key has a certificate")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text)?;
    Ok(String::from_utf8(bytes)?)
}

fn serves_newest(bench: &Bench<'_>) -> Result<bool> {
    let keys = bench.keys()?;
    Ok(get(8080, "/v1/cert.pem")? == certificate(keys.last().context("a key")?)?)
}

fn served(bench: &Bench<'_>) -> Result<bool> {
    let fetched = bench.kubeseal(&["--fetch-cert"], "")?;
    let keys = bench.keys()?;
    Ok(fetched == certificate(keys.last().context("a key")?)?)
}

fn renewed(bench: &Bench<'_>) -> Result<bool> {
    bench.put("old-key", &[("foo", "bar")])?;
    until("Secret", || bench.has("old-key", "foo", "bar"))?;
    let before = bench.keys()?.len();
    // a key of the same second would not become the current one
    sleep(Duration::from_millis(1100));
    bench.signal(Signal::USR1)?;
    until("new key", || {
        Ok(bench.keys()?.len() == before + 1 && serves_newest(bench)?)
    })?;
    bench.put("new-key", &[("foo", "bar")])?;
    until("Secret", || bench.has("new-key", "foo", "bar"))?;
    bench
        .cluster
        .kubectl(&["delete", "secret", "old-key", "--namespace", "shop"])?;
    until("Secret of the old key", || bench.has("old-key", "foo", "bar")).map(|()| true)
}

fn relabelled(bench: &Bench<'_>) -> Result<bool> {
    let keys = bench.keys()?;
    let newest = keys.last().context("a key")?["metadata"]["name"]
        .as_str()
        .context("a name")?
        .to_owned();
    let label = |value: &str| {
        let label = format!("sealedsecrets.bitnami.com/sealed-secrets-key={value}");
        let words = [
            "label",
            "secret",
            &newest,
            "--namespace",
            NAMESPACE,
            "--overwrite",
            &label,
        ];
        bench.cluster.kubectl(&words).map(drop)
    };
    let sealed = bench.seal("closed", &[("foo", "bar")], &serde_json::json!({}))?;
    label("compromised")?;
    until("older certificate", || serves_newest(bench))?;
    bench.cluster.apply(&sealed)?;
    until("refusal", || Ok(bench.synced("closed")?.0 == "False"))?;
    let refused = bench.object("secret", "closed").is_err();
    label("active")?;
    until("Secret", || bench.has("closed", "foo", "bar"))?;
    until("condition", || Ok(bench.synced("closed")?.0 == "True"))?;
    Ok(refused)
}

fn restarted(bench: &mut Bench<'_>) -> Result<bool> {
    let before = bench.keys()?.len();
    bench.stop()?;
    bench.delete_all("secrets")?;
    bench.start_ours(&[])?;
    for name in ["old-key", "new-key", "closed"] {
        until("Secret", || bench.has(name, "foo", "bar"))?;
    }
    Ok(bench.keys()?.len() == before)
}

fn cut_off(bench: &mut Bench<'_>) -> Result<bool> {
    let before = bench.keys()?.len();
    bench.stop()?;
    sleep(Duration::from_millis(1100));
    let tomorrow = "--key-cutoff-time=Fri, 31 Dec 2100 00:00:00 +0000";
    bench.start_ours(&[tomorrow])?;
    let made = bench.keys()?.len() == before + 1 && serves_newest(bench)?;
    bench.stop()?;
    bench.start_ours(&[])?;
    Ok(made)
}

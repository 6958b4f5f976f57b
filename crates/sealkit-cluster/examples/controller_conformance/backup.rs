//! The cluster is lost, and with it everything but a backup of the keys and what is sealed in git: both kinds of objects open
//! again in an empty one.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sealkit_testcluster::Signal;
use serde_json::{Value, json};

use crate::bench::{Bench, NAMESPACE, Tally, get, until};
use crate::encrypted;

const SEALING: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";
const IDENTITY: &str = "sealkit.dev/identity";
/// The key that is kept elsewhere, the backup, and the same for `kubectl`.
const FILES: [&str; 3] = ["offline.txt", "keys.age", "keys.yaml"];

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    for file in FILES {
        let _ = fs::remove_file(bench.paths.scratch.join(file));
    }
    encrypted::switch_on(bench)?;
    let git = sealed(bench)?;
    tally.check(
        "both kinds of keys are backed up, in use or not",
        backed_up(bench),
    );
    tally.check(
        "a backup in plain is what `--identity` opens with",
        opens_here(bench, &git),
    );
    let before = Before::note(bench)?;
    bench.lose_the_cluster()?;
    encrypted::install(bench)?;
    tally.check("an empty cluster gets them back", restored(bench, &before));
    tally.check(
        "a controller there opens what was sealed before, with the same keys and no new one",
        opened(bench, &before, &git),
    );
    tally.check("a second restore changes nothing", repeated(bench));
    tally.check(
        "another key under the same name is not replaced, and nothing else is made",
        refused(bench),
    );
    bench.lose_the_cluster()?;
    encrypted::install(bench)?;
    tally.check(
        "kubectl applies the backup, and a controller opens with it",
        applied(bench, &before, &git),
    );
    encrypted::switch_off(bench)
}

/// Keys of two ages, one of them out of use, and an object of each kind and age: the text, as git would keep it.
fn sealed(bench: &Bench<'_>) -> Result<String> {
    let seal = |age: &str| -> Result<String> {
        let sealed = bench.seal(&format!("sealed-{age}"), &[("foo", "bar")], &json!({}))?;
        let native = encrypted::seal(bench, &format!("native-{age}"), &[("foo", "bar")], &json!({}))?;
        Ok(format!("{sealed}\n---\n{native}\n---\n"))
    };
    let old = seal("old")?;
    let count = |label| -> Result<usize> { Ok(labelled(bench, label)?.len()) };
    let (sealing, identities) = (count(SEALING)?, count(IDENTITY)?);
    sleep(Duration::from_millis(1100));
    bench.signal(Signal::USR1)?;
    until("new key of each kind", || {
        Ok(count(SEALING)? == sealing + 1 && count(IDENTITY)? == identities + 1)
    })?;
    sleep(Duration::from_millis(1100));
    let stolen = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "data": labelled(bench, SEALING)?[0]["data"],
        "metadata": {"name": "stolen", "namespace": NAMESPACE, "labels": {SEALING: "compromised"}},
    });
    bench.cluster.apply(&stolen.to_string())?;
    Ok(old + &seal("new")?)
}

/// What a client may expect to find again.
struct Before {
    /// Name, label and data of all keys.
    keys: Vec<(Value, Value, Value)>,
    certificate: String,
    recipient: String,
}

impl Before {
    fn note(bench: &Bench<'_>) -> Result<Self> {
        Ok(Self {
            keys: keys(bench)?,
            certificate: get(8080, "/v1/cert.pem")?,
            recipient: get(8080, "/v1/recipient")?,
        })
    }
}

fn labelled(bench: &Bench<'_>, label: &str) -> Result<Vec<Value>> {
    let words = ["secrets", "--namespace", NAMESPACE, "--selector", label];
    let list = bench.cluster.get(&words)?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

fn keys(bench: &Bench<'_>) -> Result<Vec<(Value, Value, Value)>> {
    let mut keys = Vec::new();
    for label in [SEALING, IDENTITY] {
        for key in labelled(bench, label)? {
            let metadata = &key["metadata"];
            keys.push((
                metadata["name"].clone(),
                metadata["labels"].clone(),
                key["data"].clone(),
            ));
        }
    }
    keys.sort_by_key(|(name, ..)| name.to_string());
    Ok(keys)
}

fn backed_up(bench: &Bench<'_>) -> Result<bool> {
    let recipient = bench.sealkit(&["keygen", "-o", FILES[0]], "")?;
    let words = [
        "keys",
        "backup",
        "-o",
        FILES[1],
        "--recipient",
        recipient.trim(),
        "--output",
        "json",
    ];
    let report: Value = serde_json::from_str(&bench.sealkit(&words, "")?)?;
    let states: Vec<_> = report["keys"]
        .as_array()
        .context("a list")?
        .iter()
        .map(|key| &key["state"])
        .collect();
    let stolen = states.iter().filter(|state| **state == "compromised").count();
    Ok(stolen == 1 && states.len() == keys(bench)?.len())
}

fn opens_here(bench: &Bench<'_>, git: &str) -> Result<bool> {
    bench.sealkit(&["keys", "backup", "--plaintext", "-o", FILES[2]], "")?;
    let opened = bench.sealkit(&["open", "--identity", FILES[2]], git)?;
    // what kubeseal wrote is YAML, what sealkit made of JSON is JSON
    let values = opened.matches("foo: bar\n").count() + opened.matches("\"foo\":\"bar\"").count();
    Ok(values == 4 && !opened.contains("SealedSecret") && !opened.contains("EncryptedSecret"))
}

fn restored(bench: &Bench<'_>, before: &Before) -> Result<bool> {
    let words = ["keys", "restore", "--identity", FILES[0], FILES[1]];
    bench.sealkit(&[&words[..], &["--dry-run"]].concat(), "")?;
    ensure!(keys(bench)?.is_empty(), "a dry run makes keys");
    bench.sealkit(&words, "")?;
    Ok(keys(bench)? == before.keys)
}

fn opened(bench: &mut Bench<'_>, before: &Before, git: &str) -> Result<bool> {
    bench.start_ours(&["--encrypted-secrets"])?;
    bench.cluster.apply(git)?;
    for name in ["sealed-old", "native-old", "sealed-new", "native-new"] {
        until("Secret", || bench.has(name, "foo", "bar"))?;
    }
    ensure!(keys(bench)? == before.keys, "the keys are others");
    ensure!(
        get(8080, "/v1/recipient")? == before.recipient,
        "another identity is current"
    );
    Ok(get(8080, "/v1/cert.pem")? == before.certificate)
}

fn repeated(bench: &Bench<'_>) -> Result<bool> {
    let versions = || -> Result<Vec<Value>> {
        let all = [labelled(bench, SEALING)?, labelled(bench, IDENTITY)?].concat();
        Ok(all
            .iter()
            .map(|key| key["metadata"]["resourceVersion"].clone())
            .collect())
    };
    let before = versions()?;
    bench.sealkit(&["keys", "restore", "--identity", FILES[0], FILES[1]], "")?;
    Ok(versions()? == before)
}

fn refused(bench: &Bench<'_>) -> Result<bool> {
    let identity = labelled(bench, IDENTITY)?[0]["metadata"]["name"].clone();
    let identity = identity.as_str().context("a name")?;
    bench
        .cluster
        .kubectl(&["delete", "secret", identity, "stolen", "--namespace", NAMESPACE])?;
    let other = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "stolen", "namespace": NAMESPACE},
    });
    bench.cluster.apply(&other.to_string())?;
    let before = keys(bench)?;
    let outcome = bench.sealkit(&["keys", "restore", "--identity", FILES[0], FILES[1]], "");
    let said = outcome.err().context("it is refused")?.to_string();
    ensure!(
        said.contains("another Secret has the name of the sealing key stolen"),
        "{said}"
    );
    Ok(keys(bench)? == before)
}

fn applied(bench: &mut Bench<'_>, before: &Before, git: &str) -> Result<bool> {
    let file = bench.paths.scratch.join(FILES[2]);
    bench.cluster.apply(&fs::read_to_string(file)?)?;
    bench.start_ours(&["--encrypted-secrets"])?;
    bench.cluster.apply(git)?;
    for name in ["sealed-old", "native-old", "sealed-new", "native-new"] {
        until("Secret", || bench.has(name, "foo", "bar"))?;
    }
    let names = |keys: Vec<(Value, Value, Value)>| {
        keys.into_iter()
            .map(|(name, _, data)| (name, data))
            .collect::<Vec<_>>()
    };
    Ok(names(keys(bench)?) == names(before.keys.clone()))
}

//! SealedSecrets with templates: `sealkit open` gives the Secret that the peer gives, as programs.
//!
//! The peer's side is `kubeseal --recovery-unseal`, which opens and renders with the functions of its controller. Values,
//! metadata and type are compared, for every template of `testdata/templates`; of a template that fails, its place.

use std::fs;

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::workbench::{Tally, Workbench, pipe};

/// All templates that render, in one object; then each that fails, in its own.
pub(crate) fn table(workbench: &Workbench, tally: &mut Tally) -> Result<()> {
    let folder = crate::root().join("testdata");
    let keys = folder.join("sealed-secrets/peer-0.36.6");
    let sides = Sides {
        workbench,
        key: workbench.write("key.pem", fs::read(keys.join("key-2048.pkcs8.pem"))?)?,
    };
    let data: Value = serde_json::from_slice(&fs::read(folder.join("templates/data.json"))?)?;
    let plain = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "example.com/made-up", "data": data,
        "metadata": {"name": "db", "namespace": "shop", "labels": {"app": "shop"}, "annotations": {"a": "b"}},
    });
    let certificate = keys.join("cert-2048.pem");
    let mut seal = workbench.peer("kubeseal")?;
    seal.arg("--cert").arg(&certificate);
    let sealed: Value = serde_json::from_slice(&pipe(&mut seal, plain.to_string().as_bytes())?)?;

    let table = fs::read_to_string(folder.join("templates/table.jsonl"))?;
    let rows = table.lines().map(serde_json::from_str::<Value>);
    let rows = rows
        .collect::<Result<Vec<_>, _>>()
        .context("a line of the table")?;
    let (failing, rendering): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["error"].is_string());
    let rendering = rendering.iter().enumerate();
    let mut templates: Map<_, _> = rendering
        .map(|(at, row)| (format!("t{at}"), row["template"].clone()))
        .collect();
    let count = templates.len();
    // null takes a value away that templates may use; a sealed value counts before the template of its key
    templates.insert("empty".to_owned(), Value::Null);
    templates.insert("user".to_owned(), "never".into());
    let (ours, theirs) = sides.both(&format!("{:#}", with(&sealed, templates)))?;
    let (ours, theirs) = (secret(&ours?)?, secret(&theirs?)?);
    let items = |secret: &Value| secret["data"].as_object().map_or(0, Map::len);
    tally.check(
        format!("{count} templates over the same values give the same Secret"),
        Ok(ours == theirs && items(&ours) == count + data.as_object().map_or(0, Map::len) - 1),
    );
    for row in &failing {
        let templates = Map::from_iter([("t".to_owned(), row["template"].clone())]);
        let (ours, theirs) = sides.both(&format!("{:#}", with(&sealed, templates)))?;
        let place = |said: Result<Vec<u8>>| said.err().and_then(|error| place(&format!("{error:#}")));
        let (ours, theirs) = (place(ours), place(theirs));
        tally.check(
            format!("both refuse at the same place: {}", row["template"]),
            match ours == theirs && ours.is_some() {
                true => Ok(true),
                false => Err(anyhow!("ours at {ours:?}, kubeseal at {theirs:?}")),
            },
        );
    }
    tally.check(
        "there are templates of both kinds",
        Ok(count > 200 && failing.len() > 100),
    );
    Ok(())
}

struct Sides<'w> {
    workbench: &'w Workbench,
    key: std::path::PathBuf,
}

/// What both sides print, ours first.
type Both = (Result<Vec<u8>>, Result<Vec<u8>>);

impl Sides<'_> {
    fn both(&self, document: &str) -> Result<Both> {
        let mut ours = self.workbench.command(&self.workbench.sealkit);
        ours.args(["open", "--identity"]).arg(&self.key);
        let mut theirs = self.workbench.peer("kubeseal")?;
        theirs
            .args(["--recovery-unseal", "--recovery-private-key"])
            .arg(&self.key);
        Ok((
            pipe(&mut ours, document.as_bytes()),
            pipe(&mut theirs, document.as_bytes()),
        ))
    }
}

fn with(sealed: &Value, templates: Map<String, Value>) -> Value {
    let mut sealed = sealed.clone();
    sealed["spec"]["template"]["data"] = Value::Object(templates);
    sealed
}

/// A Secret without its owner, which is the cluster's affair, and with all items in `data`.
fn secret(text: &[u8]) -> Result<Value> {
    let mut secret: Value = serde_json::from_slice(text).context("the Secret is JSON")?;
    if let Some(metadata) = secret["metadata"].as_object_mut() {
        metadata.remove("ownerReferences");
    }
    let texts = secret
        .as_object_mut()
        .and_then(|secret| secret.remove("stringData"));
    for (key, value) in texts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        secret["data"][key] = STANDARD.encode(value.as_str().context("a string")?).into();
    }
    for value in secret["data"]
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        // the peer writes an empty value as null
        if value.is_null() {
            *value = "".into();
        }
    }
    Ok(secret)
}

/// `t:1:8` out of a message.
fn place(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("template: ")?;
    Some(rest.split(": ").next()?.to_owned())
}

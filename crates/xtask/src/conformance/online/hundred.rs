//! What our binary seals, their controller opens: Secrets of random shape, applied to the API server and read back.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::bench::{Bench, Side, items};
use super::secrets::{Dice, Shape};
use crate::conformance::workbench::Tally;

const SECRETS: usize = 100;
const NAMESPACES: [&str; 3] = ["shop", "other", "default"];
/// The controller needs about a second for ten of them on two cores.
const OPENED_WITHIN: Duration = Duration::from_secs(180);

/// A hundred for every way in which ours seals.
pub(super) fn all(bench: &Bench, tally: &mut Tally) -> Result<()> {
    let certificate = bench.file("pem", bench.certificate()?)?;
    let seal = |shape: &Shape| {
        let mut arguments = vec!["seal", "--format", "sealed-secrets", "--cert", &certificate];
        if shape.scope_by_flag {
            arguments.extend(["--scope", shape.scope]);
        }
        bench.sealkit(&arguments, shape.written().as_bytes())?.done()
    };
    hundred(bench, "sealkit seal", "sealkit-seal", seal, tally)?;
    for side in &bench.sides {
        let seal = |shape: &Shape| as_kubeseal(bench, side, &certificate, shape);
        hundred(bench, side.name, &side.name.replace(' ', "-"), seal, tally)?;
    }
    Ok(())
}

fn as_kubeseal(bench: &Bench, side: &Side, certificate: &str, shape: &Shape) -> Result<Vec<u8>> {
    let format = if shape.syntax == "json" { "json" } else { "yaml" };
    let mut arguments = vec!["--cert", certificate, "-o", format];
    if shape.scope_by_flag {
        arguments.extend(["--scope", shape.scope]);
    }
    bench.ask(side, &arguments, shape.written().as_bytes())?.done()
}

/// Seals, applies all of them at once, waits, and holds every Secret against what it was made from.
fn hundred(
    bench: &Bench,
    by: &str,
    prefix: &str,
    seal: impl Fn(&Shape) -> Result<Vec<u8>>,
    tally: &mut Tally,
) -> Result<()> {
    let mut dice = Dice::new(20_261_124);
    let shapes: Vec<Shape> = (0..SECRETS)
        .map(|at| dice.shape(&format!("{prefix}-{at}"), &NAMESPACES))
        .collect();
    let mut applied = Vec::new();
    let mut stream = String::new();
    for shape in &shapes {
        match seal(shape).and_then(|sealed| Ok(String::from_utf8(sealed)?)) {
            Ok(sealed) => {
                stream += &format!("---\n{}\n", sealed.trim_end());
                applied.push(shape);
            }
            Err(error) => tally.check(format!("{by}: seals {}", shape.described()), Err(error)),
        }
    }
    bench.cluster.apply(&stream)?;
    wait_until_opened(bench, &applied)?;
    let (sealed, secrets) = (all_of(bench, "sealedsecrets")?, all_of(bench, "secrets")?);
    for shape in applied {
        let right = find(&sealed, shape).and_then(|sealed| is_right(shape, sealed, find(&secrets, shape)));
        tally.check(
            format!("{by}: the controller opens {}", shape.described()),
            right.map(|()| true),
        );
    }
    Ok(())
}

fn is_right(shape: &Shape, sealed: &Value, secret: Result<&Value>) -> Result<()> {
    let status = &sealed["status"]["conditions"][0];
    ensure!(status["status"] == "True", "not opened: {}", status["message"]);
    let secret = secret?;
    ensure!(items(secret)? == shape.items(), "it holds other values");
    let kind = if shape.kind.is_empty() {
        "Opaque"
    } else {
        shape.kind
    };
    ensure!(secret["type"] == kind, "its type is {}", secret["type"]);
    ensure!(
        secret["immutable"].as_bool().unwrap_or_default() == shape.immutable,
        "immutable differs"
    );
    let map = |name: &str| secret["metadata"][name].as_object().cloned().unwrap_or_default();
    let labels: Vec<_> = map("labels").into_iter().collect();
    ensure!(same(&labels, &shape.labels), "its labels are {labels:?}");
    let mut annotations = map("annotations");
    if shape.scope_by_flag {
        annotations.remove(&format!("sealedsecrets.bitnami.com/{}", shape.scope));
    }
    ensure!(
        same(&Vec::from_iter(annotations), &shape.annotations),
        "its annotations differ"
    );
    let owner = &secret["metadata"]["ownerReferences"][0];
    ensure!(owner["uid"] == sealed["metadata"]["uid"], "it has another owner");
    Ok(())
}

fn same(found: &[(String, Value)], expected: &std::collections::BTreeMap<String, String>) -> bool {
    let is_expected = |(key, value): &(String, Value)| expected.get(key).is_some_and(|text| value == text);
    found.len() == expected.len() && found.iter().all(is_expected)
}

/// Until the controller has said of each that it is, or is not, opened.
fn wait_until_opened(bench: &Bench, shapes: &[&Shape]) -> Result<()> {
    let deadline = Instant::now() + OPENED_WITHIN;
    loop {
        let sealed = all_of(bench, "sealedsecrets")?;
        let judged = |shape: &&&Shape| {
            let sealed = find(&sealed, shape);
            sealed.is_ok_and(|sealed| sealed["status"]["conditions"][0]["status"].is_string())
        };
        if shapes.iter().filter(judged).count() == shapes.len() || Instant::now() > deadline {
            return Ok(());
        }
        sleep(Duration::from_millis(500));
    }
}

fn all_of(bench: &Bench, resource: &str) -> Result<Vec<Value>> {
    let list = bench.cluster.get(&[resource, "--all-namespaces"])?;
    list["items"].as_array().cloned().context("a list has items")
}

fn find<'v>(objects: &'v [Value], shape: &Shape) -> Result<&'v Value> {
    let is_it = |object: &&Value| {
        let metadata = &object["metadata"];
        metadata["name"] == shape.name.as_str() && metadata["namespace"] == shape.namespace.as_str()
    };
    objects.iter().find(is_it).context("there is none of that name")
}

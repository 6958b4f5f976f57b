//! What every part does: counts claims, makes a Secret's document, waits, asks on loopback.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// How long anything is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Claims, counted; those that do not hold are printed at once.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) part: &'static str,
    pub(crate) held: usize,
    pub(crate) failed: usize,
}

impl Tally {
    pub(crate) fn check(&mut self, claim: impl Into<String>, outcome: Result<bool>) {
        let why = match outcome {
            Ok(true) => {
                self.held += 1;
                return;
            }
            Ok(false) => String::new(),
            Err(error) => format!(": {error:#}"),
        };
        self.failed += 1;
        println!("{}: does not hold: {}{why}", self.part, claim.into());
    }
}

/// A Secret of namespace `shop`, with more metadata.
pub(crate) fn secret(name: &str, items: &[(&str, &str)], more: &Value) -> Value {
    let mut metadata = json!({"name": name, "namespace": "shop"});
    for (key, value) in more.as_object().into_iter().flatten() {
        metadata[key] = value.clone();
    }
    let data: serde_json::Map<String, Value> = items
        .iter()
        .map(|(key, text)| ((*key).to_owned(), json!(text)))
        .collect();
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})
}

/// Looks until it is so; a failure to look counts as "not yet".
pub(crate) fn until(what: &str, so: impl FnMut() -> Result<bool>) -> Result<()> {
    sealkit_testcluster::until(what, PATIENCE, Duration::from_millis(100), so)
}

/// The body of an answer on loopback.
pub(crate) fn get(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: bench\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("an answer has a head")?;
    Ok(body.to_owned())
}

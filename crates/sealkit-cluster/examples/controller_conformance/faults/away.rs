//! The API server itself: it hangs, dies for a minute, begins again in the middle of the work, and forgets its history.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::rules::{Fault, Rule, Which};
use super::{Field, trouble};
use crate::bench::{Bench, Tally, until};

/// What a connection's silence may take to be noticed goes by while the server is away.
const AWAY: Duration = Duration::from_secs(60);
const HANGS: Duration = Duration::from_secs(5);
const HEALS: Duration = Duration::from_secs(30);
const OBJECTS: usize = 300;

pub(super) fn all(bench: &mut Bench<'_>, field: &mut Field, tally: &mut Tally) -> Result<()> {
    tally.check(
        "requests and watches that hang for ever are given up, and a server that was away for a minute is caught up with",
        hung(bench, field),
    );
    tally.check(
        "a history that etcd has compacted meanwhile is listed again",
        compacted(bench, field),
    );
    tally.check(
        "a server that begins again in the middle of 300 objects costs none of them",
        midway(bench, field),
    );
    Ok(())
}

fn right(bench: &Bench<'_>, field: &Field, what: &str, keys: usize) -> Result<bool> {
    let since = Instant::now();
    until("right state", || Ok(field.fleet.wrong(&field.admin)? == 0))?;
    let took = since.elapsed();
    println!("{what}: right {:.1} s after it was back", took.as_secs_f64());
    ensure!(took < HEALS, "it took {took:?}");
    ensure!(bench.keys()?.len() == keys, "another key was made");
    Ok(true)
}

fn hung(bench: &mut Bench<'_>, field: &mut Field) -> Result<bool> {
    let keys = bench.keys()?.len();
    let begun = Instant::now();
    field.proxy.rules(&[Rule::all(Which::All, Fault::Hang)]);
    trouble::change(field)?;
    std::thread::sleep(HANGS.saturating_sub(begun.elapsed()));
    field.proxy.rules(&[]);
    bench.cluster.kill_api_server(AWAY)?;
    right(bench, field, "hung, then away for a minute", keys)
}

fn compacted(bench: &mut Bench<'_>, field: &mut Field) -> Result<bool> {
    let keys = bench.keys()?.len();
    let busy = [Rule::all(Which::Watches, Fault::Cut(0))];
    field.proxy.rules(&busy);
    trouble::change(field)?;
    field
        .proxy
        .rules(&[Rule::all(Which::Watches, Fault::Answer(503, None))]);
    let url = bench.cluster.etcd().to_owned();
    let revision = etcd(&url, "/v3/kv/range", &json!({"key": "AA=="}))?["header"]["revision"].clone();
    ensure!(revision.is_string(), "etcd says no revision");
    etcd(
        &url,
        "/v3/kv/compaction",
        &json!({"revision": revision, "physical": true}),
    )?;
    // a server that has just begun remembers no more than etcd does
    bench.cluster.kill_api_server(Duration::ZERO)?;
    let since = Instant::now();
    field.proxy.rules(&[]);
    let right = right(bench, field, "compacted", keys)?;
    let asked = field.proxy.asked(since);
    let lists = |asked: &&super::rules::Asked| !asked.watches && asked.path.ends_with("/sealedsecrets");
    ensure!(asked.iter().any(|asked| lists(&asked)), "it was not listed again");
    Ok(right)
}

fn midway(bench: &mut Bench<'_>, field: &mut Field) -> Result<bool> {
    let keys = bench.keys()?.len();
    let (fleet, admin) = (&mut field.fleet, &field.admin);
    let deeds = (0..OBJECTS).map(|at| fleet.add(format!("midway-{at}")));
    let (deeds, done) = (deeds.collect(), AtomicUsize::new(0));
    let killed_at = std::thread::scope(|scope| {
        let applying = scope.spawn(|| admin.insist(deeds, &done));
        until(
            "third of them",
            || Ok(done.load(Ordering::Relaxed) >= OBJECTS / 3),
        )?;
        let killed_at = done.load(Ordering::Relaxed);
        bench.cluster.kill_api_server(Duration::ZERO)?;
        let applied = applying.join();
        applied.map_err(|_| anyhow::anyhow!("it panicked"))??;
        anyhow::Ok(killed_at)
    })?;
    ensure!(killed_at < OBJECTS, "it was no longer the middle");
    println!("the API server was killed after {killed_at} of {OBJECTS} objects");
    right(bench, field, "begun again amid 300 objects", keys)
}

/// Asks etcd over its JSON gateway.
fn etcd(url: &str, path: &str, body: &Value) -> Result<Value> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: etcd\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer has a head")?;
    ensure!(head.contains(" 200 "), "{path}: {answer}");
    Ok(serde_json::from_str(body)?)
}

//! Several replicas, of which one works: the leader killed again and again, and stopped past its lease.

mod skew;

use std::collections::BTreeMap;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sealkit_testcluster::{Process, Signal};

use crate::bench::{Bench, NAMESPACE, Tally, get, until};
use crate::faults::{Admin, Fleet};

const RIGHTS: &str = include_str!("../../deploy/components/leader-election/rights.yaml");
const LEASE: Duration = Duration::from_secs(3);
const FLAGS: [&str; 5] = [
    "--leader-elect",
    "--leader-elect-lease-duration=3s",
    "--leader-elect-renew-deadline=2s",
    "--leader-elect-retry-period=500ms",
    "--key-renew-period=0",
];
const OBJECTS: usize = 1000;
const AT_ONCE: usize = 50;
const BETWEEN_KILLS: Duration = Duration::from_secs(4);

/// Replicas by their names, which begin the identities in the lease, and the ports on which they listen.
const REPLICAS: [(&str, u16); 2] = [("one", 8080), ("two", 9080)];

pub(crate) fn all(bench: &mut Bench<'_>, tally: &mut Tally) -> Result<()> {
    bench.stop()?;
    bench.cluster.apply(RIGHTS)?;
    let selector = "sealedsecrets.bitnami.com/sealed-secrets-key";
    bench.cluster.kubectl(&[
        "delete",
        "secrets",
        "--namespace",
        NAMESPACE,
        "--selector",
        selector,
    ])?;
    let mut replicas = Replicas::default();
    for (name, port) in REPLICAS {
        replicas.start(bench, name, port)?;
    }
    tally.check("replicas that start together make one key", one_key(bench));
    tally.check("all of them serve its certificate", all_serve(bench));
    let killed = kills(bench, &mut replicas);
    if let Ok((kills, leaders)) = &killed {
        println!("{OBJECTS} objects under {kills} kills of the leader, {leaders} leaders in all");
    }
    tally.check(
        "every Secret and status is right although the leader was killed every few seconds",
        killed.map(|(kills, leaders)| kills >= 3 && leaders > kills),
    );
    tally.check("no other key was made meanwhile", Ok(bench.keys()?.len() == 1));
    tally.check(
        "a leader stopped past its lease writes nothing afterwards",
        stopped(bench, &mut replicas),
    );
    tally.check(
        "only the leader makes a key when it is asked to",
        renewed(bench, &mut replicas),
    );
    skew::all(bench, tally);
    tally.check(
        "the lease is given back at the end, and taken at once",
        given_back(bench, &mut replicas),
    );
    drop(replicas);
    bench.cluster.kubectl(&[
        "delete",
        "lease",
        "sealed-secrets-controller",
        "--namespace",
        NAMESPACE,
    ])?;
    bench.start_ours(&[])?;
    bench.clear()
}

#[derive(Default)]
struct Replicas {
    running: BTreeMap<&'static str, Process>,
    starts: usize,
}

impl Replicas {
    fn start(&mut self, bench: &Bench<'_>, name: &'static str, port: u16) -> Result<()> {
        self.starts += 1;
        let mut command = Command::new(&bench.paths.ours);
        command
            .args(FLAGS)
            .args([
                format!("--listen-addr=:{port}"),
                format!("--listen-metrics-addr=:{}", port + 1),
            ])
            .env("POD_NAME", name)
            .env("POD_NAMESPACE", NAMESPACE);
        bench.in_pod(&mut command)?;
        let log = format!("replica-{name}-{}", self.starts);
        let process = Process::start(&log, &mut command, &bench.paths.scratch)?;
        self.running.insert(name, process);
        Ok(())
    }

    fn one(&self, name: &str) -> Result<&Process> {
        self.running.get(name).context("it runs")
    }
}

/// The lease's holder, and how often it went to another one.
fn lease(bench: &Bench<'_>) -> Result<(String, i64)> {
    let lease = bench
        .cluster
        .get(&["lease", "sealed-secrets-controller", "--namespace", NAMESPACE])?;
    let holder = lease["spec"]["holderIdentity"].as_str().unwrap_or_default();
    Ok((
        holder.to_owned(),
        lease["spec"]["leaseTransitions"].as_i64().unwrap_or_default(),
    ))
}

/// Which of the replicas leads, and which does not.
fn leader(bench: &Bench<'_>) -> Result<((&'static str, u16), &'static str)> {
    let (holder, _) = lease(bench)?;
    let [one, two] = REPLICAS;
    match holder.split('_').next() {
        Some(name) if name == one.0 => Ok((one, two.0)),
        Some(name) if name == two.0 => Ok((two, one.0)),
        _ => anyhow::bail!("nobody leads: {holder:?}"),
    }
}

fn one_key(bench: &Bench<'_>) -> Result<bool> {
    until("key", || Ok(!bench.keys()?.is_empty()))?;
    sleep(LEASE);
    Ok(bench.keys()?.len() == 1)
}

fn all_serve(bench: &Bench<'_>) -> Result<bool> {
    let ready = |(_, port)| get(port, "/readyz").is_ok_and(|body| body.trim() == "ok");
    until("ready replicas", || Ok(REPLICAS.into_iter().all(ready)))?;
    let [one, two] = REPLICAS.map(|(_, port)| get(port, "/v1/cert.pem"));
    let key = bench.keys()?.len() == 1;
    Ok(key && one? == two?)
}

/// Applies objects a few at a time and kills whoever leads every few seconds; it comes back as another process.
fn kills(bench: &Bench<'_>, replicas: &mut Replicas) -> Result<(usize, usize)> {
    let (admin, mut fleet) = (Admin::start(&bench.cluster)?, Fleet::new(bench)?);
    let (before, began) = (lease(bench)?.1, Instant::now());
    let (mut kills, mut last) = (0, Instant::now());
    for start in (0..OBJECTS).step_by(AT_ONCE) {
        let some = (start..start + AT_ONCE).map(|at| fleet.add(format!("many-{at}")));
        admin.all(some.collect())?;
        if last.elapsed() > BETWEEN_KILLS
            && let Ok(((name, port), _)) = leader(bench)
        {
            let mut killed = replicas.running.remove(name).context("it runs")?;
            killed.end()?;
            replicas.start(bench, name, port)?;
            (kills, last) = (kills + 1, Instant::now());
        }
        sleep(Duration::from_secs(1));
    }
    until("right state", || Ok(fleet.wrong(&admin)? == 0))?;
    println!(
        "{OBJECTS} objects and their statuses were right {} s after the first was applied",
        began.elapsed().as_secs()
    );
    let leaders = usize::try_from(lease(bench)?.1 - before)? + 1;
    Ok((kills, leaders))
}

/// The leader sleeps; another takes over and an object changes; the sleeper wakes and must leave it alone.
fn stopped(bench: &Bench<'_>, replicas: &mut Replicas) -> Result<bool> {
    bench.put("slept", &[("foo", "before")])?;
    until("Secret", || bench.has("slept", "foo", "before"))?;
    // the one that is stopped may be the one whose certificate is fetched
    let after = bench.seal("slept", &[("foo", "after")], &serde_json::json!({}))?;
    let ((name, _), other) = leader(bench)?;
    replicas.one(name)?.signal(Signal::STOP)?;
    let awake = (|| {
        bench.cluster.apply(&after)?;
        until("new leader", || Ok(leader(bench)?.0.0 == other))?;
        until("changed Secret", || bench.has("slept", "foo", "after"))
    })();
    let versions = bench.versions("secrets")?;
    replicas.one(name)?.signal(Signal::CONT)?;
    awake?;
    sleep(LEASE * 2);
    let log = replicas.one(name)?.log();
    ensure!(
        log.contains("leads no more"),
        "it does not know that it slept:\n{log}"
    );
    Ok(bench.versions("secrets")? == versions && leader(bench)?.0.0 == other && bench.keys()?.len() == 1)
}

fn renewed(bench: &Bench<'_>, replicas: &mut Replicas) -> Result<bool> {
    let ((name, _), other) = leader(bench)?;
    replicas.one(other)?.signal(Signal::USR1)?;
    until("refusal", || {
        Ok(replicas.one(other)?.log().contains("only the leader makes keys"))
    })?;
    let still = bench.keys()?.len() == 1;
    // a key of the same second would not become the current one
    sleep(Duration::from_millis(1100));
    replicas.one(name)?.signal(Signal::USR1)?;
    until("new key", || Ok(bench.keys()?.len() == 2))?;
    let [one, two] = REPLICAS.map(|(_, port)| port);
    until("new certificate everywhere", || {
        Ok(get(one, "/v1/cert.pem")? == get(two, "/v1/cert.pem")?)
    })?;
    Ok(still && bench.keys()?.len() == 2)
}

fn given_back(bench: &Bench<'_>, replicas: &mut Replicas) -> Result<bool> {
    let ((name, _), other) = leader(bench)?;
    let mut ended = replicas.running.remove(name).context("it runs")?;
    ended.end_with(Signal::TERM)?;
    ensure!(
        ended.log().contains("gave the lease back"),
        "it did not:\n{}",
        ended.log()
    );
    let now = Instant::now();
    until("next leader", || Ok(leader(bench)?.0.0 == other))?;
    Ok(now.elapsed() < LEASE)
}

//! Faults on the way to the API server, each for a while, during which many objects change. Afterwards all is right within
//! seconds, no key was made twice, and the server was not asked in a storm meanwhile.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use sealkit_testcluster::Signal;
use serde_json::json;

use super::Field;
use super::admin::{delete_secret, patch_secret};
use super::rules::{Fault, Rule, Which, busiest_second};
use crate::bench::{Bench, Tally, get, until};

const LASTS: Duration = Duration::from_secs(4);
/// An object that has met a fault is tried again after ten seconds at the latest.
const HEALS: Duration = Duration::from_secs(15);
/// Requests in one second while nothing but refusals come back.
const STORM: usize = 150;

pub(super) fn all(bench: &Bench<'_>, field: &mut Field, tally: &mut Tally) -> Result<()> {
    let slow = Fault::Slow(Duration::from_secs(3));
    let gone = [
        Rule::some(Which::Watches, 30, Fault::Cut(0)),
        Rule::some(Which::Watches, 40, Fault::Answer(410, None)),
        Rule::all(Which::Watches, Fault::GoneEvent),
    ];
    // with a list again now and then, so that lists are cut too
    let cuts = [
        Rule::some(Which::Watches, 30, Fault::Answer(410, None)),
        Rule::some(Which::Writes, 70, Fault::LoseAnswer),
        Rule::some(Which::All, 50, Fault::Cut(1)),
    ];
    let all = |which, fault| vec![Rule::all(which, fault)];
    let answer = |code| Fault::Answer(code, None);
    // with what must be asked for only so often meanwhile: turns that do their work are no storm
    let faults = [
        (
            "409 to every write",
            all(Which::Writes, answer(409)),
            Which::Watches,
        ),
        (
            "429 with Retry-After",
            all(Which::All, Fault::Answer(429, Some(1))),
            Which::All,
        ),
        ("500 to every write", all(Which::Writes, answer(500)), Which::All),
        ("503 to everything", all(Which::All, answer(503)), Which::All),
        (
            "410 to every watch, before or in it",
            gone.to_vec(),
            Which::Watches,
        ),
        (
            "lost answers and connections cut in answers",
            cuts.to_vec(),
            Which::All,
        ),
        (
            "watches that come three seconds late",
            all(Which::Watches, slow),
            Which::Watches,
        ),
    ];
    for (what, rules, bounded) in faults {
        tally.check(
            format!("all is right within seconds after {what}"),
            under(bench, field, what, &rules, bounded),
        );
    }
    tally.check(
        "a key whose answer is lost is made once, although it is asked for twice",
        key(bench, field),
    );
    Ok(())
}

/// Changes of every kind: new values, new objects, Secrets that go and Secrets that are changed.
pub(super) fn change(field: &mut Field) -> Result<()> {
    let Field {
        fleet, admin, round, ..
    } = field;
    *round += 1;
    let mut deeds: Vec<_> = (0..100).map(|at| fleet.change(at)).collect();
    for (name, _) in &fleet.expected[100..150] {
        deeds.push(delete_secret(name));
    }
    for (name, _) in &fleet.expected[150..200] {
        deeds.push(patch_secret(
            name,
            json!({"data": {"foo": "ZHJpZnQ=", "more": "eA=="}}),
        ));
    }
    deeds.extend((0..20).map(|at| fleet.add(format!("more-{round}-{at}"))));
    admin.all(deeds)
}

fn under(bench: &Bench<'_>, field: &mut Field, what: &str, rules: &[Rule], bounded: Which) -> Result<bool> {
    // what the last fault has left behind is not this one's: watches run for a while before they count as good
    sleep(Duration::from_millis(1500));
    let (keys, begun) = (bench.keys()?.len(), Instant::now());
    field.proxy.rules(rules);
    change(field)?;
    sleep(LASTS.saturating_sub(begun.elapsed()));
    let asked = field.proxy.asked(begun);
    let busiest = busiest_second(asked.iter().filter(|asked| bounded.has(asked)));
    let hits = field.proxy.rules(&[]);
    let over = Instant::now();
    until("right state", || Ok(field.fleet.wrong(&field.admin)? == 0))?;
    let took = over.elapsed();
    println!(
        "{what}: 220 changes in {} s, {hits} faults among {} requests; right {:.1} s later",
        LASTS.as_secs(),
        asked.len(),
        took.as_secs_f64()
    );
    ensure!(took < HEALS, "it took {took:?}");
    ensure!(hits >= 3, "{hits} faults are not much");
    ensure!(busiest <= STORM, "{busiest} requests in a second");
    ensure!(bench.keys()?.len() == keys, "another key was made");
    Ok(true)
}

/// It is asked for twice, and neither answers nor lists tell the controller that it is there.
fn key(bench: &Bench<'_>, field: &Field) -> Result<bool> {
    let before = bench.keys()?.len();
    let path = "/namespaces/kube-system/secrets";
    let lost = Rule::all(Which::Writes, Fault::LoseAnswer);
    let unseen = Rule::all(Which::All, Fault::Answer(503, None));
    field
        .proxy
        .rules(&[Rule { path, ..lost }, Rule { path, ..unseen }]);
    bench.signal(Signal::USR1)?;
    until("new key", || Ok(bench.keys()?.len() > before))?;
    sleep(Duration::from_secs(1));
    bench.signal(Signal::USR1)?;
    sleep(Duration::from_secs(4));
    let hits = field.proxy.rules(&[]);
    ensure!(hits > 2, "there was no second try");
    let newest = bench.keys()?.pop().context("a key")?["data"]["tls.crt"].clone();
    until("its certificate", || {
        let certificate = get(8080, "/v1/cert.pem")?;
        Ok(json!(base64::engine::general_purpose::STANDARD.encode(certificate)) == newest)
    })?;
    Ok(bench.keys()?.len() == before + 1)
}

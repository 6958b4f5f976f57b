//! Holds the room `sops` to the released tools that are named on the command line, over generated documents.
//!
//! `sops_conformance COUNT VERSION=PROGRAM…` prints `held N …` for each cell and stops with a failure after naming every
//! document that differs. Seeds are fixed.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a development program, and so an adapter, that reports and stops"
)]

mod documents;
mod ours;
mod peer;

use std::process::ExitCode;

use documents::{Kind, Writer};
use peer::Peer;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let count: Option<u64> = arguments.next().and_then(|count| count.parse().ok());
    let Some(count) = count else {
        println!("usage: sops_conformance COUNT VERSION=PROGRAM…");
        return ExitCode::from(2);
    };
    let mut good = true;
    for argument in arguments {
        let (version, program) = argument.split_once('=').unwrap();
        let peer = Peer::new(version, program);
        for kind in [Kind::Yaml, Kind::Json] {
            good &= cell(&peer, kind, count);
        }
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What is tried with one document.
type Check = fn(&Peer, Kind, u64, &str) -> Result<(), String>;

/// One version and one store: each document both ways, and edited by either side.
fn cell(peer: &Peer, kind: Kind, count: u64) -> bool {
    let mut held = [0; 4];
    let mut failures = 0;
    for seed in 0..count {
        let text = Writer::new(seed, kind, peer.is_current()).document();
        let checks: [(&str, Check); 4] = [
            ("we encrypt, it decrypts", we_encrypt),
            ("it encrypts, we decrypt", it_encrypts),
            ("it edits ours", it_edits_ours),
            ("we edit its", we_edit_its),
        ];
        for (at, (name, check)) in checks.iter().enumerate() {
            match check(peer, kind, seed, &text) {
                Ok(()) => held[at] += 1,
                Err(why) => {
                    failures += 1;
                    println!("FAILED {} {kind:?} seed {seed}, {name}: {why}", peer.version());
                }
            }
        }
    }
    let total: u64 = held.iter().sum();
    println!(
        "held {total} {} {kind:?}: {} we to it, {} it to us, {} it edits ours, {} we edit its; {failures} failed",
        peer.version(),
        held[0],
        held[1],
        held[2],
        held[3]
    );
    failures == 0
}

fn we_encrypt(peer: &Peer, kind: Kind, seed: u64, text: &str) -> Result<(), String> {
    let expected = peer.as_json(kind, &peer.encrypt(kind, text)?)?;
    let sealed = ours::seal(kind, seed, peer.knows_mac_only(), text)?;
    same(&expected, &peer.as_json(kind, &sealed)?)?;
    let opened = peer.decrypt(kind, &sealed)?;
    // A comment that the peer hangs on another collection than we do would stay closed.
    if opened.contains(",type:comment]") {
        Err(format!("something stayed closed:\n{opened}\nof:\n{text}"))
    } else {
        Ok(())
    }
}

fn it_encrypts(peer: &Peer, kind: Kind, seed: u64, text: &str) -> Result<(), String> {
    let opened = ours::open(kind, &peer.encrypt(kind, text)?)?;
    let expected = ours::open(kind, &ours::seal(kind, seed, peer.knows_mac_only(), text)?)?;
    if opened.stream().as_str().contains(",type:comment]") {
        return Err("something stayed closed".to_owned());
    }
    same(&ours::outline(&expected), &ours::outline(&opened))
}

fn it_edits_ours(peer: &Peer, kind: Kind, seed: u64, text: &str) -> Result<(), String> {
    let sealed = ours::seal(kind, seed, peer.knows_mac_only(), text)?;
    let edited = peer.set(kind, &sealed, "[\"first\"]", "\"edited\"")?;
    let opened = ours::open(kind, &edited)?;
    let expected = ours::open(
        kind,
        &ours::seal(
            kind,
            seed,
            peer.knows_mac_only(),
            &text.replacen(documents::FIRST, "edited", 1),
        )?,
    )?;
    same(&ours::outline(&expected), &ours::outline(&opened))
}

fn we_edit_its(peer: &Peer, kind: Kind, seed: u64, text: &str) -> Result<(), String> {
    let sealed = peer.encrypt(kind, text)?;
    let before = ours::open(kind, &sealed)?.stream().to_string();
    let edited = before.replacen(documents::FIRST, "edited", 1);
    let resealed = ours::reseal(kind, seed, &sealed, &edited)?;
    let changed = sealed
        .lines()
        .zip(resealed.lines())
        .filter(|(old, new)| old != new)
        .count();
    let documents = sealed
        .lines()
        .filter(|line| line.contains("lastmodified"))
        .count();
    if changed != 1 + 2 * documents || sealed.lines().count() != resealed.lines().count() {
        return Err(format!("{changed} lines changed:\n{sealed}\nto:\n{resealed}"));
    }
    let expected = peer.as_json(
        kind,
        &peer.encrypt(kind, &text.replacen(documents::FIRST, "edited", 1))?,
    )?;
    same(&expected, &peer.as_json(kind, &resealed)?)
}

fn same(expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("expected:\n{expected}\nfound:\n{found}"))
    }
}

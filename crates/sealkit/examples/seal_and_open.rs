//! The facade alone: seals every Secret of a file for a new key, opens it again and compares.
//! `cargo run --example seal_and_open -- db.yaml`
#![allow(clippy::disallowed_methods, reason = "an example is an adapter")]

use sealkit::crypto::Recipient;
use sealkit::{
    Keyring, OpenOptions, SealOptions, Sealing, crypto::identity::X25519Identity, manifest::Stream,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: seal_and_open FILE")?;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs();
    let identity = X25519Identity::generate(&mut rand::rng());
    let sealing = Sealing::native(vec![Recipient::X25519(identity.to_public().clone())]);
    let mut keyring = Keyring::new();
    keyring.push(Box::new(identity));

    let plain = Stream::parse(&path, &std::fs::read(&path)?)?;
    let outcome = sealkit::seal(&plain, &sealing, &SealOptions::at(now), &mut rand::rng())?;
    let sealed = outcome.stream.ok_or("there is no Secret in this file")?;
    let opened = sealkit::open(&sealed, &keyring, &OpenOptions::default())?;
    let count = opened.report.entries.len();
    std::io::Write::write_all(
        &mut std::io::stdout(),
        format!("{count} documents sealed and opened again\n").as_bytes(),
    )?;
    Ok(())
}

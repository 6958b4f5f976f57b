//! The low-level way: one room, one manifest, one recipient. `cargo run --example seal_with_a_room -- age1… < db.yaml`
#![allow(clippy::disallowed_methods, reason = "an example is an adapter")]

use std::io::Read as _;

use sealkit::{
    crypto::recipient::Recipient,
    formats::{Scope, native},
    manifest::Manifest,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recipient: Recipient = std::env::args()
        .nth(1)
        .ok_or("usage: seal RECIPIENT < SECRET")?
        .parse()?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let sealed = native::seal(
        &Manifest::parse(&text)?,
        Scope::Strict,
        &[recipient],
        &mut rand::rng(),
    )?;
    std::io::Write::write_all(&mut std::io::stdout(), sealed.to_string().as_bytes())?;
    Ok(())
}

//! How long wrapping and unwrapping a data key takes, for each kind of recipient; microseconds, the least of many
//! runs.
//!
//! `cargo run --release -p sealkit-crypto --example wrap_speed`

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement needs a clock and a place to go"
)]

use std::hint::black_box;
use std::time::Instant;

use rand::{SeedableRng, rngs::StdRng};
use sealkit_crypto::identity::{PostQuantumIdentity, RsaIdentity, X25519Identity};
use sealkit_crypto::{DataKey, Identity, aead};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = StdRng::seed_from_u64(1);
    let identities: [(&str, Box<dyn Identity>); 4] = [
        ("x25519", Box::new(X25519Identity::generate(&mut rng))),
        ("post-quantum", Box::new(PostQuantumIdentity::generate(&mut rng))),
        ("rsa-2048", Box::new(RsaIdentity::generate(2048)?)),
        ("rsa-4096", Box::new(RsaIdentity::generate(4096)?)),
    ];
    let info = [7; 80];
    for (name, identity) in &identities {
        let recipient = identity.recipient().ok_or("known for all of these")?;
        let key = DataKey::generate(&mut rng);
        let wrapped = recipient.wrap(&key, &info, &mut rng)?;
        let wrap = micros(|| drop(black_box(recipient.wrap(&key, &info, &mut rng))));
        let unwrap = micros(|| drop(black_box(identity.unwrap_key(&wrapped, &info))));
        println!("{name:>14}: wrap {wrap:8.1} µs, unwrap {unwrap:8.1} µs");
    }
    for size in [32, 1024, 1 << 20] {
        let value = vec![7; size];
        let sealed = aead::xchacha20poly1305_encrypt(&[1; 32], &[2; 24], b"aad", &value)?;
        let seal = micros(|| {
            drop(black_box(aead::xchacha20poly1305_encrypt(
                &[1; 32], &[2; 24], b"aad", &value,
            )))
        });
        let open = micros(|| {
            drop(black_box(aead::xchacha20poly1305_decrypt(
                &[1; 32], &[2; 24], b"aad", &sealed,
            )))
        });
        println!(
            "{:>14}: seal {seal:8.1} µs, open   {open:8.1} µs",
            format!("xchacha {size} B")
        );
    }
    Ok(())
}

/// Runs an operation for half a second and returns the least time that one run took: on a busy machine the others
/// measure its neighbours.
fn micros(mut operation: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut least = f64::INFINITY;
    while start.elapsed().as_millis() < 500 {
        let begin = Instant::now();
        operation();
        least = least.min(begin.elapsed().as_secs_f64() * 1e6);
    }
    least
}

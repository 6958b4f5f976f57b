//! What nobody can be faster than: the private-key operations alone.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use base64::Engine as _;
use sealkit_crypto::rsa_oaep::{RsaPrivateKey, RsaPublicKey};

use crate::bench::Bench;

/// So many operations with the controller's key, on all cores.
pub(super) fn private_key_operations(bench: &Bench<'_>, count: usize) -> Result<Duration> {
    let secrets = bench.keys()?;
    let pem = secrets
        .last()
        .and_then(|secret| secret["data"]["tls.key"].as_str())
        .context("the controller has a key")?;
    let pem = base64::engine::general_purpose::STANDARD.decode(pem)?;
    let key = RsaPrivateKey::from_pem(&pem)?;
    let public: &RsaPublicKey = key.public_key();
    let ciphertext = public.encrypt(b"shop/db", &[7; 32])?;
    let cores = thread::available_parallelism()?.get();
    let begun = Instant::now();
    thread::scope(|scope| -> Result<()> {
        let work = |core: usize| {
            let (key, ciphertext) = (&key, &ciphertext);
            let share = count / cores + usize::from(core < count % cores);
            move || (0..share).try_for_each(|_| key.decrypt(b"shop/db", ciphertext).map(drop))
        };
        let threads: Vec<_> = (0..cores).map(|core| scope.spawn(work(core))).collect();
        for thread in threads {
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))??;
        }
        Ok(())
    })?;
    Ok(begun.elapsed())
}

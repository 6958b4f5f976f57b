//! Encryption at rest, held against what real API servers stored.

mod bad_values;
mod edits;
mod fixtures;
mod kms;
mod vectors;
mod verdicts;

use std::convert::Infallible;

use rand::rand_core::{TryCryptoRng, TryRng};

/// Yields prepared bytes and no others, so that a vector's nonces are the ones that are drawn.
struct Drawn(Vec<u8>);

impl Drawn {
    fn bytes(bytes: &[u8]) -> Drawn {
        Drawn(bytes.iter().rev().copied().collect())
    }

    fn is_used_up(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            *byte = self.0.pop().expect("a vector has as many bytes as are drawn");
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

/// A generator with a fixed seed.
fn seeded(seed: u64) -> impl rand::CryptoRng + Send + 'static {
    use rand::SeedableRng;
    rand::rngs::StdRng::seed_from_u64(seed)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex"))
        .collect()
}

//! A generator that yields the same bytes on every machine and with every version of every crate: SHA-256 in counter
//! mode over a seed. For vectors only.

use std::convert::Infallible;

use rand::rand_core::{TryCryptoRng, TryRng};
use sealkit_crypto::kdf::sha256;

/// Draws that follow from the name of a vector.
pub(crate) struct Draws {
    seed: [u8; 32],
    counter: u64,
}

impl Draws {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            seed: sha256(&[b"sealkit native vectors, version 1: ", name.as_bytes()]),
            counter: 0,
        }
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let Ok(()) = self.try_fill_bytes(&mut bytes);
        bytes
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            let block = sha256(&[&self.seed, &self.counter.to_be_bytes()]);
            self.counter += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Draws {}

//! SOPS files, held against what `sops` wrote.

mod checklist;
mod fixtures;
mod keyservice;
mod seals;

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::Recipient;
use sealkit_crypto::identity::{Identity, NoPassphrase, parse_identities};
use sealkit_formats::sops::time::Timestamp;
use sealkit_formats::sops::{
    self, AgeIdentities, AgeKey, OpenError, OpenOptions, Opened, SealError, SealOptions, Sealed,
};
use sealkit_manifest::Stream;

fn bytes(file: &str) -> Vec<u8> {
    sealkit_testdata::read(&format!("sops/{file}"))
}

fn stream(name: &str, text: &str) -> Stream {
    Stream::parse(name, text.as_bytes()).expect("it parses")
}

fn identities(files: &[&str]) -> Vec<Box<dyn Identity>> {
    let read = |file: &&str| {
        parse_identities(&bytes(file), &(Arc::new(NoPassphrase) as _), None).expect("a test key")
    };
    files.iter().flat_map(read).collect()
}

fn open_with(stream: &Stream, files: &[&str]) -> Result<Opened, OpenError> {
    let identities = identities(files);
    let identities: Vec<&dyn Identity> = identities.iter().map(Box::as_ref).collect();
    sops::open(stream, &[&AgeIdentities(&identities)], &OpenOptions::default())
}

fn open(stream: &Stream) -> Result<Opened, OpenError> {
    open_with(stream, &["age-x25519.txt"])
}

const RECIPIENT: &str = "age1j7nfgmle2m2m8dudlqk6dunqhmf9mzl3tkr9k3hx6jcffldye5zsx0s5cp";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-01-02T03:04:05Z").expect("RFC 3339")
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(6)
}

fn seal_as(stream: &Stream, change: impl FnOnce(&mut SealOptions<'_>)) -> Result<Sealed, SealError> {
    let recipient: Recipient = RECIPIENT.parse().expect("a recipient");
    let key = AgeKey {
        text: RECIPIENT,
        recipient: &recipient,
    };
    let mut options = SealOptions::new(vec![&key]);
    change(&mut options);
    sops::seal(stream, &options, now(), &mut rng())
}

fn seal(stream: &Stream) -> Sealed {
    seal_as(stream, |_| {}).expect("a good document")
}

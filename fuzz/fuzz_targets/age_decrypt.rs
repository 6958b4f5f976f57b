//! Whole age files, opened with one key of every kind that needs nobody.
//! Seeds: age-peer, age-cctv
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::Passphrase;
use sealkit_crypto::age::scrypt::PassphraseIdentity;
use sealkit_crypto::age::ssh::{SshIdentity, SshKeyFile};
use sealkit_crypto::age::{self, FileKey, Stanza, StanzaIdentity, UnwrapFileKeyError};
use std::sync::LazyLock;

struct X25519;

impl StanzaIdentity for X25519 {
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        age::x25519::unwrap(&[7; 32], stanzas)
    }
}

static SSH: LazyLock<SshIdentity> = LazyLock::new(|| {
    let text = include_bytes!("../../testdata/age-peer/ssh-ed25519.key");
    match SshKeyFile::parse(text).expect("OpenSSH's own") {
        SshKeyFile::Open(identity) => identity,
        SshKeyFile::Locked(_) => panic!("the key has no passphrase"),
    }
});

fuzz_target!(|file: &[u8]| {
    let file = match file.windows(2).position(|two| two == b"\n\n") {
        Some(end) if file.starts_with(b"expect: ") => &file[end + 2..],
        _ => file,
    };
    let cheap =
        PassphraseIdentity::new(Passphrase::from("test passphrase".to_owned())).with_max_work_factor(4);
    let identities: [&dyn StanzaIdentity; 3] = [&X25519, &cheap, &*SSH];
    if let Err(error) = age::decrypt(file, &identities) {
        let _ = (error.to_string(), error.hint());
    }
});

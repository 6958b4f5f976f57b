//! SSH keys, private files and public lines: what is accepted prints canonically, and reads back as the same key.
//! Seeds: age-peer
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::age::ssh::{SshKeyFile, SshRecipient};

fuzz_target!(|text: &[u8]| {
    let recipient = match SshKeyFile::parse(text) {
        Ok(SshKeyFile::Open(identity)) => identity.recipient().clone(),
        Ok(SshKeyFile::Locked(key)) => key.recipient().clone(),
        Err(_) => match std::str::from_utf8(text).map(str::parse::<SshRecipient>) {
            Ok(Ok(recipient)) => recipient,
            _ => return,
        },
    };
    let again: SshRecipient = recipient.as_str().parse().expect("what we print, we read");
    assert_eq!(again, recipient);
});

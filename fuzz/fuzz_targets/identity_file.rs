//! Identity files of every kind, without a passphrase: what is accepted has consistent halves and a name.
//! Seeds: keys, age-peer, sealed-secrets
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::identity::{NoPassphrase, PassphraseSource, parse_identities};

fuzz_target!(|bytes: &[u8]| {
    let nobody: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
    let Ok(identities) = parse_identities(bytes, &nobody, None) else {
        return;
    };
    assert!(!identities.is_empty());
    for identity in identities {
        match identity.recipient() {
            Some(recipient) => assert!(identity.names().contains(&recipient.name())),
            None => assert!(
                identity.names().is_empty(),
                "only plugins do not know their recipient"
            ),
        }
    }
});

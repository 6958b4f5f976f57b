//! Encryption configurations: read, judged, explained, built and edited. A problem always has a place; an edit that is made
//! leaves a file that is accepted.
//! Seeds: at-rest
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealkit_formats::at_rest::config::{KeyAt, NoKeyServices, Surroundings};
use sealkit_formats::at_rest::{EncryptionConfig, GroupResource, Scheme, Server};

fuzz_target!(|bytes: &[u8]| {
    let config = match EncryptionConfig::read("input.yaml", bytes) {
        Ok(config) => config,
        Err(error) => {
            sealkit_fuzz::explain(&error, None, error.hint());
            assert!(error.problems().iter().all(|problem| problem.place.is_some()));
            return;
        }
    };
    for server in [
        Server::default(),
        Server {
            reload: true,
            kms_v1: true,
        },
    ] {
        let problems = config.problems(&server);
        assert!(problems.iter().all(|problem| problem.place.is_some()));
        let built = config.build(&server, &NoKeyServices);
        assert!(problems.is_empty() || built.is_err());
    }
    let findings = config.findings(&Surroundings {
        mode: Some(0o644),
        folder_mode: Some(0o777),
        committed: true,
    });
    assert!(findings.iter().all(|finding| !finding.message.is_empty()));
    for rule in config.rules().iter().take(4) {
        // every edit parses the file again: a few show as much as all
        for selector in rule.selectors().take(4) {
            let explanation = config.explain(&selector);
            for reader in explanation.readers.into_iter().take(8) {
                let key = KeyAt {
                    scheme: reader.scheme,
                    name: reader.name.unwrap_or_default(),
                    resource: Some(selector.clone()),
                };
                for edited in [config.promote(&key), config.remove_key(&key, true)] {
                    match edited {
                        Ok(edited) => {
                            assert!(EncryptionConfig::read("edited.yaml", edited.text().as_bytes()).is_ok())
                        }
                        Err(error) => sealkit_fuzz::explain(&error, error.why(), error.hint()),
                    }
                }
            }
        }
    }
    for scheme in [Scheme::AesCbc, Scheme::AesGcm, Scheme::Secretbox] {
        let key = KeyAt {
            scheme,
            name: "fresh".to_owned(),
            resource: Some(GroupResource::parse("secrets")),
        };
        if let Ok(edited) = config.add_key(&key, &vec![7; 32].into()) {
            assert!(edited.text().contains("fresh"));
        }
    }
});

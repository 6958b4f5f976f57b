//! A new configuration file with a fresh key.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::CryptoRng;
use sealkit_crypto::secret::DataKey;
use zeroize::Zeroizing;

use super::super::Scheme;
use super::{EncryptionConfig, go};

/// What a new file shall say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConfig {
    /// What writes.
    pub provider: NewProvider,
    /// Selectors, `secrets` among them as a rule.
    pub resources: Vec<String>,
    /// Whether values in clear are still read, as they must be while a cluster that had no encryption is rewritten.
    pub reads_plaintext: bool,
}

/// The writing provider of a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewProvider {
    /// aescbc, aesgcm or secretbox with a fresh key of 32 bytes.
    Local {
        /// Which one.
        scheme: Scheme,
        /// The key's name, which every value will carry.
        key_name: String,
    },
    /// kms v2.
    Kms {
        /// The provider's name, which every value will carry.
        name: String,
        /// `unix:///run/kms.sock`.
        endpoint: String,
    },
}

/// The provider to use where nobody asks for another: kms v2 where there is a plugin and a server of 1.29 or later, else
/// secretbox, which every server since 1.13 has and which neither repeats nonces nor lacks integrity.
///
/// `minor` is the y of Kubernetes 1.y.
pub fn recommended(minor: u32, has_kms_plugin: bool) -> Scheme {
    if has_kms_plugin && minor >= 29 {
        Scheme::KmsV2
    } else {
        Scheme::Secretbox
    }
}

impl EncryptionConfig {
    /// Writes a new file. Its text holds the fresh key: store it with mode 0600.
    ///
    /// # Errors
    /// [`super::ConfigError`] if the server would refuse it: bad selectors, a bad endpoint or name, or a scheme that has no
    /// local keys.
    pub fn fresh(new: &NewConfig, rng: &mut dyn CryptoRng) -> Result<EncryptionConfig, super::ConfigError> {
        let mut text = Zeroizing::new(String::with_capacity(1024)); // never grows, so that no copy of the key stays behind
        text.push_str("apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n  - resources:\n");
        for resource in &new.resources {
            _ = writeln!(text, "      - {}", go::json_string(resource));
        }
        if new.resources.is_empty() {
            text.pop();
            text.push_str(" []\n");
        }
        text.push_str("    providers:\n");
        match &new.provider {
            NewProvider::Local { scheme, key_name } => {
                let key = DataKey::generate(rng);
                let mut secret = Zeroizing::new(String::with_capacity(64));
                STANDARD.encode_string(key.expose(), &mut secret);
                _ = write!(
                    text,
                    "      - {scheme}:\n          keys:\n            - name: {}\n              secret: ",
                    go::json_string(key_name)
                );
                text.push_str(&secret);
                text.push('\n');
            }
            NewProvider::Kms { name, endpoint } => {
                _ = write!(
                    text,
                    "      - kms:\n          apiVersion: v2\n          name: {}\n          endpoint: {}\n",
                    go::json_string(name),
                    go::json_string(endpoint)
                );
            }
        }
        if new.reads_plaintext {
            text.push_str("      - identity: {} # reads what was stored in clear; remove it once every object is rewritten\n");
        }
        EncryptionConfig::parse("new configuration", text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NoKeyServices, Server, Severity, Surroundings};
    use super::*;
    use crate::at_rest::GroupResource;
    use rand::SeedableRng;

    fn fresh(
        provider: NewProvider,
        resources: &[&str],
        seed: u64,
    ) -> Result<EncryptionConfig, super::super::ConfigError> {
        let resources = resources.iter().map(ToString::to_string).collect();
        let new = NewConfig {
            provider,
            resources,
            reads_plaintext: false,
        };
        EncryptionConfig::fresh(&new, &mut rand::rngs::StdRng::seed_from_u64(seed))
    }

    fn local(scheme: Scheme) -> NewProvider {
        NewProvider::Local {
            scheme,
            key_name: "key-2026-11".to_owned(),
        }
    }

    #[test]
    fn the_recommended_file_is_clean_and_works() {
        let config = fresh(local(recommended(36, false)), &["secrets", "*.apps"], 1).expect("good");
        assert_eq!(config.findings(&Surroundings::default()), []);
        let rules = config.build(&Server::default(), &NoKeyServices).expect("no kms");
        let list = rules.for_resource(&GroupResource::parse("secrets"));
        let stored = list
            .encrypt(b"/registry/secrets/a/b", b"{}", &mut rand::rng())
            .expect("short");
        assert!(stored.starts_with(b"k8s:enc:secretbox:v1:key-2026-11:"));
    }

    #[test]
    fn every_provider_makes_a_file_that_the_server_accepts() {
        for scheme in [Scheme::AesCbc, Scheme::AesGcm, Scheme::Secretbox] {
            let config = fresh(local(scheme), &["secrets"], 2).expect("good");
            let errors = config
                .findings(&Surroundings::default())
                .into_iter()
                .filter(|f| f.severity == Severity::Error);
            assert_eq!(errors.count(), 0);
        }
        let kms = NewProvider::Kms {
            name: "kms".to_owned(),
            endpoint: "unix:///run/kms.sock".to_owned(),
        };
        assert!(fresh(kms, &["secrets", "*."], 3).is_err(), "overlapping");
        assert!(fresh(local(Scheme::Secretbox), &[], 4).is_err(), "no resources");
        assert_eq!(
            (recommended(28, true), recommended(29, true)),
            (Scheme::Secretbox, Scheme::KmsV2)
        );
    }

    #[test]
    fn every_file_has_a_key_of_its_own() {
        let text = |seed| {
            fresh(local(Scheme::Secretbox), &["secrets"], seed)
                .expect("good")
                .text()
                .to_owned()
        };
        assert_ne!(text(1), text(2));
    }
}

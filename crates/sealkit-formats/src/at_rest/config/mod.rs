//! The EncryptionConfiguration file: read with places, held to the server's own rules, explained and built.

mod decode;
mod edit;
mod edit_error;
mod explain;
mod fields;
mod findings;
mod fresh;
mod go;
mod key_findings;
mod model;
mod problem;
mod recognise;
mod reorder;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use sealkit_crypto::secret::Plaintext;
use sealkit_manifest::{Place, Stream};

use super::kms::{DirectService, KmsV1, KmsV2};
use super::transformer::{Key, Transformer};
use super::transformers::{Rules, Transformers};
use super::{GroupResource, Scheme};

pub use edit::KeyAt;
pub use edit_error::EditError;
pub use explain::{Explanation, ReaderEntry};
pub use findings::{Finding, IDS, Severity, Surroundings};
pub use fresh::{NewConfig, NewProvider, recommended};
pub use model::{Keys, Kms, NamedKey, Placed, Provider, Rule};
pub use problem::{ConfigError, Problem, Stage};

/// How the API server that reads the file is started. The default is a server of 1.29 or later with default flags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Server {
    /// `--encryption-provider-config-automatic-reload=true`: names of kms v1 providers must be unique too.
    pub reload: bool,
    /// `--feature-gates=KMSv1=true`, which was the default before 1.29.
    pub kms_v1: bool,
}

/// A configuration file.
#[derive(Debug, Clone)]
pub struct EncryptionConfig {
    stream: Stream,
    rules: Vec<Rule>,
}

impl EncryptionConfig {
    /// Reads a file and holds it to the rules of a server with default flags.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem the server would report, and then those it would find next.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<EncryptionConfig, ConfigError> {
        let config = EncryptionConfig::read(name, bytes)?;
        let problems = config.problems(&Server::default());
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(problems))
        }
    }

    /// Reads a file that has the right shape, whatever its values are.
    ///
    /// # Errors
    /// [`ConfigError`] if it is no YAML or JSON, or has fields that the server does not know or of other types.
    pub fn read(name: &str, bytes: &[u8]) -> Result<EncryptionConfig, ConfigError> {
        let stream = Stream::parse(name, bytes).map_err(|error| ConfigError(vec![error.into()]))?;
        let rules = decode::decode(&stream)?;
        Ok(EncryptionConfig { stream, rules })
    }

    /// Everything that the server refuses about the values: first what it validates, then what it finds when it loads.
    pub fn problems(&self, server: &Server) -> Vec<Problem> {
        let mut problems = validate::validate(&self.rules, &self.place(), server);
        problems.extend(validate::load(&self.rules, server));
        problems
    }

    /// The elements of `resources`, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The text, byte for byte.
    pub fn text(&self) -> &str {
        self.stream.as_str()
    }

    /// Prepares every provider. Selectors that occur in several rules have their providers one after the other.
    ///
    /// # Errors
    /// [`ConfigError`] if the file has problems for this server, or `services` does not know a kms provider.
    pub fn build(&self, server: &Server, services: &dyn KeyServices) -> Result<Rules, ConfigError> {
        let problems = self.problems(server);
        if !problems.is_empty() {
            return Err(ConfigError(problems));
        }
        let mut lists: Vec<(GroupResource, Vec<Transformer>)> = Vec::new();
        let mut places: BTreeMap<GroupResource, usize> = BTreeMap::new();
        for rule in &self.rules {
            let entries: Result<Vec<_>, _> = rule
                .providers
                .value
                .iter()
                .map(|p| transformer(p, services))
                .collect();
            let entries = entries.map_err(|problem| ConfigError(vec![problem]))?;
            for selector in rule.selectors() {
                match places.get(&selector) {
                    Some(at) => lists[*at].1.extend(entries.iter().cloned()),
                    None => {
                        places.insert(selector.clone(), lists.len());
                        lists.push((selector, entries.clone()));
                    }
                }
            }
        }
        let list = |(selector, entries)| {
            (
                selector,
                Transformers::new(entries).expect("validation refuses rules without providers"),
            )
        };
        Ok(Rules::new(lists.into_iter().map(list).collect()))
    }

    fn place(&self) -> Place {
        self.stream.source().place(0)
    }
}

/// Where the services behind kms providers come from. An adapter connects to the endpoint of the file.
pub trait KeyServices {
    /// The provider for a `kms` entry of version v2, observed or a reader; `None` if there is no such service.
    fn v2(&self, kms: &Kms) -> Option<Arc<KmsV2>>;

    /// The service for a `kms` entry of version v1; `None` if there is no such service.
    fn v1(&self, kms: &Kms) -> Option<Arc<dyn DirectService>>;
}

/// No service for any provider: files with kms providers cannot be built.
#[derive(Debug, Clone, Copy)]
pub struct NoKeyServices;

impl KeyServices for NoKeyServices {
    fn v2(&self, _: &Kms) -> Option<Arc<KmsV2>> {
        None
    }

    fn v1(&self, _: &Kms) -> Option<Arc<dyn DirectService>> {
        None
    }
}

fn transformer(provider: &Provider, services: &dyn KeyServices) -> Result<Transformer, Problem> {
    const VALID: &str = "validation refuses keys of wrong length and providers without keys";
    let keys = |keys: &Keys| -> Vec<Key> {
        let key = |key: &NamedKey| {
            let secret = key.decode().expect("validation refuses keys that are not base64");
            Key::new(&key.name.value, Plaintext::from(secret))
        };
        keys.keys.iter().map(key).collect()
    };
    if let Some(aesgcm) = &provider.aesgcm {
        return Ok(Transformer::aes_gcm(&keys(aesgcm)).expect(VALID));
    }
    if let Some(aescbc) = &provider.aescbc {
        return Ok(Transformer::aes_cbc(&keys(aescbc)).expect(VALID));
    }
    if let Some(secretbox) = &provider.secretbox {
        return Ok(Transformer::secretbox(&keys(secretbox)).expect(VALID));
    }
    let Some(kms) = &provider.kms else {
        return Ok(Transformer::plaintext());
    };
    let found = match kms.scheme() {
        Some(Scheme::KmsV1) => services.v1(kms).map(|service| {
            let cachesize = kms.cachesize.as_ref().map_or(0, |size| size.value);
            Transformer::kms_v1(Arc::new(KmsV1::new(&kms.name.value, service, cachesize)))
        }),
        _ => services.v2(kms).map(Transformer::kms_v2),
    };
    found.ok_or_else(|| {
        let text = format!(
            "there is no key service for kms provider {}",
            go::quote(&kms.name.value)
        );
        Problem::new(Stage::Loading, "", text, &kms.place).hint("values of this provider need its plugin")
    })
}

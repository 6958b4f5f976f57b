//! The three steps of a key's life as edits of the author's text: add, promote, remove.
//!
//! Every step keeps comments, order and quoting, is read again and compared with what was meant, and keeps readable what
//! an earlier version of the file wrote, unless the caller says that every object was rewritten since.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::secret::Plaintext;
use sealkit_manifest::{Change, New, NodeKind, Path, Place, Style, Target};
use zeroize::Zeroizing;

use super::super::{GroupResource, Scheme, transformer};
use super::edit_error::EditError;
use super::model::Provider;
use super::problem::ConfigError;
use super::reorder;
use super::{EncryptionConfig, Server};

/// Names one key, kms provider or identity of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAt {
    /// Its scheme.
    pub scheme: Scheme,
    /// Its name; empty for identity.
    pub name: String,
    /// A resource whose rule is meant, where several rules have such a key.
    pub resource: Option<GroupResource>,
}

impl fmt::Display for KeyAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => write!(f, "{}", self.scheme),
            name => write!(f, "{} `{name}`", self.scheme),
        }
    }
}

/// Where a key was found: indices of rule, provider and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct At {
    rule: usize,
    provider: usize,
    key: Option<usize>,
}

impl EncryptionConfig {
    /// Adds a key behind the others of its provider, or with a provider of its own behind the others of the rule: it reads,
    /// and does not write yet. `secret` is the raw key.
    ///
    /// # Errors
    /// [`EditError`] if the rule is not the only one, the name is taken, or the key does not fit the scheme.
    pub fn add_key(&self, key: &KeyAt, secret: &Plaintext) -> Result<EncryptionConfig, EditError> {
        self.refuse_problems()?;
        check_key(key, secret)?;
        let rule = self.rule_for(key)?;
        if let Some(place) = self.confusable(rule, key) {
            return Err(EditError::NameTaken {
                key: key.clone(),
                place,
            });
        }
        let mut encoded = Zeroizing::new(String::new());
        STANDARD.encode_string(secret.expose(), &mut encoded);
        let entry = New::Mapping(vec![
            ("name".to_owned(), New::string(key.name.clone())),
            ("secret".to_owned(), New::string(encoded.to_string())),
        ]);
        let providers = &self.rules()[rule].providers.value;
        let list = Path::keys(["resources"]).index(rule).key("providers");
        let change = match providers
            .iter()
            .position(|provider| provider.scheme() == Some(key.scheme))
        {
            Some(provider) => {
                let sequence = self.target(list.index(provider).key(field_of(key.scheme)).key("keys"));
                Change::Append {
                    sequence,
                    value: entry,
                }
            }
            None => {
                let keys = New::Mapping(vec![("keys".to_owned(), New::Sequence(vec![entry]))]);
                let value = New::Mapping(vec![(field_of(key.scheme).to_owned(), keys)]);
                // identity is read last by custom; nothing depends on it
                let index = match providers.last().and_then(Provider::scheme) {
                    Some(Scheme::Plaintext) if providers.len() > 1 => providers.len() - 1,
                    _ => providers.len(),
                };
                Change::InsertItem {
                    sequence: self.target(list),
                    index,
                    value,
                }
            }
        };
        self.edited(self.stream.edit(&[change])?.as_str(), |_| true)
    }

    /// Makes a key write: puts it in front of its provider's keys, and its provider in front of the rule's.
    ///
    /// Every server must already read the key; a server that does not fails on what the others write.
    ///
    /// # Errors
    /// [`EditError`] if there is no such key or more than one, or the layout cannot be edited.
    pub fn promote(&self, key: &KeyAt) -> Result<EncryptionConfig, EditError> {
        self.refuse_problems()?;
        let at = self.find(key)?;
        let mut config = self.clone();
        let list = Path::keys(["resources"]).index(at.rule).key("providers");
        if let Some(index) = at.key.filter(|index| *index > 0) {
            let keys = list.index(at.provider).key(field_of(key.scheme)).key("keys");
            config = config.moved_to_front(&keys, index)?;
        }
        if at.provider > 0 {
            config = config.moved_to_front(&list, at.provider)?;
        }
        Ok(config)
    }

    /// Removes a key, a kms provider, or identity; a provider goes with its last key.
    ///
    /// Without `rewritten` every removal is refused: only the caller can know that nothing is stored under the key any more,
    /// in no backup either that is still to be read.
    ///
    /// # Errors
    /// [`EditError::Writes`] for the entry that writes now, [`EditError::StillNeeded`] without `rewritten`, and whatever
    /// keeps the text from being edited.
    pub fn remove_key(&self, key: &KeyAt, rewritten: bool) -> Result<EncryptionConfig, EditError> {
        self.refuse_problems()?;
        let at = self.find(key)?;
        let provider = &self.rules()[at.rule].providers.value[at.provider];
        let (place, alone) = match (provider.keys(), at.key) {
            (Some(keys), Some(index)) => (keys.keys[index].place.clone(), keys.keys.len() == 1),
            _ => (provider.place.clone(), true),
        };
        if at.provider == 0 && at.key.unwrap_or(0) == 0 {
            return Err(EditError::Writes {
                key: key.clone(),
                place,
            });
        }
        if !rewritten {
            return Err(EditError::StillNeeded {
                key: key.clone(),
                place,
            });
        }
        let item = Path::keys(["resources"])
            .index(at.rule)
            .key("providers")
            .index(at.provider);
        let path = match at.key {
            Some(index) if !alone => item.key(field_of(key.scheme)).key("keys").index(index),
            _ => item,
        };
        let edited = self.stream.edit(&[Change::Remove {
            target: self.target(path),
        }])?;
        self.edited(edited.as_str(), |_| true)
    }

    fn refuse_problems(&self) -> Result<(), EditError> {
        // a file for an older server may hold kms v1; whatever else is wrong is mended first
        let problems = self.problems(&Server {
            reload: false,
            kms_v1: true,
        });
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(problems).into())
        }
    }

    /// The rule that is to take a key: the one of the resource, or the only one with such a provider, or the only one.
    fn rule_for(&self, key: &KeyAt) -> Result<usize, EditError> {
        let rules: Vec<usize> = self.rules_of(key);
        let with_provider: Vec<usize> = rules
            .iter()
            .copied()
            .filter(|rule| {
                self.rules()[*rule]
                    .providers
                    .value
                    .iter()
                    .any(|p| p.scheme() == Some(key.scheme))
            })
            .collect();
        match (with_provider.as_slice(), rules.as_slice()) {
            ([one], _) | ([], [one]) => Ok(*one),
            ([], []) => Err(EditError::NotFound(key.clone())),
            ([], several) | (several, _) => Err(self.ambiguous(key, several.iter().copied())),
        }
    }

    /// The rules that are meant: all, or those with the selector that wins for the resource.
    fn rules_of(&self, key: &KeyAt) -> Vec<usize> {
        let winner = key.resource.as_ref().map(|resource| {
            let explained = self.explain(resource).rule;
            explained.map_or_else(|| resource.clone(), |(selector, _)| selector)
        });
        let selects = |rule: &usize| match &winner {
            None => true,
            Some(winner) => self.rules()[*rule]
                .selectors()
                .any(|selector| selector == *winner),
        };
        (0..self.rules().len()).filter(selects).collect()
    }

    fn find(&self, key: &KeyAt) -> Result<At, EditError> {
        let mut found = Vec::new();
        for rule in self.rules_of(key) {
            for (provider, entry) in self.rules()[rule].providers.value.iter().enumerate() {
                if entry.scheme() != Some(key.scheme) {
                    continue;
                }
                match (entry.keys(), &entry.kms) {
                    (Some(keys), _) => {
                        let named = keys
                            .keys
                            .iter()
                            .enumerate()
                            .filter(|(_, named)| named.name.value == key.name);
                        found.extend(named.map(|(index, _)| At {
                            rule,
                            provider,
                            key: Some(index),
                        }));
                    }
                    (None, Some(kms)) if kms.name.value == key.name => found.push(At {
                        rule,
                        provider,
                        key: None,
                    }),
                    (None, None) if key.name.is_empty() => found.push(At {
                        rule,
                        provider,
                        key: None,
                    }),
                    _ => {}
                }
            }
        }
        match found.as_slice() {
            [] => Err(EditError::NotFound(key.clone())),
            [one] => Ok(*one),
            several => Err(self.ambiguous(key, several.iter().map(|at| at.rule))),
        }
    }

    fn ambiguous(&self, key: &KeyAt, rules: impl Iterator<Item = usize>) -> EditError {
        let places = rules
            .map(|rule| self.rules()[rule].resources.place.clone())
            .collect();
        EditError::Ambiguous {
            key: key.clone(),
            places,
        }
    }

    /// A key of the same scheme in a rule of the same resources whose name fits the same values.
    fn confusable(&self, rule: usize, key: &KeyAt) -> Option<Place> {
        let selectors: Vec<GroupResource> = self.rules()[rule].selectors().collect();
        let related = self
            .rules()
            .iter()
            .filter(|other| other.selectors().any(|s| selectors.contains(&s)));
        let providers = related
            .flat_map(|rule| &rule.providers.value)
            .filter(|p| p.scheme() == Some(key.scheme));
        let bounded =
            |short: &str, long: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(':'));
        let fits = |name: &str| name == key.name || bounded(name, &key.name) || bounded(&key.name, name);
        let mut keys = providers.filter_map(Provider::keys).flat_map(|keys| &keys.keys);
        keys.find(|known| fits(&known.name.value))
            .map(|known| known.place.clone())
    }

    fn target(&self, path: Path) -> Target {
        let object = self
            .stream
            .object_ids()
            .next()
            .expect("a configuration has apiVersion and kind");
        Target { object, path }
    }

    fn moved_to_front(&self, list: &Path, index: usize) -> Result<EncryptionConfig, EditError> {
        let root = self
            .stream
            .documents()
            .next()
            .expect("a configuration has a document");
        let layout = || EditError::Layout { place: self.place() };
        let node = root.at(list).ok_or_else(layout)?;
        if node.kind() != NodeKind::Sequence {
            return Err(EditError::Layout { place: node.place() });
        }
        let items: Vec<_> = node.items().collect();
        let flow = node.style() != Style::Block;
        let place = node.place();
        let text = reorder::to_front(self.stream.source(), &items, flow, index)
            .ok_or_else(|| EditError::Layout { place: place.clone() })?;
        let values = |config: &EncryptionConfig| {
            let root = config.stream.documents().next()?;
            root.at(list)?
                .items()
                .map(|item| item.value().ok())
                .collect::<Option<Vec<_>>>()
        };
        let mut meant = values(self).ok_or_else(layout)?;
        meant[..=index].rotate_right(1);
        self.edited(&text, |edited| values(edited).as_ref() == Some(&meant))
            .map_err(|_| EditError::Layout { place })
    }

    /// Reads an edited text and holds it to the server's rules before anybody may have it.
    fn edited(
        &self,
        text: &str,
        meant: impl Fn(&EncryptionConfig) -> bool,
    ) -> Result<EncryptionConfig, EditError> {
        let config = EncryptionConfig::read(self.stream.source().name(), text.as_bytes())?;
        config.refuse_problems()?;
        if meant(&config) {
            Ok(config)
        } else {
            Err(EditError::Layout { place: self.place() })
        }
    }
}

fn check_key(key: &KeyAt, secret: &Plaintext) -> Result<(), EditError> {
    let keys = [transformer::Key::new(&key.name, secret.clone())];
    match key.scheme {
        Scheme::AesCbc => transformer::Transformer::aes_cbc(&keys),
        Scheme::AesGcm => transformer::Transformer::aes_gcm(&keys),
        Scheme::Secretbox => transformer::Transformer::secretbox(&keys),
        other => return Err(EditError::NoKeys(other)),
    }?;
    Ok(())
}

/// The field of a provider.
fn field_of(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::AesCbc => "aescbc",
        Scheme::AesGcm => "aesgcm",
        Scheme::Secretbox => "secretbox",
        Scheme::KmsV1 | Scheme::KmsV2 => "kms",
        Scheme::Plaintext => "identity",
    }
}

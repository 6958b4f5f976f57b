//! Which rule applies to a resource, who writes it and who reads it.

use sealkit_manifest::Place;

use super::super::{GroupResource, Scheme};
use super::EncryptionConfig;
use super::model::Provider;

/// What the configuration means for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The resource that was asked for.
    pub resource: GroupResource,
    /// The selector that wins, with every place where it stands; `None` if no rule selects the resource, which is then
    /// written in clear.
    pub rule: Option<(GroupResource, Vec<Place>)>,
    /// Selectors that would apply too and are not asked, because a more specific one exists.
    pub passed_over: Vec<(GroupResource, Place)>,
    /// Who reads, in the order in which the server tries; the first writes.
    pub readers: Vec<ReaderEntry>,
}

/// One key or provider that reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderEntry {
    /// Its scheme.
    pub scheme: Scheme,
    /// The key's or the kms provider's name; `None` for identity.
    pub name: Option<String>,
    /// Where it stands; `None` for the cleartext of a resource that no rule selects.
    pub place: Option<Place>,
    /// Whether new values are written with it.
    pub writes: bool,
}

impl ReaderEntry {
    /// What every value of this entry begins with, up to and including the colon after the name.
    pub fn stored_prefix(&self) -> String {
        match &self.name {
            Some(name) => format!("{}{name}:", self.scheme.prefix()),
            None => self.scheme.prefix().to_owned(),
        }
    }
}

impl EncryptionConfig {
    /// Explains what the file means for a resource: which selector wins, who writes, who reads.
    ///
    /// Providers that are not valid are passed over; ask [`EncryptionConfig::problems`] first.
    pub fn explain(&self, resource: &GroupResource) -> Explanation {
        let candidates = [
            resource.clone(),
            resource.whole_group(),
            GroupResource::everything(),
        ];
        let places = |selector: &GroupResource| -> Vec<Place> {
            let all = self.rules().iter().flat_map(|rule| &rule.resources.value);
            all.filter(|r| GroupResource::parse(&r.value) == *selector)
                .map(|r| r.place.clone())
                .collect()
        };
        let mut found = candidates
            .into_iter()
            .map(|selector| (places(&selector), selector))
            .filter(|(places, _)| !places.is_empty());
        let rule = found.next().map(|(places, selector)| (selector, places));
        let passed_over = found
            .filter_map(|(places, selector)| Some((selector, places.first()?.clone())))
            .collect();
        let mut readers = match &rule {
            Some((selector, _)) => self.readers(selector),
            None => vec![ReaderEntry {
                scheme: Scheme::Plaintext,
                name: None,
                place: None,
                writes: false,
            }],
        };
        if let Some(first) = readers.first_mut() {
            first.writes = true;
        }
        Explanation {
            resource: resource.clone(),
            rule,
            passed_over,
            readers,
        }
    }

    fn readers(&self, selector: &GroupResource) -> Vec<ReaderEntry> {
        let rules = self.rules().iter();
        let selecting = rules.flat_map(|rule| {
            // a selector that stands twice in one rule is refused by validation, and counts twice until then
            rule.selectors()
                .filter(|known| known == selector)
                .map(move |_| rule)
        });
        selecting
            .flat_map(|rule| &rule.providers.value)
            .flat_map(entries)
            .collect()
    }
}

fn entries(provider: &Provider) -> Vec<ReaderEntry> {
    let Some(scheme) = provider.scheme() else {
        return Vec::new();
    };
    let entry = |name: Option<&str>, place: &Place| ReaderEntry {
        scheme,
        name: name.map(str::to_owned),
        place: Some(place.clone()),
        writes: false,
    };
    if let Some(keys) = provider.keys() {
        return keys
            .keys
            .iter()
            .map(|key| entry(Some(&key.name.value), &key.place))
            .collect();
    }
    match &provider.kms {
        Some(kms) => vec![entry(Some(&kms.name.value), &kms.place)],
        None => vec![entry(None, &provider.place)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox: {keys: [{name: a, secret: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}]}
  - identity: {}
- resources: [secrets, '*.apps']
  providers:
  - aescbc: {keys: [{name: b, secret: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}]}
- resources: ['*.']
  providers: [identity: {}]
";

    fn explain(resource: &str) -> Explanation {
        EncryptionConfig::parse("file", CONFIG.as_bytes())
            .expect("good")
            .explain(&GroupResource::parse(resource))
    }

    #[test]
    fn providers_of_a_selector_in_several_rules_come_one_after_the_other() {
        let secrets = explain("secrets");
        let (selector, places) = secrets.rule.expect("a rule");
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        assert_eq!(
            (selector.to_string().as_str(), places.as_slice()),
            ("secrets", &["file:4:15".to_owned(), "file:8:15".to_owned()][..])
        );
        let readers: Vec<(String, bool)> = secrets
            .readers
            .iter()
            .map(|r| (r.stored_prefix(), r.writes))
            .collect();
        let expected = [
            ("k8s:enc:secretbox:v1:a:", true),
            ("", false),
            ("k8s:enc:aescbc:v1:b:", false),
        ];
        assert_eq!(
            readers,
            expected.map(|(prefix, writes)| (prefix.to_owned(), writes))
        );
        assert_eq!(secrets.passed_over[0].0.to_string(), "*.");
    }

    #[test]
    fn a_resource_without_a_rule_is_cleartext() {
        let other = explain("things.example");
        assert_eq!((other.rule, other.readers.len()), (None, 1));
        assert!(other.readers[0].writes && other.readers[0].scheme == Scheme::Plaintext);
        assert_eq!(
            explain("deployments.apps").rule.expect("a rule").0.to_string(),
            "*.apps"
        );
    }
}

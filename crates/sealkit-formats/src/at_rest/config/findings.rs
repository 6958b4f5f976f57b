//! What the server accepts and a careful person would not: findings with stable identifiers.
//!
//! Layouts that distributions write (k3s key names with times, OpenShift's trailing zero keys, one rule per resource) are
//! not findings.

use std::collections::BTreeMap;

use sealkit_manifest::Place;

use super::super::GroupResource;
use super::key_findings::rule_findings;
use super::{EncryptionConfig, go};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth changing.
    Warning,
    /// Encryption is not what it seems.
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Stable identifier: [`IDS`] has all of them.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where it stands.
    pub place: Place,
    /// What was found, without any key.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Every identifier, in alphabetical order.
pub const IDS: [&str; 19] = [
    "aescbc",
    "aesgcm-rotation",
    "ambiguous-key-name",
    "events-encrypted",
    "file-committed",
    "file-readable",
    "key-name-reused",
    "key-published",
    "key-reused",
    "key-short",
    "key-text",
    "key-zero",
    "kms-endpoint-host",
    "kms-version-missing",
    "plaintext-readable",
    "plaintext-written",
    "secrets-not-covered",
    "selector-repeated",
    "selector-without-effect",
];

/// What only an adapter can see of the file. Leave out what is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Unix mode of the file.
    pub mode: Option<u32>,
    /// Unix mode of its folder.
    pub folder_mode: Option<u32>,
    /// Whether version control keeps the file.
    pub committed: bool,
}

impl EncryptionConfig {
    /// Reports what the server accepts and should not be so, in the order of the file.
    pub fn findings(&self, surroundings: &Surroundings) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.file(surroundings, &mut findings);
        for rule in self.rules() {
            rule_findings(rule, &mut findings);
        }
        self.selectors(&mut findings);
        self.key_material(&mut findings);
        findings.sort_by(|one, other| (one.place.location, one.id).cmp(&(other.place.location, other.id)));
        findings
    }

    fn file(&self, surroundings: &Surroundings, findings: &mut Vec<Finding>) {
        let place = self.place();
        let has_keys = self
            .rules()
            .iter()
            .flat_map(|rule| &rule.providers.value)
            .any(|p| p.keys().is_some());
        if surroundings.committed && has_keys {
            findings.push(finding(
                "file-committed",
                Severity::Error,
                &place,
                "the file holds raw keys and is kept in version control",
                "take it out, rotate its keys, and treat the old ones as known",
            ));
        }
        let open = |mode: Option<u32>, mask: u32| mode.is_some_and(|mode| mode & mask != 0);
        if open(surroundings.mode, 0o077) || open(surroundings.folder_mode, 0o022) {
            findings.push(finding(
                "file-readable",
                Severity::Warning,
                &place,
                "others than the owner can read the file or write its folder",
                "chmod 600 the file, and give its folder to root",
            ));
        }
    }

    fn selectors(&self, findings: &mut Vec<Finding>) {
        let mut seen: BTreeMap<GroupResource, Place> = BTreeMap::new();
        for rule in self.rules() {
            for resource in &rule.resources.value {
                let selector = GroupResource::parse(&resource.value);
                if without_effect(&selector) {
                    let message = format!(
                        "selector {} names no resource and never applies",
                        go::quote(&resource.value)
                    );
                    findings.push(finding(
                        "selector-without-effect",
                        Severity::Warning,
                        &resource.place,
                        &message,
                        "write `resource` for the core group, `resource.group` for others, no version",
                    ));
                }
                if let Some(first) = seen.get(&selector) {
                    let message = format!(
                        "{selector} is selected a second time; its first rule at {first} writes, this one only reads"
                    );
                    findings.push(finding(
                        "selector-repeated",
                        Severity::Info,
                        &resource.place,
                        &message,
                        "put the providers into the first rule, which means the same",
                    ));
                }
                if selector.is_wildcard() && (selector.group() == "*" || selector.group().is_empty()) {
                    let events = GroupResource::new("events", "");
                    if !seen.contains_key(&events) && !rule.selectors().any(|known| known == events) {
                        let message =
                            format!("{selector} encrypts events too, which are many and short-lived");
                        findings.push(finding(
                            "events-encrypted",
                            Severity::Info,
                            &resource.place,
                            &message,
                            "if that is too slow, put a rule for `events` with `identity: {}` above it",
                        ));
                    }
                }
                seen.entry(selector).or_insert_with(|| resource.place.clone());
            }
        }
        let secrets = GroupResource::new("secrets", "");
        if !self.rules().is_empty() && self.explain(&secrets).rule.is_none() {
            findings.push(finding(
                "secrets-not-covered",
                Severity::Error,
                &self.place(),
                "no rule selects secrets: they are stored in clear",
                "add `secrets` to the resources of a rule",
            ));
        }
    }
}

/// Selectors that cannot name a resource: no resource, or a version where the group should be.
fn without_effect(selector: &GroupResource) -> bool {
    let version = |group: &str| {
        let rest = group.strip_prefix('v').unwrap_or_default();
        rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(|c| c.is_ascii_alphanumeric())
    };
    selector.resource().is_empty() || version(selector.group())
}

pub(super) fn finding(
    id: &'static str,
    severity: Severity,
    place: &Place,
    message: &str,
    hint: &str,
) -> Finding {
    debug_assert!(IDS.contains(&id));
    Finding {
        id,
        severity,
        place: place.clone(),
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "8ikhT2u0RVTIXHGM+3CrkOCk8JvCMM7k6xH0kN9HhSc=";

    fn ids(resources: &str) -> Vec<&'static str> {
        let text = format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n{resources}"
        );
        let config = EncryptionConfig::read("file", text.as_bytes()).expect("readable");
        let findings = config.findings(&Surroundings::default());
        assert!(
            findings
                .iter()
                .all(|finding| !finding.message.contains(GOOD) && finding.hint.is_some())
        );
        findings.iter().map(|finding| finding.id).collect()
    }

    fn one(provider: &str) -> Vec<&'static str> {
        ids(&format!("- resources: [secrets]\n  providers:\n  - {provider}\n"))
    }

    #[test]
    fn the_recommended_file_has_no_findings() {
        assert_eq!(
            one(&format!("secretbox: {{keys: [{{name: a, secret: {GOOD}}}]}}")),
            [""; 0]
        );
    }

    #[test]
    fn each_finding_is_found() {
        let key = |kind: &str, name: &str, secret: &str| {
            format!("{kind}: {{keys: [{{name: {name:?}, secret: {secret:?}}}]}}")
        };
        assert_eq!(one("identity: {}"), ["plaintext-written"]);
        assert_eq!(
            one(&format!("{}\n  - identity: {{}}", key("secretbox", "a", GOOD))),
            ["plaintext-readable"]
        );
        assert_eq!(one(&key("aescbc", "a", GOOD)), ["aescbc"]);
        assert_eq!(one(&key("aesgcm", "a", GOOD)), ["aesgcm-rotation"]);
        assert_eq!(
            one(&key("aescbc", "a", "/bmUDo4rvfG6dIhiPTkNKJgK8h2By6+x")),
            ["aescbc", "key-short"]
        );
        // the 25-byte key of a widely copied article, which no cipher takes, and the 16-byte one beside it
        assert_eq!(
            one(&key("secretbox", "a", "c2VjcmV0IGlzIHNlY3VyZSwgSSB0aGluaw==")),
            ["key-published"]
        );
        assert_eq!(
            one(&key("aesgcm", "a", "c2VjcmV0IGlzIHNlY3VyZQ==")),
            ["aesgcm-rotation", "key-published"]
        );
        assert_eq!(
            one(&key(
                "secretbox",
                "a",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
            )),
            ["key-text"]
        );
        let zero = "AAAAAAAAAAAAAAAAAAAAAA==";
        assert_eq!(one(&key("aesgcm", "a", zero)), ["aesgcm-rotation", "key-zero"]);
        assert_eq!(
            one(&format!(
                "{}\n  - {}",
                key("secretbox", "a", GOOD),
                key("aesgcm", "0", zero)
            )),
            [""; 0]
        );
        let two = format!(
            "{}\n  - {}",
            key("secretbox", "a", GOOD),
            key("aesgcm", "b", GOOD)
        );
        assert_eq!(one(&two), ["key-reused"]);
        let other = "SKDCoTRVsrlp0PKyl5cpdKSD/Zyv0Pni4iRhwJbQ8ns=";
        let same =
            format!("secretbox: {{keys: [{{name: a, secret: {GOOD}}}, {{name: a, secret: {other}}}]}}");
        assert_eq!(one(&same), ["key-name-reused"]);
        assert_eq!(
            one(&same.replacen("name: a", "name: \"a:b\"", 1)),
            ["ambiguous-key-name"]
        );
        let kms = "kms: {apiVersion: v2, name: a, endpoint: \"unix://run/kms.sock\"}";
        assert_eq!(one(kms), ["kms-endpoint-host"]);
        assert_eq!(
            one("kms: {name: a, endpoint: \"unix:///run/kms.sock\"}"),
            ["kms-version-missing"]
        );
        let rule = |resources: &str| {
            format!(
                "- resources: [{resources}]\n  providers:\n  - {}\n",
                key("secretbox", "a", GOOD)
            )
        };
        assert_eq!(ids(&rule("configmaps")), ["secrets-not-covered"]);
        assert_eq!(ids(&rule("'*.*'")), ["events-encrypted"]);
        assert_eq!(
            ids(&format!("{}{}", rule("secrets, events"), rule("'*.'"))),
            [""; 0]
        );
        assert_eq!(
            ids(&format!("{}{}", rule("secrets"), rule("secrets"))),
            ["selector-repeated"]
        );
        assert_eq!(
            ids(&rule("secrets, secrets.v1, '', .apps")),
            ["selector-without-effect"; 3]
        );
    }

    #[test]
    fn opting_out_of_a_wildcard_is_no_finding() {
        let text = format!(
            "- resources: [events]\n  providers: [identity: {{}}]\n- resources: ['*.*']\n  providers:\n  - secretbox: {{keys: [{{name: a, secret: {GOOD}}}]}}\n"
        );
        assert_eq!(ids(&text), [""; 0]);
    }

    #[test]
    fn the_file_and_its_folder_are_looked_at() {
        let text = format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - secretbox: {{keys: [{{name: a, secret: {GOOD}}}]}}\n"
        );
        let config = EncryptionConfig::parse("file", text.as_bytes()).expect("good");
        let ids = |mode, folder_mode, committed| {
            let surroundings = Surroundings {
                mode: Some(mode),
                folder_mode: Some(folder_mode),
                committed,
            };
            config
                .findings(&surroundings)
                .iter()
                .map(|finding| finding.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(0o100600, 0o40755, false), [""; 0]);
        assert_eq!(ids(0o100640, 0o40755, false), ["file-readable"]);
        assert_eq!(ids(0o100600, 0o40775, false), ["file-readable"]);
        assert_eq!(ids(0o100600, 0o40700, true), ["file-committed"]);
    }
}

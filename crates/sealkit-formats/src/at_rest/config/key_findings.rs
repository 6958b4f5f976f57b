//! Findings about providers, keys and their names.

use zeroize::Zeroizing;

use super::super::{GroupResource, Scheme};
use super::findings::{Finding, Severity, finding};
use super::model::{Kms, NamedKey, Provider, Rule};
use super::{EncryptionConfig, go};

/// Keys that stand in documentation and in articles that were copied from it.
const PUBLISHED: [&[u8]; 4] = [
    b"secret is secure",
    b"this is password",
    b"secret is secure, I think",
    b"secret is secure, or is it?\n",
];

impl EncryptionConfig {
    /// Compares every key with every other: one secret must not serve two names or two schemes.
    pub(super) fn key_material(&self, findings: &mut Vec<Finding>) {
        let mut known: Vec<(Scheme, &NamedKey, Zeroizing<Vec<u8>>)> = Vec::new();
        for provider in self.rules().iter().flat_map(|rule| &rule.providers.value) {
            let (Some(scheme), Some(keys)) = (provider.scheme(), provider.keys()) else {
                continue;
            };
            for key in &keys.keys {
                let Some(secret) = key.decode().filter(|secret| secret.iter().any(|byte| *byte != 0)) else {
                    continue;
                };
                let same =
                    |(other_scheme, other, other_secret): &&(Scheme, &NamedKey, Zeroizing<Vec<u8>>)| {
                        **other_secret == *secret
                            && (*other_scheme != scheme || other.name.value != key.name.value)
                    };
                if let Some((other_scheme, other, _)) = known.iter().find(same) {
                    let message = format!(
                        "key {} of {scheme} has the same bytes as key {} of {other_scheme} at {}",
                        go::quote(&key.name.value),
                        go::quote(&other.name.value),
                        other.place
                    );
                    findings.push(finding(
                        "key-reused",
                        Severity::Warning,
                        &key.place,
                        &message,
                        "make a key of its own for each name and each provider",
                    ));
                }
                known.push((scheme, key, secret));
            }
        }
    }
}

pub(super) fn rule_findings(rule: &Rule, findings: &mut Vec<Finding>) {
    let providers = &rule.providers.value;
    let encrypts = providers
        .iter()
        .any(|provider| provider.scheme().is_some_and(|s| s != Scheme::Plaintext));
    let wildcard_opt_out = !encrypts
        && !rule
            .selectors()
            .any(|selector| selector == GroupResource::new("secrets", ""));
    for (index, provider) in providers.iter().enumerate() {
        match provider.scheme() {
            Some(Scheme::Plaintext) if index == 0 && !wildcard_opt_out => {
                let hint = "promote an encrypting provider, then rewrite every object";
                findings.push(finding(
                    "plaintext-written",
                    Severity::Warning,
                    &provider.place,
                    "identity is first: what is written from now on is stored in clear",
                    hint,
                ));
            }
            Some(Scheme::Plaintext) if index > 0 => {
                let hint = "once every object is rewritten, remove identity: until then whoever can write to etcd can plant values in clear";
                findings.push(finding(
                    "plaintext-readable",
                    Severity::Info,
                    &provider.place,
                    "values in clear are still accepted",
                    hint,
                ));
            }
            Some(Scheme::AesCbc) => {
                let hint = "add a secretbox or kms v2 provider, promote it, and rewrite every object";
                findings.push(finding(
                    "aescbc",
                    Severity::Warning,
                    &provider.place,
                    "aescbc has no integrity: changed or moved values are not noticed",
                    hint,
                ));
            }
            Some(Scheme::AesGcm) if index == 0 => {
                let hint =
                    "rotate the key every 200000 writes, or use secretbox, whose nonces are long enough";
                findings.push(finding(
                    "aesgcm-rotation",
                    Severity::Info,
                    &provider.place,
                    "aesgcm draws 12-byte nonces, which repeat if one key writes too much",
                    hint,
                ));
            }
            _ => {}
        }
        keys(provider, index, findings);
        if let Some(kms) = &provider.kms {
            kms_findings(kms, findings);
        }
    }
    names(rule, findings);
}

fn keys(provider: &Provider, index: usize, findings: &mut Vec<Finding>) {
    let (Some(scheme), Some(keys)) = (provider.scheme(), provider.keys()) else {
        return;
    };
    for (n, key) in keys.keys.iter().enumerate() {
        let Some(secret) = key.decode() else { continue };
        let name = go::quote(&key.name.value);
        let (id, severity, message) = if PUBLISHED.contains(&secret.as_slice()) {
            (
                "key-published",
                Severity::Error,
                format!("key {name} is one that documentation and articles print"),
            )
        } else if secret.iter().all(|byte| *byte == 0) {
            if index > 0 {
                continue; // OpenShift ends its lists so; nothing is written with it
            }
            let severity = if n == 0 {
                Severity::Error
            } else {
                Severity::Warning
            };
            ("key-zero", severity, format!("key {name} consists of zeros"))
        } else if scheme == Scheme::AesCbc && secret.len() < 32 {
            (
                "key-short",
                Severity::Warning,
                format!("key {name} is shorter than the 32 bytes that aescbc is documented for"),
            )
        } else if secret
            .iter()
            .all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte == b'\n')
        {
            (
                "key-text",
                Severity::Warning,
                format!("key {name} is text, which has less randomness than its length"),
            )
        } else {
            continue;
        };
        findings.push(finding(
            id,
            severity,
            &key.place,
            &message,
            "make one of 32 random bytes, add it, promote it, and rewrite every object",
        ));
    }
}

fn kms_findings(kms: &Kms, findings: &mut Vec<Finding>) {
    if !kms.api_version_written {
        findings.push(finding(
            "kms-version-missing",
            Severity::Warning,
            &kms.place,
            "a kms provider without apiVersion is v1, which servers refuse since 1.29",
            "write `apiVersion: v2`, or `v1` if it is meant",
        ));
    }
    if let Ok(url) = go::parse_url(&kms.endpoint.value)
        && !url.host.is_empty()
    {
        let message =
            "the endpoint has two slashes: the first part of the path is taken for a host and dropped";
        findings.push(finding(
            "kms-endpoint-host",
            Severity::Error,
            &kms.endpoint.place,
            message,
            "write unix:///run/kms.sock, with three slashes",
        ));
    }
}

/// Names within one list: the server tries every key whose name fits.
fn names(rule: &Rule, findings: &mut Vec<Finding>) {
    let mut known: Vec<(Scheme, &NamedKey)> = Vec::new();
    for provider in &rule.providers.value {
        let (Some(scheme), Some(keys)) = (provider.scheme(), provider.keys()) else {
            continue;
        };
        for key in &keys.keys {
            for (_, other) in known.iter().filter(|(other, _)| *other == scheme) {
                let (one, two) = (key.name.value.as_str(), other.name.value.as_str());
                let bounded = |short: &str, long: &str| {
                    long.strip_prefix(short).is_some_and(|rest| rest.starts_with(':'))
                };
                if one == two {
                    let message = format!(
                        "{} is the name of two keys; the other stands at {}",
                        go::quote(one),
                        other.place
                    );
                    let hint = "never give a name twice: with aescbc the wrong key succeeds once in 256 times and returns garbage";
                    findings.push(finding(
                        "key-name-reused",
                        Severity::Warning,
                        &key.place,
                        &message,
                        hint,
                    ));
                } else if bounded(one, two) || bounded(two, one) {
                    let message = format!(
                        "names {} and {} fit the same values",
                        go::quote(one),
                        go::quote(two)
                    );
                    findings.push(finding(
                        "ambiguous-key-name",
                        Severity::Warning,
                        &key.place,
                        &message,
                        "use names of which none begins another up to a colon",
                    ));
                }
            }
            known.push((scheme, key));
        }
    }
}

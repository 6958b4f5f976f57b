//! Every rule the server holds a configuration to, with its own words.
//!
//! Source: `k8s.io/apiserver` v0.36.2, `pkg/apis/apiserver/validation/validation_encryption.go`, function for function.

use std::collections::{BTreeMap, BTreeSet};

use super::super::GroupResource;
use super::Server;
use super::go;
use super::model::{Keys, Kms, NamedKey, Placed, Provider, Rule};
use super::problem::{Problem, Stage};

pub(super) fn validate(rules: &[Rule], root: &sealkit_manifest::Place, server: &Server) -> Vec<Problem> {
    if rules.is_empty() {
        return vec![required("resources", "at least one resources is required", root)];
    }
    let mut problems = Vec::new();
    let mut kms_names = BTreeSet::new();
    for (i, rule) in rules.iter().enumerate() {
        let (resources, providers) = (
            format!("resources[{i}].resources"),
            format!("resources[{i}].providers"),
        );
        if rule.resources.value.is_empty() {
            let text = format!("at least one {resources} is required");
            problems.push(required(&resources, text, &rule.resources.place));
        }
        overlaps(&rule.resources, &resources, &mut problems);
        for (j, resource) in rule.resources.value.iter().enumerate() {
            problems.extend(resource_name(resource, format!("{resources}[{j}]")));
        }
        if rule.providers.value.is_empty() {
            let text = format!("at least one {providers} is required");
            problems.push(required(&providers, text, &rule.providers.place));
        }
        for (k, provider) in rule.providers.value.iter().enumerate() {
            let path = format!("{providers}[{k}]");
            single_provider(provider, &path, &mut problems);
            if let Some(kms) = &provider.kms {
                check_kms(kms, &format!("{path}.kms"), &kms_names, server, &mut problems);
                kms_names.insert(kms.name.value.clone());
            } else if let Some(aesgcm) = &provider.aesgcm {
                check_keys(aesgcm, &format!("{path}.aesgcm.keys"), AES, &mut problems);
            } else if let Some(aescbc) = &provider.aescbc {
                check_keys(aescbc, &format!("{path}.aescbc.keys"), AES, &mut problems);
            } else if let Some(secretbox) = &provider.secretbox {
                check_keys(
                    secretbox,
                    &format!("{path}.secretbox.keys"),
                    SECRETBOX,
                    &mut problems,
                );
            }
        }
    }
    problems
}

/// Rules that go against each other, and providers that the server was not built or told to support.
///
/// Source: `getTransformerOverridesAndKMSPluginProbes` and `kmsPrefixTransformer`. The server stops at the first.
pub(super) fn load(rules: &[Rule], server: &Server) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut registered: BTreeSet<GroupResource> = BTreeSet::new();
    for (i, rule) in rules.iter().enumerate() {
        for provider in &rule.providers.value {
            if let Some(kms) = &provider.kms
                && kms.api_version.value == "v1"
                && !server.kms_v1
            {
                let text = "KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.";
                let hint = if kms.api_version_written {
                    "use a v2 plugin; to keep reading v1 data, start the server with that feature gate"
                } else {
                    "without an apiVersion it is v1: write `apiVersion: v2` if the plugin speaks it"
                };
                problems.push(Problem::new(Stage::Loading, "", text, &kms.place).hint(hint));
            }
        }
        for (j, resource) in rule.resources.value.iter().enumerate() {
            let selector = GroupResource::parse(&resource.value);
            let masks = [selector.whole_group(), GroupResource::everything()];
            if let Some(mask) = masks.iter().find(|mask| registered.contains(mask)) {
                let text = format!(
                    "resource {} is masked by earlier rule {}",
                    go::quote(&selector.to_string()),
                    go::quote(&mask.to_string())
                );
                let mut problem = Problem::new(Stage::Loading, "", text, &resource.place);
                problem = problem.hint(&format!(
                    "move it above the rule that selects {mask} (resources[{i}].resources[{j}])"
                ));
                problems.push(problem);
            }
            registered.insert(selector);
        }
    }
    problems
}

/// The server compares every selector with every other; counting them by group comes to the same in one pass.
fn overlaps(resources: &Placed<Vec<Placed<String>>>, path: &str, problems: &mut Vec<Problem>) {
    if resources.value.len() < 2 {
        return;
    }
    let mut seen = BTreeSet::new();
    let mut groups: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    let (mut duplicate, mut overlap) = (false, false);
    for resource in &resources.value {
        let selector = GroupResource::parse(&resource.value);
        overlap |= selector == GroupResource::everything();
        let (count, wildcard) = groups.entry(selector.group().to_owned()).or_default();
        *count += 1;
        *wildcard |= selector.is_wildcard();
        overlap |= *count > 1 && *wildcard;
        duplicate |= !seen.insert(selector);
    }
    let value = go::json_strings(resources.value.iter().map(|resource| resource.value.as_str()));
    if duplicate {
        let text = "the same resource cannot be specified multiple times";
        problems.push(invalid(path, &value, text, &resources.place).hint("name each resource once"));
    }
    if overlap {
        let text = "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";
        problems.push(
            invalid(path, &value, text, &resources.place).hint("keep either the wildcard or what it covers"),
        );
    }
}

fn resource_name(resource: &Placed<String>, path: String) -> Option<Problem> {
    let name = resource.value.as_str();
    let selector = GroupResource::parse(name);
    let has_capital = name.chars().any(|c| !c.to_lowercase().eq([c]));
    let (text, hint) = if has_capital {
        (
            "resource name should not contain capital letters",
            "use the plural in lower case, as `kubectl api-resources` prints it",
        )
    } else if name == "*" {
        (
            "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources",
            "quote it: '*.' or '*.*'",
        )
    } else if [
        "apiserveripinfo",
        "serviceipallocations",
        "servicenodeportallocations",
    ]
    .contains(&name)
    {
        (
            "resources which do not have REST API/s cannot be encrypted",
            "remove it",
        )
    } else if selector.group() == "events.k8s.io" {
        (
            "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file",
            "write `events`",
        )
    } else if selector.group() == "extensions" {
        (
            "'extensions' group has been removed and cannot be used for encryption",
            "name the group the resource moved to",
        )
    } else if selector.group() == "*" && selector.resource() != "*" {
        (
            "encrypting the same resource across groups is not supported",
            "name one group, or *.* for everything",
        )
    } else {
        return None;
    };
    Some(invalid(&path, &go::quote(name), text, &resource.place).hint(hint))
}

fn single_provider(provider: &Provider, path: &str, problems: &mut Vec<Problem>) {
    let found = [
        provider.kms.is_some(),
        provider.aesgcm.is_some(),
        provider.aescbc.is_some(),
        provider.secretbox.is_some(),
        provider.identity.is_some(),
    ];
    let text = match found.iter().filter(|found| **found).count() {
        0 => {
            "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity"
        }
        1 => return,
        _ => {
            "more than one provider specified in a single element, should split into different list elements"
        }
    };
    let hint = match text {
        text if text.starts_with("more") => "begin each provider with its own dash",
        _ => "write one of aesgcm, aescbc, secretbox, kms, `identity: {}`; a null value counts as absent",
    };
    problems.push(invalid(path, &provider_json(provider), text, &provider.place).hint(hint));
}

/// The provider as the server prints it, except that the server prints the secrets too.
fn provider_json(provider: &Provider) -> String {
    let keys = |keys: &Option<Keys>| match keys {
        None => "null".to_owned(),
        Some(keys) if !keys.written => "{\"Keys\":null}".to_owned(),
        Some(keys) => {
            let key = |key: &NamedKey| {
                let secret = if key.secret.value.is_empty() {
                    ""
                } else {
                    "REDACTED"
                };
                format!(
                    "{{\"Name\":{},\"Secret\":\"{secret}\"}}",
                    go::json_string(&key.name.value)
                )
            };
            format!(
                "{{\"Keys\":[{}]}}",
                keys.keys.iter().map(key).collect::<Vec<_>>().join(",")
            )
        }
    };
    let kms = provider.kms.as_ref().map_or("null".to_owned(), |kms| {
        format!(
            "{{\"APIVersion\":{},\"Name\":{},\"CacheSize\":{},\"Endpoint\":{},\"Timeout\":{}}}",
            go::json_string(&kms.api_version.value),
            go::json_string(&kms.name.value),
            kms.cachesize
                .as_ref()
                .map_or("null".to_owned(), |size| size.value.to_string()),
            go::json_string(&kms.endpoint.value),
            go::json_string(&go::duration(kms.timeout.value)),
        )
    });
    format!(
        "{{\"AESGCM\":{},\"AESCBC\":{},\"Secretbox\":{},\"Identity\":{},\"KMS\":{kms}}}",
        keys(&provider.aesgcm),
        keys(&provider.aescbc),
        keys(&provider.secretbox),
        if provider.identity.is_some() { "{}" } else { "null" },
    )
}

const AES: &[usize] = &[16, 24, 32];
const SECRETBOX: &[usize] = &[32];

fn check_keys(keys: &Keys, path: &str, lengths: &[usize], problems: &mut Vec<Problem>) {
    if keys.keys.is_empty() {
        problems.push(required(path, "at least one keys is required", &keys.place));
    }
    for (n, key) in keys.keys.iter().enumerate() {
        let path = format!("{path}[{n}]");
        if key.name.value.is_empty() {
            problems.push(required(
                &format!("{path}.name"),
                "name is a mandatory field for a key",
                &key.name.place,
            ));
        }
        let secret = format!("{path}.secret");
        if key.secret.value.is_empty() {
            problems.push(required(
                &secret,
                "secret is a mandatory field for a key",
                &key.secret.place,
            ));
            continue;
        }
        let Some(decoded) = key.decode() else {
            let text = "secrets must be base64 encoded";
            let hint =
                "make one with `head -c 32 /dev/urandom | base64`; the URL-safe alphabet is not accepted";
            problems.push(invalid(&secret, "\"REDACTED\"", text, &key.secret.place).hint(hint));
            continue;
        };
        if !lengths.contains(&decoded.len()) {
            let expected: Vec<String> = lengths.iter().map(ToString::to_string).collect();
            let text = format!(
                "secret is not of the expected length, got {}, expected one of [{}]",
                decoded.len(),
                expected.join(" ")
            );
            let hint = "make one of 32 bytes with `head -c 32 /dev/urandom | base64`";
            problems.push(invalid(&secret, "\"REDACTED\"", text, &key.secret.place).hint(hint));
        }
    }
}

fn check_kms(kms: &Kms, path: &str, names: &BTreeSet<String>, server: &Server, problems: &mut Vec<Problem>) {
    let (name, v1) = (kms.name.value.as_str(), kms.api_version.value == "v1");
    let at = format!("{path}.name");
    if name.is_empty() {
        problems.push(required(
            &at,
            "name is a mandatory field for a provider",
            &kms.name.place,
        ));
    }
    if !v1 && name.contains(':') {
        let text = format!("invalid KMS provider name {name}, must not contain ':'");
        problems.push(invalid(&at, &go::quote(name), text, &kms.name.place));
    }
    if (server.reload || !v1) && names.contains(name) {
        let text = format!("duplicate KMS provider name {name}, names must be unique");
        let hint = "the name is part of every stored value: give each provider its own, for good";
        problems.push(invalid(&at, &go::quote(name), text, &kms.name.place).hint(hint));
    }
    if kms.timeout.value <= 0 {
        let value = go::json_string(&go::duration(kms.timeout.value));
        let text = "timeout should be a positive value";
        problems.push(invalid(
            &format!("{path}.timeout"),
            &value,
            text,
            &kms.timeout.place,
        ));
    }
    problems.extend(endpoint(&kms.endpoint, &format!("{path}.endpoint")));
    if let Some(cachesize) = &kms.cachesize {
        let text = match (v1, cachesize.value) {
            (false, _) => Some("cachesize is not supported in v2"),
            (true, 0) => Some("cachesize should be a positive value, or negative to disable"),
            (true, _) => None,
        };
        let invalid = |text| {
            invalid(
                &format!("{path}.cachesize"),
                &cachesize.value.to_string(),
                text,
                &cachesize.place,
            )
        };
        problems.extend(text.map(invalid));
    }
    if kms.scheme().is_none() {
        let text = "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported";
        let value = go::quote(&kms.api_version.value);
        problems.push(invalid(
            &format!("{path}.apiVersion"),
            &value,
            text,
            &kms.api_version.place,
        ));
    }
}

fn endpoint(endpoint: &Placed<String>, path: &str) -> Option<Problem> {
    let hint = "write unix:///run/kms.sock, with three slashes";
    let value = endpoint.value.as_str();
    let text = match value {
        "" => "endpoint is a mandatory field for a kms".to_owned(),
        _ => match go::parse_url(value) {
            Ok(url) if url.scheme == "unix" => return None,
            Ok(url) => {
                let scheme = go::quote(&url.scheme);
                format!("unsupported scheme {scheme} for KMS provider, only unix is supported")
            }
            Err(error) => format!("invalid endpoint for kms provider, error: {error}"),
        },
    };
    Some(invalid(path, &go::quote(value), text, &endpoint.place).hint(hint))
}

fn required(field: &str, text: impl std::fmt::Display, place: &sealkit_manifest::Place) -> Problem {
    Problem::new(Stage::Validation, field, format!("Required value: {text}"), place)
}

fn invalid(
    field: &str,
    value: &str,
    text: impl std::fmt::Display,
    place: &sealkit_manifest::Place,
) -> Problem {
    Problem::new(
        Stage::Validation,
        field,
        format!("Invalid value: {value}: {text}"),
        place,
    )
}

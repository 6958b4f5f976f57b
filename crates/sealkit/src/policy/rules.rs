//! One rule of a policy: which paths, for whom, how; and whether its recipients can share a file.

use std::collections::BTreeMap;

use sealkit_crypto::recipient::Recipient;
use sealkit_formats::Scope;
use sealkit_manifest::{Node, NodeKind};

use super::fields::{items, one_of, refuse_unknown_fields, required, text};
use super::glob::PathGlobs;
use super::read::{Person, index_of, unknown_name};
use super::{PolicyError, Rule};
use crate::recognise::Format;
use crate::sealing::NamedRecipient;

const RULE_FIELDS: &[&str] = &[
    "paths",
    "format",
    "recipients",
    "scope",
    "allow-classic-recipients",
];

pub(super) fn rule(
    node: &Node<'_>,
    people: &[Person],
    groups: &BTreeMap<String, Vec<usize>>,
) -> Result<Rule, PolicyError> {
    if node.kind() != NodeKind::Mapping {
        return Err(PolicyError::WrongKind {
            place: node.place(),
            field: "rules".to_owned(),
            expected: "a list of rules",
        });
    }
    refuse_unknown_fields(node, RULE_FIELDS)?;
    let chosen = rule_recipients(node, people, groups)?;
    let format = match node.get("format") {
        Some(value) => one_of(&value, "format", "`native`, `sealed-secrets` or `sops`", |text| {
            text.parse::<Format>().ok()
        })?,
        None => Format::Native,
    };
    let scope = match node.get("scope") {
        Some(value) => Some(one_of(
            &value,
            "scope",
            "`strict`, `namespace-wide` or `cluster-wide`",
            |text| text.parse::<Scope>().ok(),
        )?),
        None => None,
    };
    let allow_classic_recipients = match node.get("allow-classic-recipients") {
        Some(value) => one_of(&value, "allow-classic-recipients", "`true` or `false`", |text| {
            text.parse().ok()
        })?,
        None => false,
    };
    let rule = Rule {
        place: node.place(),
        globs: rule_globs(node)?,
        format,
        recipients: chosen.iter().map(|&index| people[index].named()).collect(),
        certificate: chosen
            .first()
            .and_then(|&index| people[index].certificate.clone()),
        scope,
        allow_classic_recipients,
    };
    check_recipients(&rule)?;
    Ok(rule)
}

fn rule_globs(node: &Node<'_>) -> Result<PathGlobs, PolicyError> {
    let paths = required(node, "paths")?;
    let items = items(&paths, "paths")?;
    if items.is_empty() {
        return Err(PolicyError::Empty {
            place: paths.place(),
            field: "paths",
        });
    }
    let globs = items
        .iter()
        .map(|item| text(item, || "paths".to_owned(), "a list of path globs"))
        .collect::<Result<Vec<_>, _>>()?;
    PathGlobs::parse(&globs).map_err(|index| PolicyError::Glob {
        place: items[index].place(),
    })
}

fn rule_recipients(
    node: &Node<'_>,
    people: &[Person],
    groups: &BTreeMap<String, Vec<usize>>,
) -> Result<Vec<usize>, PolicyError> {
    let list = required(node, "recipients")?;
    let mut chosen = Vec::new();
    for item in items(&list, "recipients")? {
        let name = text(&item, || "recipients".to_owned(), "a list of names")?;
        let members = match (index_of(&name, people), groups.get(&name)) {
            (Some(index), _) => vec![index],
            (None, Some(members)) => members.clone(),
            (None, None) => {
                let group_names: Vec<&String> = groups.keys().collect();
                return Err(unknown_name(&item, name, people, &group_names));
            }
        };
        for index in members {
            if !chosen.contains(&index) {
                chosen.push(index);
            }
        }
    }
    match chosen.is_empty() {
        true => Err(PolicyError::Empty {
            place: list.place(),
            field: "recipients",
        }),
        false => Ok(chosen),
    }
}

fn check_recipients(rule: &Rule) -> Result<(), PolicyError> {
    let place = || rule.place.clone();
    let name_of = |named: &NamedRecipient| named.name.clone().unwrap_or_default();
    for (index, one) in rule.recipients.iter().enumerate() {
        if let Some(other) = rule.recipients[..index]
            .iter()
            .find(|other| other.recipient.name() == one.recipient.name())
        {
            return Err(PolicyError::RepeatedRecipient {
                place: place(),
                name: name_of(other),
                other: name_of(one),
            });
        }
    }
    if rule.format == Format::SealedSecrets {
        return match rule.recipients.as_slice() {
            [
                NamedRecipient {
                    recipient: Recipient::Rsa(_),
                    ..
                },
            ] => Ok(()),
            _ => Err(PolicyError::NotOneCertificate { place: place() }),
        };
    }
    let no_age_key = |named: &&NamedRecipient| matches!(named.recipient, Recipient::Rsa(_));
    if rule.format == Format::Sops
        && let Some(named) = rule.recipients.iter().find(no_age_key)
    {
        return Err(PolicyError::NoAgeKey {
            place: place(),
            name: name_of(named),
        });
    }
    let (quantum, classic): (Vec<_>, Vec<_>) = rule
        .recipients
        .iter()
        .partition(|named| named.recipient.is_post_quantum());
    if !quantum.is_empty() && !classic.is_empty() && !rule.allow_classic_recipients {
        let classic = classic.into_iter().map(name_of).collect();
        return Err(PolicyError::MixedRecipients {
            place: place(),
            classic,
        });
    }
    Ok(())
}

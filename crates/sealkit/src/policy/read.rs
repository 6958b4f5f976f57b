//! From the text of a policy to a checked `Policy`: every step knows the place it reads.

use std::collections::BTreeMap;

use sealkit_crypto::certificate::Certificate;
use sealkit_crypto::recipient::{Recipient, parse_recipients};
use sealkit_formats::Scope;
use sealkit_manifest::{Node, NodeKind, Place, Stream};

use super::file::POLICY_VERSION;
use super::glob::PathGlobs;
use super::{Policy, PolicyError, ReadFile, Rule};
use crate::names::Names;
use crate::recognise::Format;
use crate::sealing::NamedRecipient;

const POLICY_FIELDS: &[&str] = &["version", "recipients", "groups", "rules"];
const RULE_FIELDS: &[&str] = &[
    "paths",
    "format",
    "recipients",
    "scope",
    "allow-classic-recipients",
];
const RECIPIENT_FIELDS: &[&str] = &["file"];

pub(super) fn policy(name: &str, text: &[u8], read: &mut ReadFile<'_>) -> Result<Policy, PolicyError> {
    let stream = Stream::parse(name, text).map_err(PolicyError::Parse)?;
    let root = only_mapping(&stream)?;
    refuse_unknown_fields(&root, POLICY_FIELDS)?;
    check_version(&root)?;
    let people = recipients(&required(&root, "recipients")?, read)?;
    let groups = match root.get("groups") {
        Some(node) => groups(&node, &people)?,
        None => BTreeMap::new(),
    };
    let rules = required(&root, "rules")?;
    let rules = items(&rules, "rules")?
        .iter()
        .map(|node| rule(node, &people, &groups))
        .collect::<Result<_, _>>()?;
    let mut names = Names::default();
    for person in &people {
        names.add(&person.name, &person.recipient);
    }
    let used_recipients = people.iter().map(Person::named).collect();
    Ok(Policy {
        name: name.to_owned(),
        rules,
        names,
        used_recipients,
    })
}

/// A recipient as the policy defines it.
struct Person {
    name: String,
    recipient: Recipient,
    certificate: Option<Certificate>,
}

impl Person {
    fn named(&self) -> NamedRecipient {
        NamedRecipient {
            name: Some(self.name.clone()),
            recipient: self.recipient.clone(),
        }
    }
}

fn only_mapping(stream: &Stream) -> Result<Node<'_>, PolicyError> {
    let mut documents = stream.documents();
    match (documents.next(), documents.next()) {
        (Some(root), None) if root.kind() == NodeKind::Mapping => Ok(root),
        (_, Some(second)) => Err(PolicyError::NotOneMapping {
            place: second.place(),
        }),
        _ => Err(PolicyError::NotOneMapping {
            place: stream.source().place(0),
        }),
    }
}

fn check_version(root: &Node<'_>) -> Result<(), PolicyError> {
    let node = required(root, "version")?;
    if node.raw().trim() == POLICY_VERSION.to_string() {
        return Ok(());
    }
    Err(PolicyError::Version { place: node.place() })
}

fn recipients(node: &Node<'_>, read: &mut ReadFile<'_>) -> Result<Vec<Person>, PolicyError> {
    let mut people = Vec::new();
    for (name, _, value) in mapping(node, "recipients")? {
        people.push(person(name, &value, read)?);
    }
    match people.is_empty() {
        true => Err(PolicyError::Empty {
            place: node.place(),
            field: "recipients",
        }),
        false => Ok(people),
    }
}

fn person(name: String, node: &Node<'_>, read: &mut ReadFile<'_>) -> Result<Person, PolicyError> {
    if node.kind() != NodeKind::Mapping {
        let text = text(
            node,
            || format!("recipients.{name}"),
            "a public key or `{file: PATH}`",
        )?;
        return person_from_text(name, &text, node.place());
    }
    refuse_unknown_fields(node, RECIPIENT_FIELDS)?;
    let file_node = required(node, "file")?;
    let file = text(&file_node, || format!("recipients.{name}.file"), "a path")?;
    let place = file_node.place();
    let bytes = match read(&file) {
        Ok(bytes) => bytes,
        Err(source) => {
            return Err(PolicyError::File {
                place,
                name,
                file,
                source,
            });
        }
    };
    let Ok(content) = String::from_utf8(bytes) else {
        return Err(PolicyError::NotOneKey { place, name, file });
    };
    if content.contains("-----BEGIN ") {
        return person_from_text(name, &content, place);
    }
    let mut found = match parse_recipients(&content) {
        Ok(found) => found,
        Err(source) => return Err(PolicyError::Recipient { place, name, source }),
    };
    match (found.pop(), found.is_empty()) {
        (Some(recipient), true) => Ok(Person {
            name,
            recipient,
            certificate: None,
        }),
        _ => Err(PolicyError::NotOneKey { place, name, file }),
    }
}

fn person_from_text(name: String, text: &str, place: Place) -> Result<Person, PolicyError> {
    if text.contains("-----BEGIN CERTIFICATE-----") {
        return match Certificate::from_pem(text.as_bytes()) {
            Ok(certificate) => {
                let recipient = Recipient::from(certificate.public_key().clone());
                Ok(Person {
                    name,
                    recipient,
                    certificate: Some(certificate),
                })
            }
            Err(source) => Err(PolicyError::Certificate { place, name, source }),
        };
    }
    match text.trim().parse() {
        Ok(recipient) => Ok(Person {
            name,
            recipient,
            certificate: None,
        }),
        Err(source) => Err(PolicyError::Recipient { place, name, source }),
    }
}

fn groups(node: &Node<'_>, people: &[Person]) -> Result<BTreeMap<String, Vec<usize>>, PolicyError> {
    let mut groups = BTreeMap::new();
    for (name, place, value) in mapping(node, "groups")? {
        if people.iter().any(|person| person.name == name) {
            return Err(PolicyError::AmbiguousName { place, name });
        }
        let mut members = Vec::new();
        for item in items(&value, "groups")? {
            let member = text(&item, || format!("groups.{name}"), "a list of names")?;
            members.push(index_of(&member, people).ok_or_else(|| unknown_name(&item, member, people, &[]))?);
        }
        groups.insert(name, members);
    }
    Ok(groups)
}

fn rule(
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
        Some(value) => one_of(&value, "format", "`native` or `sealed-secrets`", |text| {
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

fn index_of(name: &str, people: &[Person]) -> Option<usize> {
    people.iter().position(|person| person.name == name)
}

fn unknown_name(item: &Node<'_>, name: String, people: &[Person], groups: &[&String]) -> PolicyError {
    let known = people
        .iter()
        .map(|person| &person.name)
        .chain(groups.iter().copied());
    let similar = known.filter(|known| is_similar(known, &name)).min().cloned();
    PolicyError::UnknownName {
        place: item.place(),
        name,
        similar,
    }
}

/// Tells whether two names differ by so little that one is probably a slip for the other.
fn is_similar(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let common_end = a
        .chars()
        .rev()
        .zip(b.chars().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let longer = a.chars().count().max(b.chars().count());
    longer > 2 && common + common_end + 2 >= longer
}

fn refuse_unknown_fields(node: &Node<'_>, known: &'static [&'static str]) -> Result<(), PolicyError> {
    for entry in node.entries() {
        if !known.contains(&&*entry.key) {
            return Err(PolicyError::UnknownField {
                place: entry.key_place,
                field: entry.key.into_owned(),
                known,
            });
        }
    }
    Ok(())
}

fn required<'a>(node: &Node<'a>, field: &'static str) -> Result<Node<'a>, PolicyError> {
    node.get(field).ok_or_else(|| PolicyError::MissingField {
        place: node.place(),
        field,
    })
}

fn mapping<'a>(node: &Node<'a>, field: &str) -> Result<Vec<(String, Place, Node<'a>)>, PolicyError> {
    if node.kind() != NodeKind::Mapping {
        return Err(PolicyError::WrongKind {
            place: node.place(),
            field: field.to_owned(),
            expected: "a mapping of names",
        });
    }
    Ok(node
        .entries()
        .map(|entry| (entry.key.into_owned(), entry.key_place, entry.value))
        .collect())
}

fn items<'a>(node: &Node<'a>, field: &str) -> Result<Vec<Node<'a>>, PolicyError> {
    if node.kind() != NodeKind::Sequence {
        return Err(PolicyError::WrongKind {
            place: node.place(),
            field: field.to_owned(),
            expected: "a list",
        });
    }
    Ok(node.items().collect())
}

fn text(node: &Node<'_>, field: impl Fn() -> String, expected: &'static str) -> Result<String, PolicyError> {
    match node.as_str() {
        Some(text) => Ok(text.into_owned()),
        None => Err(PolicyError::WrongKind {
            place: node.place(),
            field: field(),
            expected,
        }),
    }
}

fn one_of<T>(
    node: &Node<'_>,
    field: &str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, PolicyError> {
    let wrong = || PolicyError::WrongKind {
        place: node.place(),
        field: field.to_owned(),
        expected,
    };
    match node.kind() {
        NodeKind::Scalar => {
            let text = node
                .as_str()
                .map_or_else(|| node.raw().to_owned(), |text| text.into_owned());
            parse(&text).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

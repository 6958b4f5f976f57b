//! From the text of a policy to a checked `Policy`: every step knows the place it reads.

use std::collections::BTreeMap;

use sealkit_crypto::certificate::Certificate;
use sealkit_crypto::recipient::{Recipient, parse_recipients};
use sealkit_manifest::{Node, NodeKind, Place, Stream};

use super::fields::{items, mapping, refuse_unknown_fields, required, text};
use super::file::POLICY_VERSION;
use super::rules::rule;
use super::{Policy, PolicyError, ReadFile};
use crate::names::Names;
use crate::sealing::NamedRecipient;

const POLICY_FIELDS: &[&str] = &["version", "recipients", "groups", "rules"];
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
pub(super) struct Person {
    pub(super) name: String,
    pub(super) recipient: Recipient,
    pub(super) certificate: Option<Certificate>,
}

impl Person {
    pub(super) fn named(&self) -> NamedRecipient {
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

pub(super) fn index_of(name: &str, people: &[Person]) -> Option<usize> {
    people.iter().position(|person| person.name == name)
}

pub(super) fn unknown_name(
    item: &Node<'_>,
    name: String,
    people: &[Person],
    groups: &[&String],
) -> PolicyError {
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

//! Our side, in process: what an adapter would do with the room.

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;
use sealkit_crypto::Recipient;
use sealkit_crypto::identity::{Identity, NoPassphrase, parse_identities};
use sealkit_formats::sops::rules::Selector;
use sealkit_formats::sops::time::Timestamp;
use sealkit_formats::sops::tree::{Item, Mapping, Node};
use sealkit_formats::sops::value::Value;
use sealkit_formats::sops::{self, AgeIdentities, AgeKey, OpenOptions, Opened, SealOptions};
use sealkit_manifest::Stream;

use crate::documents::Kind;

pub(crate) const RECIPIENT: &str = "age1j7nfgmle2m2m8dudlqk6dunqhmf9mzl3tkr9k3hx6jcffldye5zsx0s5cp";

fn stream(kind: Kind, text: &str) -> Result<Stream, String> {
    Stream::parse(name(kind), text.as_bytes()).map_err(|error| format!("we cannot parse it: {error}\n{text}"))
}

pub(crate) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Yaml => "t.yaml",
        Kind::Json => "t.json",
    }
}

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-01-02T03:04:05Z").unwrap()
}

/// Selectors take turns; every third document has the default.
fn options<'a>(seed: u64, mac_only: bool, key: &'a AgeKey<'a>) -> SealOptions<'a> {
    let mut options = SealOptions::new(vec![key]);
    options.mac_only_encrypted = mac_only && seed % 4 == 3;
    options.selector = match seed % 6 {
        1 => Some(Selector::EncryptedRegex("^(data|first|key)".into())),
        3 => Some(Selector::UnencryptedRegex("^pass".into())),
        5 => Some(Selector::EncryptedSuffix("1".into())),
        _ => None,
    };
    options
}

pub(crate) fn seal(kind: Kind, seed: u64, mac_only: bool, text: &str) -> Result<String, String> {
    let recipient: Recipient = RECIPIENT.parse().unwrap();
    let key = AgeKey {
        text: RECIPIENT,
        recipient: &recipient,
    };
    let mut rng = StdRng::seed_from_u64(seed);
    sops::seal(
        &stream(kind, text)?,
        &options(seed, mac_only, &key),
        now(),
        &mut rng,
    )
    .map(|sealed| sealed.stream.to_string())
    .map_err(|error| format!("we cannot seal it: {error} {:?}\n{text}", error.place()))
}

pub(crate) fn open(kind: Kind, text: &str) -> Result<Opened, String> {
    let keys = sealkit_testdata::read("sops/age-x25519.txt");
    let identities = parse_identities(&keys, &(Arc::new(NoPassphrase) as _), None).unwrap();
    let identities: Vec<&dyn Identity> = identities.iter().map(Box::as_ref).collect();
    sops::open(
        &stream(kind, text)?,
        &[&AgeIdentities(&identities)],
        &OpenOptions::default(),
    )
    .map_err(|error| {
        format!(
            "we cannot open it: {error} {:?} {:?}\n{text}",
            error.place(),
            error.why()
        )
    })
}

pub(crate) fn reseal(kind: Kind, seed: u64, sealed: &str, edited: &str) -> Result<String, String> {
    let mut rng = StdRng::seed_from_u64(seed);
    open(kind, sealed)?
        .reseal(&stream(kind, edited)?, now(), &mut rng)
        .map(|sealed| sealed.stream.to_string())
        .map_err(|error| format!("we cannot seal it again: {error}\n{edited}"))
}

/// Keys, typed leaves and comments; an integral float is an integer, and inline comments may have moved.
pub(crate) fn outline(opened: &Opened) -> String {
    let (mut lines, mut comments) = (Vec::new(), Vec::new());
    for document in opened.documents() {
        mapping("", document, &mut lines, &mut comments);
        lines.push("---".to_owned());
    }
    comments.sort();
    lines.extend(comments);
    lines.join("\n")
}

fn mapping(path: &str, tree: &Mapping, lines: &mut Vec<String>, comments: &mut Vec<String>) {
    lines.push(format!("{path}{{}}"));
    for item in &tree.0 {
        match item {
            Item::Entry(key, value) => node(&format!("{path}.{key}"), value, lines, comments),
            Item::Comment(comment) => comments.push(format!("#{}", comment.text.as_str())),
        }
    }
}

fn node(path: &str, tree: &Node, lines: &mut Vec<String>, comments: &mut Vec<String>) {
    match tree {
        Node::Mapping(tree) => mapping(path, tree, lines, comments),
        Node::List(nodes) => {
            lines.push(format!("{path}[]"));
            nodes.iter().for_each(|tree| node(path, tree, lines, comments));
        }
        Node::Comment(comment) => comments.push(format!("#{}", comment.text.as_str())),
        Node::Leaf(leaf) => {
            let kind = match &leaf.value {
                Value::Int(_) | Value::Float(_) => "number",
                other => other.kind().map_or("null", |kind| kind.as_str()),
            };
            lines.push(format!(
                "{path} {kind} {:?}",
                String::from_utf8_lossy(&leaf.value.plaintext())
            ));
        }
    }
}

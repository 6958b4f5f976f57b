//! After something did not verify: what single change would explain it. Says paths and places; never a value, a digest, or
//! how long something is.
//!
//! Every hypothesis is tried against the code that the file holds, so that what is said is known and not guessed. The
//! work is bounded: large files are told less.

use std::collections::BTreeSet;

use sealkit_manifest::{Place, Source};
use zeroize::Zeroizing;

use super::cipher::ValueKey;
use super::decrypt::{shown, stored_code};
use super::error::{ClosedValue, MacClues, Suspect, ValueError};
use super::mac::Mac;
use super::metadata::Metadata;
use super::rules::Rules;
use super::site::Site;
use super::token::{Kind, Token};
use super::tree::{Leaf, Mapping};
use super::value::Value;
use super::walk::{What, walk};

/// Most bytes that are hashed while hypotheses are tried.
const MAX_HASHED_BYTES: usize = 32 * 1024 * 1024;
/// Most values whose origin is looked for, and most paths that are tried.
const MAX_ORIGINS: usize = 32;
const MAX_PATHS: usize = 4096;
/// Most explanations that are told.
const MAX_SUSPECTS: usize = 3;

/// A value that the code covers.
struct Covered<'d> {
    path: String,
    place: Place,
    bytes: Zeroizing<Vec<u8>>,
    selected: bool,
    leaf: &'d Leaf<Site<'d>>,
}

/// What can be known of a code that is another one than that of the values.
pub(super) fn clues<'d>(
    documents: &'d [Mapping<Site<'d>>],
    metadata: &Metadata,
    key: &ValueKey,
    source: &Source,
) -> MacClues {
    let covered = covered(documents, metadata, key, source);
    let unencrypted = covered
        .iter()
        .filter(|value| !value.selected)
        .map(|value| value.path.clone())
        .collect();
    MacClues {
        suspects: suspects(&covered, metadata, key),
        unencrypted,
    }
}

fn covered<'d>(
    documents: &'d [Mapping<Site<'d>>],
    metadata: &Metadata,
    key: &ValueKey,
    source: &Source,
) -> Vec<Covered<'d>> {
    let rules = Rules::lenient(&metadata.selector());
    let mut covered = Vec::new();
    for document in documents {
        let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
            let What::Leaf(leaf) = stop.what else {
                return Ok(());
            };
            if leaf.value.is_empty() || (metadata.mac_only_encrypted && !stop.selected) {
                return Ok(());
            }
            let bytes = match stop.selected {
                true => plaintext(leaf, stop.aad, key),
                false => Some(leaf.value.plaintext()),
            };
            covered.extend(bytes.map(|bytes| Covered {
                path: shown(stop.aad),
                place: leaf.at.place(source),
                bytes,
                selected: stop.selected,
                leaf,
            }));
            Ok(())
        });
        match walked {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
    covered
}

/// What the code covers of an encrypted value; nothing for comments in lists.
fn plaintext(leaf: &Leaf<Site<'_>>, aad: &str, key: &ValueKey) -> Option<Zeroizing<Vec<u8>>> {
    let Value::Str(text) = &leaf.value else {
        return None;
    };
    let token = Token::parse(text.expose_str()?).ok()?;
    let plaintext = key.decrypt(&token, aad).ok()?;
    if token.kind == Kind::Comment {
        return None;
    }
    Some(Value::from_plaintext(token.kind, plaintext).ok()?.plaintext())
}

fn suspects(covered: &[Covered<'_>], metadata: &Metadata, key: &ValueKey) -> Vec<Suspect> {
    let Ok(code) = stored_code(metadata, key) else {
        return Vec::new();
    };
    let total: usize = covered.iter().map(|value| value.bytes.len() + 1).sum();
    // Three hypotheses for each value, each hashing what comes behind it: half of everything on average.
    if total.saturating_mul(covered.len()).saturating_mul(3) / 2 > MAX_HASHED_BYTES {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut before = Mac::new(metadata.mac_only_encrypted);
    for (at, value) in covered.iter().enumerate() {
        let rest = &covered[at + 1..];
        let matches = |first: &[&[u8]], rest: &[Covered<'_>]| {
            let mut mac = before.clone();
            for bytes in first {
                mac.value(bytes, true);
            }
            for value in rest {
                mac.value(&value.bytes, true);
            }
            mac.matches(&code)
        };
        if matches(&[], rest) {
            found.push(Suspect::Added {
                path: value.path.clone(),
                place: value.place.clone(),
            });
        }
        if let Some((other, was_text)) = other_type(value).filter(|(other, _)| matches(&[other], rest)) {
            drop(other);
            found.push(Suspect::Retyped {
                path: value.path.clone(),
                place: value.place.clone(),
                was_text,
            });
        }
        if let Some((next, rest)) = rest.split_first()
            && next.bytes != value.bytes
            && matches(&[&next.bytes, &value.bytes], rest)
        {
            found.push(Suspect::Exchanged {
                path: value.path.clone(),
                other: next.path.clone(),
                place: next.place.clone(),
            });
        }
        before.value(&value.bytes, true);
    }
    found.truncate(MAX_SUSPECTS);
    found
}

/// What the same characters would be with, or without, quotes around them; and whether that is a text.
fn other_type(value: &Covered<'_>) -> Option<(Zeroizing<Vec<u8>>, bool)> {
    let Site::Node { node, .. } = &value.leaf.at else {
        return None;
    };
    if value.selected {
        return None;
    }
    let text = node.scalar_text()?;
    let other = match &value.leaf.value {
        Value::Str(_) => match text {
            "true" => ("True", false),
            "false" => ("False", false),
            _ => return None,
        },
        _ => (text, true),
    };
    let bytes = other.0.as_bytes();
    (bytes != value.bytes.as_slice()).then(|| (Zeroizing::new(bytes.to_vec()), other.1))
}

/// Tries values that do not open under the other paths of the file: a value that was moved, copied or exchanged says so.
pub(super) fn name_origins(
    closed: &mut [ClosedValue],
    documents: &[Mapping<Site<'_>>],
    rules: &Rules,
    key: &ValueKey,
) {
    let mut paths = BTreeSet::new();
    let mut tokens = Vec::new();
    for document in documents {
        let walked: Result<(), std::convert::Infallible> = walk(document, rules, &mut |stop| {
            let What::Leaf(leaf) = stop.what else {
                return Ok(());
            };
            if !stop.selected {
                return Ok(());
            }
            if paths.len() < MAX_PATHS {
                paths.insert(stop.aad.to_owned());
            }
            tokens.push((shown(stop.aad), leaf));
            Ok(())
        });
        match walked {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
    let refused = closed
        .iter_mut()
        .filter(|value| value.error == ValueError::Rejected)
        .take(MAX_ORIGINS);
    for value in refused {
        let at = |(path, _): &&(String, &Leaf<Site<'_>>)| *path == value.path;
        let token = tokens.iter().filter(at).find_map(|(_, leaf)| match &leaf.value {
            Value::Str(text) => Token::parse(text.expose_str()?).ok(),
            _ => None,
        });
        let Some(token) = token else { continue };
        let origin = paths.iter().find(|aad| key.decrypt(&token, aad).is_ok());
        value.written_for = origin.map(|aad| shown(aad));
    }
}

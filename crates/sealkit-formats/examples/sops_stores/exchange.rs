//! One document between the two sides, in all directions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::documents::{FIRST, Store};
use crate::keys::{Keys, Kind};
use crate::masks::masked;
use crate::program::{EDITED, Place, Program};

/// Which way a document went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    WeEncrypt,
    ItEncrypts,
    ItEditsOurs,
    WeEditIts,
    /// What both encrypt has the same bytes, ciphertext aside.
    Layout,
}

impl Direction {
    pub(crate) const ALL: [Direction; 5] = [
        Direction::WeEncrypt,
        Direction::ItEncrypts,
        Direction::ItEditsOurs,
        Direction::WeEditIts,
        Direction::Layout,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WeEncrypt => "we encrypt, it decrypts",
            Self::ItEncrypts => "it encrypts, we decrypt",
            Self::ItEditsOurs => "it edits ours",
            Self::WeEditIts => "we edit its",
            Self::Layout => "same bytes, tokens masked",
        }
    }
}

/// One document for one peer.
pub(crate) struct Task<'p> {
    pub(crate) peer: &'p Program,
    pub(crate) store: Store,
    pub(crate) kind: Kind,
    pub(crate) seed: u64,
}

/// What became of it in every direction.
pub(crate) type Outcomes = BTreeMap<Direction, Result<(), String>>;

/// A folder in which one document at a time is worked on.
pub(crate) struct Bench<'a> {
    ours: &'a Program,
    keys: &'a Keys,
    folder: PathBuf,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(ours: &'a Program, keys: &'a Keys, name: usize) -> Self {
        let folder = keys.folder().join(format!("bench-{name}"));
        fs::create_dir_all(&folder).unwrap();
        Self { ours, keys, folder }
    }

    pub(crate) fn run(&self, task: &Task<'_>) -> Outcomes {
        let place = Place {
            folder: &self.folder,
            store: task.store,
            kind: task.kind,
            keys: self.keys,
        };
        let (ours, peer) = (self.ours, task.peer);
        let plain = task.store.document(task.seed, peer.is_current());
        let selector = selector(task);
        let its = peer.encrypt(&place, selector, &plain);
        let mine = ours.encrypt(&place, selector, &plain);
        let (its, mine) = match (its, mine) {
            (Ok(its), Ok(mine)) => (its, mine),
            (its, mine) => {
                let why = format!("{its:?} {mine:?}");
                return Direction::ALL
                    .map(|direction| (direction, Err(why.clone())))
                    .into();
            }
        };
        // What the peer makes of its own file is what everything else is compared with, byte for byte.
        let expected = peer.decrypt(&place, &its);
        let mut outcomes = Outcomes::new();
        outcomes.insert(
            Direction::WeEncrypt,
            both(&expected, peer.decrypt(&place, &mine), by_version(peer)),
        );
        let opened = ours.decrypt(&place, &its);
        outcomes.insert(
            Direction::ItEncrypts,
            match peer.is_current() {
                true => both(&expected, opened.clone(), same),
                // Older versions hang comments elsewhere; the values that we read in both files must be the same.
                false => both(&ours.decrypt(&place, &mine), opened.clone(), same_values),
            },
        );
        let theirs = peer.edit(&place, &mine);
        outcomes.insert(
            Direction::ItEditsOurs,
            theirs.and_then(|theirs| {
                let found = ours.decrypt(&place, &theirs);
                match peer.is_current() {
                    true => both(&expected.clone().map(edited), found, same_but_for_columns),
                    false => both(&ours.decrypt(&place, &mine).map(edited), found, same_values),
                }
            }),
        );
        let resealed = ours.edit(&place, &its);
        outcomes.insert(
            Direction::WeEditIts,
            resealed.and_then(|resealed| {
                if peer.is_current() {
                    few_tokens(&its, &resealed)?;
                }
                both(
                    &expected.clone().map(edited),
                    peer.decrypt(&place, &resealed),
                    same,
                )
            }),
        );
        if peer.is_current() && task.kind != Kind::Pgp && !has_list_comments(&its) {
            outcomes.insert(Direction::Layout, same(&its, &mine));
        }
        outcomes
    }
}

/// Selectors take turns; the binary store has none, and old versions fewer.
fn selector(task: &Task<'_>) -> &'static [&'static str] {
    if task.store == Store::Binary {
        return &[];
    }
    match (task.seed % 8, task.peer.is_current()) {
        (1, _) => &["--encrypted-regex", "^(data|first|key|KEY|main)"],
        (3, _) => &["--unencrypted-regex", "^pass"],
        (5, _) => &["--encrypted-suffix", "1"],
        (6, true) => &["--encrypted-comment-regex", "note"],
        (7, true) => &["--mac-only-encrypted", "--unencrypted-comment-regex", "tight"],
        _ => &[],
    }
}

fn edited(bytes: Vec<u8>) -> Vec<u8> {
    let (from, to) = (FIRST.as_bytes(), EDITED.as_bytes());
    match bytes.windows(from.len()).position(|window| window == from) {
        Some(at) => [&bytes[..at], to, &bytes[at + from.len()..]].concat(),
        None => bytes,
    }
}

/// An edit makes two new tokens, the value's and the code's, and one for each comment behind a value: the peer forgets
/// what stood behind something, and so do we when we write its layout.
fn few_tokens(before: &[u8], after: &[u8]) -> Result<(), String> {
    let tokens = |bytes: &[u8]| -> BTreeSet<String> {
        let text = String::from_utf8_lossy(bytes);
        let pieces = text.split("ENC[").skip(1);
        pieces
            .map(|piece| piece.split(']').next().unwrap_or_default().to_owned())
            .collect()
    };
    let text = String::from_utf8_lossy(before);
    let behind = text.matches(" #ENC[").count();
    let (old, new) = (tokens(before), tokens(after));
    let fresh = new.difference(&old).count();
    match fresh <= 2 + behind {
        true => Ok(()),
        false => Err(format!("{fresh} new tokens:\n{text}")),
    }
}

/// How what a peer makes of our file is compared: current ones byte for byte, but for comments that it hangs elsewhere.
fn by_version(peer: &Program) -> fn(&[u8], &[u8]) -> Result<(), String> {
    if peer.is_current() {
        same_but_for_columns
    } else {
        same_values
    }
}

/// A comment at the end of a list stays a comment in our file, and the peer then may take it for one of the mapping around
/// the list, or of the document before: the same comments in the same order, in other places.
fn same_but_for_columns(expected: &[u8], found: &[u8]) -> Result<(), String> {
    let comments = |text: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(text).into_owned();
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with('#'));
        lines.map(str::to_owned).collect()
    };
    let exact = same(expected, found);
    if exact.is_err() && comments(expected) == comments(found) {
        return same_values(expected, found);
    }
    exact
}

/// The same without the comments that the generator writes, and their tokens.
fn same_values(expected: &[u8], found: &[u8]) -> Result<(), String> {
    same(&without_comments(expected), &without_comments(found))
}

fn without_comments(text: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(text) else {
        return text.to_vec();
    };
    let mut out = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let behind = [" # inline note", " # on the key's line", " #ENC["];
        let end = behind.iter().filter_map(|note| line.find(note)).min();
        out.push_str(&line[..end.unwrap_or(line.len())]);
        out.push('\n');
    }
    out.into_bytes()
}

/// The peer seals a comment inside a list as an element; ours stays a comment.
fn has_list_comments(closed: &[u8]) -> bool {
    let text = String::from_utf8_lossy(closed);
    text.lines()
        .any(|line| line.trim_start().starts_with("- ENC[") && line.contains(",type:comment]"))
}

fn both(
    expected: &Result<Vec<u8>, String>,
    found: Result<Vec<u8>, String>,
    compare: fn(&[u8], &[u8]) -> Result<(), String>,
) -> Result<(), String> {
    compare(expected.as_ref().map_err(String::clone)?, &found?)
}

/// Byte for byte, but for comments that the peer hangs on another collection when it reads than when it wrote, and which
/// it then cannot open in its own files either.
fn same(expected: &[u8], found: &[u8]) -> Result<(), String> {
    let (expected, found) = (masked(expected), masked(found));
    match expected == found {
        true => Ok(()),
        false => Err(format!(
            "expected:\n{}\nfound:\n{}",
            String::from_utf8_lossy(&expected),
            String::from_utf8_lossy(&found)
        )),
    }
}

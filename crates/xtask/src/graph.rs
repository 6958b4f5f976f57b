//! `cargo xtask graph`: the picture of the crates, drawn from the manifests and so never out of date.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::architecture::{Layer, MEMBERS, Package, member, packages};

/// Prints the layers from the adapters down, each crate with the arrows its manifest has.
pub(crate) fn run() -> Result<()> {
    print!("{}", draw(&packages()?));
    Ok(())
}

fn draw(packages: &[Package]) -> String {
    let mut out = String::new();
    let titles = [
        (
            Layer::Adapter,
            "adapters: files, environment, clock, entropy, terminal",
        ),
        (Layer::Pure, "pure: values in, values out"),
        (Layer::Development, "development only"),
    ];
    for (layer, title) in titles {
        out.push_str(&format!("── {title}\n"));
        let ranks = ranks(packages);
        let mut crates: Vec<&str> = MEMBERS
            .iter()
            .filter(|m| m.layer == layer)
            .map(|m| m.name)
            .collect();
        crates.sort_by_key(|name| (std::cmp::Reverse(ranks.get(name).copied()), *name));
        for name in crates {
            let arrows = arrows(packages, name);
            let arrows = if arrows.is_empty() {
                "·".to_owned()
            } else {
                arrows.join(", ")
            };
            out.push_str(&format!("   {name:<18} ─▶ {arrows}\n"));
        }
    }
    out
}

/// Workspace crates that a crate's shipped code uses.
fn arrows<'a>(packages: &'a [Package], name: &str) -> Vec<&'a str> {
    let Some(package) = packages.iter().find(|package| package.name == name) else {
        return Vec::new();
    };
    package
        .uses
        .iter()
        .map(String::as_str)
        .filter(|used| member(used).is_some())
        .collect()
}

/// Height of each crate: one more than the highest crate it uses.
fn ranks(packages: &[Package]) -> BTreeMap<&str, usize> {
    let mut ranks: BTreeMap<&str, usize> = packages
        .iter()
        .map(|package| (package.name.as_str(), 0))
        .collect();
    for _ in packages {
        for package in packages {
            let below = arrows(packages, &package.name)
                .into_iter()
                .filter_map(|used| ranks.get(used))
                .max();
            let rank = below.map_or(0, |below| below + 1);
            ranks.insert(&package.name, rank);
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_stand_above_what_they_use() {
        let picture = draw(&packages().expect("the manifests can be read"));
        let at = |name: &str| {
            picture
                .find(&format!("   {name} "))
                .unwrap_or_else(|| panic!("{name} in\n{picture}"))
        };
        assert!(at("sealkit-cli") < at("sealkit"), "{picture}");
        assert!(at("sealkit") < at("sealkit-formats"), "{picture}");
        assert!(at("sealkit-formats") < at("sealkit-crypto"), "{picture}");
    }
}

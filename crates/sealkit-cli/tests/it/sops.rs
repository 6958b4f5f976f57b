//! The sops mode: one case, one file in `tests/sops`. What stands there is what the peer does, but for the cases that
//! `differences.md` explains; `cargo xtask conformance sops` runs the same files against both.
//! `SNAPSHOTS=overwrite` accepts what happens now; with `SOPS` naming a program, what that one does.

#[path = "../sops/runner.rs"]
mod runner;

use std::{fs, path::Path};

use crate::scene::SEALKIT;
use runner::Case;

#[test]
fn every_case_is_what_happens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = std::env::var_os("SOPS").unwrap_or_else(|| SEALKIT.into());
    let mut failures = Vec::new();
    for (name, path) in &runner::cases(&root.join("tests/sops")) {
        let text = fs::read_to_string(path).unwrap();
        let expected = Case::parse(&text);
        let scratch = tempfile::tempdir().unwrap();
        let actual = expected.run(Path::new(&program), scratch.path());
        if actual.print() == text {
            continue;
        }
        if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
            fs::write(path, actual.print()).unwrap();
        } else {
            failures.push(format!("--- {name}\n{text}--- now\n{}", actual.print()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_difference_is_about_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sops");
    let names: Vec<_> = runner::cases(&root).into_iter().map(|(name, _)| name).collect();
    let page = fs::read_to_string(root.join("differences.md")).unwrap();
    for (name, reason) in runner::differences(&page) {
        assert!(names.iter().any(|known| known == name), "there is no case {name}");
        assert!(reason.len() > 20, "{name} is not explained");
    }
}

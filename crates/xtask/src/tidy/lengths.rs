//! A report of long files, not a rule: past 300 lines a file often wants to be a room.

use super::source::Tree;

const LINES_TO_NOTICE: usize = 300;

/// One line per long Rust file, the longest first; tests at the end of a file are counted apart.
pub(crate) fn report(tree: &Tree) -> Vec<String> {
    let mut long: Vec<(usize, usize, &str)> = tree
        .rust("")
        .filter(|file| !file.is_test())
        .map(|file| {
            (
                file.shipped().len(),
                file.text.lines().count(),
                file.path.as_str(),
            )
        })
        .filter(|(shipped, _, _)| *shipped > LINES_TO_NOTICE)
        .collect();
    long.sort_by(|a, b| b.cmp(a));
    long.iter()
        .map(|(shipped, all, path)| format!("long: {path} has {shipped} lines ({all} with tests)"))
        .collect()
}

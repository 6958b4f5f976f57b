//! Finds the golden files that the tests of every crate share.
//!
//! Development only. It knows where the files lie and in which order cases are visited; what a file means, and what
//! must happen to it, is written in `README.md` beside the files and asserted by the crate that reads them.
//!
//! ```
//! let text = sealkit_testdata::text("examples/database.yaml");
//! assert!(text.contains("kind: Secret"));
//! ```

use std::fs;
use std::path::{Path, PathBuf};

/// One golden case: a file or a folder directly below the folder that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// File or folder name without its last extension: what a failing test prints.
    pub name: String,
    /// Absolute path of the file or folder.
    pub path: PathBuf,
}

impl Case {
    /// Reads the case itself, if it is a file.
    ///
    /// # Panics
    /// When it is a folder or cannot be read.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        read_at(&self.path)
    }

    /// Reads the case itself as text, if it is a file.
    ///
    /// # Panics
    /// When it is a folder, cannot be read, or is not UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        text_at(&self.path)
    }

    /// Reads a file inside the case, if it is a folder; `None` where the case has no such file.
    ///
    /// # Panics
    /// When the file exists and cannot be read.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path.join(name);
        path.exists().then(|| read_at(&path))
    }
}

/// Returns the absolute path of a golden file or folder, named relative to `testdata/` with forward slashes.
///
/// # Panics
/// When there is no such file: a test that silently finds nothing tests nothing.
#[must_use]
pub fn path(relative: &str) -> PathBuf {
    let path = root().join(relative);
    assert!(
        path.exists(),
        "testdata has no {relative}: looked for {}",
        path.display()
    );
    path
}

/// Reads a golden file.
///
/// # Panics
/// When it is missing or cannot be read.
#[must_use]
pub fn read(relative: &str) -> Vec<u8> {
    read_at(&path(relative))
}

/// Reads a golden file that is UTF-8 text; line endings and a byte order mark are kept.
///
/// # Panics
/// When it is missing, cannot be read, or is not UTF-8.
#[must_use]
pub fn text(relative: &str) -> String {
    text_at(&path(relative))
}

/// Lists the cases of a folder in byte order of their names; `*.md`, `LICENSE*` and dot files are not cases.
///
/// # Panics
/// When the folder is missing or holds no case: an empty loop would pass.
#[must_use]
pub fn cases(folder: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = entries(&path(folder)).into_iter().filter_map(case).collect();
    cases.sort();
    assert!(!cases.is_empty(), "testdata/{folder} holds no case");
    cases
}

/// Returns the absolute path of the `testdata` folder.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn case(path: PathBuf) -> Option<Case> {
    let file_name = path.file_name()?.to_str()?;
    let is_case =
        !file_name.starts_with('.') && !file_name.starts_with("LICENSE") && !file_name.ends_with(".md");
    let name = path.file_stem()?.to_str()?.to_owned();
    is_case.then_some(Case { name, path })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).unwrap_or_else(|e| panic!("cannot list {}: {e}", folder.display()));
    listing
        .map(|entry| {
            entry
                .unwrap_or_else(|e| panic!("cannot list {}: {e}", folder.display()))
                .path()
        })
        .collect()
}

fn read_at(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()))
}

fn text_at(path: &Path) -> String {
    String::from_utf8(read_at(path)).unwrap_or_else(|_| panic!("{} is not UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_come_in_name_order_and_leave_the_readme_out() {
        let names: Vec<String> = cases("examples").into_iter().map(|case| case.name).collect();
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(names, sorted);
        assert!(!names.iter().any(|name| name == "README"));
    }

    #[test]
    #[should_panic(expected = "testdata has no native/there-is-no-such-case.yaml")]
    fn a_missing_file_is_named() {
        let _ = path("native/there-is-no-such-case.yaml");
    }
}

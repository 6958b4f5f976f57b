//! Finding the manifests in a tree.
//!
//! A tree of secrets must not have blind spots: hidden files and files that git ignores are looked at like all others,
//! since an ignored plaintext is still a plaintext. Left out are only `.git` itself, files whose names are not those of
//! manifests, and symbolic links, which could lead out of the tree or be met twice; the caller is told which links.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{FileError, write::TEMPORARY_PREFIX};

/// A temporary file older than this belongs to no running command.
const ABANDONED_AFTER: Duration = Duration::from_secs(600);

/// What a walk found.
#[derive(Default)]
pub(crate) struct Found {
    /// Manifests, sorted, each once even where the given paths overlap.
    pub(crate) files: Vec<PathBuf>,
    /// Symbolic links to manifests or directories that were not followed, sorted.
    pub(crate) links: Vec<PathBuf>,
    /// Symbolic links with other names that were not followed, sorted. What they lead to, nobody has looked.
    pub(crate) other_links: Vec<PathBuf>,
    /// Files with other names. What they hold, nobody has looked.
    pub(crate) others: Vec<PathBuf>,
    /// Temporary files that an interrupted command left, sorted. They hold what their target was to hold.
    pub(crate) abandoned: Vec<PathBuf>,
    /// Directories that could not be read.
    pub(crate) unreadable: Vec<FileError>,
}

/// Collects the manifests under `paths`. A path that is itself a file is taken whatever it is called.
pub(crate) fn walk(paths: &[PathBuf]) -> Result<Found, FileError> {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        let failed = |source| FileError::Read {
            path: path.clone(),
            source,
        };
        let real = fs::canonicalize(path).map_err(failed)?;
        if fs::metadata(&real).map_err(failed)?.is_dir() {
            walk_directory(path, &real, &mut found, &mut seen);
        } else if seen.insert(real) {
            found.files.push(path.clone());
        }
    }
    found.files.sort();
    found.others.sort();
    found.links.sort();
    found.other_links.sort();
    found.abandoned.sort();
    Ok(found)
}

/// Whether a file of this name is looked at in a tree: `.yaml`, `.yml`, `.json`.
pub(crate) fn is_manifest_name(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["yaml", "yml", "json"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

fn walk_directory(shown: &Path, real: &Path, found: &mut Found, seen: &mut BTreeSet<PathBuf>) {
    let mut builder = ignore::WalkBuilder::new(real);
    builder.standard_filters(false).follow_links(false);
    builder.filter_entry(|entry| entry.file_name() != ".git");
    for entry in builder.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.unreadable.push(unreadable(shown, error));
                continue;
            }
        };
        let Some(kind) = entry.file_type() else { continue };
        let inside = entry.path().strip_prefix(real).unwrap_or(entry.path());
        let path = shown.join(inside);
        if kind.is_symlink() {
            match is_manifest_name(&path) || path.is_dir() {
                true => found.links.push(path),
                false => found.other_links.push(path),
            }
        } else if !kind.is_file() {
            continue;
        } else if entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX) {
            if is_abandoned(entry.path()) {
                found.abandoned.push(path);
            }
        } else if !is_manifest_name(&path) {
            if seen.insert(entry.path().into()) {
                found.others.push(path);
            }
        } else if seen.insert(entry.path().into()) {
            found.files.push(path);
        }
    }
}

fn is_abandoned(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|then| {
        SystemTime::now()
            .duration_since(then)
            .is_ok_and(|age| age > ABANDONED_AFTER)
    })
}

fn unreadable(shown: &Path, error: ignore::Error) -> FileError {
    let path = path_of(&error).unwrap_or_else(|| shown.into());
    let source = error
        .into_io_error()
        .unwrap_or_else(|| io::Error::other("the directory cannot be listed"));
    FileError::Read { path, source }
}

fn path_of(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_hidden_and_ignored_files_once_and_names_links() {
        let scene = tempfile::tempdir().expect("writable");
        let at = |name: &str| scene.path().join(name);
        fs::create_dir_all(at(".git/x")).expect("creatable");
        fs::create_dir_all(at("b/.hidden")).expect("creatable");
        for name in [
            ".git/x/a.yaml",
            "b/.hidden/s.yml",
            "b/ignored.yaml",
            "a.JSON",
            "README.md",
            ".sealkit-tmp-1",
        ] {
            fs::write(at(name), "x").expect("writable");
        }
        fs::write(at(".gitignore"), "ignored.yaml\n").expect("writable");
        std::os::unix::fs::symlink("a.JSON", at("l.yaml")).expect("creatable");
        std::os::unix::fs::symlink("README.md", at("l.md")).expect("creatable");

        let found = walk(&[scene.path().into(), at("b"), at("b/ignored.yaml")]).expect("it exists");
        let names: Vec<_> = found
            .files
            .iter()
            .map(|p| p.strip_prefix(scene.path()).expect("inside"))
            .collect();
        assert_eq!(
            names,
            [
                Path::new("a.JSON"),
                Path::new("b/.hidden/s.yml"),
                Path::new("b/ignored.yaml")
            ]
        );
        assert_eq!(found.links, [at("l.yaml")]);
        assert_eq!(found.other_links, [at("l.md")]);
        assert_eq!(found.others, [at(".gitignore"), at("README.md")]);
        assert!(
            found.abandoned.is_empty(),
            "a fresh temporary file may belong to a running command"
        );
    }
}

//! What git knows, asked by running `git`.
//!
//! Nothing here is needed to seal or open: where there is no git or no repository, the answer is "not known".

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use zeroize::Zeroizing;

/// A file as it would be committed now.
pub(crate) struct Staged {
    /// Relative to the repository's root.
    pub(crate) path: PathBuf,
    /// Its content in the index.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// git could not answer.
#[derive(Debug, thiserror::Error)]
#[error("cannot read git's index")]
pub(crate) struct GitError {
    /// What git said.
    pub(crate) why: String,
}

/// Whether git tracks the file. `None`: there is no git, or no repository.
pub(crate) fn tracks(path: &Path) -> Option<bool> {
    let tracked = tracked(
        path.parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new(".")),
    )?;
    Some(tracked.contains(&std::fs::canonicalize(path).ok()?))
}

/// All files under a directory that git tracks, as real paths. `None`: there is no git, or no repository.
pub(crate) fn tracked(directory: &Path) -> Option<BTreeSet<PathBuf>> {
    let real = std::fs::canonicalize(directory).ok()?;
    let listed = run(&real, &["ls-files", "-z"], &[]).ok()?;
    Some(nul_separated(&listed).map(|name| real.join(name)).collect())
}

/// The root of the repository that holds `directory`.
pub(crate) fn root(directory: &Path) -> Result<PathBuf, GitError> {
    let printed = run(directory, &["rev-parse", "--show-toplevel"], &[])?;
    Ok(PathBuf::from(OsStr::from_bytes(
        printed.strip_suffix(b"\n").unwrap_or(&printed),
    )))
}

/// The files that the next commit adds or changes, with their content in the index; links and submodules left out.
/// Sorted by path. `wanted` is asked with path and size before the content is read.
pub(crate) fn staged(root: &Path, wanted: impl Fn(&Path, u64) -> bool) -> Result<Vec<Staged>, GitError> {
    let listed = run(
        root,
        &[
            "diff",
            "--cached",
            "--raw",
            "-z",
            "--no-renames",
            "--no-abbrev",
            "--no-ext-diff",
        ],
        &[],
    )?;
    let mut changed = parse_raw_diff(&listed);
    let ids = |changed: &[(String, PathBuf)]| -> String {
        changed.iter().map(|(id, _)| format!("{id}\n")).collect()
    };
    let format = ["cat-file", "--batch-check=%(objectsize)"];
    let sizes = run(root, &format, ids(&changed).as_bytes())?;
    let sizes = String::from_utf8_lossy(&sizes);
    let mut sizes = sizes.lines().map(|line| line.parse().unwrap_or(u64::MAX));
    changed.retain(|(_, path)| sizes.next().is_some_and(|size| wanted(path, size)));
    changed.sort_by(|a, b| a.1.cmp(&b.1));
    let mut blobs = parse_batch(&run(root, &["cat-file", "--batch"], ids(&changed).as_bytes())?)?.into_iter();
    changed
        .into_iter()
        .map(|(_, path)| match blobs.next() {
            Some(bytes) => Ok(Staged { path, bytes }),
            None => Err(GitError {
                why: "git returned fewer files than were asked for".into(),
            }),
        })
        .collect()
}

/// Reads one file from the index. `path` is relative to the root.
pub(crate) fn read_staged(root: &Path, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let name = [b":", path.as_os_str().as_bytes()].concat();
    run(
        root,
        &[
            OsStr::new("cat-file"),
            OsStr::new("blob"),
            OsStr::from_bytes(&name),
        ],
        &[],
    )
    .map_err(|_| io::Error::new(io::ErrorKind::NotFound, "not in git's index"))
}

/// Runs git and returns what it printed, which may be plaintext.
fn run(
    directory: &Path,
    arguments: &[impl AsRef<OsStr>],
    input: &[u8],
) -> Result<Zeroizing<Vec<u8>>, GitError> {
    let failed = |error: io::Error| GitError {
        why: match error.kind() {
            io::ErrorKind::NotFound => "git is not installed".into(),
            _ => format!("git does not run: {error}"),
        },
    };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Written beside the reading, or both sides could wait for the other's pipe to empty.
        scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(input)));
        child.wait_with_output()
    });
    let output = output.map_err(failed)?;
    if output.status.success() {
        return Ok(Zeroizing::new(output.stdout));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(GitError {
        why: said
            .lines()
            .next()
            .unwrap_or("git failed")
            .trim_start_matches("fatal: ")
            .to_owned(),
    })
}

fn nul_separated(bytes: &[u8]) -> impl Iterator<Item = &OsStr> {
    bytes
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(OsStr::from_bytes)
}

/// `:100644 100644 <id> <id> M NUL path NUL`, repeated. Deleted files have no content to check.
fn parse_raw_diff(bytes: &[u8]) -> Vec<(String, PathBuf)> {
    let mut fields = nul_separated(bytes);
    let mut changed = Vec::new();
    while let (Some(header), Some(path)) = (fields.next(), fields.next()) {
        let header = header.to_string_lossy();
        let columns: Vec<&str> = header.split(' ').collect();
        if let [_, mode, _, id, _] = columns[..]
            && mode.starts_with("100")
        {
            changed.push((id.to_owned(), PathBuf::from(path)));
        }
    }
    changed
}

/// `<id> blob <size> LF content LF`, repeated.
fn parse_batch(mut bytes: &[u8]) -> Result<Vec<Zeroizing<Vec<u8>>>, GitError> {
    let broken = || GitError {
        why: "git's answer was cut short".into(),
    };
    let mut blobs = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let header = String::from_utf8_lossy(&bytes[..end]);
        let size: usize = header
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .ok_or_else(broken)?;
        let content = bytes.get(end + 1..end + 1 + size).ok_or_else(broken)?;
        blobs.push(Zeroizing::new(content.to_vec()));
        bytes = bytes.get(end + size + 2..).ok_or_else(broken)?;
    }
    Ok(blobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> tempfile::TempDir {
        let scene = tempfile::tempdir().expect("writable");
        run(scene.path(), &["init", "--quiet"], &[]).expect("git is installed");
        scene
    }

    #[test]
    fn reads_the_index_and_not_the_working_tree() {
        let scene = repository();
        let file = scene.path().join("name with\nbreak.yaml");
        std::fs::write(&file, "staged").expect("writable");
        std::fs::write(scene.path().join("other.txt"), "other").expect("writable");
        run(scene.path(), &["add", "."], &[]).expect("it is a repository");
        std::fs::write(&file, "working").expect("writable");

        let is_wanted = |path: &Path, bytes: u64| bytes == 6 && path.extension() == Some(OsStr::new("yaml"));
        let staged = staged(scene.path(), is_wanted).expect("readable");
        assert_eq!(staged.len(), 1);
        assert_eq!(staged[0].path, Path::new("name with\nbreak.yaml"));
        assert_eq!(*staged[0].bytes, b"staged");
        assert_eq!(
            *read_staged(scene.path(), Path::new("other.txt")).expect("staged"),
            b"other"
        );
    }

    #[test]
    fn knows_what_is_tracked_and_says_when_there_is_no_repository() {
        let scene = repository();
        for name in ["tracked.yaml", "loose.yaml"] {
            std::fs::write(scene.path().join(name), "x").expect("writable");
        }
        run(scene.path(), &["add", "tracked.yaml"], &[]).expect("it is a repository");
        assert_eq!(tracks(&scene.path().join("tracked.yaml")), Some(true));
        assert_eq!(tracks(&scene.path().join("loose.yaml")), Some(false));
        let elsewhere = tempfile::tempdir().expect("writable");
        std::fs::write(elsewhere.path().join("a.yaml"), "x").expect("writable");
        assert_eq!(tracks(&elsewhere.path().join("a.yaml")), None);
    }
}

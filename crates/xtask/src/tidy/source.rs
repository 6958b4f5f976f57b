//! Reads the checkout's text files once, and tells Rust code from comments, strings and tests.
//!
//! The scanner knows just enough of Rust's surface to blank out what is not code; it does not parse. It relies on the
//! house habit that tests stand last in a file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders that hold no text of ours.
const SKIPPED: &[&str] = &["target", ".git", "corpus", "artifacts", "coverage", "runs"];
/// What below `testdata/` is text of ours: the crates that find golden files and start clusters.
const NOT_GOLDEN: &[&str] = &["testdata/src", "testdata/cluster", "testdata/cluster/src"];
/// Kinds of file that rules look at.
const KINDS: &[&str] = &["rs", "toml", "md", "sh", "json"];

/// All text files of the checkout that a rule may look at, in path order.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

/// One text file.
pub(crate) struct File {
    /// Path below the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Tree {
    /// Reads the checkout; golden files below `testdata/` are data, not text of ours, except the crates there.
    pub(crate) fn read(root: &Path) -> Result<Tree> {
        let mut files = Vec::new();
        visit(root, root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { files })
    }

    /// A tree made of the given files, for tests of rules.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Tree {
            files: files.iter().map(file).collect(),
        }
    }

    /// Rust files below a folder.
    pub(crate) fn rust<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a File> + use<'a> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        self.files
            .iter()
            .filter(move |file| file.path.starts_with(&prefix) && file.path.ends_with(".rs"))
    }

    /// The file at exactly this path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// Lines of shipped code with comments and literals blanked and the tests at the end left out, numbered from 1.
    pub(crate) fn shipped(&self) -> Vec<(usize, String)> {
        let code = code(&self.text);
        let end = tests_begin(&code);
        code.lines()
            .take(end)
            .enumerate()
            .map(|(index, line)| (index + 1, line.to_owned()))
            .collect()
    }

    /// All lines of code, tests included, with comments and literals blanked, numbered from 1.
    pub(crate) fn code(&self) -> Vec<(usize, String)> {
        code(&self.text)
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.to_owned()))
            .collect()
    }

    /// Whether the whole file is test code: an integration test, or a `tests` module in its own file.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

/// Whether `word` occurs in `line` as a whole path or identifier, not as part of a longer one.
pub(crate) fn mentions(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part_of_name);
        let after = line[at + word.len()..].chars().next().is_some_and(part_of_name);
        let opens = word.starts_with(part_of_name);
        let closes = word.ends_with(part_of_name);
        !(opens && before || closes && after)
    })
}

fn visit(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = path
            .strip_prefix(root)
            .expect("visited paths lie below the root")
            .to_string_lossy()
            .replace('\\', "/");
        if entry.file_type()?.is_dir() {
            let golden = below.starts_with("testdata/") && !NOT_GOLDEN.contains(&below.as_str());
            if !SKIPPED.contains(&name.as_str()) && !golden {
                visit(root, &path, files)?;
            }
        } else if KINDS.iter().any(|kind| name.ends_with(&format!(".{kind}"))) || below.starts_with(".ci/") {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {below}"))?;
            files.push(File { path: below, text });
        }
    }
    Ok(())
}

/// Index of the first line of the trailing test module, or the number of lines.
fn tests_begin(code: &str) -> usize {
    let lines: Vec<&str> = code.lines().collect();
    let opens = |at: &usize| {
        let next = lines[at + 1..]
            .iter()
            .map(|line| line.trim_start())
            .find(|line| !line.starts_with("#[") && !line.is_empty());
        lines[*at].trim() == "#[cfg(test)]"
            && next.is_some_and(|line| line.starts_with("mod ") && line.contains('{'))
    };
    (0..lines.len()).find(opens).unwrap_or(lines.len())
}

/// Blanks comments, strings and character literals, keeping every line break.
fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match not_code(&chars, at) {
            Some(end) => end.min(chars.len()),
            None => {
                out.push(chars[at]);
                at += 1;
                continue;
            }
        };
        out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

/// Where the comment or literal that begins at `at` ends, if one begins there.
fn not_code(chars: &[char], at: usize) -> Option<usize> {
    let peek = |ahead: usize| chars.get(at + ahead).copied().unwrap_or('\0');
    let named = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (peek(0), peek(1)) {
        ('/', '/') => Some(line_end(chars, at)),
        ('/', '*') => Some(block_comment_end(chars, at)),
        ('"', _) => Some(string_end(chars, at + 1)),
        ('r', '"' | '#') if !named => raw_string_end(chars, at + 1),
        ('b' | 'c', 'r') if !named => raw_string_end(chars, at + 2),
        ('\'', '\\') => Some(char_end(chars, at + 3)),
        ('\'', _) if peek(2) == '\'' => Some(at + 3),
        _ => None,
    }
}

fn line_end(chars: &[char], at: usize) -> usize {
    (at..chars.len())
        .find(|i| chars[*i] == '\n')
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return None;
    }
    let closes = |i: &usize| {
        chars[*i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    Some(
        (at + hashes + 1..chars.len())
            .find(closes)
            .map_or(chars.len(), |i| i + 1 + hashes),
    )
}

fn char_end(chars: &[char], at: usize) -> usize {
    (at..chars.len())
        .find(|i| chars[*i] == '\'')
        .map_or(chars.len(), |i| i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_not_code() {
        let text = "let a = \"std::fs\"; // std::env\n/* std::process */ let b = 'x'; let c = r#\"std::net\"#;\nlet d: &'static str = \"\\\"std::fs\";";
        let blank = code(text);
        assert!(!blank.contains("std"), "{blank}");
        assert_eq!(blank.lines().count(), 3);
        assert!(blank.contains("&'static str"), "{blank}");
    }

    #[test]
    fn a_trailing_test_module_is_not_shipped() {
        let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        let file = File {
            path: "src/lib.rs".to_owned(),
            text: text.to_owned(),
        };
        assert!(file.shipped().iter().all(|(_, line)| !line.contains("std::fs")));
        assert_eq!(file.shipped().len(), 2);
    }

    #[test]
    fn a_name_is_found_whole_or_not_at_all() {
        assert!(mentions("use std::fs;", "std::fs"));
        assert!(!mentions("use std::fstring;", "std::fs"));
        assert!(!mentions("self.unprintln!", "println!"));
        assert!(mentions("x.await", ".await"));
    }
}

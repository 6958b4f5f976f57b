//! Runs one case of `tests/sops/*.txt`: lines that a person could have typed, and what came out of each.
//!
//! ```text
//! # A sentence about the case.
//! == file NAME        a file that is there
//! == transcript
//! $ sops -d x.yaml    a line for `sh`
//! what it prints
//! ! what it says on standard error
//! ? 25                its exit code, unless it is 0
//! ```
//!
//! Every case begins in a directory of its own, with the age identity of `testdata/sops` in place. Tokens, wrapped keys and
//! times are masked. Both binaries are run by this: ours by the tests, theirs by `cargo xtask conformance`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The identity that opens what a case seals, and its recipient.
const IDENTITY: &str = "AGE-SECRET-KEY-1X9Q4V44MF9L9YKESRU3VLQ58WMRSDA24NT3LNW48PJQEYRGVHP9QVW7JWP";
const RECIPIENT: &str = "age1e827lhh5cxhpxjnmq5zgqe4r3eutrqhy69lhglxk8qyzn0vak5cq8yrhxk";

/// One case as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    head: String,
    files: Vec<(String, String)>,
    /// Lines for the shell, each with what came out.
    steps: Vec<(String, String)>,
}

impl Case {
    /// Reads a case.
    pub(crate) fn parse(text: &str) -> Case {
        let mut case = Case {
            head: String::new(),
            files: Vec::new(),
            steps: Vec::new(),
        };
        let mut in_transcript = false;
        for line in text.split_inclusive('\n') {
            if let Some(name) = line.strip_prefix("== file ") {
                case.files.push((name.trim_end().to_owned(), String::new()));
            } else if line == "== transcript\n" {
                in_transcript = true;
            } else if let (true, Some(step)) = (in_transcript, line.strip_prefix("$ ")) {
                case.steps.push((step.trim_end().to_owned(), String::new()));
            } else if in_transcript {
                case.steps.last_mut().expect("a transcript begins with a line").1 += line;
            } else if let Some((_, text)) = case.files.last_mut() {
                *text += line;
            } else {
                case.head += line;
            }
        }
        case
    }

    /// The case as it is written down.
    pub(crate) fn print(&self) -> String {
        let files = self
            .files
            .iter()
            .map(|(name, text)| format!("== file {name}\n{text}"));
        let steps = self.steps.iter().map(|(line, out)| format!("$ {line}\n{out}"));
        let files: String = files.collect();
        format!("{}{files}== transcript\n{}", self.head, steps.collect::<String>())
    }

    /// Runs the case; gives it back with what comes out now.
    pub(crate) fn run(&self, program: &Path, scratch: &Path) -> Case {
        let bin = scratch.join(".bin");
        fs::create_dir_all(&bin).expect("the scratch is writable");
        std::os::unix::fs::symlink(program, bin.join("sops")).expect("the scratch is writable");
        let work = scratch.join("work");
        for (name, text) in &self.files {
            let path = work.join(name);
            fs::create_dir_all(path.parent().expect("it is inside")).expect("the scratch is writable");
            fs::write(path, text.replace("\\c\n", "").replace("<recipient>", RECIPIENT))
                .expect("the scratch is writable");
        }
        fs::create_dir_all(&work).expect("the scratch is writable");
        let mut case = self.clone();
        for (line, out) in &mut case.steps {
            *out = step(line, &bin, scratch, &work);
        }
        case
    }
}

fn step(line: &str, bin: &Path, scratch: &Path, work: &Path) -> String {
    let output = Command::new("/bin/sh")
        .arg("-c")
        .arg(line)
        .current_dir(work)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("HOME", scratch.join("home"))
        .env("R", RECIPIENT)
        .env("SOPS_AGE_KEY", IDENTITY)
        .env("SOPS_DISABLE_VERSION_CHECK", "1")
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    let place = format!(
        "{}/",
        work.canonicalize().unwrap_or_else(|_| work.into()).display()
    );
    let tidy = |bytes: &[u8]| masked(&String::from_utf8_lossy(bytes).replace(&place, "/"));
    let mut text = tidy(&output.stdout);
    if !text.is_empty() && !text.ends_with('\n') {
        text += "\\c\n";
    }
    for line in tidy(&output.stderr).lines() {
        text += &format!("! {line}\n");
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => text += &format!("? {code}\n"),
        None => text += "? signal\n",
    }
    text
}

/// The cases of a folder, by name.
pub(crate) fn cases(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it is readable").path());
    let is_case = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "txt");
    let name = |path: &Path| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let mut cases: Vec<_> = paths.filter(is_case).map(|path| (name(&path), path)).collect();
    cases.sort();
    cases
}

/// The cases in which the two differ, with the reason: lines "- `name`: reason" of a page.
pub(crate) fn differences(page: &str) -> Vec<(&str, &str)> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("- `"));
    lines.filter_map(|line| line.split_once("`: ")).collect()
}

/// Hides what differs from run to run: tokens but for their type, wrapped keys, times.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut in_armor = false;
    for line in text.split_inclusive('\n') {
        // An escaped armor stands on one line.
        let one_line = line.contains("-----BEGIN ") && line.contains("-----END ");
        if !one_line && line.contains("-----BEGIN ") {
            in_armor = true;
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            out += &format!("{indent}<armor>\n");
        }
        if !in_armor {
            out += &line_masked(line);
        }
        if !one_line && line.contains("-----END ") {
            in_armor = false;
        }
    }
    out
}

fn line_masked(line: &str) -> String {
    let mut line = line.to_owned();
    while let Some((start, end)) = between(&line, "ENC[AES256_GCM,data:", ",type:") {
        line.replace_range(start..end + ",type:".len(), "<token:");
    }
    if let Some((start, end)) = between(&line, "-----BEGIN", "FILE-----\\n\"") {
        line.replace_range(start..end + "FILE-----\\n".len(), "<armor>");
    } else if let Some((start, end)) = between(&line, "-----BEGIN", "FILE-----\\n") {
        line.replace_range(start..end + "FILE-----\\n".len(), "<armor>");
        if let Some((start, end)) = between(&line, "<armor>", "FILE-----\\n") {
            line.replace_range(start..end + "FILE-----\\n".len(), "<armor>");
        }
    }
    if let Some((start, end)) = between(&line, "time=\"", "\" ") {
        line.replace_range(start..end + 2, "");
    }
    if line.contains("lastmodified") || line.contains("Syncing keys") || line.contains("File ") {
        line = times_masked(&line);
    }
    line
}

fn between(text: &str, from: &str, to: &str) -> Option<(usize, usize)> {
    let start = text.find(from)?;
    let end = text[start..].find(to)? + start;
    Some((start, end))
}

/// `2026-01-02T03:04:05Z`, and the `2026/01/02 03:04:05 ` of a log.
fn times_masked(line: &str) -> String {
    let bytes = line.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is = |at: usize, c: u8| bytes.get(at) == Some(&c);
    for at in 0..bytes.len() {
        if digit(at) && digit(at + 3) && is(at + 4, b'-') && is(at + 10, b'T') && is(at + 19, b'Z') {
            return format!("{}<time>{}", &line[..at], &line[at + 20..]);
        }
        if digit(at) && digit(at + 3) && is(at + 4, b'/') && is(at + 7, b'/') && is(at + 19, b' ') {
            return format!("{}{}", &line[..at], &line[at + 20..]);
        }
    }
    line.to_owned()
}

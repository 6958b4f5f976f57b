//! Runs one case of `tests/kubeseal/*.txt`: one command line of kubeseal, what it is given, and what must come out.
//!
//! ```text
//! # A sentence about the case.
//! $ kubeseal --cert cert.pem -o yaml
//! env SEALED_SECRETS_SCOPE=cluster-wide
//! == stdin            what it reads; without it, nothing
//! == file NAME        a file beside it
//! == code             what must come out: the exit code,
//! == stdout           standard output,
//! == stderr           the first line of standard error,
//! == after NAME       and a file when it is done
//! ```
//!
//! Every case begins in a directory of its own with the files of [`FIXTURES`]. Ciphertext is shown as `<sealed>`, the
//! table of flags as `<flags>`. Both binaries are run by this: ours by the tests, theirs by `cargo xtask conformance`.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Files that are there in every case, and where they come from below `testdata/sealed-secrets`.
pub(crate) const FIXTURES: [(&str, &str); 12] = [
    ("cert.pem", "peer-0.36.6/cert-2048.pem"),
    ("cert-4096.pem", "peer-0.36.6/cert-4096.pem"),
    ("cert-1024.pem", "cert-1024.pem"),
    ("expired.pem", "kubeseal/expired.pem"),
    ("ecdsa.pem", "kubeseal/ecdsa.pem"),
    ("key.pem", "peer-0.36.6/key-2048.pkcs1.pem"),
    ("key-pkcs8.pem", "peer-0.36.6/key-2048.pkcs8.pem"),
    ("other-key.pem", "peer-0.36.6/key-3072.pkcs1.pem"),
    ("backup.yaml", "peer-0.36.6/backup-key-2048.yaml"),
    ("sealed.yaml", "peer-0.36.6/sealed-db-2048-strict.yaml"),
    ("sealed-wide.yaml", "peer-0.36.6/sealed-db-2048-cluster-wide.yaml"),
    ("sealed.json", "peer-0.36.6/sealed-db-4096-strict.json"),
];

/// The length of the shortest ciphertext, that of an empty value under a key of 1024 bits, in base64.
const SHORTEST: usize = 195;

/// As long as the peer is waited for; it never ends on some inputs.
const PATIENCE: Duration = Duration::from_secs(5);

/// One case as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    /// The lines before the first section.
    head: Vec<String>,
    /// Sections in their order: name and text.
    sections: Vec<(String, String)>,
}

impl Case {
    /// Reads a case.
    pub(crate) fn parse(text: &str) -> Case {
        let mut case = Case {
            head: Vec::new(),
            sections: Vec::new(),
        };
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("== "), case.sections.last_mut()) {
                (Some(name), _) => case.sections.push((name.trim_end().to_owned(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => case.head.push(line.trim_end().to_owned()),
            }
        }
        case
    }

    /// The case as it is written down.
    pub(crate) fn print(&self) -> String {
        let head: String = self.head.iter().map(|line| format!("{line}\n")).collect();
        let sections = self
            .sections
            .iter()
            .map(|(name, text)| format!("== {name}\n{text}"));
        head + &sections.collect::<String>()
    }

    fn words(&self) -> Vec<String> {
        let line = self.head.iter().find_map(|line| line.strip_prefix("$ kubeseal"));
        words(line.expect("a case has a line `$ kubeseal …`"))
    }

    fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.head.iter().filter_map(|line| line.strip_prefix("env "));
        lines.map(|line| line.split_once('=').expect("a variable is written NAME=VALUE"))
    }

    fn section(&self, name: &str) -> Option<&str> {
        let found = self.sections.iter().find(|(section, _)| section == name);
        found.map(|(_, text)| text.as_str())
    }

    /// Runs the case; gives it back with what comes out now.
    pub(crate) fn run(&self, program: &Path, testdata: &Path, scratch: &Path) -> Case {
        for (name, from) in FIXTURES {
            let from = testdata.join("sealed-secrets").join(from);
            let copied = fs::copy(&from, scratch.join(name));
            copied.unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        }
        for (name, text) in &self.sections {
            if let Some(name) = name.strip_prefix("file ") {
                let path = scratch.join(name);
                fs::create_dir_all(path.parent().expect("it is inside")).expect("the scratch is writable");
                fs::write(path, unescaped(text)).expect("the scratch is writable");
            }
        }
        let link = scratch.join("bin/kubeseal");
        fs::create_dir_all(scratch.join("bin")).expect("the scratch is writable");
        std::os::unix::fs::symlink(program, &link).expect("the scratch is writable");
        let (code, out, err) = self.output(&link, scratch);
        let tidy = |bytes: &[u8]| {
            let text = escaped(bytes);
            let text = text.replace(&format!("{}/", scratch.display()), "");
            masked(&text.replace("bin/kubeseal", "kubeseal"))
        };
        let first = tidy(&err).lines().next().map(|line| format!("{line}\n"));
        let mut case = self.clone();
        case.sections
            .retain(|(name, _)| name == "stdin" || name.starts_with("file "));
        case.sections.push(("code".to_owned(), format!("{code}\n")));
        case.sections.push(("stdout".to_owned(), tidy(&out)));
        case.sections
            .extend(first.map(|line| ("stderr".to_owned(), line)));
        for name in self
            .sections
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("after "))
        {
            let text =
                fs::read(scratch.join(name)).map_or_else(|_| "(absent)\n".to_owned(), |bytes| tidy(&bytes));
            case.sections.push((format!("after {name}"), text));
        }
        case
    }

    fn output(&self, program: &Path, scratch: &Path) -> (String, Vec<u8>, Vec<u8>) {
        let mut command = Command::new(program);
        command
            .args(self.words())
            .current_dir(scratch)
            .env_clear()
            .env("HOME", scratch.join("home"))
            .envs(self.variables())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it was asked for");
        let input = unescaped(self.section("stdin").unwrap_or_default());
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
        let out = std::thread::spawn(move || drained(&mut out));
        let err = std::thread::spawn(move || drained(&mut err));
        let code = waited(&mut child);
        let _ = writer.join();
        (
            code,
            out.join().unwrap_or_default(),
            err.join().unwrap_or_default(),
        )
    }
}

fn drained(from: &mut Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let _ = from.read_to_end(&mut bytes);
    }
    bytes
}

fn waited(child: &mut Child) -> String {
    let started = Instant::now();
    loop {
        match child.try_wait().expect("it is our child") {
            Some(status) => return status.code().map_or("signal".to_owned(), |code| code.to_string()),
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return "never ends".to_owned();
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// The cases of a folder, by name.
pub(crate) fn cases(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it is readable").path());
    let mut cases: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| {
            (
                path.file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                path,
            )
        })
        .collect();
    cases.sort();
    cases
}

/// The cases in which the two differ, with the reason: lines "- `name`: reason" of a page.
pub(crate) fn differences(page: &str) -> Vec<(&str, &str)> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("- `"));
    lines.filter_map(|line| line.split_once("`: ")).collect()
}

/// Words as a shell splits them, quotes removed; nothing is expanded.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(mark) if c == mark => quote = None,
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == ' ' => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// A text in which `\xNN` stands for a byte and `\c` at the end of a line for no line feed.
fn unescaped(text: &str) -> Vec<u8> {
    let text = text.replace("\\c\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.as_str());
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        bytes.push(u8::from_str_radix(&rest[at + 2..at + 4], 16).expect("two digits follow"));
        rest = &rest[at + 4..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// The reverse, for what came out.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("\\c\n");
    }
    text
}

/// Hides what differs from run to run, and the sentences about flags.
fn masked(text: &str) -> String {
    let (mut masked, mut in_table) = (String::new(), false);
    for line in text.split_inclusive('\n') {
        let is_flag = line.starts_with("      --") || (line.starts_with("  -") && line.contains(", --"));
        match (is_flag, in_table) {
            (true, false) => masked += "<flags>\n",
            (true, true) => {}
            (false, _) => masked += &sealed(line),
        }
        in_table = is_flag;
    }
    masked
}

fn sealed(line: &str) -> String {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let (mut out, mut rest) = (String::new(), line);
    while let Some(start) = rest.find(is_base64) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|c| !is_base64(c)).unwrap_or(from.len()));
        out += before;
        out += if run.len() >= SHORTEST && run.starts_with('A') {
            "<sealed>"
        } else {
            run
        };
        rest = after;
    }
    out + rest
}
